# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The quarantine of a role: a policy that denies everything, inline or managed, and a tag with the time when it began.  Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any, Mapping, Optional

from ansible_collections.keyless.ec2.plugins.module_utils._common.identifiers import account_in_arn, name_in_arn, same_name

POLICY = "KeylessEc2Quarantine"
TAG = "keyless.ec2:quarantined"
DENIAL: dict[str, Any] = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}
WRITTEN = "%Y-%m-%dT%H:%M:%SZ"
SID = "Since%Y%m%dT%H%M%SZ"  # a Sid has only letters and digits
LAST_YEAR = 9000  # days can be added to a later time only up to the year 9999
READ = "%Y-%m-%dT%H:%M:%S%z"  # %z reads Z and +00:00


@dataclass(frozen=True)
class Quarantine:
    """``tag`` is the value of the tag, None if the role has none.  ``is_denied`` says whether the policy is in place.

    ``denied_since`` is the time in the inline policy; a managed policy has none.
    """

    tag: Optional[str] = None
    is_denied: bool = False
    denied_since: Optional[datetime] = None

    @property
    def is_complete(self) -> bool:
        """Whether the role has both the policy and the tag. The days only count if it has."""
        return self.is_denied and self.tag is not None

    @property
    def is_readable(self) -> bool:
        """Whether the tag, if there is one, is a time."""
        try:
            return self.since is not None or self.tag is None
        except ValueError:
            return False

    @property
    def since(self) -> Optional[datetime]:
        """When it began, in UTC: the later one of the times in the tag and in the policy, because whoever may tag a role can write any time.

        None without a tag. Raises ValueError if the tag is not a time.
        """
        tagged = self.tagged
        return max(tagged, self.denied_since) if tagged and self.denied_since else tagged

    @property
    def begun(self) -> Optional[datetime]:
        """The earlier one of these times: a use of the role since then was denied. Raises ValueError like ``since``."""
        tagged = self.tagged
        return min(tagged, self.denied_since) if tagged and self.denied_since else tagged

    @property
    def tagged(self) -> Optional[datetime]:
        """The time in the tag, in UTC; None without a tag. Raises ValueError if the tag is not a time."""
        if self.tag is None:
            return None
        try:
            since = datetime.strptime(self.tag, READ).astimezone(timezone.utc)
        except OverflowError:
            raise ValueError("its year is too far away") from None
        if since.year > LAST_YEAR:
            raise ValueError("its year is too far away")
        return since


def quarantine_of(role: Mapping[str, Any], policy: str = "") -> Quarantine:
    """The quarantine of a role that iam_ec2_role_info returned, by the inline policy or by the managed policy of that name."""
    denied_since = _time_in(role["inline_policies"].get(POLICY))
    return Quarantine(role["tags"].get(TAG), denied_since is not None or has_policy(role, policy), denied_since)


def denial(since: datetime) -> dict[str, Any]:
    """The inline policy that denies everything since this time."""
    return {**DENIAL, "Statement": [{"Sid": since.astimezone(timezone.utc).strftime(SID), **DENIAL["Statement"][0]}]}


def _time_in(policy: Any) -> Optional[datetime]:
    """The time in the inline policy; None if it is not one that this role has written."""
    try:
        since = datetime.strptime(policy["Statement"][0]["Sid"], SID).replace(tzinfo=timezone.utc)
    except (KeyError, IndexError, TypeError, ValueError):
        return None
    return since if policy == denial(since) and since.year <= LAST_YEAR else None


def has_policy(role: Mapping[str, Any], policy: str) -> bool:
    """Whether the account's own policy of that name is attached to the role."""
    return len(other_policies(role, policy)) < len(role["attached_policies"])


def other_policies(role: Mapping[str, Any], policy: str) -> list[str]:
    """The ARNs of the role's other managed policies."""
    arns = (each["policy_arn"] for each in role["attached_policies"])
    return [arn for arn in arns if account_in_arn(arn) == "aws" or not same_name(name_in_arn(arn), policy)]


def other_tags(role: Mapping[str, Any]) -> dict[str, str]:
    """The role's other tags, without those that belong to AWS."""
    return {key: value for key, value in role["tags"].items() if key != TAG and not key.startswith("aws:")}


def format_time(time: datetime) -> str:
    """The time in UTC, as in the tag."""
    return time.astimezone(timezone.utc).strftime(WRITTEN)
