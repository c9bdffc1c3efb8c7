# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Gathers the return values of instance_profile_attach_info: the profile, role and problems of each instance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable, Mapping, Optional, Sequence

from .._aws.parallel import in_parallel
from .._aws.region_clients import RegionClients
from .._common.identifiers import name_in_arn
from .._common.problem import Problem
from .._common.sentences import number_of
from .._launch_sources.reading import read_replacing
from .._launch_sources.source import LaunchSource
from .._policy.service_principals import EC2
from .._policy.trust_policy import trusts_service
from .._values.instance_profile import TrustedProfile
from .._values.instances import GONE_STATES, Association, Instance, InstanceSnapshot
from .problems import PROBLEMS
from .reverting import CODE as REVERTS
from .reverting import replacement, reverting


def gather(
    clients: RegionClients, instance_ids: Optional[Sequence[str]], filters: list[dict[str, Any]], warn: Callable[[str], None]
) -> dict[str, Any]:
    """The module's return values for the instances with these ids, in that order, or for all that match, sorted by id.

    Matching instances that are gone are left out.  ``warn`` is called with a sentence about what is not known.
    """
    if instance_ids is None:
        snapshot = clients.ec2.list_instances(filters)
        ids = sorted(each for each in snapshot.instances if not snapshot.is_gone(each))
    else:
        ids = list(dict.fromkeys(instance_ids))
        snapshot = clients.ec2.read_instances(ids)
    living = (each for key, each in snapshot.instances.items() if not snapshot.is_gone(key))
    profiles, replacing = in_parallel(
        lambda: clients.iam.instance_profiles.find_trusted(_profile_names(ids, snapshot)),
        lambda: read_replacing(clients, living),
    )
    for each in replacing.read_errors:
        warn(f"{REVERTS} is not known for all instances. {each}")
    infos = attachment_infos(ids, snapshot, profiles, replacing.by_instance)
    affected = affected_by(infos)
    return {
        "msg": summary(infos, not replacing.read_errors),
        "instances": [info.as_result() for info in infos],
        "counts": {code: len(found) for code, found in affected.items()},
        "affected": affected,
    }


def _profile_names(instance_ids: Sequence[str], snapshot: InstanceSnapshot) -> set[str]:
    association = (association_of(snapshot, each) for each in instance_ids)
    return {name_in_arn(each.profile_arn) for each in association if each}


@dataclass(frozen=True)
class AttachmentInfo:
    """An instance, its association, and the profile that IAM now has under the name of the associated one.

    ``instance`` and ``found`` are None if they do not exist, ``replacing`` if no launch source is known that replaces the instance.
    """

    instance_id: str
    instance: Optional[Instance] = None
    association: Optional[Association] = None
    found: Optional[TrustedProfile] = None
    replacing: Optional[LaunchSource] = None

    def as_result(self) -> dict[str, Any]:
        """An entry of the return value ``instances``."""
        association = self.association
        return {
            "instance_id": self.instance_id,
            "state": self.instance and self.instance.state,
            "instance_profile": association
            and {"arn": association.profile_arn, "name": self.profile_name, "instance_profile_id": association.profile_id},
            "role_name": self.role_name,
            "association": association and {"association_id": association.association_id, "state": association.state},
            "problems": self.problems(),
        }

    @property
    def profile_name(self) -> Optional[str]:
        """The name of the instance's profile."""
        return name_in_arn(self.association.profile_arn) if self.association else None

    @property
    def role_name(self) -> Optional[str]:
        """The name of the role that is in the profile now."""
        return self.found.profile.roles[0] if self.found and self.found.profile.roles else None

    def problems(self) -> list[dict[str, Any]]:
        """The return value ``problems``."""
        return [self._problem(code).as_result() for code in self.codes()]

    def _problem(self, code: str) -> Problem:
        if code == REVERTS and self.replacing:
            return reverting(self.replacing, self.profile_name)
        values = {
            "instance_id": self.instance_id,
            "profile": self.profile_name,
            "role": self.role_name,
            "detaching": f" any more: {self.profile_name} is being detached" if self.association else "",
            "replacing": replacement(self.replacing) if self.replacing else "",
        }
        return PROBLEMS[code].with_values(values)

    def codes(self) -> list[str]:
        """The codes of the problems, in the order of PROBLEMS.  A terminated instance has none."""
        if self.instance is None:
            return ["not_found"]
        if self.instance.state in GONE_STATES:
            return []
        allows_v1 = self.instance.metadata.http_tokens == "optional" and self.instance.metadata.http_endpoint != "disabled"
        return [*self._profile_codes(), *self._replacement_codes(), *(["imdsv1_allowed"] if allows_v1 else [])]

    def _replacement_codes(self) -> list[str]:
        """Only an instance with a profile can lose it."""
        has_profile = self.association is not None and self.association.state != "disassociating"
        return [REVERTS] if has_profile and self.replacing and self.replacing.other_profile_names(self.profile_name) else []

    def _profile_codes(self) -> list[str]:
        if self.association is None or self.association.state == "disassociating":
            return ["no_profile"]
        if self.found is None:
            return ["missing_profile"]
        codes = []
        if not self.found.profile.roles:
            codes.append("empty_profile")
        elif not trusts_service(self.found.trust_policy or {}, EC2):
            codes.append("role_not_assumable_by_ec2")
        if self.found.profile.profile_id != self.association.profile_id:
            codes.append("stale_profile")
        return codes


def attachment_infos(
    instance_ids: Sequence[str],
    snapshot: InstanceSnapshot,
    profiles: Mapping[str, TrustedProfile],
    replacing: Mapping[str, LaunchSource],
) -> list[AttachmentInfo]:
    """An entry for each id, in order; ``profiles`` are by name in lower case, because IAM's names ignore case."""
    infos = []
    for instance_id in instance_ids:
        association = association_of(snapshot, instance_id)
        found = profiles.get(name_in_arn(association.profile_arn).lower()) if association else None
        instance, source = snapshot.instances.get(instance_id), replacing.get(instance_id)
        infos.append(AttachmentInfo(instance_id, instance, association, found, source))
    return infos


def association_of(snapshot: InstanceSnapshot, instance_id: str) -> Optional[Association]:
    """The current association of the instance, or one that is ending."""
    ending = (each for each in snapshot.associations_of(instance_id) if each.state == "disassociating")
    return snapshot.current_association(instance_id) or next(ending, None)


def affected_by(infos: Sequence[AttachmentInfo]) -> dict[str, list[str]]:
    """The ids of the instances with each problem, by its code."""
    affected: dict[str, list[str]] = {code: [] for code in PROBLEMS}
    for info in infos:
        for code in info.codes():
            affected[code].append(info.instance_id)
    return affected


def summary(infos: Sequence[AttachmentInfo], is_complete: bool = True) -> str:
    """The return value ``msg``, for example "12 instances, 9 without a problem: 2 stale_profile, 1 imdsv1_allowed."."""
    if not infos:
        return "No instances found."
    number = number_of(len(infos), "instance")
    without = sum(not info.codes() for info in infos)
    known = "a problem" if is_complete else "a known problem"
    if without == len(infos):
        return f"{number} without {known}."
    problems = ", ".join(f"{len(ids)} {code}" for code, ids in affected_by(infos).items() if ids)
    return f"{number}, {without or 'none'} without {known}: {problems}."
