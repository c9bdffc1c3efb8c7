# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Goes through files and processes, and keeps of them which key is where."""

from __future__ import annotations

import os
from typing import Any, Callable, Iterable, Iterator, List, NamedTuple, Optional, Sized

from .host.backup_names import asides_of, original_of
from .host.exclusions import Excluded
from .host.known_paths import PROCESS, UNIT
from .host.path_escaping import shown_path
from .host.processes import Process, command_of, processes
from .host.search_paths import Place, environment_files, kind_of
from .host.tree import File, NotRegular, Tree, read_reason
from .host.unix_users import Users
from .host.walk import Walk
from .reasons import said_of
from .scan_rows import Rows
from .text.decode import Decoded, decode
from .text.findings import findings_in_environment, findings_in_file
from .time_slicing import Deadline, Turn, take_turns

# Whose word counts most for what kind a file is of
OF_UNITS, NAMED_BY_UNITS, ASKED_FOR, USUAL = range(4)


class Bounds(NamedTuple):
    """``size`` is in bytes of each file, ``seconds`` are for all of it."""

    size: int
    seconds: float


class Errand(NamedTuple):
    """A place to go to.  ``owner`` is the user who names it, if he may name only what is his."""

    place: Place
    rank: int
    owner: Optional[int] = None


# Takes a place and the queue from which it is, and works in small steps.
Look = Callable[[Errand, List[Errand]], Iterator[None]]


class Found(NamedTuple):
    """What was found in a file; of several ways to it that with the least ``order`` counts."""

    order: tuple[Any, ...]
    rows: list[dict[str, Any]]
    is_aside: bool = False


