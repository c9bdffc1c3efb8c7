# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was found of all that launches instances.  Pure."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Iterable, Iterator, Mapping, Optional, Union

from .._attachment.row import Pair
from .._policy.permission_diff import LostPermission
from .._values.instance_profile import InstanceProfile
from .._values.instances import InstanceSnapshot
from .._values.launch import Fleet, Group, Template, Use

User = Union[Group, Fleet]


@dataclass(frozen=True)
class LaunchState:
    """The groups of the region by name, those asked for by the filters, the templates that are asked for or used by id.

    ``named`` has the ids of the templates that are asked for by what the user called them, None for one that is not there.
    ``warm`` has the instances of the warm pools by group, ``fleet`` all members of groups that are asked for.
    ``losses`` has what goes with one profile in another's place; None where nobody looked.
    """

    groups: Mapping[str, Group]
    templates: Mapping[str, Template]
    configurations: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    matched: tuple[str, ...] = ()
    named: Mapping[str, Optional[str]] = field(default_factory=dict)
    fleets: tuple[Fleet, ...] = ()
    warm: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    instances: Optional[InstanceSnapshot] = None
    profile: Optional[InstanceProfile] = None
    losses: Optional[Mapping[Pair, tuple[LostPermission, ...]]] = None

    def users_of(self, template_id: str) -> Iterator[User]:
        """All that use the template, whichever version."""
        users: tuple[User, ...] = (*self.groups.values(), *self.fleets)
        for user in users:
            if any(use.template_id == template_id for use in user.uses):
                yield user

    @property
    def asked_templates(self) -> frozenset[str]:
        """The ids of the templates that are asked for and there."""
        return frozenset(filter(None, self.named.values()))

    def with_fleets(self, fleets: Iterable[Fleet]) -> LaunchState:
        """The state with the fleets, which may call templates by their names."""
        ids = {template.name: key for key, template in self.templates.items()}
        return replace(self, fleets=tuple(fleet.with_ids(ids) for fleet in fleets))

    def has(self, use: Use) -> bool:
        """Whether the version is there that the use names."""
        template = self.templates.get(use.template_id)
        return template is not None and template.number_of(use.version) in template.versions

    def shown(self, use: Use) -> dict[str, Any]:
        """What a use launches, as the return values have it."""
        template = self.templates[use.template_id]
        return {
            "launch_template_id": template.template_id,
            "launch_template_name": template.name,
            "version": str(template.number_of(use.version)),
            "instance_profile": self.profile_name(use),
        }

    def profile_name(self, use: Use) -> Optional[str]:
        """The name of the instance profile that the use launches with."""
        return self.templates[use.template_id].version(use.version).profile_name
