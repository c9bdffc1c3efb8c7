# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""launch_profile_attach_info: what launches instances, which profile the next instance gets, and what is wrong."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Iterable, Mapping, Optional, Sequence

from .._aws.region_clients import RegionClients
from .._common.identifiers import name_in_arn
from .._common.read_errors import ReadErrors
from .._common.sentences import listed, number_of
from .._launch_sources.reading import read_all, read_groups, read_imds_defaults
from .._launch_sources.source import Launch, LaunchSource, LaunchSources
from .._policy.service_principals import EC2
from .._policy.trust_policy import trusts_service
from .._values.imds_defaults import ImdsDefaults, allows_imdsv1
from .._values.instance_profile import TrustedProfile
from .._values.instances import InstanceSnapshot
from .problems import OF_IMMUTABLE, PROBLEMS
from .user_data import key_ids_in

SHOWN = 3  # members in a sentence


def gather(clients: RegionClients, names: Optional[Sequence[str]], filters: Optional[list[dict[str, Any]]]) -> dict[str, Any]:
    """The module's return values for the groups with these names, the groups that match, or everything in the region."""
    sources = read_all(clients) if names is None and filters is None else read_groups(clients, names, filters)
    ids = [each for source in sources for each in source.instance_ids]
    instances = clients.ec2.read_instances(ids) if ids else InstanceSnapshot({}, {})
    launched = {launch.profile_name for source in sources for launch in source.launches}
    profiles = clients.iam.instance_profiles.find_trusted(name for name in launched if name is not None)
    read_errors = ReadErrors()
    defaults = read_imds_defaults(clients, sources, read_errors)
    infos = source_infos(sources, instances, defaults)
    rows = {kind: [info.as_result(profiles) for info in found] for kind, found in infos.items()}
    return {**_result(rows), "incomplete": read_errors.as_result()}


def source_infos(sources: LaunchSources, instances: InstanceSnapshot, defaults: ImdsDefaults) -> dict[str, list[SourceInfo]]:
    """An entry for each launch source, by the names of the return values; ``instances`` include the groups' members."""
    return {kind: [SourceInfo(each, _profiles_of_members(each, instances), defaults) for each in found] for kind, found in sources.by_kind().items()}


def _profiles_of_members(source: LaunchSource, instances: InstanceSnapshot) -> dict[str, Optional[str]]:
    current = {each: instances.current_association(each) for each in source.instance_ids if not instances.is_gone(each)}
    return {key: name_in_arn(each.profile_arn) if each else None for key, each in current.items()}


def _result(rows: Mapping[str, list[dict[str, Any]]]) -> dict[str, Any]:
    affected = {code: {kind: _names_with(code, found) for kind, found in rows.items()} for code in PROBLEMS}
    counts = {code: sum(map(len, found.values())) for code, found in affected.items()}
    total = sum(map(len, rows.values()))
    problems = ", ".join(f"{count} {code}" for code, count in counts.items() if count)
    unknown = sum(any(each["imdsv1_allowed"] is None for each in row["launches"]) for found in rows.values() for row in found)
    not_known = f"imdsv1_allowed is not known for {unknown}" if unknown else ""
    said = ", ".join(filter(None, (problems, not_known)))
    msg = f"{number_of(total, 'launch source')}{f': {said}' if said else ', without a problem'}."
    return {"msg": msg, **rows, "counts": counts, "affected": affected}


