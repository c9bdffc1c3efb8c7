# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rows of the return values: instances, launch sources, roles and instance profiles."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Iterable, Iterator, Mapping, Optional, Sequence

from .._attachment.info import AttachmentInfo, attachment_infos
from .._common.problem import Problem
from .._launch.info import SourceInfo, source_infos
from .._launch_sources.source import GROUP
from .._policy.permissions_summary import summarize_permissions
from .._policy.service_principals import EC2
from .._policy.service_reference import ServiceReference
from .._policy.trust_policy import trusts_service
from .._role.info import RoleInfo
from .._values.instance_profile import InstanceProfile, TrustedProfile
from .._values.instances import Instance
from .account import AccountData
from .problems import PROBLEMS, QUOTA_WARNING
from .region import RegionData

SOURCE_KINDS = ("auto_scaling_groups", "launch_templates", "fleets", "spot_requests")
MISSING = "missing_profile"  # unknown if the account's profiles could not be read
SPOT_FLEET_PREFIX = "sfr-"


@dataclass(frozen=True)
class AccountRows:
    """The rows of one account and of its regions.

    ``is_complete`` says whether the regions are all those that are enabled in the account, each read without an error.
    """

    data: AccountData
    regions: Sequence[RegionData]
    is_complete: bool
    reference: Optional[ServiceReference] = None

    @property
    def account_id(self) -> str:
        """The account's id."""
        return self.data.target.account_id

    @cached_property
    def _profiles(self) -> Mapping[str, TrustedProfile]:
        return self.data.profiles or {}

    @cached_property
    def _may_do(self) -> dict[str, str]:
        """A summary of the permissions of each role that instances can have, by the role's name."""
        roles = {info.role.name for info in self._role_infos}
        known = (each for each in self.data.roles or () if each.role.name in roles)
        return {each.role.name: summarize_permissions(each.permissions, self.reference) for each in known if each.permissions is not None}

    @cached_property
    def _role_infos(self) -> list[RoleInfo]:
        """The roles that are in an instance profile, or that trust EC2."""
        profiles_of: dict[str, list[InstanceProfile]] = {}
        for each in self._profiles.values():
            for role in each.profile.roles:
                profiles_of.setdefault(role, []).append(each.profile)
        infos = (RoleInfo(each.role, tuple(profiles_of.get(each.role.name, ()))) for each in self.data.roles or ())
        return [info for info in infos if info.profiles or trusts_service(info.role.trust_policy, EC2)]

    # Instances

    def instances(self) -> Iterator[dict[str, Any]]:
        """A row for each instance that is not terminated."""
        for region in self.regions:
            for info in self._attachments[region.region]:
                yield self._instance(region, info)

    @cached_property
    def _attachments(self) -> dict[str, list[AttachmentInfo]]:
        return {each.region: attachment_infos(each.instance_ids, each.snapshot, self._profiles, each.replacing) for each in self.regions}

    def _instance(self, region: RegionData, info: AttachmentInfo) -> dict[str, Any]:
        result = info.as_result()
        details = region.details[info.instance_id]
        return {
            "account_id": self.account_id,
            "region": region.region,
            "instance_id": info.instance_id,
            "name": details["tags"].get("Name"),
            "state": result["state"],
            "launch_time": details["launch_time"],
            "tags": details["tags"],
            "instance_profile": result["instance_profile"],
            "role_name": result["role_name"],
            "may_do": self._may_do.get(result["role_name"]),
            "launched_by": _launched_by(region.snapshot.instances[info.instance_id], region.region),
            "problems": self._without_guesses(result["problems"]),
        }

    def _without_guesses(self, problems: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The problems, without those that need the account's profiles if these could not be read."""
        is_known = self.data.profiles is not None
        return problems if is_known else [each for each in problems if each["code"] != MISSING]

    # Launch sources

    def launch_sources(self, kind: str) -> Iterator[dict[str, Any]]:
        """A row for each launch source of the kind, which is the name of a return value."""
        for region in self.regions:
            for info in self._launch_sources[region.region][kind]:
                result = info.as_result(self._profiles)
                named = {"launch_template_id": info.source.template_ids[0]} if kind == "launch_templates" else {}
                problems = self._without_guesses(result["problems"])
                yield {"account_id": self.account_id, "region": region.region, **result, **named, "problems": problems}

    @cached_property
    def _launch_sources(self) -> dict[str, dict[str, list[SourceInfo]]]:
        return {each.region: source_infos(each.sources, each.snapshot, each.imds_defaults) for each in self.regions}

    # Counts

    @cached_property
    def _instances_of(self) -> Counter[str]:
        """How many instances have each profile, by its name in lower case."""
        infos = (info for infos in self._attachments.values() for info in infos)
        return Counter(info.profile_name.lower() for info in infos if info.profile_name)

    @cached_property
    def _launched_with(self) -> Counter[str]:
        """How many launch sources have each profile, by its name in lower case."""
        every = (source for region in self.regions for source in region.sources)
        names = ({launch.profile_name.lower() for launch in each.launches if launch.profile_name} for each in every)
        return Counter(name for some in names for name in some)

    def _count(self, counted: Counter[str], profiles: Iterable[InstanceProfile]) -> Optional[int]:
        return sum(counted[each.name.lower()] for each in profiles) if self.is_complete else None

    # Roles and instance profiles

    def roles(self) -> Iterator[dict[str, Any]]:
        """A row for each role that is in an instance profile, or that trusts EC2."""
        for info in self._role_infos:
            role = info.role
            yield {
                "account_id": self.account_id,
                "role_name": role.name,
                "arn": role.arn,
                "path": role.path,
                "instance_profiles": sorted(each.name for each in info.profiles),
                "managed_policies": sorted(role.managed_policies.values()),
                "inline_policies": sorted(role.inline_policies),
                "may_do": self._may_do.get(role.name),
                "last_used": dict(role.last_used) or None,
                "instance_count": self._count(self._instances_of, info.profiles),
                "launched_by_count": self._count(self._launched_with, info.profiles),
                "problems": self._problems_of(info),
            }

    def _problems_of(self, info: RoleInfo) -> list[dict[str, Any]]:
        """The role's problems; whether it has a profile is unknown if profiles could not be read."""
        problems = info.problems()
        return problems if self.data.profiles is not None else [each for each in problems if each["code"] != "no_profile"]

    def instance_profiles(self) -> Iterator[dict[str, Any]]:
        """A row for each instance profile."""
        for _name, each in sorted(self._profiles.items()):
            profile = each.profile
            instances = self._count(self._instances_of, [profile])
            launched_by = self._count(self._launched_with, [profile])
            codes = [] if profile.roles else ["empty_profile"]
            codes += ["orphaned_profile"] if instances == 0 and launched_by == 0 else []
            yield {
                "account_id": self.account_id,
                "name": profile.name,
                "arn": profile.arn,
                "instance_profile_id": profile.profile_id,
                "role_name": profile.roles[0] if profile.roles else None,
                "instance_count": instances,
                "launched_by_count": launched_by,
                "problems": [_problem(code, name=profile.name).as_result() for code in codes],
            }

    # The account itself

    def account_row(self) -> dict[str, Any]:
        """The account's own row."""
        target, quota = self.data.target, self.data.quota
        is_near = quota is not None and quota.used >= QUOTA_WARNING * quota.allowed
        problem = _problem("instance_profiles_quota", **quota._asdict()).as_result() if quota and is_near else None
        return {
            "account_id": target.account_id,
            "name": target.name,
            "role_arn": target.role_arn,
            "instance_profile_count": quota and quota.used,
            "instance_profiles_quota": quota and quota.allowed,
            "calls": self.data.calls,
            "incomplete": self.data.read_errors.as_result(),
            "problems": [problem] if problem else [],
        }

    def region_rows(self) -> Iterator[dict[str, Any]]:
        """A row for each region that was asked for."""
        for each in self.regions:
            yield {"account_id": self.account_id, "region": each.region, "incomplete": [*each.read_errors.as_result(), *each.imds_errors.as_result()]}


def _problem(code: str, **values: object) -> Problem:
    return PROBLEMS[code].with_values(values)


def _launched_by(instance: Instance, region: str) -> list[dict[str, Any]]:
    if instance.auto_scaling_group:
        return [{"kind": GROUP, "name": instance.auto_scaling_group, "region": region}]
    if not instance.fleet_id:
        return []
    kind = "Spot Fleet" if instance.fleet_id.startswith(SPOT_FLEET_PREFIX) else "EC2 Fleet"
    return [{"kind": kind, "name": instance.fleet_id, "region": region}]
