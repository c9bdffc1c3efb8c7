# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gateway to IAM's instance profiles."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Iterable, Mapping, Optional

from .._common.errors import AwsError
from .._values.instance_profile import InstanceProfile, TrustedProfile
from .attempts import poll_until, retry
from .eventual_consistency import USUAL_SECONDS
from .parallel import each_in_parallel
from .tags import tags_in
from .wait_for_arn import find_with_arns, read_with_arns

WORKERS = 8  # parallel reads; IAM's rate limits are unpublished and low
# Reading one profile takes one call; listing all takes one per hundred profiles, of which AWS allows 1,000 per account.
# From five profiles on, listing takes fewer calls in accounts with up to five hundred.
FEW = 5


class InstanceProfiles:
    """The instance profiles of an account through one boto3 client of IAM."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def find(self, name: str) -> Optional[InstanceProfile]:
        """The instance profile, or None."""
        found = self._described(name)
        return None if found is None else profile_in(found)

    def find_each(self, names: Iterable[str]) -> dict[str, Optional[InstanceProfile]]:
        """The instance profiles with these names, or None for each that does not exist.

        A profile that is missing or has no role is read again for a few seconds: it may have been created just now.
        """
        names = sorted(set(names))

        def find(name: str) -> Optional[InstanceProfile]:
            return poll_until(lambda: self.find(name), lambda found: bool(found and found.roles), USUAL_SECONDS)

        return dict(zip(names, each_in_parallel(find, names, WORKERS)))

    def find_trusted(self, names: Iterable[str]) -> dict[str, TrustedProfile]:
        """The existing instance profiles with these names, with their roles' trust policies, by name in lower case.

        IAM ignores case in names.  A profile that is missing or has no role is read again as in ``find_each``.
        """
        names = set(names)
        wanted = {name.lower() for name in names}

        def read() -> dict[str, TrustedProfile]:
            found = {each["InstanceProfileName"].lower(): _trusted_profile(each) for each in self._described_among(names)}
            return {name: each for name, each in found.items() if name in wanted}

        def are_usable(found: dict[str, TrustedProfile]) -> bool:
            return found.keys() == wanted and all(each.profile.roles for each in found.values())

        return poll_until(read, are_usable, USUAL_SECONDS)

    def of_role(self, role_name: str) -> list[InstanceProfile]:
        """Every instance profile that contains the role, without tags."""
        found = self._described_of_role(role_name)
        return [_listed_profile(each) for each in found["InstanceProfiles"]] if found else []

    def names_with_role(self, role_name: str) -> Optional[list[str]]:
        """The names of the instance profiles that contain the role; None if the role does not exist."""
        found = self._described_of_role(role_name)
        return [each["InstanceProfileName"] for each in found["InstanceProfiles"]] if found else None

    def _described_of_role(self, role_name: str) -> Optional[dict[str, Any]]:
        doing = f"list the instance profiles of the role {role_name}"
        return find_with_arns(self._client, "iam:ListInstanceProfilesForRole", f"role/{role_name}", doing, RoleName=role_name)

    def by_role(self) -> dict[str, list[InstanceProfile]]:
        """The account's instance profiles, without tags, by the name of the role in them."""
        profiles_of: dict[str, list[InstanceProfile]] = {}
        for profile in map(_listed_profile, self._described_all()):
            for role in profile.roles:
                profiles_of.setdefault(role, []).append(profile)
        return profiles_of

    def wait_for(self, wanted: InstanceProfile, seconds: float) -> None:
        """Waits until IAM returns the profile with its role; raises AwsError after so many seconds."""

        def check() -> None:
            found = self.find(wanted.name)
            if found is None or found.roles != wanted.roles:
                raise AwsError(
                    "iam:GetInstanceProfile",
                    f"instance-profile/{wanted.name}",
                    f"read the instance profile {wanted.name} with the role {wanted.roles[0]}",
                    "TimedOut",
                    f"IAM did not return it within {seconds} seconds",
                )

        retry(check, lambda error: error.code == "TimedOut", seconds)

    def _described(self, name: str) -> Optional[dict[str, Any]]:
        doing = f"read the instance profile {name}"
        target = f"instance-profile/{name}"
        found = find_with_arns(self._client, "iam:GetInstanceProfile", target, doing, InstanceProfileName=name)
        return found and found["InstanceProfile"]

    def _described_among(self, names: Iterable[str]) -> list[dict[str, Any]]:
        """The existing ones among the profiles, read one by one if they are few; otherwise all of the account."""
        names = sorted(names)
        if len(names) < FEW:
            return [each for each in each_in_parallel(self._described, names, WORKERS) if each]
        return self._described_all()

    def _described_all(self) -> list[dict[str, Any]]:
        found = read_with_arns(self._client, "iam:ListInstanceProfiles", "instance-profile/*", "list the instance profiles")
        profiles: list[dict[str, Any]] = found["InstanceProfiles"]
        return profiles


def profile_in(described: Mapping[str, Any]) -> InstanceProfile:
    """Converts IAM's description of an instance profile."""
    return InstanceProfile(
        name=described["InstanceProfileName"],
        path=described["Path"],
        roles=tuple(role["RoleName"] for role in described.get("Roles", [])),
        tags=tags_in(described),
        arn=described["Arn"],
        profile_id=described["InstanceProfileId"],
        create_date=described["CreateDate"].isoformat(),
    )


def _listed_profile(described: Mapping[str, Any]) -> InstanceProfile:
    """The same for an entry of a list, in which IAM leaves out the tags."""
    return replace(profile_in(described), tags=None)


def _trusted_profile(described: Mapping[str, Any]) -> TrustedProfile:
    return TrustedProfile(profile_in(described), trust_policy_in(described))


def trust_policy_in(described: Mapping[str, Any]) -> Optional[Mapping[str, Any]]:
    """The trust policy of the role in the described profile, or None if it has no role."""
    return next((role["AssumeRolePolicyDocument"] for role in described.get("Roles", [])), None)
