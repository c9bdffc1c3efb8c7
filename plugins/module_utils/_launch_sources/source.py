# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What launches instances, and with which instance profile.  Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Container, Iterable, Iterator, Mapping, Optional

from .._values.instances import Instance
from .._values.launch import MAINTAIN, Template, profile_name_in

GROUP, TEMPLATE, SPOT_REQUEST = "Auto Scaling group", "launch template", "Spot Instance request"


@dataclass(frozen=True)
class Launch:
    """One thing that a launch source can launch: a version of a launch template, a launch configuration or a launch specification.

    ``data`` is that of a launch template version; None if the version or the launch configuration was not found.  ``missing`` names
    a template or version that does not exist.  ``is_used`` is False for a group's own template if every override replaces it.
    ``other_images`` are those of overrides, which replace the image of the template; None for one that is not known.
    """

    data: Optional[Mapping[str, Any]]
    template: Optional[Template] = None
    number: Optional[int] = None
    missing: Optional[str] = None
    is_used: bool = True
    other_images: tuple[Optional[str], ...] = ()

    @property
    def image_ids(self) -> tuple[Optional[str], ...]:
        """The images that it may launch; None for one that is not known, such as that of an SSM parameter."""
        own = (self.data or {}).get("ImageId") or ""
        if not own and self.other_images:
            return self.other_images
        return (own if own.startswith("ami-") else None, *self.other_images)

    @property
    def profile_name(self) -> Optional[str]:
        """The name of the instance profile that the next instance would get."""
        return profile_name_in(self.data or {})


@dataclass(frozen=True)
class LaunchSource:
    """An Auto Scaling group, launch template, EC2 Fleet, Spot Fleet or Spot Instance request.

    ``managed_by`` is the service that manages it, or empty.  ``type`` is that of a fleet.  ``immutable_kind`` says what it is
    if AWS cannot change what it launches.  ``instance_ids`` are the members of a group.
    """

    kind: str
    name: str
    launches: tuple[Launch, ...]
    managed_by: str = ""
    type: Optional[str] = None
    immutable_kind: Optional[str] = None
    instance_ids: tuple[str, ...] = ()
    has_launch_configuration: bool = False

    @property
    def is_group(self) -> bool:
        """Whether it is an Auto Scaling group."""
        return self.kind == GROUP

    @property
    def replaces_instances(self) -> bool:
        """Whether it launches a new instance when one of its own ends, from something that is known."""
        return (self.is_group or self.type == MAINTAIN) and bool(self.profile_names)

    @property
    def profile_names(self) -> tuple[Optional[str], ...]:
        """The instance profiles of everything that it may launch; None for one without an instance profile."""
        return tuple(each.profile_name for each in self.launches if each.is_used and each.data is not None)

    def other_profile_names(self, profile_name: Optional[str]) -> list[Optional[str]]:
        """The instance profiles, other than this one, that the next instance may get; IAM ignores case in names."""
        kept = (profile_name or "").lower()
        return [each for each in dict.fromkeys(self.profile_names) if (each or "").lower() != kept]

    @property
    def template_ids(self) -> tuple[str, ...]:
        """The launch templates that it launches from."""
        return tuple(dict.fromkeys(each.template.template_id for each in self.launches if each.template))


@dataclass(frozen=True)
class LaunchSources:
    """Everything that launches instances in one region, or the part of it that was read, by the kinds of the return values."""

    auto_scaling_groups: tuple[LaunchSource, ...] = ()
    fleets: tuple[LaunchSource, ...] = ()
    spot_requests: tuple[LaunchSource, ...] = ()
    launch_templates: tuple[LaunchSource, ...] = ()

    def by_kind(self) -> dict[str, tuple[LaunchSource, ...]]:
        """The sources by the names of the return values."""
        return dict(vars(self))

    def __iter__(self) -> Iterator[LaunchSource]:
        return (each for sources in vars(self).values() for each in sources)

    def with_profiles(self, profile_names: Iterable[str]) -> list[tuple[str, LaunchSource]]:
        """The sources that launch with one of these instance profiles, each after the profile's name."""
        wanted = {name.lower() for name in profile_names}
        used = ((launch.profile_name, source) for source in self for launch in source.launches)
        found = {(name, source.kind, source.name): (name, source) for name, source in used if name and name.lower() in wanted}
        return [found[key] for key in sorted(found)]

    def replacing(self, instances: Iterable[Instance]) -> dict[str, LaunchSource]:
        """The group or fleet that replaces each instance, by the instance's id."""
        groups = {each.name: each for each in self.auto_scaling_groups if each.replaces_instances}
        fleets = {each.name: each for each in self.fleets if each.replaces_instances}
        instances = list(instances)
        found = {each.instance_id: groups.get(each.auto_scaling_group) for each in instances if each.auto_scaling_group}
        found.update({each.instance_id: fleets.get(each.fleet_id) for each in instances if is_replaced_by_fleet(each)})
        return {instance_id: source for instance_id, source in found.items() if source}


@dataclass(frozen=True)
class ReplacingSources:
    """The launch source that replaces each instance, by the instance's id, and why some could not be read."""

    by_instance: Mapping[str, LaunchSource] = field(default_factory=dict)
    read_errors: tuple[str, ...] = ()

    def without(self, names: Container[str]) -> ReplacingSources:
        """The others than the groups and fleets with these names."""
        return ReplacingSources({key: each for key, each in self.by_instance.items() if each.name not in names}, self.read_errors)


def is_replaced_by_fleet(instance: Instance) -> bool:
    """Whether a fleet replaces the instance.

    Auto Scaling groups, Karpenter and others launch through fleets too, but replace instances themselves.
    """
    return bool(instance.fleet_id) and not (instance.auto_scaling_group or instance.managed_by)
