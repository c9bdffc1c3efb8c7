# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""launch_profile_attach_info's work: all that can launch instances, what the next one would get, and what is wrong."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Iterable, Mapping, NamedTuple, Optional, Sequence

from .._aws.calls import in_parallel
from .._common.identifiers import name_in_arn
from .._common.sentences import listed
from .._policy.service_principals import EC2
from .._policy.trust_policy import trusts_service
from .._values.instance_profile import TrustedProfile
from .._values.instances import InstanceSnapshot
from .._values.launch import Fleet, Group, SpotRequest, Template, Use, profile_name_in, profile_name_of
from .._values.managers import manager_of_group
from .aws import Aws
from .configurations import template_data
from .problems import OF_FIXED, PROBLEMS
from .user_data import key_ids_in

SHOWN = 3  # members in a sentence


@dataclass(frozen=True)
class Launch:
    """What something launches: its data, of a version of a template, a launch configuration, or a launch specification."""

    template: Optional[Template]
    number: Optional[int]
    data: Mapping[str, Any]
    missing: Optional[str] = None

    @property
    def profile_name(self) -> Optional[str]:
        """The name of the instance profile that the next instance would get."""
        return profile_name_in(self.data)

    def as_result(self, profiles: Mapping[str, TrustedProfile]) -> dict[str, Any]:
        """An entry of the return values' ``launches``."""
        found = profiles.get((self.profile_name or "").lower())
        return {
            "launch_template_id": self.template.template_id if self.template else self.missing,
            "launch_template_name": self.template and self.template.name,
            "version": None if self.number is None else str(self.number),
            "instance_profile": self.profile_name,
            "role_name": found.profile.roles[0] if found and found.profile.roles else None,
        }


@dataclass(frozen=True)
class Launcher:
    """Something that launches instances.

    ``option`` is what launch_profile_attach takes its name by, or that of its templates where it is a fleet.  ``fixed`` says
    of which sort it is where AWS can't change what it launches.  ``described`` goes into the return values as it is.
    """

    name: str
    option: str
    launches: tuple[Launch, ...]
    managed_by: Optional[str] = None
    members: Mapping[str, Optional[str]] = field(default_factory=dict)
    fixed: Optional[str] = None
    described: Mapping[str, Any] = field(default_factory=dict)

    def as_result(self, profiles: Mapping[str, TrustedProfile]) -> dict[str, Any]:
        """An entry of the return values."""
        return {
            "name": self.name,
            **self.described,
            "launches": [each.as_result(profiles) for each in self.launches],
            "managed_by": self.managed_by,
            "problems": self.problems(profiles),
        }

    def problems(self, profiles: Mapping[str, TrustedProfile]) -> list[dict[str, Any]]:
        """What is wrong: a code, a sentence and the fix; each once."""
        found: dict[str, dict[str, Any]] = {}
        for launch in self.launches:
            values = {"name": self.name, "option": self.option, "fixed": self.fixed, **_values(launch, profiles)}
            values["members"] = listed(self._others(launch), SHOWN)
            values["asked"] = launch.template.name if self.described and launch.template else self.name
            for code in self._codes(launch, profiles):
                problem = (OF_FIXED if self.fixed else PROBLEMS).get(code, PROBLEMS[code])
                found.setdefault(code, problem.with_values(values).as_result())
        return [found[code] for code in PROBLEMS if code in found]

    def _codes(self, launch: Launch, profiles: Mapping[str, TrustedProfile]) -> Iterable[str]:
        if launch.missing:
            return ["missing_template"]
        codes = [*_profile_codes(launch, profiles), *(["members_differ"] if self._others(launch) else [])]
        codes += ["keys_in_user_data"] if key_ids_in(launch.data) else []
        options = launch.data.get("MetadataOptions") or {}
        closed = options.get("HttpTokens") == "required" or options.get("HttpEndpoint") == "disabled"
        return codes if closed else [*codes, "imdsv1_allowed"]

    def _others(self, launch: Launch) -> list[str]:
        """The members that have another profile than the next one would get; of several templates, nobody knows whose it is."""
        if len({each.profile_name for each in self.launches}) > 1:
            return []
        wanted = (launch.profile_name or "").lower()
        return [key for key, name in sorted(self.members.items()) if (name or "").lower() != wanted]


def _profile_codes(launch: Launch, profiles: Mapping[str, TrustedProfile]) -> list[str]:
    if launch.profile_name is None:
        return ["no_profile"]
    found = profiles.get(launch.profile_name.lower())
    if found is None:
        return ["missing_profile"]
    if not found.profile.roles:
        return ["empty_profile"]
    return [] if trusts_service(found.trust_policy or {}, EC2) else ["role_not_assumable_by_ec2"]


def _values(launch: Launch, profiles: Mapping[str, TrustedProfile]) -> dict[str, Any]:
    found = profiles.get((launch.profile_name or "").lower())
    role = found.profile.roles[0] if found and found.profile.roles else None
    profile = launch.missing or launch.profile_name
    return {"profile": profile, "role": role, "keys": ", ".join(key_ids_in(launch.data))}


