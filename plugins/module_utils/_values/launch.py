# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Launch templates, and the groups, fleets and requests that launch instances, as AWS describes them.  Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any, Iterable, Mapping, Optional

from .._common.identifiers import name_in_arn
from .unknown_members import UNKNOWN

LATEST, DEFAULT = ALIASES = ("$Latest", "$Default")
MAINTAIN = "maintain"  # the type of a fleet that replaces instances
PROFILE = "IamInstanceProfile"  # of a template's data
# In the description of a version that is the newest only until the next call: what $Latest stands for.
INTERIM = "Interim, $Latest stands for version {number}."
_INTERIM = re.compile(re.escape(INTERIM).replace(re.escape("{number}"), r"(?P<number>\d+)"))


@dataclass(frozen=True)
class Version:
    """A version of a launch template: its number, its ``LaunchTemplateData``, and its description."""

    number: int
    data: Mapping[str, Any]
    description: str = ""

    @property
    def profile_name(self) -> Optional[str]:
        """The name of the instance profile that it launches with."""
        return profile_name_in(self.data)


@dataclass(frozen=True)
class Template:
    """A launch template with those of its versions that were read, by number; ``newest`` is the highest number of all."""

    template_id: str
    name: str
    default: int
    newest: int
    versions: Mapping[int, Version]

    @property
    def latest(self) -> int:
        """What $Latest stands for: the newest version, unless a run was killed just after it created that one."""
        found = _INTERIM.search(self.versions[self.newest].description)
        return int(found["number"]) if found else self.newest

    def number_of(self, written: str) -> int:
        """The number of a version that is written as $Latest, $Default, or a number."""
        return {LATEST: self.latest, DEFAULT: self.default}.get(written) or int(written)

    def version(self, written: str) -> Version:
        """The version that is written like this, which must be one of those that were read."""
        return self.versions[self.number_of(written)]


@dataclass(frozen=True)
class TemplateReference:
    """A reference to a launch template, with a version that is written as $Latest, $Default, or a number.

    ``override`` is the number of the override in a mixed instances policy, or of the configuration in a fleet; None stands for the
    group's own template.  If a fleet refers to its template by name, ``template_id`` is that name.
    """

    template_id: str
    version: str
    override: Optional[int] = None


@dataclass(frozen=True)
class Group:
    """An Auto Scaling group: what it launches from, and its instances.

    It has one of ``launch_template``, ``mixed_instances_policy`` and ``launch_configuration_name``, as AWS describes it.
    ``target_groups`` are the ARNs of target groups of load balancers.
    """

    name: str
    launch_template: Optional[Mapping[str, Any]] = None
    mixed_instances_policy: Optional[Mapping[str, Any]] = None
    launch_configuration_name: Optional[str] = None
    instance_ids: tuple[str, ...] = ()
    has_warm_pool: bool = False
    tags: Mapping[str, str] = field(default_factory=dict)
    target_groups: tuple[str, ...] = ()

    @property
    def references(self) -> tuple[TemplateReference, ...]:
        """Its references to launch templates."""
        if self.launch_template:
            return (_reference(self.launch_template),)
        if not self.mixed_instances_policy:
            return ()
        policy = self.mixed_instances_policy["LaunchTemplate"]
        overrides = enumerate(policy.get("Overrides") or ())
        named = [(index, each["LaunchTemplateSpecification"]) for index, each in overrides if each.get("LaunchTemplateSpecification")]
        return (_reference(policy["LaunchTemplateSpecification"]), *(_reference(each, index) for index, each in named))

    @property
    def launching_references(self) -> tuple[TemplateReference, ...]:
        """The references that it launches from: if every override has a template, the group's own is not one of them."""
        overrides = ((self.mixed_instances_policy or {}).get("LaunchTemplate") or {}).get("Overrides") or ()
        of_overrides = tuple(each for each in self.references if each.override is not None)
        return of_overrides if overrides and len(of_overrides) == len(overrides) else self.references

    def images_of(self, reference: TemplateReference) -> tuple[Optional[str], ...]:
        """The images with which overrides replace that of the template; an override without a template of its own uses the group's."""
        overrides = ((self.mixed_instances_policy or {}).get("LaunchTemplate") or {}).get("Overrides") or ()
        if reference.override is not None:
            return _images_in([overrides[reference.override]])
        return _images_in(each for each in overrides if not each.get("LaunchTemplateSpecification"))


@dataclass(frozen=True)
class Fleet:
    """An EC2 Fleet or a Spot Fleet request; its name is its id.

    ``configs`` are its launch templates with their overrides, ``specifications`` the launch specifications that a Spot Fleet can have
    instead, as AWS describes them.
    """

    kind: str
    name: str
    references: tuple[TemplateReference, ...] = ()
    type: str = MAINTAIN
    configs: tuple[Mapping[str, Any], ...] = ()
    specifications: tuple[Mapping[str, Any], ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def immutable_kind(self) -> Optional[str]:
        """What kind of fleet it is, if AWS cannot change what fleets of this kind launch."""
        if self.specifications:
            return f"{self.kind}s with launch specifications"
        return None if self.type == MAINTAIN else f"{self.kind}s of the type {self.type}"

    def images_of(self, reference: TemplateReference) -> tuple[Optional[str], ...]:
        """The images with which overrides replace that of the template."""
        index = reference.override or 0
        return _images_in(each for config in self.configs[index : index + 1] for each in config.get("Overrides") or ())

    def with_ids(self, ids: Mapping[str, str]) -> Fleet:
        """The fleet with the ids of templates in place of their names."""
        references = (replace(each, template_id=ids.get(each.template_id, each.template_id)) for each in self.references)
        return replace(self, references=tuple(references))


@dataclass(frozen=True)
class SpotRequest:
    """A persistent Spot Instance request, which replaces an interrupted instance: its id, and its launch specification."""

    request_id: str
    data: Mapping[str, Any]

    @property
    def profile_name(self) -> Optional[str]:
        """The name of the instance profile that it launches with."""
        return profile_name_in(self.data)


def _images_in(overrides: Iterable[Mapping[str, Any]]) -> tuple[Optional[str], ...]:
    """The images of the overrides that have one; None for one that botocore did not parse."""
    return tuple(each.get("ImageId") for each in overrides if "ImageId" in each or "ImageId" in each.get(UNKNOWN, ()))


def _reference(specification: Mapping[str, Any], override: Optional[int] = None) -> TemplateReference:
    return TemplateReference(specification["LaunchTemplateId"], specification.get("Version") or DEFAULT, override)


def profile_name_in(data: Mapping[str, Any]) -> Optional[str]:
    """The name of the instance profile in a template's data."""
    profile = data.get(PROFILE) or {}
    return profile.get("Name") or (name_in_arn(profile["Arn"]) if profile.get("Arn") else None)


def profile_name_of(configuration: Mapping[str, Any]) -> Optional[str]:
    """The name of the instance profile of a launch configuration, which has the name or the ARN."""
    return name_in_arn(configuration.get(PROFILE) or "") or None


def with_profile(data: Mapping[str, Any], name: Optional[str], arn: Optional[str]) -> dict[str, Any]:
    """The data with this instance profile, by ARN or name like the current one, or without one for None."""
    others = {key: value for key, value in data.items() if key != PROFILE}
    if name is None:
        return others
    by_arn = "Arn" in (data.get(PROFILE) or {})
    return {**others, PROFILE: {"Arn": arn} if by_arn else {"Name": name}}
