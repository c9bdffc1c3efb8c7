# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Instances that take their time to start, stop and terminate; moto's do so at once."""

from __future__ import annotations

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
    """An instance's state. Whoever sets a name sets where the instance goes; reading tells where it is."""

    def __init__(self, name: str = "running", _code: int = 0) -> None:
        self._aim = ""
        self.settles_at = 0.0
        super().__init__(name)

    @property
    def name(self) -> str:
        """The state at this moment, in AWS's words."""
        return self._aim if clock().now() >= self.settles_at else PASSING[self._aim]

    @name.setter
    def name(self, aim: str) -> None:
        # Starting what starts already does not prolong it, and a reboot is no start.
        if aim != self._aim:
            self._aim, self.settles_at = aim, transitions.transitions().until(PASSING[aim])

    @property
    def code(self) -> int:
        """The state's number."""
        return CODES[self.name]

    @code.setter
    def code(self, _code: int) -> None:
        """moto sets it after the name, which alone decides."""


def patch_instance_state() -> None:
    """moto's instances have a state without a clock."""
    instances.InstanceState = PassingState


def patch_start_and_stop() -> None:
    """Neither what ends can be started or stopped, nor what stops started, nor what starts stopped."""
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
    """What was put into the profile meanwhile counts for an instance that starts."""
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
