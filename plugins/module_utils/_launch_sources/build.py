# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds launch sources from what AWS describes.  Pure."""

from __future__ import annotations

from typing import Any, Mapping, Optional

from .._values.launch import Fleet, Group, SpotRequest, Template, TemplateReference, profile_name_of
from .._values.managers import manager_of_group
from .launch_configuration import template_data
from .source import GROUP, SPOT_REQUEST, TEMPLATE, Launch, LaunchSource


def group_source(group: Group, templates: Mapping[str, Template], configurations: Mapping[str, Mapping[str, Any]]) -> LaunchSource:
    """The launch source of an Auto Scaling group."""
    launches = tuple(_launch(each, templates, each in group.launching_references, other_images=group.images_of(each)) for each in group.references)
    if not launches:
        configuration = configurations.get(group.launch_configuration_name or "")
        launches = (Launch(configuration and template_data(configuration, profile_name_of(configuration))),)
    return LaunchSource(
        GROUP,
        group.name,
        launches,
        manager_of_group(group.tags).name,
        instance_ids=group.instance_ids,
        has_launch_configuration=group.launch_configuration_name is not None,
    )


def fleet_source(fleet: Fleet, templates: Mapping[str, Template]) -> LaunchSource:
    """The launch source of an EC2 Fleet or Spot Fleet."""
    of_templates = (_launch(each, templates, other_images=fleet.images_of(each)) for each in fleet.references)
    launches = (*of_templates, *map(Launch, fleet.specifications))
    return LaunchSource(fleet.kind, fleet.name, launches, manager_of_group(fleet.tags).name, fleet.type, fleet.immutable_kind)


def spot_request_source(request: SpotRequest) -> LaunchSource:
    """The launch source of a Spot Instance request."""
    return LaunchSource(SPOT_REQUEST, request.request_id, (Launch(request.data),), immutable_kind=f"{SPOT_REQUEST}s")


def template_source(template: Template) -> LaunchSource:
    """The launch source of a launch template by itself: its default and its newest version."""
    numbers = dict.fromkeys((template.default, template.newest))
    launches = tuple(Launch(template.versions[number].data, template, number) for number in numbers)
    return LaunchSource(TEMPLATE, template.name, launches)


def _launch(
    reference: TemplateReference, templates: Mapping[str, Template], is_used: bool = True, other_images: tuple[Optional[str], ...] = ()
) -> Launch:
    template = templates.get(reference.template_id)
    if template is None:
        return Launch(None, missing=reference.template_id, is_used=is_used)
    number = template.number_of(reference.version)
    version = template.versions.get(number)
    if version is None:
        return Launch(None, template, number, f"{template.name} (version {number})", is_used)
    return Launch(version.data, template, number, is_used=is_used, other_images=other_images)
