# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is to be done with each file, and what is told of them all.  Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Iterable, Iterator, NamedTuple, Optional, Union

from .host.known_paths import MUST_EXIST
from .host.path_escaping import shown_path
from .host.tree import File
from .reasons import reason_of, said_of, sentence
from .target import MAX_SIZE, FilesFound, FileTarget, every_kind
from .text.access_keys import has_access_key
from .text.findings import has_encoded_key
from .text.redact import Stuck, says_nothing, without_credentials

ASIDE, TRIMMED, RESTORED, UNCHANGED, LEFT, FAILED = "aside", "trimmed", "restored", "unchanged", "left", "failed"
CHANGES = (ASIDE, TRIMMED, RESTORED)

SAID = {
    ASIDE: "set aside",
    TRIMMED: "set aside and replaced by a file without the credentials",
    RESTORED: "restored",
    UNCHANGED: "unchanged",
    LEFT: "left",
    FAILED: "failed",
}


class Observation(NamedTuple):
    """What was seen under a path; ``reason`` or ``error`` is why nothing was.

    ``is_required`` tells whether a unit of systemd names the file, and may not start without it.
    """

    path: str
    target: Optional[FileTarget] = None
    found: Optional[FilesFound] = None
    is_required: bool = False
    reason: Optional[str] = None
    error: Optional[Exception] = None


class FileRow(NamedTuple):
    """What is to be done with one file; ``left`` is what takes its place, None if nothing does.

    ``is_missed`` of a file that should come back and does not.
    """

    path: str
    action: str
    msg: str
    reason: Optional[str] = None
    target: Optional[FileTarget] = None
    found: Optional[FilesFound] = None
    left: Optional[bytes] = None
    is_missed: bool = False

    @property
    def seen(self) -> tuple[FileTarget, FilesFound]:
        """The target and what was found there; raises ValueError where nothing was seen."""
        if self.target is None or self.found is None:
            raise ValueError("Nothing was seen of this file.")
        return self.target, self.found

    @property
    def is_change(self) -> bool:
        return self.action in CHANGES

    @property
    def has_failed(self) -> bool:
        return self.action == FAILED or self.is_missed

    def as_left(self, reason: str, state: str) -> FileRow:
        """The row of the same file, with which it can't be done."""
        is_missed = state == "restored" and reason != "process"
        return self._replace(action=LEFT, reason=reason, msg=sentence(reason, self.target), is_missed=is_missed)

    def as_result(self) -> dict[str, Any]:
        """An entry of the return value ``files``."""
        return {
            "path": self.path,
            "real_path": shown_path(self.target.real) if self.target else None,
            "action": self.action,
            "aside_path": self.target.aside_path if self.target else None,
            "reason": self.reason,
            "msg": self.msg,
        }


@dataclass(frozen=True)
class AsidePlan:
    """A row for each file."""

    rows: tuple[FileRow, ...]
    warnings: tuple[str, ...] = ()

    @property
    def changes(self) -> tuple[FileRow, ...]:
        """The rows of the files that change."""
        return tuple(row for row in self.rows if row.is_change)

    @property
    def failed(self) -> tuple[FileRow, ...]:
        """The rows of the files because of which the module fails."""
        return tuple(row for row in self.rows if row.has_failed)

    def diff(self) -> dict[str, Any]:
        """Which files change, never what is in them."""
        return {
            "before": {row.path: "aside" if row.action == RESTORED else "in place" for row in self.changes},
            "after": {row.path: "in place" if row.action == RESTORED else row.action for row in self.changes},
        }

    def summary(self) -> str:
        """One sentence for people, for example "2 set aside, 1 left."; the first file that failed comes first."""
        counts = {action: sum(row.action == action for row in self.rows) for action in SAID}
        counted = ", ".join(f"{count} {SAID[action]}" for action, count in counts.items() if count) or "no files"
        return f"{self.failed[0].path}: {self.failed[0].msg} ({counted})" if self.failed else f"{counted}."


def plan_files(seen: Iterable[Observation], state: str) -> AsidePlan:
    """What state=aside or state=restored does with the files, in their order."""
    first_paths: dict[Any, str] = {}
    rows = tuple(_plan(each, state, first_paths) for each in seen)
    return AsidePlan(rows, tuple(_names_that_stay(rows)))


def _plan(seen: Observation, state: str, first_paths: dict[Any, str]) -> FileRow:
    """A row; ``first_paths`` has the path under which each file came first."""
    row = FileRow(seen.path, FAILED, "", "error", seen.target, seen.found)
    if seen.reason == "excluded":
        return row._replace(action=UNCHANGED, reason=seen.reason, msg=sentence(seen.reason))
    if seen.reason:
        return row.as_left(seen.reason, state)
    first = first_paths.setdefault(_place_of(seen), seen.path)
    if first != seen.path:
        said = f"It is the same file as {first}."
        return row._replace(action=UNCHANGED, reason="same_file", msg=said, found=None)
    if seen.error:
        reason = reason_of(seen.error)
        return row.as_left(reason, state) if reason else row._replace(msg=f"It can't be read: {said_of(seen.error)}.")
    try:
        return _plan_file(row, seen, state)
    except Exception as error:  # pylint: disable=broad-except
        return row._replace(msg=f"It can't be understood: {said_of(error)}.", found=None)


