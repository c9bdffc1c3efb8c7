# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What launch_profile_attach read, and the decision about everything that is selected.  Pure."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Iterable, Iterator, Mapping, Optional, Union

from .._attachment.row import ProfileChange
from .._common.missing import Missing
from .._common.origin import Origin
from .._policy.permission_diff import LostPermission
from .._values.instance_profile import InstanceProfile
from .._values.instances import InstanceSnapshot
from .._values.launch import Fleet, Group, Template, TemplateReference
from .row import LaunchRows
from .wanted import Wanted

NO_INSTANCES = InstanceSnapshot({}, {})


@dataclass(frozen=True)
class LaunchState:
    """The groups of the region by name, and the launch templates that are selected or used, by id.

    ``group_names`` are the selected groups.  ``template_ids`` has the ids of the selected templates by the names that the user
    gave, None for one that does not exist; then, ``template_names`` has those of all.  ``warm_pools`` has the instances of the warm
    pools by group, ``instances`` all members of selected groups.  ``rows`` has the decision for everything that is selected.
    ``lost_permissions`` has the permissions that are lost when one profile replaces another; None if they were not compared.
    ``botocore`` is the installed version, ``origin`` the account and region, which real ones always have.  With ``plans_missing``,
    groups and templates that do not exist are planned as if an earlier task had created them, as the ``missing_profiles`` are.
    """

    groups: Mapping[str, Group]
    templates: Mapping[str, Template] = field(default_factory=dict)
    configurations: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    group_names: tuple[str, ...] = ()
    template_ids: Mapping[str, Optional[str]] = field(default_factory=dict)
    template_names: tuple[str, ...] = ()
    fleets: tuple[Fleet, ...] = ()
    warm_pools: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    instances: InstanceSnapshot = NO_INSTANCES
    profile: Optional[InstanceProfile] = None
    rows: LaunchRows = LaunchRows()
    lost_permissions: Optional[Mapping[ProfileChange, tuple[LostPermission, ...]]] = None
    botocore: str = ""
    origin: Optional[Origin] = None
    missing_profiles: tuple[Missing, ...] = ()
    plans_missing: bool = False

    @property
    def place(self) -> str:
        """Where groups and templates were looked for, for messages."""
        return self.origin.place if self.origin else "this region"

    @property
    def selected_groups(self) -> list[Group]:
        """The selected groups that exist."""
        return [self.groups[name] for name in self.group_names if name in self.groups]

    @property
    def selected_template_ids(self) -> frozenset[str]:
        """The ids of the selected templates that exist."""
        return frozenset(filter(None, self.template_ids.values()))

    def sources_using(self, template_id: str) -> Iterator[Union[Group, Fleet]]:
        """The groups and fleets that use the template, in any version."""
        sources: tuple[Union[Group, Fleet], ...] = (*self.groups.values(), *self.fleets)
        for source in sources:
            if any(each.template_id == template_id for each in source.references):
                yield source

    def with_fleets(self, fleets: Iterable[Fleet]) -> LaunchState:
        """The state with the fleets, which may refer to templates by name."""
        ids = {template.name: key for key, template in self.templates.items()}
        return replace(self, fleets=tuple(fleet.with_ids(ids) for fleet in fleets))

    def has(self, reference: TemplateReference) -> bool:
        """Whether the version was read."""
        template = self.templates.get(reference.template_id)
        return template is not None and template.number_of(reference.version) in template.versions

    def number_of(self, reference: TemplateReference) -> int:
        """The number of the version."""
        return self.templates[reference.template_id].number_of(reference.version)

    def as_result(self, reference: TemplateReference, wanted: Wanted) -> dict[str, Any]:
        """What is launched through a reference, as in the return values."""
        template = self.templates[reference.template_id]
        return {
            "launch_template_id": template.template_id,
            "launch_template_name": template.name,
            "version": str(self.number_of(reference)),
            **wanted.shown(self.current(reference, wanted)),
        }

    def current(self, reference: TemplateReference, wanted: Wanted) -> Any:
        """What is launched with now in place of what is wanted."""
        return wanted.current(self.templates[reference.template_id].version(reference.version).data)

    def profile_name(self, reference: TemplateReference) -> Optional[str]:
        """The name of the instance profile that is launched with."""
        return self.templates[reference.template_id].version(reference.version).profile_name
