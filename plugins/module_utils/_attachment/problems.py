# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which instance profile and role each instance has, and what is wrong with them.  Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Mapping, Optional, Sequence

from .._policy.document import trusts_service
from .._values.fleet import GONE_STATES, Association, FleetState, Instance
from .._values.instance_profile import TrustedProfile, name_in_arn

# Each problem by its code: a sentence and the mend.  Of several, the first is to be mended first: an instance can't be
# given a profile that has no role.
PROBLEMS = {
    "not_found": (
        "There is no instance {instance_id} in this region.",
        "Check the id and the option region.",
    ),
    "no_profile": (
        "The instance has no instance profile{detaching}, so its applications get no credentials.",
        "Run keyless.ec2.instance_profile_attach with instance_ids={instance_id} and the instance_profile that it is "
        "to have.",
    ),
    "missing_profile": (
        "The instance profile {profile} was deleted, so the instance gets no credentials.",
        "Run keyless.ec2.iam_ec2_role with instance_profile_name={profile} and the name of its role, and then "
        "keyless.ec2.instance_profile_attach with instance_ids={instance_id} and instance_profile={profile}.",
    ),
    "empty_profile": (
        "The instance profile {profile} has no role, so the instance gets no credentials.",
        "Run keyless.ec2.iam_ec2_role with instance_profile_name={profile} and the name of the role that belongs in "
        "it.",
    ),
    "role_not_assumable_by_ec2": (
        "The trust policy of the role {role} does not let EC2 assume it, so the instance gets no credentials.",
        "Run keyless.ec2.iam_ec2_role with name={role}, instance_profile_name={profile}, and trusted_entities that "
        "name the service ec2.amazonaws.com besides all that the role is to trust.",
    ),
    "stale_profile": (
        "The instance profile {profile} was deleted and made again after it was attached. EC2 still goes by the old "
        "one, so the instance gets no credentials.",
        "Run keyless.ec2.instance_profile_attach with instance_ids={instance_id} and instance_profile={profile}, which "
        "renews the association.",
    ),
    # Not amazon.aws.ec2_instance: it sets the hop limit to 1 with that, which cuts containers off.
    "imdsv1_allowed": (
        "The metadata service of the instance answers without a token too (IMDSv1), so an application that can be made "
        "to fetch a URL gives the role's credentials away.",
        "Run aws ec2 modify-instance-metadata-options --instance-id {instance_id} --http-tokens required, when nothing "
        "on the instance uses IMDSv1 any more.",
    ),
}


@dataclass(frozen=True)
class AttachmentInfo:
    """An instance, the association that it has, and what IAM has under the name of the association's profile.

    ``instance`` is None where there is no such instance, ``found`` where there is no such profile.
    """

    instance_id: str
    instance: Optional[Instance] = None
    association: Optional[Association] = None
    found: Optional[TrustedProfile] = None

    def as_result(self) -> dict:
        """An entry of the return value ``instances``."""
        held = self.association
        return {
            "instance_id": self.instance_id,
            "state": self.instance and self.instance.state,
            "instance_profile": held
            and {"arn": held.profile_arn, "name": self.profile_name, "instance_profile_id": held.profile_id},
            "role_name": self.role_name,
            "association": held and {"association_id": held.association_id, "state": held.state},
            "problems": self.problems(),
        }

    @property
    def profile_name(self) -> Optional[str]:
        """The name of the profile that the instance has."""
        return self.association and name_in_arn(self.association.profile_arn)

    @property
    def role_name(self) -> Optional[str]:
        """The name of the role that IAM has in the profile now."""
        return self.found.profile.roles[0] if self.found and self.found.profile.roles else None

    def problems(self) -> list[dict]:
        """What is wrong: a code, a sentence, and the mend."""
        values = {
            "instance_id": self.instance_id,
            "profile": self.profile_name,
            "role": self.role_name,
            "detaching": f" any more: {self.profile_name} is being detached" if self.association else "",
        }
        texts = [(code, *PROBLEMS[code]) for code in self.codes()]
        return [
            {"code": code, "message": message.format(**values), "mend": mend.format(**values)}
            for code, message, mend in texts
        ]

    def codes(self) -> list[str]:
        """The codes of what is wrong, in the order of PROBLEMS; nothing is with an instance that is gone."""
        if self.instance is None:
            return ["not_found"]
        if self.instance.state in GONE_STATES:
            return []
        allows_v1 = self.instance.http_tokens == "optional" and self.instance.http_endpoint != "disabled"
        return [*self._profile_codes(), *(["imdsv1_allowed"] if allows_v1 else [])]

    def _profile_codes(self) -> list[str]:
        if self.association is None or self.association.state == "disassociating":
            return ["no_profile"]
        if self.found is None:
            return ["missing_profile"]
        codes = []
        if not self.found.profile.roles:
            codes.append("empty_profile")
        elif not trusts_service(self.found.trust_policy or {}, "ec2.amazonaws.com"):
            codes.append("role_not_assumable_by_ec2")
        if self.found.profile.profile_id != self.association.profile_id:
            codes.append("stale_profile")
        return codes


def attachment_infos(
    instance_ids: Sequence[str], fleet: FleetState, profiles: Mapping[str, TrustedProfile]
) -> list[AttachmentInfo]:
    """An entry for each id, in order; ``profiles`` are by name in lower case, because IAM's names ignore case."""
    infos = []
    for instance_id in instance_ids:
        held = association_of(fleet, instance_id)
        found = profiles.get(name_in_arn(held.profile_arn).lower()) if held else None
        infos.append(AttachmentInfo(instance_id, fleet.instances.get(instance_id), held, found))
    return infos


def association_of(fleet: FleetState, instance_id: str) -> Optional[Association]:
    """The association that the instance has: the one it holds, else one that is about to end."""
    ending = (each for each in fleet.associations_of(instance_id) if each.state == "disassociating")
    return fleet.held(instance_id) or next(ending, None)


def affected_by(infos: Sequence[AttachmentInfo]) -> dict[str, list[str]]:
    """The ids of the instances that have each problem, by its code."""
    affected: dict[str, list[str]] = {code: [] for code in PROBLEMS}
    for info in infos:
        for code in info.codes():
            affected[code].append(info.instance_id)
    return affected


def summary(infos: Sequence[AttachmentInfo]) -> str:
    """One sentence for people, for example "12 instances, 9 without a problem: 2 stale_profile, 1 imdsv1_allowed."."""
    if not infos:
        return "There is no instance to look at."
    number = "1 instance" if len(infos) == 1 else f"{len(infos)} instances"
    well = sum(not info.codes() for info in infos)
    if well == len(infos):
        return f"{number} without a problem."
    counted = ", ".join(f"{len(ids)} {code}" for code, ids in affected_by(infos).items() if ids)
    return f"{number}, {well or 'none'} without a problem: {counted}."