def _plan_file(row: FileRow, seen: Observation, state: str) -> FileRow:
    planned = plan_aside(row, seen.is_required) if state == "aside" else plan_restored(row)
    _target, found = row.seen
    return row.as_left(found.obstacle, state) if planned.is_change and found.obstacle else planned


def _place_of(seen: Union[Observation, FileRow]) -> Any:
    """The same for all paths to a name in a folder.  Of a file with two names, each is one of its own."""
    if seen.target and seen.found and seen.found.folder:
        return seen.found.folder, seen.target.name
    return seen.target.real if seen.target else seen.path


def _names_that_stay(rows: Iterable[FileRow]) -> Iterator[str]:
    """A warning of each file that has more names than are set aside: the key is still under the others."""
    names: dict[tuple[int, int], set[Any]] = {}
    files: dict[tuple[int, int], tuple[str, int]] = {}
    for row in rows:
        for file, name in ((row.found.here, "here"), (row.found.aside, "aside")) if row.found else ():
            if file:
                names.setdefault((file.stat.st_dev, file.stat.st_ino), set()).add((_place_of(row), name))
        if row.action in (ASIDE, TRIMMED):
            _target, found = row.seen
            at = found.in_place.stat
            files.setdefault((at.st_dev, at.st_ino), (row.path, at.st_nlink))
    for identity, (path, links) in files.items():
        others = links - len(names[identity])
        if others > 0:
            yield f"{path} has more names than those given ({others}, hard links): the key stays under them."


def plan_aside(row: FileRow, is_required: bool) -> FileRow:
    """What state=aside does with a file."""
    stays = _before_aside(row)
    if stays:
        return stays
    target, found = row.seen
    try:
        left = without_credentials(found.in_place.text, target.kind)
    except Stuck as stuck:
        return row._replace(action=LEFT, reason=stuck.reason, msg=str(stuck))
    if says_nothing(left) and not is_required and target.kind not in MUST_EXIST:
        said = "It has nothing but credentials, so nothing takes its place."
        return row._replace(action=ASIDE, reason=None, msg=said)
    said = "What is left without the credentials takes its place."
    return row._replace(action=TRIMMED, reason=None, msg=said, left=left.encode("latin-1"))


def _before_aside(row: FileRow) -> Optional[FileRow]:
    """The row of a file that is not to be set aside."""
    _target, found = row.seen
    here, aside = found.here, found.aside
    if aside and not (here and has_access_key(here.text)):
        return row._replace(action=UNCHANGED, reason="already_aside", msg="It is set aside already.")
    if not here:
        return row._replace(action=UNCHANGED, reason="not_found", msg="It does not exist.")
    if not here.whole:
        said = "It is larger than 16 MiB. Take the key out by hand."
        return row._replace(action=LEFT, reason="too_large", msg=said)
    if has_encoded_key(here.data, MAX_SIZE):
        said = "The key is encoded: compressed, in UTF-16 or in base64. Take it out by hand."
        return row._replace(action=LEFT, reason="encoded", msg=said)
    if not has_access_key(here.text):
        return row._replace(action=UNCHANGED, reason="no_access_key", msg="It has no access key.")
    if here.is_binary:
        return row._replace(action=LEFT, reason="binary", msg="It is a binary file. Take the key out by hand.")
    return row.as_left("aside_exists", "aside") if aside and not found.is_one_file else None


def plan_restored(row: FileRow) -> FileRow:
    """What state=restored does with a file."""
    target, found = row.seen
    here, aside = found.here, found.aside
    if not aside:
        reason = "not_aside" if here else "not_found"
        return row._replace(action=UNCHANGED, reason=reason, msg="It is not set aside.")
    if here and not found.is_one_file:
        # Where several may write a folder, another user could have made what looks like an original.
        if (here.stat.st_uid, here.stat.st_gid) != (aside.stat.st_uid, aside.stat.st_gid):
            return row.as_left("other_owner", "restored")
        if not _is_ours(target, here, aside):
            return row.as_left("changed_meanwhile", "restored")
    return row._replace(action=RESTORED, reason=None, msg="The original is back in its place.")


def _is_ours(target: FileTarget, here: File, original: File) -> bool:
    """Whether a file is what was left of the original, perhaps under another path, which made it of another kind."""
    if not (here.whole and original.whole):
        return False
    return any(here.text == _without(original.text, kind) for kind in dict.fromkeys([target.kind, *every_kind()]))


def _without(text: str, kind: str) -> Optional[str]:
    try:
        return without_credentials(text, kind)
    except Stuck:
        return None
