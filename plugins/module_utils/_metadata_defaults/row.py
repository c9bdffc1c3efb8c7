# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The defaults of one region, and the call that changes them.  Pure."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Collection, Mapping, Optional, Union

from .._common.change import Change
from .._common.errors import AwsError
from .options import HOP_LIMIT, NAMES, NO_HOP_LIMIT, NO_PREFERENCE
from .spec import Values

UPDATED, UNCHANGED, FAILED = ACTIONS = ("updated", "unchanged", "failed")
OPERATION = "ModifyInstanceMetadataDefaults"
# AWS's names of the options
MEMBERS = {name: "".join(part.capitalize() for part in name.split("_")) for name in NAMES}
ACCOUNT, POLICY = "account", "declarative-policy"
POLICY_REASON = "declarative_policy"


@dataclass(frozen=True)
class RegionRow:
    """What to do in one region, and later the result.

    ``before`` and ``after`` have all options that the installed botocore knows, those without a default with ``no-preference`` or -1; None
    if they could not be read.
    """

    region: str
    action: str
    before: Optional[Values] = None
    after: Optional[Values] = None
    managed_by: Optional[str] = None
    reason: Optional[str] = None
    msg: str = ""
    steps: tuple[Change, ...] = field(default=())

    @property
    def former(self) -> dict[str, Any]:
        """The former values of the options that change."""
        before, after = self.before or {}, self.after or {}
        return {name: before[name] for name in before if before[name] != after[name]}

    def as_result(self) -> dict[str, Any]:
        """An entry of the return value ``regions``."""
        return {
            "region": self.region,
            "changed": bool(self.steps),
            "action": self.action,
            "before": self.before,
            "after": self.after,
            "managed_by": self.managed_by,
            "reason": self.reason,
            "msg": self.msg,
        }

    def failed(self, reason: str, msg: str) -> RegionRow:
        """The row of a region in which nothing was changed."""
        return replace(self, action=FAILED, reason=reason, msg=msg, after=self.before, steps=())


def values_of(account_level: Mapping[str, Any], members: Collection[str]) -> dict[str, Any]:
    """The value of each option from AWS's answer; ``members`` are those that botocore parses, so the others are not known."""
    known = (name for name in NAMES if MEMBERS[name] in members)
    return {name: account_level.get(MEMBERS[name], NO_HOP_LIMIT if name == HOP_LIMIT else NO_PREFERENCE) for name in known}


def plan_region(region: str, wanted: Values, found: Union[Mapping[str, Any], AwsError], members: Collection[str]) -> RegionRow:
    """What to do in a region with these defaults, or with the error of reading them; ``members`` as in ``values_of``."""
    if isinstance(found, AwsError):
        return RegionRow(region, FAILED, reason=found.code, msg=str(found))
    before, manager = values_of(found, members), found.get("ManagedBy", ACCOUNT)
    row = RegionRow(region, UNCHANGED, before, before, manager, msg="the defaults are as wanted")
    different = {name: value for name, value in wanted.items() if before[name] != value}
    if not different:
        return row
    if manager != ACCOUNT:
        return row.failed(POLICY_REASON if manager == POLICY else "managed", _refusal(manager, found.get("ManagedExceptionMessage")))
    parameters = {MEMBERS[name]: value for name, value in different.items()}
    summary = f"change the account's defaults for metadata options in {region}"
    step = Change("ec2", OPERATION, region, parameters, summary)
    return replace(row, action=UPDATED, after={**before, **different}, steps=(step,), msg=_described(before, different))


def _described(before: Values, different: Values) -> str:
    return ", ".join(f"{name} changes from {before[name]} to {value}" for name, value in different.items())


def _refusal(manager: str, message: Optional[str]) -> str:
    """Why the defaults can't be changed, with the organization's own message."""
    what = "a declarative policy of the organization" if manager == POLICY else manager
    said = f": {message.rstrip('.')}" if message else ""
    return f"{what} manages the defaults, and the account can't change them{said}. Change the policy, or leave this region out"
