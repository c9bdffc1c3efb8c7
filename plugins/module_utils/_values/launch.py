# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Launch templates, and what launches instances from them, as AWS shows them at one moment.  Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any, Mapping, Optional

from .._common.identifiers import name_in_arn

LATEST, DEFAULT = ALIASES = ("$Latest", "$Default")
MAINTAIN = "maintain"  # the type of a fleet that launches again what has ended
PROFILE = "IamInstanceProfile"  # of a template's data
# In the description of a version that is the newest only until the next call: what $Latest is to stand for.
INTERIM = "Interim, $Latest is to be version {number}."
_INTERIM = re.compile(re.escape(INTERIM).replace(re.escape("{number}"), r"(?P<number>\d+)"))


@dataclass(frozen=True)
class Version:
    """A version of a launch template: its number, what it launches (``LaunchTemplateData``), and its description."""

    number: int
    data: Mapping[str, Any]
    description: str = ""

    @property
    def profile_name(self) -> Optional[str]:
        """The name of the instance profile that it launches with."""
        return profile_name_in(self.data)


@dataclass(frozen=True)
class Template:
    """A launch template with those of its versions that were read, by number; ``newest`` is the last of all it has."""

    template_id: str
    name: str
    default: int
    newest: int
    versions: Mapping[int, Version]

    @property
    def latest(self) -> int:
        """What $Latest is meant to stand for: the newest version, unless a run was killed just after it made that one."""
        found = _INTERIM.search(self.versions[self.newest].description)
        return int(found["number"]) if found else self.newest

    def number_of(self, written: str) -> int:
        """The number behind what a group or a user writes: $Latest, $Default, or a number."""
        return {LATEST: self.latest, DEFAULT: self.default}.get(written) or int(written)

    def version(self, written: str) -> Version:
        """The version behind it; it is one of those that were read."""
        return self.versions[self.number_of(written)]


@dataclass(frozen=True)
class Use:
    """A place that names a launch template and a version, as it is written there: $Latest, $Default, or a number.

    ``override`` is the number of the override in a mixed instances policy, of a fleet that of the configuration; None stands
    for the group's own template.  A fleet can name its template by its name, which ``template_id`` has then.
    """

    template_id: str
    version: str
    override: Optional[int] = None


@dataclass(frozen=True)
class Group:
    """An Auto Scaling group: what it launches from, and what it has launched.

    One of ``launch_template``, ``mixed_instances_policy`` and ``launch_configuration_name`` is given, as AWS describes it.
    """

    name: str
    launch_template: Optional[Mapping[str, Any]] = None
    mixed_instances_policy: Optional[Mapping[str, Any]] = None
    launch_configuration_name: Optional[str] = None
    instance_ids: tuple[str, ...] = ()
    has_warm_pool: bool = False
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def uses(self) -> tuple[Use, ...]:
        """The places where it names a launch template."""
        if self.launch_template:
            return (_use(self.launch_template),)
        if not self.mixed_instances_policy:
            return ()
        policy = self.mixed_instances_policy["LaunchTemplate"]
        overrides = enumerate(policy.get("Overrides") or ())
        named = [(index, each["LaunchTemplateSpecification"]) for index, each in overrides if each.get("LaunchTemplateSpecification")]
        return (_use(policy["LaunchTemplateSpecification"]), *(_use(each, index) for index, each in named))

    @property
    def launching_uses(self) -> tuple[Use, ...]:
        """Those of its uses that it launches from: where every override has a template, the group's own is not among them."""
        overrides = ((self.mixed_instances_policy or {}).get("LaunchTemplate") or {}).get("Overrides") or ()
        of_overrides = tuple(use for use in self.uses if use.override is not None)
        return of_overrides if overrides and len(of_overrides) == len(overrides) else self.uses


@dataclass(frozen=True)
class Fleet:
    """What else launches instances: an EC2 Fleet or a Spot Fleet request, by its id.

    ``configs`` are its launch templates with their overrides, ``specifications`` what a Spot Fleet can have in their place, as
    AWS describes them.
    """

    kind: str
    name: str
    uses: tuple[Use, ...] = ()
    type: str = MAINTAIN
    configs: tuple[Mapping[str, Any], ...] = ()
    specifications: tuple[Mapping[str, Any], ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def fixed(self) -> Optional[str]:
        """The sort of fleets of which AWS can't change what they launch from, if it is one of these."""
        if self.specifications:
            return f"{self.kind}s with launch specifications"
        return None if self.type == MAINTAIN else f"{self.kind}s of the type {self.type}"

    def with_ids(self, ids: Mapping[str, str]) -> Fleet:
        """The fleet with the ids of the templates that it calls by these names."""
        uses = (replace(use, template_id=ids.get(use.template_id, use.template_id)) for use in self.uses)
        return replace(self, uses=tuple(uses))


@dataclass(frozen=True)
class SpotRequest:
    """A persistent Spot Instance request, which launches again what was interrupted: its id, and its LaunchSpecification."""

    request_id: str
    data: Mapping[str, Any]

    @property
    def profile_name(self) -> Optional[str]:
        """The name of the instance profile that it launches with."""
        return profile_name_in(self.data)


def _use(specification: Mapping[str, Any], override: Optional[int] = None) -> Use:
    return Use(specification["LaunchTemplateId"], specification.get("Version") or DEFAULT, override)


def profile_name_in(data: Mapping[str, Any]) -> Optional[str]:
    """The name of the instance profile in a template's data."""
    profile = data.get(PROFILE) or {}
    return profile.get("Name") or (name_in_arn(profile["Arn"]) if profile.get("Arn") else None)


def profile_name_of(configuration: Mapping[str, Any]) -> Optional[str]:
    """The name of the instance profile of a launch configuration, which has the name or the ARN."""
    return name_in_arn(configuration.get(PROFILE) or "") or None


def with_profile(data: Mapping[str, Any], name: Optional[str], arn: Optional[str]) -> dict[str, Any]:
    """The data with that instance profile, named as the one before was, or without any for None."""
    others = {key: value for key, value in data.items() if key != PROFILE}
    if name is None:
        return others
    by_arn = "Arn" in (data.get(PROFILE) or {})
    return {**others, PROFILE: {"Arn": arn} if by_arn else {"Name": name}}
