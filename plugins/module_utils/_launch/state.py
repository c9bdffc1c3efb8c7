# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was found of all that launches instances.  Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Iterator, Mapping, Optional, Union

from .._values.fleet import FleetState
from .._values.instance_profile import InstanceProfile
from .._values.launch import Fleet, Group, Template, Use

User = Union[Group, Fleet]


@dataclass(frozen=True)
class LaunchState:
    """The groups of the region by name, those asked for by the filters, the templates that are asked for or used by id.

    ``named`` has the ids of the templates that are asked for by what the user called them, None for one that is not there.
    ``warm`` has the instances of the warm pools by group, ``fleet`` all members of groups that are asked for.
    """

    groups: Mapping[str, Group]
    templates: Mapping[str, Template]
    configurations: Mapping[str, Mapping] = field(default_factory=dict)
    matched: tuple[str, ...] = ()
    named: Mapping[str, Optional[str]] = field(default_factory=dict)
    fleets: tuple[Fleet, ...] = ()
    warm: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    instances: Optional[FleetState] = None
    profile: Optional[InstanceProfile] = None

    def users_of(self, template_id: str) -> Iterator[User]:
        """All that use the template, whichever version."""
        for user in (*self.groups.values(), *self.fleets):
            if any(use.template_id == template_id for use in user.uses):
                yield user

    def profile_name(self, use: Use) -> Optional[str]:
        """The name of the instance profile that the use launches with."""
        return self.templates[use.template_id].version(use.version).profile_name
