# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Searches files and processes, and records which key is where."""

from __future__ import annotations

import os
from collections import Counter
from functools import partial
from itertools import chain
from typing import Any, Callable, Iterable, Iterator, List, NamedTuple, Optional

from .._common.sentences import number_of
from .host.backup_names import backup_path, original_path
from .host.coverage import Coverage
from .host.credential_files import named_files
from .host.exclusions import Exclusions
from .host.known_paths import NAMING_VARIABLES, PROCESS, SET_VARIABLES, UNIT, WRITTEN_BY_USERS
from .host.path_escaping import escaped
from .host.processes import Process, command_of, pids_by_user, read_processes
from .host.search_paths import SearchPath, environment_files, has_unknown_environment_file, kind_of
from .host.tree import File, NotRegular, Tree, read_reason
from .host.unix_users import LISTING_SECONDS, UNKNOWN, UnixUsers
from .host.walk import Place, Walk
from .incomplete import Incomplete
from .numbers_of_findings import TOO_MANY_KEYS, NumbersOfFindings
from .reasons import error_text
from .scan_rows import ScanRows
from .text.decode import Decoded, decode, is_binary, may_have_key
from .text.findings import MAX_FINDINGS, Finding, findings_in_environment, findings_in_file
from .time_slicing import Deadline, SlicedWork, TimeOver, in_time, share_time

PROCESSES = "/proc"
MAX_CHECKED = 64 * 1024 * 1024  # The rest of larger files is not even checked for ids.
MAX_NAMED = 1000  # files that the files and processes of one user name
MAX_HELD = 32 * 1024 * 1024  # characters in the paths of the files of one user
MAX_HOMES = 3  # A process has one; each is searched for all files that it names.
_REACH = 8000  # more than the largest distance between an id and its secret
_OVERLAP = 64  # more than the length of an id in any encoding
NO_RESPONSE = "Not searched completely, because its file system, or one below it, did not respond in time"
# If several search paths lead to a file, the first of these decides its kind.
OF_UNIT, NAMED, REQUESTED, OTHERWISE = range(4)


class Limits(NamedTuple):
    """``size`` is in bytes per file, ``seconds`` are for the whole scan."""

    size: int
    seconds: float


class QueuedPath(NamedTuple):
    """A search path in a queue.  If ``owner`` is set, only files of that user are read; with ``place``, only what is below it is searched."""

    path: SearchPath
    rank: int
    owner: Optional[int] = None
    place: Optional[Place] = None

    @property
    def top(self) -> str:
        return self.place[0] if self.place else self.path.top


# Takes a queued path and its queue, and searches in small steps.
Search = Callable[[QueuedPath, List[QueuedPath]], Iterator[None]]


class FileRows(NamedTuple):
    """The rows of a file.  If several paths lead to it, the one with the lowest ``order`` counts."""

    order: tuple[Any, ...]
    rows: list[dict[str, Any]]
    is_aside: bool = False


