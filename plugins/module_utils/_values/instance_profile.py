# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Instance profiles.  Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Mapping, Optional

from .._common.errors import OptionError
from .._common.identifiers import account_in_arn, same_name

# https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateInstanceProfile.html
NAME = re.compile(r"[\w+=,.@-]{1,128}", re.ASCII)
ARN = re.compile(r"arn:aws[\w-]*:iam::\d{12}:instance-profile(?P<path>/(?:[!-~]+/)?)(?P<name>[\w+=,.@-]{1,128})")


ANOTHER_ACCOUNT = "An instance can only have an instance profile of its own account: give that, or use credentials of account {}."
UNKNOWN = "Check the spelling, or create it with keyless.ec2.iam_ec2_role."  # what to do about a profile that does not exist


@dataclass(frozen=True)
class InstanceProfile:
    """An instance profile as IAM describes it; ``arn``, ``profile_id`` and ``create_date`` are None for a planned one.

    AWS allows one role per profile, so ``roles`` has at most one name.  ``tags`` is None if they were not read: lists of
    profiles don't include them.
    """

    name: str
    path: str
    roles: tuple[str, ...]
    tags: Optional[Mapping[str, str]]
    arn: Optional[str] = None
    profile_id: Optional[str] = None
    create_date: Optional[str] = None

    @property
    def known_arn(self) -> str:
        """The ARN.  Raises ValueError for a profile that is only planned."""
        if self.arn is None:
            raise ValueError(f"The instance profile {self.name} has no ARN yet.")
        return self.arn

    @property
    def known_tags(self) -> Mapping[str, str]:
        """The tags.  Raises ValueError if they were not read."""
        if self.tags is None:
            raise ValueError(f"The tags of the instance profile {self.name} are not known.")
        return self.tags

    def as_result(self) -> dict[str, Any]:
        """The return value ``instance_profile``."""
        values = {
            "instance_profile_name": self.name,
            "instance_profile_id": self.profile_id,
            "arn": self.arn,
            "create_date": self.create_date,
            "path": self.path,
            "roles": list(self.roles),
        }
        known = {key: value for key, value in values.items() if value is not None}
        return {**known, "tags": None if self.tags is None else dict(self.tags)}


@dataclass(frozen=True)
class TrustedProfile:
    """An instance profile and the trust policy of its role; None if it has no role."""

    profile: InstanceProfile
    trust_policy: Optional[Mapping[str, Any]] = None


def profile_name(option: str, name_or_arn: str) -> str:
    """The name of the profile that the user gave.  Raises OptionError if it is neither a name nor an ARN."""
    found = ARN.fullmatch(name_or_arn)
    if found:
        return found["name"]
    if NAME.fullmatch(name_or_arn):
        return name_or_arn
    raise OptionError(
        option,
        f"{name_or_arn!r} is neither the name nor the ARN of an instance profile.",
        "A name has 1 to 128 letters, digits and +=,.@_-; an ARN looks like arn:aws:iam::123456789012:instance-profile/web.",
    )


def usable_profile(option: str, given: str, found: Optional[InstanceProfile]) -> InstanceProfile:
    """The profile that was found under the name or in the ARN that the user gave.  Raises OptionError if no instance could use it.

    It is checked first, because EC2 returns the same error for a profile that it does not know yet.  An ARN of another account or
    with another path must not stand for the profile of that name in this account.
    """
    if found is not None and ARN.fullmatch(given) and account_in_arn(given) != account_in_arn(found.known_arn):
        raise of_another_account(option, given, account_in_arn(found.known_arn))
    if found is None or (ARN.fullmatch(given) and not same_name(found.known_arn, given)):
        raise OptionError(
            option,
            f"there is no instance profile {given!r} in {_account(found)}.",
            UNKNOWN,
        )
    if not found.roles:
        raise OptionError(
            option,
            f"the instance profile {given!r} has no role, so instances would get no credentials.",
            f"Add a role to it, for example with keyless.ec2.iam_ec2_role and instance_profile_name={found.name}.",
        )
    return found


def _account(found: Optional[InstanceProfile]) -> str:
    return f"account {account_in_arn(found.known_arn)}" if found else "this account"


def of_another_account(option: str, arn: str, account: str) -> OptionError:
    """The error for the ARN of a profile that is not in this account."""
    other = account_in_arn(arn)
    return OptionError(option, f"{arn!r} belongs to account {other}, and the credentials to account {account}.", ANOTHER_ACCOUNT.format(other))


def is_unknown_to_ec2(message: str) -> bool:
    """Whether this is EC2's error for an instance profile, or a role in it, that exists in IAM but is not visible to EC2 yet."""
    return "Invalid IAM Instance Profile" in message or "has no associated IAM Roles" in message