class Scan:
    """What was found so far, and what could not be searched: ``incomplete`` has the reason and a message by path."""

    def __init__(self, tree: Tree, bounds: Bounds, excluded: Excluded) -> None:
        self.users = Users(tree)
        self.incomplete: dict[str, tuple[str, str]] = {}
        self._tree = tree
        self._bounds = bounds
        self._excluded = excluded
        self._deadline = Deadline(bounds.seconds)
        self._walk = Walk(tree, excluded, self._tell)
        self._rows = Rows(tree, self.users)
        self._found: dict[str, Found] = {}
        self._queues: list[list[Errand]] = []
        self._turns: list[Turn] = []
        self._refused: list[object] = []

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The entries of the return values ``credentials`` and ``ids_only``."""
        return [row for found in self._found.values() if not found.is_aside for row in found.rows]

    @property
    def aside(self) -> list[dict[str, Any]]:
        """The entries of the return value ``aside``."""
        return [row for found in self._found.values() if found.is_aside for row in found.rows]

    def add(self, places: Iterable[Place]) -> None:
        """Plans to look at places, and at the files of them that are set aside, in one turn."""
        self._add([Errand(place, _rank(place)) for place in places], self._look_into)

    def add_processes(self) -> None:
        """Plans to look at the environment of every process, in one turn."""
        self._add([Errand(Place("/proc"), USUAL)], self._look_at_processes)

    def run(self) -> None:
        """Looks at all of it, as far as there is time."""
        take_turns(self._turns, self._deadline)
        if self._refused:
            of_them = counted(self._refused, "process", "processes")
            self._tell("/proc", read_reason(self._refused[0]), f"{said_of(self._refused[0])} for the environment of {of_them}")
        for errand in (errand for queue in self._queues for errand in queue):
            self._tell(errand.place.top, "timeout", f"Not searched completely within the timeout of {self._bounds.seconds} seconds")

    def _add(self, queue: list[Errand], look: Look) -> None:
        self._queues.append(queue)
        self._turns.append(Turn(self._go(queue, look)))

    def _go(self, queue: list[Errand], look: Look) -> Iterator[None]:
        """Goes to one place after the other; those to which it did not come stay in the queue."""
        while queue:
            try:
                yield from look(queue[0], queue)
            except Exception as error:  # pylint: disable=broad-except
                self._tell(queue[0].place.top, read_reason(error), said_of(error))
            queue.pop(0)

    def _look_into(self, errand: Errand, queue: list[Errand]) -> Iterator[None]:
        place = errand.place
        # What is set aside of what is in a folder is in the same folder.
        asides = [Place(aside, 0, place.kind) for aside in asides_of(place.top)]
        for each in [place, *asides]:
            for path in self._walk.find(each):
                if path:
                    self._look_at(path, errand._replace(place=each), queue)
                yield

    def _look_at(self, path: str, errand: Errand, queue: list[Errand]) -> None:
        """One file.  Whatever is wrong with it is told, and stops nothing else."""
        try:
            self._read(path, errand, queue)
        except (FileNotFoundError, NotRegular) as error:
            # Elsewhere it means nothing: links to nothing or to /dev/null are how systemd masks units.
            if errand.place.asked_for and path == errand.place.top:
                self._tell(path, read_reason(error), said_of(error))
        except Exception as error:  # pylint: disable=broad-except
            self._tell(path, read_reason(error), said_of(error))

    def _read(self, path: str, errand: Errand, queue: list[Errand]) -> None:
        real = self._tree.real(path)
        # A file keeps the name that it has: a link to it counts less.
        order = (real != os.path.normpath(path), errand.rank, path)
        known = self._found.get(real)
        if self._excluded.has(real) or (known and known.order <= order):
            return
        file = self._tree.read(real, self._bounds.size)
        if errand.owner not in (None, file.stat.st_uid):
            self._tell(path, "other_owner", "The unit that names it belongs to another user")
            return
        decoded = decode(file.data, self._bounds.size)
        if decoded:
            original = original_of(path)
            kind = errand.place.kind or kind_of(original or path)
            text = self._whole(path, file, decoded)
            rows = self._rows.of_file(path, real, kind, file, findings_in_file(text))
            self._found[real] = Found(order, rows, bool(original))
            if kind == UNIT:
                queue.extend(_named_by(file, text.text))

    def _whole(self, path: str, file: File, decoded: Decoded) -> Decoded:
        """What can be judged of a file that was not read to its end."""
        if file.whole and decoded.whole:
            return decoded
        self._tell(path, "too_large", f"Larger than max_file_size: only the first {self._bounds.size} bytes were searched")
        return decoded._replace(text=_whole_words(decoded.text))

    def _look_at_processes(self, errand: Errand, queue: list[Errand]) -> Iterator[None]:
        for process in processes(self._tree, self._bounds.size):
            if not self._excluded.has(process.path):
                self._look_at_process(process)
            yield

    def _look_at_process(self, process: Process) -> None:
        file = process.environment
        if not isinstance(file, File):
            self._refused.append(file)
            return
        found = findings_in_environment(self._whole(process.path, file, Decoded(file.text)).text)
        rows = self._rows.of_file(process.path, process.path, PROCESS, file, found)
        about = {"pid": process.pid, "command": command_of(self._tree, process.pid)} if rows else {}
        self._found[process.path] = Found((), [{**row, **about} for row in rows])

    def _tell(self, path: str, reason: str, message: str) -> None:
        self.incomplete.setdefault(shown_path(path), (reason, message))


def counted(things: Sized, one: str, several: Optional[str] = None) -> str:
    """How many things there are, for example "2 places"."""
    return f"{len(things)} {one if len(things) == 1 else several or one + 's'}"


def _rank(place: Place) -> int:
    if place.kind == UNIT:
        return OF_UNITS
    return ASKED_FOR if place.asked_for else USUAL


def _named_by(unit: File, text: str) -> Iterator[Errand]:
    """The environment files that a unit names.  A user's own unit names only what is his: he could name any file."""
    owner = unit.stat.st_uid or None
    for place in dict.fromkeys(environment_files(text)):
        yield Errand(place, NAMED_BY_UNITS, owner)


def _whole_words(text: str) -> str:
    """A text that may end anywhere, up to its last blank: what is cut off might look like a key."""
    return text[: max(text.rfind("\n"), text.rfind(" ")) + 1]
