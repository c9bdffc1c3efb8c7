# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What would launch the next instance with an instance profile: groups, also empty ones, launch templates and fleets."""

from __future__ import annotations

from typing import Any, Iterable, Iterator, Mapping, NamedTuple, Optional

from .._values.launch import Fleet, Group, Template, Use, profile_name_in, profile_name_of
from .auto_scaling import AutoScaling
from .calls import in_parallel
from .fleets import Fleets
from .launch_templates import LaunchTemplates


class Launching(NamedTuple):
    """Something that launches with an instance profile: the profile's name, what it is, and its own name or id."""

    profile_name: str
    kind: str
    name: str


class Launchers:
    """All that launches in one region, through boto3 clients of EC2 and Auto Scaling."""

    def __init__(self, ec2_client: Any, auto_scaling_client: Any) -> None:
        self._auto_scaling = AutoScaling(auto_scaling_client)
        self._templates = LaunchTemplates(ec2_client)
        self._fleets = Fleets(ec2_client)

    def launching_with(self, profile_names: Iterable[str]) -> list[Launching]:
        """Those that launch with one of the profiles: some five calls, and one for each template used in an old version."""
        groups, fleets, listed, requests = in_parallel(
            self._auto_scaling.list_groups, self._fleets.list, self._templates.list, self._fleets.spot_requests
        )
        uses = (use for user in (*groups, *fleets) for use in user.uses)
        templates = self._templates.with_used(listed, uses)
        configurations = self._auto_scaling.launch_configurations(each.launch_configuration_name for each in groups if each.launch_configuration_name)
        found = [
            *_of_templates(listed),
            *_of_uses("Auto Scaling group", groups, templates),
            *_of_configurations(groups, configurations),
            *_of_uses("fleet", fleets, templates),
            *_of_specifications(fleets),
            *(Launching(each.profile_name or "", "Spot Instance request", each.request_id) for each in requests),
        ]
        wanted = {name.lower() for name in profile_names}
        return sorted({each for each in found if each.profile_name.lower() in wanted})


def _of_templates(listed: Mapping[str, Template]) -> Iterator[Launching]:
    for template in listed.values():
        for number in dict.fromkeys((template.default, template.newest)):
            yield Launching(template.versions[number].profile_name or "", "launch template", template.name)


def _of_uses(kind: str, users: Iterable[Any], templates: Mapping[str, Template]) -> Iterator[Launching]:
    for user in users:
        for use in user.uses:
            yield Launching(_profile_of(use, templates) or "", getattr(user, "kind", kind), user.name)


def _of_specifications(fleets: Iterable[Fleet]) -> Iterator[Launching]:
    for fleet in fleets:
        for specification in fleet.specifications:
            yield Launching(profile_name_in(specification) or "", fleet.kind, fleet.name)


def _profile_of(use: Use, templates: Mapping[str, Template]) -> Optional[str]:
    template = templates.get(use.template_id)
    version = template.versions.get(template.number_of(use.version)) if template else None
    return version.profile_name if version else None


def _of_configurations(groups: Iterable[Group], configurations: Mapping[str, Mapping[str, Any]]) -> Iterator[Launching]:
    for group in groups:
        configuration = configurations.get(group.launch_configuration_name or "", {})
        yield Launching(profile_name_of(configuration) or "", "Auto Scaling group", group.name)
