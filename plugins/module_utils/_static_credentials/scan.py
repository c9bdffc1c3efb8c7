# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Goes through files and processes, and keeps of them which key is where."""

from __future__ import annotations

import os
import stat
import time
from typing import Iterable, NamedTuple, Optional, Sized

from .host.known import PROCESS, UNIT
from .host.places import Place, environment_files, kind_of, original_of
from .host.processes import Process, command_of, processes
from .host.tree import File, NotRegular, Tree, shown
from .host.users import Users
from .host.walk import Walk
from .text.decode import Decoded, decode
from .text.findings import Finding, findings_in_environment, findings_in_file


class Bounds(NamedTuple):
    """``size`` is in bytes of each file, ``seconds`` are for all of it."""

    size: int
    seconds: float


class Candidate(NamedTuple):
    """A file to look at.  Sorted, those that are reached over a link come last: a file keeps the name that it has."""

    is_link: bool
    number: int
    path: str
    real: str
    place: Place


class Scan:
    """What was found so far, and what could not be looked at.

    ``rows`` are entries of the return values ``credentials`` and ``ids_only``, and ``aside`` of that of the same name;
    ``incomplete`` tells by path why it was not looked at.
    """

    def __init__(self, tree: Tree, bounds: Bounds) -> None:
        self.users = Users(tree)
        self.environment_files: list[Place] = []
        self.rows: list[dict] = []
        self.aside: list[dict] = []
        self.incomplete: dict[str, str] = {}
        self._tree = tree
        self._bounds = bounds
        self._end = time.monotonic() + bounds.seconds
        self._walk = Walk(tree, self._due, self._tell)
        self._seen: set[tuple[int, int]] = set()

    def look_at(self, where: Iterable[Place]) -> None:
        """Looks at the files of these places, and at those of them that are set aside."""
        with_asides = [each for place in where for each in (place, place.aside)]
        candidates = [each for number, place in enumerate(with_asides) for each in self._candidates(number, place)]
        for candidate in sorted(candidates, key=_order):
            if self._due():
                self._tell_late(candidate.place.top)
            else:
                self._read(candidate)

    def look_at_processes(self) -> None:
        """Looks at the environment of every process."""
        refused = []
        for process in processes(self._tree, self._bounds.size, self._due):
            if isinstance(process.environment, File):
                self._keep(process.path, PROCESS, process.environment, process)
            else:
                refused.append(str(process.environment.strerror))
        if refused:
            self._tell("/proc", f"{refused[0]} for the environment of {counted(refused, 'process', 'processes')}")
        if self._due():
            self._tell_late("/proc")

    def _candidates(self, number: int, place: Place) -> Iterable[Candidate]:
        for path in self._walk.find(place):
            try:
                real = self._tree.real(path)
            except OSError as error:
                self._tell(path, str(error.strerror))
            else:
                yield Candidate(real != os.path.normpath(path), number, path, real, place)
        if self._due():
            self._tell_late(place.top)

    def _read(self, candidate: Candidate) -> None:
        path, place = candidate.path, candidate.place
        try:
            file = self._tree.read(candidate.real, self._bounds.size)
        except (FileNotFoundError, NotRegular) as error:
            # Elsewhere it means nothing: links to nothing or to /dev/null are how systemd masks units.
            if place.asked_for and path == place.top:
                self._tell(path, str(error.strerror))
        except OSError as error:
            self._tell(path, str(error.strerror))
        else:
            self._keep(path, place.kind or kind_of(original_of(path) or path), file)

    def _keep(self, path: str, kind: str, file: File, process: Optional[Process] = None) -> None:
        identity = (file.stat.st_dev, file.stat.st_ino)
        if identity in self._seen:
            return
        self._seen.add(identity)
        decoded = Decoded(file.text) if process else decode(file.data, self._bounds.size)
        if not decoded:
            return
        if not (file.whole and decoded.whole):
            self._tell(path, f"Larger than max_file_size: only {self._bounds.size} bytes were looked at")
            decoded = decoded._replace(text=_whole_words(decoded.text))
        if kind == UNIT:
            self.environment_files.extend(environment_files(decoded.text))
        found = findings_in_environment(decoded.text) if process else findings_in_file(decoded)
        if found:
            original = original_of(path)
            about = self._about(path, kind, file, process)
            if original:
                about.update(path=shown(original), aside_path=shown(path))
            rows = self.aside if original else self.rows
            rows.extend({**about, **_of(each)} for each in found)

    def _about(self, path: str, kind: str, file: File, process: Optional[Process]) -> dict:
        mode = file.stat.st_mode
        return {
            "path": shown(path),
            "kind": kind,
            "owner": shown(self.users.owner(file.stat.st_uid)),
            "group": shown(self.users.group(file.stat.st_gid)),
            "mode": f"{stat.S_IMODE(mode):04o}",
            "world_readable": bool(mode & stat.S_IROTH) and self._is_open_to_others(path),
            "pid": process.pid if process else None,
            "command": command_of(self._tree, process.pid) if process else None,
        }

    def _is_open_to_others(self, path: str) -> bool:
        try:
            return self._tree.is_open_to_others(os.path.dirname(self._tree.real(path)))
        except OSError:
            return False

    def _due(self) -> bool:
        return time.monotonic() >= self._end

    def _tell(self, path: str, reason: str) -> None:
        self.incomplete.setdefault(shown(path), reason)

    def _tell_late(self, path: str) -> None:
        self._tell(path, f"Not looked at, or not wholly, in the {self._bounds.seconds} seconds of timeout")


def counted(things: Sized, one: str, several: Optional[str] = None) -> str:
    """How many things there are, for example "2 places"."""
    return f"{len(things)} {one if len(things) == 1 else several or one + 's'}"


def _of(finding: Finding) -> dict:
    return {
        "line": finding.line,
        "access_key_id": finding.key_id,
        "has_secret": finding.has_secret,
        "encoding": finding.encoding,
    }


def _order(candidate: Candidate) -> tuple:
    return candidate[:4]


def _whole_words(text: str) -> str:
    """A text that may end anywhere, up to its last blank: what is cut off might look like a key."""
    return text[: max(text.rfind("\n"), text.rfind(" ")) + 1]
