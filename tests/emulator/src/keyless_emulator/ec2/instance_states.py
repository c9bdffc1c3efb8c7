# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Gives instances transitional states. In moto, they start, stop and terminate at once."""

from __future__ import annotations

import math
from typing import Any

from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models import instances
from moto.ec2.models.instances import InstanceBackend

from ..conditions import transitions
from ..conditions.clock import clock
from .associations import table_of
from .profiles import with_present_role

PASSING = {"running": "pending", "stopped": "stopping", "terminated": "shutting-down"}
CODES = {"pending": 0, "running": 16, "shutting-down": 32, "terminated": 48, "stopping": 64, "stopped": 80}


class PassingState(instances.InstanceState):
    """The state of an instance. Setting a name sets the target state; reading it returns the current one."""

    def __init__(self, name: str = "running", _code: int = 0) -> None:
        self._aim = ""
        self.settles_at = 0.0
        self.changes: list[tuple[float, float, str]] = []
        super().__init__(name)

    @property
    def name(self) -> str:
        """Returns the current state, in AWS's terms."""
        return self._aim if clock().now() >= self.settles_at else PASSING[self._aim]

    @name.setter
    def name(self, aim: str) -> None:
        # Starting a pending instance does not delay it, and a reboot is no start.
        if aim != self._aim:
            self._aim, self.settles_at = aim, transitions.transitions().until(PASSING[aim])
            self.changes.append((clock().now(), self.settles_at, aim))

    @property
    def code(self) -> int:
        """Returns the number of the state."""
        return CODES[self.name]

    @code.setter
    def code(self, _code: int) -> None:
        """Ignores the number, which moto sets after the name."""


def running_times(instance: Any) -> list[tuple[float, float]]:
    """Returns from when until when the instance ran; infinite if it still does."""
    changes = instance.instance_state.changes
    ends = [*(began for began, _settled, _aim in changes[1:]), math.inf]
    return [(settled, end) for (_began, settled, aim), end in zip(changes, ends, strict=True) if aim == "running"]


def patch_instance_state() -> None:
    """Gives moto's instances a state that depends on the clock."""
    instances.InstanceState = PassingState


def patch_start_and_stop() -> None:
    """Refuses to start or stop an instance that is terminating, to start one that is stopping, and to stop one that is pending."""
    start, stop = InstanceBackend.start_instances, InstanceBackend.stop_instances

    def start_instances(self: Any, instance_ids: list[str]) -> Any:
        _refuse(self, instance_ids, ("stopping", "shutting-down", "terminated"), "started")
        for instance in self.get_multi_instances_by_id(instance_ids):
            _take_up_the_role(instance)
        return start(self, instance_ids)

    def stop_instances(self: Any, instance_ids: list[str]) -> Any:
        _refuse(self, instance_ids, ("pending", "shutting-down", "terminated"), "stopped")
        return stop(self, instance_ids)

    InstanceBackend.start_instances = start_instances
    InstanceBackend.stop_instances = stop_instances


def _take_up_the_role(instance: Any) -> None:
    """Applies a role that was added to the profile in the meantime to an instance that starts."""
    table = table_of(instance.ec2_backend)
    association = table.active(instance.id)
    if association and instance.state == "stopped":
        table.refresh(association, with_present_role(instance.ec2_backend, association.profile))


def _refuse(ec2_backend: Any, instance_ids: list[str], states: tuple[str, ...], change: str) -> None:
    for instance in ec2_backend.get_multi_instances_by_id(instance_ids):
        if instance.state in states:
            raise EC2ClientError(
                "IncorrectInstanceState",
                f"This instance '{instance.id}' is not in a state from which it can be {change}.",
            )