def _names_with(code: str, rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """The names of the rows with this problem, once for each problem with the code."""
    return [row["name"] for row in rows for problem in row["problems"] if problem["code"] == code]


@dataclass(frozen=True)
class SourceInfo:
    """A launch source; ``members`` are the instances of a group, with the name of each one's instance profile."""

    source: LaunchSource
    members: Mapping[str, Optional[str]] = field(default_factory=dict)
    defaults: ImdsDefaults = ImdsDefaults()

    def as_result(self, profiles: Mapping[str, TrustedProfile]) -> dict[str, Any]:
        """An entry of the return values; ``profiles`` are by name in lower case."""
        source = self.source
        return {
            "name": source.name,
            **({"kind": source.kind, "type": source.type} if source.type else {}),
            "launches": [{**_launch_as_result(each, profiles), "imdsv1_allowed": self._allows_imdsv1(each)} for each in source.launches],
            "managed_by": source.managed_by or None,
            "problems": self.problems(profiles),
        }

    def problems(self, profiles: Mapping[str, TrustedProfile]) -> list[dict[str, Any]]:
        """What is wrong: a code, a message and the fix; each code once."""
        of_kind = OF_IMMUTABLE if self.source.immutable_kind else PROBLEMS
        found: dict[str, dict[str, Any]] = {}
        for launch in self.source.launches:
            for code in self._codes(launch, profiles):
                problem = of_kind.get(code, PROBLEMS[code])
                found.setdefault(code, problem.with_values(self._values(launch, profiles)).as_result())
        return [found[code] for code in PROBLEMS if code in found]

    def _codes(self, launch: Launch, profiles: Mapping[str, TrustedProfile]) -> Iterable[str]:
        if launch.missing:
            return ["missing_template"]
        data = launch.data or {}
        return [
            *_profile_codes(launch, profiles),
            *(["members_differ"] if self._differing_members(launch) else []),
            *(["keys_in_user_data"] if key_ids_in(data) else []),
            *(["imdsv1_allowed"] if self._allows_imdsv1(launch) else []),
        ]

    def _allows_imdsv1(self, launch: Launch) -> Optional[bool]:
        """None if that is not known."""
        return None if launch.data is None else allows_imdsv1(launch.data, launch.image_ids, self.defaults)

    def _differing_members(self, launch: Launch) -> list[str]:
        """The members that have another profile than the next one would get; with several profiles, that is unknown."""
        if len({each.profile_name for each in self.source.launches}) > 1:
            return []
        wanted = (launch.profile_name or "").lower()
        return [key for key, name in sorted(self.members.items()) if (name or "").lower() != wanted]

    def _values(self, launch: Launch, profiles: Mapping[str, TrustedProfile]) -> dict[str, Any]:
        """The values for the messages."""
        source = self.source
        return {
            "name": source.name,
            "option": "auto_scaling_groups" if source.is_group else "launch_templates",
            "target": launch.template.name if source.type and launch.template else source.name,
            "immutable_kind": source.immutable_kind,
            "profile": launch.profile_name,
            "missing": launch.missing,
            "role": _role_name(launch, profiles),
            "keys": ", ".join(key_ids_in(launch.data or {})),
            "members": listed(self._differing_members(launch), SHOWN),
        }


def _launch_as_result(launch: Launch, profiles: Mapping[str, TrustedProfile]) -> dict[str, Any]:
    """An entry of the return values' ``launches``."""
    return {
        "launch_template_id": launch.template.template_id if launch.template else launch.missing,
        "launch_template_name": launch.template and launch.template.name,
        "version": None if launch.number is None else str(launch.number),
        "instance_profile": launch.profile_name,
        "role_name": _role_name(launch, profiles),
    }


def _role_name(launch: Launch, profiles: Mapping[str, TrustedProfile]) -> Optional[str]:
    found = profiles.get((launch.profile_name or "").lower())
    return found.profile.roles[0] if found and found.profile.roles else None


def _profile_codes(launch: Launch, profiles: Mapping[str, TrustedProfile]) -> list[str]:
    if launch.profile_name is None:
        return ["no_profile"]
    found = profiles.get(launch.profile_name.lower())
    if found is None:
        return ["missing_profile"]
    if not found.profile.roles:
        return ["empty_profile"]
    return [] if trusts_service(found.trust_policy or {}, EC2) else ["role_not_assumable_by_ec2"]
