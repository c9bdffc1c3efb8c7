# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The defaults of one region, and the call that changes them.  Pure."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Collection, Mapping, Optional, Union

from .._common.change import Change
from .._common.errors import AwsError
from .._common.sentences import listed, number_of
from .launches import Read, RefusedLaunch, refused_launches
from .options import HOP_LIMIT, NAMES, NO_HOP_LIMIT, NO_PREFERENCE
from .spec import Values

UPDATED, UNCHANGED, SKIPPED, FAILED = ACTIONS = ("updated", "unchanged", "skipped", "failed")
OPERATION = "ModifyInstanceMetadataDefaults"
# AWS's names of the options
MEMBERS = {name: "".join(part.capitalize() for part in name.split("_")) for name in NAMES}
ACCOUNT, POLICY = "account", "declarative-policy"
POLICY_REASON = "declarative_policy"
ENFORCED, TOKENS = "http_tokens_enforced", "http_tokens"
REFUSED, NOT_KNOWN = "launches_refused", "launches_unknown"
SHOWN = 3  # launches in a sentence
WITHOUT_IT = "Require IMDSv2 of these first, for example with keyless.ec2.require_imdsv2, or set on_refused_launches to ignore"


@dataclass(frozen=True)
class RegionRow:
    """What to do in one region, and later the result.

    ``before`` and ``after`` have all options that the installed botocore knows, those without a default with ``no-preference`` or -1; None
    if they could not be read.  ``refused`` are the launches that AWS would refuse after the change.
    """

    region: str
    action: str
    before: Optional[Values] = None
    after: Optional[Values] = None
    managed_by: Optional[str] = None
    reason: Optional[str] = None
    msg: str = ""
    steps: tuple[Change, ...] = field(default=())
    refused: tuple[RefusedLaunch, ...] = ()

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
            "refused_launches": [each.as_result() for each in self.refused],
            "msg": self.msg,
        }

    def failed(self, reason: str, msg: str) -> RegionRow:
        """The row of a region in which nothing was changed."""
        return replace(self, action=FAILED, reason=reason, msg=msg, after=self.before, steps=())

    @property
    def may_refuse_launches(self) -> bool:
        """Whether AWS may refuse launches after the change that it does not refuse now."""
        return (self.after or {}).get(ENFORCED) == "enabled" and bool({ENFORCED, TOKENS} & set(self.former))


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


def account_level(values: Values) -> dict[str, Any]:
    """The values by AWS's names, without those that are no default."""
    return {MEMBERS[name]: value for name, value in values.items() if value not in (NO_PREFERENCE, NO_HOP_LIMIT)}


def unless_refused(row: RegionRow, launches: Read, on_refused: str) -> RegionRow:
    """The row; skipped or failed if AWS would refuse launches after the change, or if that is not known."""
    if launches is None:
        return row
    if isinstance(launches, AwsError):
        return _left(row, on_refused, NOT_KNOWN, f"it is not known which launches AWS would refuse: {str(launches).rstrip('.')}")
    before, after = row.before or {}, row.after or {}
    earlier = refused_launches(launches, account_level(before)) if before[ENFORCED] == "enabled" else []
    known = {str(each) for each in earlier}
    refused = tuple(each for each in refused_launches(launches, account_level(after)) if str(each) not in known)
    if not refused:
        return row
    said = f"AWS would refuse {number_of(len(refused), 'launch', 'launches')}, or that is not known: {listed(list(map(str, refused)), SHOWN)}"
    return replace(_left(row, on_refused, REFUSED, f"{said}. {WITHOUT_IT}"), refused=refused)


def _left(row: RegionRow, on_refused: str, reason: str, msg: str) -> RegionRow:
    failed = row.failed(reason, msg)
    return failed if on_refused == "fail" else replace(failed, action=SKIPPED)


def _described(before: Values, different: Values) -> str:
    return ", ".join(f"{name} changes from {before[name]} to {value}" for name, value in different.items())


def _refusal(manager: str, message: Optional[str]) -> str:
    """Why the defaults can't be changed, with the organization's own message."""
    what = "a declarative policy of the organization" if manager == POLICY else manager
    said = f": {message.rstrip('.')}" if message else ""
    return f"{what} manages the defaults, and the account can't change them{said}. Change the policy, or leave this region out"