class Scan:
    """What was found so far."""

    def __init__(self, tree: Tree, limits: Limits, exclusions: Exclusions) -> None:
        self.users = UnixUsers(tree)
        self.incomplete = Incomplete()
        self._tree = tree
        self._limits = limits
        self._exclusions = exclusions
        self.deadline = Deadline(limits.seconds)
        self._walk = Walk(tree, exclusions, self._report, self.users.account)
        self._rows = ScanRows(tree, self.users)
        self._found: dict[str, FileRows] = {}
        self._numbers = NumbersOfFindings()
        self._number_of_named: Counter[int] = Counter()  # by account
        self._held: Counter[int] = Counter()  # characters of the paths of files, by account
        self._work: dict[SlicedWork, tuple[list[QueuedPath], ...]] = {}
        self._handed_over: dict[int, list[QueuedPath]] = {}  # by account
        self._unread_processes: list[object] = []
        self.units: list[str] = []  # the paths of units that set variables

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The entries of the return values ``credentials`` and ``ids_only``."""
        # A copy, because a thread that was left behind may add to it.
        return [row for found in list(self._found.values()) if not found.is_aside for row in found.rows]

    @property
    def aside(self) -> list[dict[str, Any]]:
        """The entries of the return value ``aside``."""
        return [row for found in list(self._found.values()) if found.is_aside for row in found.rows]

    @property
    def coverage(self) -> Coverage:
        """What exists of the search paths."""
        existing = [path for path in self._walk.existing if original_path(path.top) is None]
        return Coverage(existing, [home for home in self.users.homes() if home != "/"])

    @property
    def skipped(self) -> list[str]:
        """The first folders within the search paths that are never searched."""
        return self._walk.skipped

    @property
    def number_of_skipped(self) -> int:
        return self._walk.number_of_skipped

    def add(self, paths: Iterable[SearchPath]) -> None:
        """Adds search paths, and the backups of their files, which get one share of the time together."""
        self._add([QueuedPath(path, _rank(path)) for path in paths], self._search)

    def add_processes(self) -> None:
        """Adds the environments of processes and the files that they name.  The processes of each user get one share of the time.

        The files come after the processes: their queue is empty until then.
        """
        by_account: dict[int, list[int]] = {}
        for user, pids in self._list_processes().items():
            by_account.setdefault(self.users.account(user), []).extend(pids)
        for pids in by_account.values():
            queue: list[QueuedPath] = [QueuedPath(SearchPath(PROCESSES), OTHERWISE)]
            named: list[QueuedPath] = []
            search = partial(self._search_processes, pids, named)
            self._add_work(chain(self._work_off(queue, search), self._work_off(named, self._search)), queue, named)

    def _list_processes(self) -> dict[int, list[int]]:
        try:
            return in_time(lambda: pids_by_user(self._tree), LISTING_SECONDS)
        except TimeOver:
            self._report(PROCESSES, "timeout", NO_RESPONSE)
            return {}

    def run(self) -> None:
        """Searches everything that was added, or is added meanwhile, until the time is over."""
        share_time(self._work, self.deadline)
        if self._unread_processes:
            error, processes_text = self._unread_processes[0], number_of(len(self._unread_processes), "process", "processes")
            self._report(PROCESSES, read_reason(error), f"{error_text(error)} for the environment of {processes_text}")
        for path in self.users.not_listed:
            self._report(path, "timeout", NO_RESPONSE)
        for work, queues in self._work.items():
            for queue in queues:
                self._report_unfinished(list(queue), work.is_blocked)

    def _report_unfinished(self, queue: list[QueuedPath], is_blocked: bool) -> None:
        for queued in queue[:1] if is_blocked else []:
            self._report(queued.top, "timeout", NO_RESPONSE)
        for queued in queue:
            self._report(queued.top, "timeout", f"Not searched completely within the timeout of {self._limits.seconds} seconds")

    def _add(self, queue: list[QueuedPath], search: Search) -> None:
        self._add_work(self._work_off(queue, search), queue)

    def _add_work(self, steps: Iterator[None], *queues: list[QueuedPath]) -> None:
        self._work[SlicedWork(steps)] = queues

    def _work_off(self, queue: list[QueuedPath], search: Search) -> Iterator[None]:
        """Searches one path after the other.  Those that are not finished stay in the queue."""
        while queue:
            try:
                yield from search(queue[0], queue)
            except Exception as error:  # pylint: disable=broad-except
                self._report(queue[0].top, read_reason(error), error_text(error))
            queue.pop(0)

    def _search(self, queued: QueuedPath, queue: list[QueuedPath]) -> Iterator[None]:
        # The backups of a folder's files are found with them, but that of a single file is not.
        backup = SearchPath(backup_path(queued.path.top), 0, queued.path.kind)
        hand_over = partial(self._hand_over, queued)
        found = [(queued.path, self._walk.find(queued.path, hand_over)), (backup, self._walk.find(backup, hand_over))]
        if queued.place:
            found = [(queued.path, self._walk.go_on(queued.path, queued.place, hand_over))]
        for each, paths in found:
            for path in paths:
                if path:
                    self._search_file(path, queued._replace(path=each), queue)
                yield

    def _hand_over(self, queued: QueuedPath, place: Place, account: int) -> None:
        """Adds a folder to what is searched in the time of its user."""
        queue = self._handed_over.get(account)
        if queue:
            queue.append(queued._replace(place=place))
        else:
            self._handed_over[account] = queue = [queued._replace(place=place)]
            self._add(queue, self._search)

    def _search_file(self, path: str, queued: QueuedPath, queue: list[QueuedPath]) -> None:
        """An error is reported, and affects no other file."""
        try:
            self._read(path, queued, queue)
        except (FileNotFoundError, NotRegular) as error:
            # Otherwise this is normal: systemd masks units with links to nothing or to /dev/null.
            if queued.path.is_requested and path == queued.path.top:
                self._report(path, read_reason(error), error_text(error))
        except Exception as error:  # pylint: disable=broad-except
            self._report(path, read_reason(error), error_text(error))

    def _read(self, path: str, queued: QueuedPath, queue: list[QueuedPath]) -> None:
        real = self._tree.real(path)
        # A file is returned under its own path rather than that of a link to it.
        order = (real != os.path.normpath(path), queued.rank, path)
        known = self._found.get(real)
        if self._exclusions.cover(real) or (known and known.order <= order):
            return
        file = self._tree.read(real, self._limits.size, is_binary)
        if queued.owner not in (None, file.owner):
            self._report(path, "other_owner", "The file that names it belongs to another user")
            return
        decoded = decode(file.data, self._limits.size)
        if decoded and not file.is_complete and not decoded.encoding and not self._rest_may_have_key(real, file):
            file = file._replace(is_complete=True)
        if decoded and self._may_hold(path, real, file.owner):
            original = original_path(path)
            kind = queued.path.kind or kind_of(original or path)
            text = self._searchable(path, file, decoded)
            rows = self._rows.for_file(path, real, kind, file, self._limited(path, real, file.owner, findings_in_file(text)))
            self._found[real] = FileRows(order if path != real else (*order[:2], real), rows, bool(original))
            queue.extend(self._limited_named(path, file.owner, self._named_by(path, real, kind, file, text.text)))
            if kind == UNIT and ("AWS_" in text.text or "EnvironmentFile" in text.text):
                self.units.append(original or path)

    def _may_hold(self, path: str, real: str, owner: int) -> bool:
        """Whether the paths of a file may be kept, so that it is not read again under another one.  A user can have any number of files."""
        account, before = self.users.account(owner), self._held[self.users.account(owner)]
        self._held[account] += len(real) + (len(path) if path != real else 0) if real not in self._found else 0
        if account and before <= MAX_HELD < self._held[account]:
            self._report(path, "too_many_files", "The paths of the files of its owner are too long together: this and the others were not searched")
        return not account or self._held[account] <= MAX_HELD

    def _named_by(self, path: str, real: str, kind: str, file: File, text: str) -> Iterator[QueuedPath]:
        """The files that a file names.  A user could name any file, so only that user's own files are read."""
        owner = file.owner or None
        named = dict.fromkeys(environment_files(text)) if kind == UNIT else {}
        if kind == UNIT and has_unknown_environment_file(text, is_of_system=not file.owner and "/user/" not in real):
            self._report(path, "unknown_path", "It names an environment file whose directory is only known when the unit starts")
        yield from (QueuedPath(each, NAMED, owner) for each in named)
        if kind in SET_VARIABLES and not real.startswith(WRITTEN_BY_USERS):
            yield from self._credential_files(path, text, self.users.homes_for(path, file.owner), owner)

    def _limited_named(self, path: str, owner: int, named: Iterator[QueuedPath]) -> Iterator[QueuedPath]:
        """Those that a user may name: each is searched and listed.  Root may name any number."""
        account = self.users.account(owner)
        for each in named:
            self._number_of_named[account] += 1
            if account and self._number_of_named[account] > MAX_NAMED:
                self._report(path, "too_many_files", f"Only the first {MAX_NAMED} files that the files and processes of each user name are searched")
                return
            yield each

    def _credential_files(self, path: str, text: str, homes: Iterable[str], owner: Optional[int]) -> Iterator[QueuedPath]:
        for named in named_files(text, homes):
            if owner == UNKNOWN:
                message = f"It names a credentials file as {escaped(named.text)}, and is in a container, or of an unknown user"
                self._report(path, "unknown_path", message)
                continue
            if not named.paths:
                self._report(path, "unknown_path", f"It names a credentials file as {escaped(named.text)}, which is only known at run time")
            yield from (QueuedPath(each, NAMED, owner) for each in named.search_paths)

    def _rest_may_have_key(self, real: str, file: File) -> bool:
        """Whether the rest of a large file may have an id, or the secret of an id at the end of what was read."""
        if file.stat.st_size > MAX_CHECKED:
            return True
        start = max(0, len(file.data) - _REACH)
        return any(may_have_key(chunk) or self.deadline.is_over() for chunk in self._tree.chunks(real, start, _OVERLAP))

    def _limited(self, path: str, real: str, owner: int, findings: List[Finding]) -> List[Finding]:
        kept = self._numbers.limited(real, self.users.account(owner), findings[:MAX_FINDINGS])
        if len(kept) < len(findings):
            self._report(path, "too_many_keys", TOO_MANY_KEYS)
        return kept

    def _searchable(self, path: str, file: File, decoded: Decoded) -> Decoded:
        """The text, without the word at its end if the file was not read to the end."""
        if file.is_complete and decoded.is_complete:
            return decoded
        self._report(path, "too_large", f"Larger than max_file_size: only the first {self._limits.size} bytes were searched")
        return decoded._replace(text=_whole_words(decoded.text))

    def _search_processes(self, pids: List[int], named: List[QueuedPath], _queued: QueuedPath, _queue: List[QueuedPath]) -> Iterator[None]:
        for process in read_processes(self._tree, pids, self._limits.size):
            if not self._exclusions.cover(process.path):
                named.extend(self._search_process(process))
            yield

    def _search_process(self, process: Process) -> Iterable[QueuedPath]:
        """The files that it names."""
        file = process.environment
        if not isinstance(file, File):
            self._unread_processes.append(file)
            return []
        text = self._searchable(process.path, file, Decoded(file.text)).text
        found = self._limited(process.path, process.path, process.owner, findings_in_environment(text))
        rows = self._rows.for_file(process.path, process.path, PROCESS, file, found)
        about = {"pid": process.pid, "command": command_of(self._tree, process.pid)} if rows else {}
        self._found[process.path] = FileRows((), [{**row, **about} for row in rows])
        homes = list(dict.fromkeys(each[len("HOME=") :] for each in text.split("\0") if each.startswith("HOME=/")))
        if len(homes) > MAX_HOMES:
            self._report(process.path, "too_many_homes", f"Only the first {MAX_HOMES} values of HOME in a process are searched for credentials files")
            homes = homes[:MAX_HOMES]
        # With sudo, a user can choose the values of other variables of root's program, and what these say names nothing.
        variables = "\n".join(each for each in text.split("\0") if each.startswith(NAMING_VARIABLES))
        named = self._credential_files(process.path, variables, homes, process.owner or None)
        return self._limited_named(process.path, process.owner, named)

    def _report(self, path: str, reason: str, message: str) -> None:
        self.incomplete.add(path, reason, message)


def _rank(path: SearchPath) -> int:
    if path.kind == UNIT:
        return OF_UNIT
    return REQUESTED if path.is_requested else OTHERWISE


def _whole_words(text: str) -> str:
    """A text up to its last blank: part of a longer word could look like a key."""
    return text[: max(text.rfind("\n"), text.rfind(" ")) + 1]
