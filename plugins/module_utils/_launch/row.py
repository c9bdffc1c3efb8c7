# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One thing that launches instances: what is to be done with it, and what came of it.  Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Mapping, Optional, Union

from .._common.change import Change
from .._policy.permission_diff import LostPermission
from .._values.launch import Fleet, Group, Use
from .spec import Wanted

UPDATED, UNCHANGED, SKIPPED, FAILED = ACTIONS = ("updated", "unchanged", "skipped", "failed")


@dataclass(frozen=True)
class LaunchRow:
    """A group, a launch template or a fleet.

    ``before`` and ``after`` say what it launches with: rows of template, version and profile.  ``uses`` are its places that are
    to have another profile, ``steps`` the calls that are for it alone.  ``template_id`` is what it needs changed beside those,
    ``user`` the group or the fleet.  ``lost`` is what instances may not do any more; None where nobody looked.
    """

    name: str
    action: str
    before: Optional[Mapping[str, Any]] = None
    after: Optional[Mapping[str, Any]] = None
    managed_by: Optional[str] = None
    also_used_by: tuple[str, ...] = ()
    reason: Optional[str] = None
    msg: str = ""
    uses: tuple[Use, ...] = ()
    steps: tuple[Change, ...] = ()
    template_id: Optional[str] = None
    user: Optional[Union[Group, Fleet]] = None
    lost: Optional[tuple[LostPermission, ...]] = None

    @property
    def template_ids(self) -> set[str]:
        """The templates without whose changes it fails."""
        return {use.template_id for use in self.uses} | ({self.template_id} if self.template_id else set())

    def as_result(self) -> dict[str, Any]:
        """The row for the return values."""
        return {
            "name": self.name,
            "changed": self.action == UPDATED,
            "action": self.action,
            "before": self.before,
            "after": self.after,
            "managed_by": self.managed_by,
            "also_used_by": list(self.also_used_by),
            "reason": self.reason,
            "msg": self.msg,
            "lost": None if self.lost is None else list(map(str, self.lost)),
        }

    def failed(self, reason: str, msg: str) -> LaunchRow:
        """The row of one with which it did not work."""
        return replace(self, action=FAILED, reason=reason, msg=msg, after=self.before, steps=(), uses=())


def verdict(held: Mapping[Use, Optional[str]], wanted: Wanted) -> tuple[str, Optional[str], str, tuple[Use, ...]]:
    """What is to be done where the uses launch with these profiles: action, reason, a sentence, and the uses to change."""
    if wanted.profile is None:
        return _taken_away(held, wanted.only)
    different = {use: name for use, name in held.items() if (name or "").lower() != wanted.profile.name.lower()}
    if not different:
        return UNCHANGED, None, f"it launches with {wanted.name} already", ()
    others = sorted({name for name in different.values() if name})
    if not others or wanted.on_conflict == "replace":
        instead = f"{wanted.name} takes the place of {' and '.join(others)}" if others else f"it launches with {wanted.name}"
        return UPDATED, "conflict" if others else None, instead, tuple(different)
    msg = f"it launches with another instance profile, {' and '.join(others)}"
    return (SKIPPED if wanted.on_conflict == "skip" else FAILED), "conflict", msg, ()


def _taken_away(held: Mapping[Use, Optional[str]], only: Optional[str]) -> tuple[str, Optional[str], str, tuple[Use, ...]]:
    names = sorted({name for name in held.values() if name})
    if not names:
        return UNCHANGED, None, "it launches without an instance profile", ()
    uses = tuple(use for use, name in held.items() if name and (only is None or name.lower() == only.lower()))
    if not uses:
        return UNCHANGED, "other_profile", f"it launches with another instance profile, {' and '.join(names)}", ()
    return UPDATED, None, "it launches without an instance profile from now on", uses
