# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The members of groups, and how they are shown."""

from __future__ import annotations

from typing import Any

from moto.autoscaling.models import FakeAutoScalingGroup, InstanceState

IN_SERVICE = "InService"
WARMED = "Warmed"
GONE = ("shutting-down", "terminated")


class Member(InstanceState):
    """An instance of a group. Setting its lifecycle state sets the target state; reading it returns the current one."""

    @property
    def lifecycle_state(self) -> str:
        """Returns the current state, in AWS's terms."""
        state = self.instance.state
        if self._aim == WARMED:
            return {"running": "Warmed:Running", "stopped": "Warmed:Stopped"}.get(state, "Warmed:Pending")
        if state in GONE:
            return "Terminating"
        return "Pending" if state == "pending" and self._aim == IN_SERVICE else self._aim

    @lifecycle_state.setter
    def lifecycle_state(self, aim: str) -> None:
        self._aim = aim

    @property
    def serves(self) -> bool:
        """Tells whether it counts for the group's capacity."""
        return self._aim == IN_SERVICE and self.instance.state not in GONE

    @property
    def launch_template(self) -> dict[str, Any] | None:
        """Returns the template and the version number from which it was launched, whatever the group uses now."""
        source = vars(self.instance).get("launch_source")
        return source.specification if source else None

    @property
    def launch_configuration_name(self) -> str | None:
        """Returns the launch configuration from which it was launched."""
        source = vars(self.instance).get("launch_source")
        return source.configuration.name if source and source.configuration else None


def patch_members() -> None:
    """Gives members a lifecycle and their own template version. In moto, they are in service at once and show the group's default version."""
    for name in ("lifecycle_state", "serves", "launch_template", "launch_configuration_name"):
        setattr(InstanceState, name, vars(Member)[name])

    def active_instances(self: Any) -> list[Any]:
        return [each for each in self.instance_states if each.serves]

    FakeAutoScalingGroup.active_instances = active_instances