class Found(NamedTuple):
    """What launches in a region, as it was read, with the templates by id and name that were listed and that are used."""

    groups: Sequence[Group]
    fleets: Sequence[Fleet]
    requests: Sequence[SpotRequest]
    listed: Mapping[str, Template]
    templates: Mapping[str, Template]
    configurations: Mapping[str, Mapping[str, Any]]


def look(aws: Aws, names: Optional[Sequence[str]], filters: Optional[list[dict[str, Any]]]) -> dict[str, Any]:
    """The module's return values: of the groups of these names, of those that match, or of everything in the region."""
    everything = names is None and filters is None
    groups, fleets, requests, listed = in_parallel(
        lambda: aws.auto_scaling.list_groups(filters),
        lambda: aws.fleets.list() if everything else [],
        lambda: aws.fleets.spot_requests() if everything else [],
        lambda: aws.templates.list() if everything else {},
    )
    groups = [each for each in groups if names is None or each.name in names]
    templates = aws.templates.with_used(listed, (use for user in (*groups, *fleets) for use in user.uses))
    configurations = aws.auto_scaling.launch_configurations(each.launch_configuration_name for each in groups if each.launch_configuration_name)
    found = Found(groups, fleets, requests, listed, templates, configurations)
    return _result(aws, launchers_in(found, _members(aws, groups)))


def launchers_in(found: Found, instances: InstanceSnapshot) -> dict[str, list[Launcher]]:
    """All that launches, by the names of the return values; ``instances`` are the members of the groups, or more."""
    of_groups = (found.templates, found.configurations, instances)
    return {
        "auto_scaling_groups": [_of_group(each, *of_groups) for each in found.groups],
        "fleets": [_of_fleet(each, found.templates) for each in found.fleets],
        "spot_requests": [_of_request(each) for each in found.requests],
        "launch_templates": [_of_template(each) for key, each in sorted(found.listed.items()) if key == each.template_id],
    }


def _result(aws: Aws, launchers: Mapping[str, Sequence[Launcher]]) -> dict[str, Any]:
    names = {launch.profile_name for rows in launchers.values() for row in rows for launch in row.launches}
    profiles = aws.iam.instance_profiles.find_trusted(name for name in names if name is not None)
    shown = {kind: [row.as_result(profiles) for row in rows] for kind, rows in launchers.items()}
    affected: dict[str, list[str]] = {code: [] for code in PROBLEMS}
    for rows in shown.values():
        for row in rows:
            for problem in row["problems"]:
                affected[problem["code"]].append(row["name"])
    counts = {code: len(found) for code, found in affected.items()}
    total = sum(map(len, shown.values()))
    said = ", ".join(f"{count} {code}" for code, count in counts.items() if count)
    msg = f"{total} things that launch instances{f': {said}' if said else ', without a problem'}."
    return {"msg": msg, **shown, "counts": counts, "affected": affected}


def _members(aws: Aws, groups: Iterable[Group]) -> InstanceSnapshot:
    ids = [each for group in groups for each in group.instance_ids]
    return aws.ec2.read_instances(ids) if ids else InstanceSnapshot({}, {})


def _of_group(
    group: Group, templates: Mapping[str, Template], configurations: Mapping[str, Mapping[str, Any]], instances: InstanceSnapshot
) -> Launcher:
    launches = tuple(_launch(use, templates) for use in group.uses)
    if not launches:
        configuration = configurations.get(group.launch_configuration_name or "", {})
        launches = (Launch(None, None, template_data(configuration, profile_name_of(configuration))),)
    held = {each: instances.current_association(each) for each in group.instance_ids if not instances.is_gone(each)}
    members = {key: name_in_arn(each.profile_arn) if each else None for key, each in held.items()}
    manager = manager_of_group(group.tags) or None
    return Launcher(group.name, "auto_scaling_groups", launches, manager, members)


def _of_fleet(fleet: Fleet, templates: Mapping[str, Template]) -> Launcher:
    of_templates = [_launch(use, templates) for use in fleet.uses]
    launches = (*of_templates, *(Launch(None, None, each) for each in fleet.specifications))
    described = {"kind": fleet.kind, "type": fleet.type}
    manager = manager_of_group(fleet.tags) or None
    return Launcher(fleet.name, "launch_templates", launches, manager, fixed=fleet.fixed, described=described)


def _of_request(request: SpotRequest) -> Launcher:
    launches = (Launch(None, None, request.data),)
    return Launcher(request.request_id, "launch_templates", launches, fixed="Spot Instance requests")


def _of_template(template: Template) -> Launcher:
    numbers = dict.fromkeys((template.default, template.newest))
    launches = tuple(Launch(template, number, template.versions[number].data) for number in numbers)
    return Launcher(template.name, "launch_templates", launches)


def _launch(use: Use, templates: Mapping[str, Template]) -> Launch:
    template = templates.get(use.template_id)
    if template is None:
        return Launch(None, None, {}, missing=use.template_id)
    number = template.number_of(use.version)
    version = template.versions.get(number)
    if version is None:
        return Launch(template, number, {}, missing=f"{template.name} (version {number})")
    return Launch(template, number, version.data)
