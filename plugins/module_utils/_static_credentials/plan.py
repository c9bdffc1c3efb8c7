# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is to be done with each file, and what is told of them all.  Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable, Iterable, NamedTuple, Optional

from .host.known import MUST_EXIST
from .host.tree import File, NotRegular
from .target import MAX_SIZE, FilesFound, FileTarget
from .text.cut import Stuck, says_nothing, without_credentials
from .text.findings import has_encoded_key
from .text.keys import has_access_key

ASIDE, TRIMMED, RESTORED, UNCHANGED, LEFT, FAILED = "aside", "trimmed", "restored", "unchanged", "left", "failed"
CHANGES = (ASIDE, TRIMMED, RESTORED)
CHANGED_MEANWHILE = "changed_meanwhile"

SAID = {
    ASIDE: "set aside",
    TRIMMED: "set aside and replaced by a file without the credentials",
    RESTORED: "restored",
    UNCHANGED: "unchanged",
    LEFT: "left",
    FAILED: "failed",
}


class Observation(NamedTuple):
    """What was seen under a path; ``error`` is why it is not all that there is to see.

    Of the environment of a process nothing is looked at.  ``is_required`` tells whether a unit of systemd names the
    file, and may not start without it.
    """

    path: str
    target: Optional[FileTarget] = None
    found: Optional[FilesFound] = None
    is_required: bool = False
    error: Optional[OSError] = None


class FileRow(NamedTuple):
    """What is to be done with one file; ``left`` is what takes its place, None if nothing does."""

    path: str
    action: str
    msg: str
    reason: Optional[str] = None
    target: Optional[FileTarget] = None
    found: Optional[FilesFound] = None
    left: Optional[bytes] = None

    @property
    def is_change(self) -> bool:
        return self.action in CHANGES

    @property
    def has_failed(self) -> bool:
        return self.action == FAILED or self.reason == CHANGED_MEANWHILE

    def as_result(self) -> dict[str, Any]:
        """An entry of the return value ``files``."""
        aside_path = self.target.aside_path if self.target else None
        return {
            "path": self.path, "action": self.action, "aside_path": aside_path, "reason": self.reason, "msg": self.msg
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
    plan_file = plan_aside if state == "aside" else plan_restored
    first_paths: dict[str, str] = {}
    return AsidePlan(tuple(_plan(each, plan_file, first_paths) for each in seen))


def _plan(seen: Observation, plan_file: Callable[[Observation], FileRow], first_paths: dict[str, str]) -> FileRow:
    """A row; ``first_paths`` has the path under which each file came first."""
    path, target = seen.path, seen.target
    first = first_paths.setdefault(target.real, path) if target else path
    if first != path:
        return FileRow(path, UNCHANGED, f"It is the same file as {first}.", "same_file", target)
    if isinstance(seen.error, NotRegular):
        return FileRow(path, FAILED, "It is no regular file. Give the files that are in it.", "not_regular")
    if seen.error:
        return FileRow(path, FAILED, f"It can't be read: {seen.error.strerror}.", "error")
    if not seen.found:
        return FileRow(path, LEFT, "It is the environment of a process. Restart that without the key.", "process")
    return plan_file(seen)._replace(target=target, found=seen.found)


def plan_aside(seen: Observation) -> FileRow:
    """What state=aside does with a file."""
    target = seen.target
    row = _before_aside(target, seen.found)
    if row:
        return row
    try:
        left = without_credentials(seen.found.here.text, target.kind)
    except Stuck as stuck:
        return FileRow(target.path, LEFT, str(stuck), stuck.reason)
    if says_nothing(left) and not seen.is_required and target.kind not in MUST_EXIST:
        return FileRow(target.path, ASIDE, "It has nothing but credentials, so nothing takes its place.")
    said = "What is left without the credentials takes its place."
    return FileRow(target.path, TRIMMED, said, left=left.encode("latin-1"))


def _before_aside(target: FileTarget, found: FilesFound) -> Optional[FileRow]:
    """The row of a file that is not to be set aside."""
    path, here = target.path, found.here
    if found.aside and not (here and has_access_key(here.text)):
        return FileRow(path, UNCHANGED, "It is set aside already.", "already_aside")
    if not here:
        return FileRow(path, UNCHANGED, "It does not exist.", "not_found")
    if not here.whole:
        return FileRow(path, LEFT, "It is larger than 16 MiB. Take the key out by hand.", "too_large")
    if has_encoded_key(here.data, MAX_SIZE):
        return FileRow(path, LEFT, "The key is encoded: compressed, in UTF-16 or in base64. Take it out by hand.", "encoded")
    if not has_access_key(here.text):
        return FileRow(path, UNCHANGED, "It has no access key.", "no_access_key")
    if here.is_binary:
        return FileRow(path, LEFT, "It is a binary file. Take the key out by hand.", "binary")
    if found.aside and not found.is_one_file:
        said = f"It has a key again, and {target.aside_path} exists already. Restore or remove that first."
        return FileRow(path, FAILED, said, "aside_exists")
    return None


def plan_restored(seen: Observation) -> FileRow:
    """What state=restored does with a file."""
    path, target, found = seen.path, seen.target, seen.found
    if not found.aside:
        return FileRow(path, UNCHANGED, "It is not set aside.", "not_aside" if found.here else "not_found")
    if not found.here or found.is_one_file or _is_ours(target, found.here, found.aside):
        return FileRow(path, RESTORED, "The original is back in its place.")
    said = f"Somebody has changed it since. Bring it together with {target.aside_path} by hand, and remove that."
    return FileRow(path, LEFT, said, CHANGED_MEANWHILE)


def _is_ours(target: FileTarget, here: File, original: File) -> bool:
    """Whether a file is what was left of the original."""
    try:
        return here.whole and original.whole and here.text == without_credentials(original.text, target.kind)
    except Stuck:
        return False
