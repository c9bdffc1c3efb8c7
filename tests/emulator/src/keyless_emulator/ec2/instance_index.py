# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The instances of an account and region in the order of their launch, with look-up by id. moto searches all instances."""

from __future__ import annotations

from typing import Any

from moto.ec2.exceptions import InvalidInstanceIdError
from moto.ec2.models import ec2_backends
from moto.ec2.models.instances import Instance, InstanceBackend

from ..conditions import transitions
from ..conditions.clock import clock

INDEX = "instance_index"


class InstanceIndex:
    """All instances that were ever launched. moto removes none, so a position stays valid."""

    def __init__(self) -> None:
        self._by_id: dict[str, Any] = {}

    def add(self, instance: Any) -> None:
        """Gives a new instance a position, starting with 1."""
        self._by_id[instance.id] = instance
        instance.position = len(self._by_id)
        instance.seen_at = transitions.transitions().until("unseen")

    def find(self, instance_id: str) -> Any:
        """Returns the instance, or None."""
        return self._by_id.get(instance_id)

    def find_all(self, instance_ids: list[str]) -> list[Any]:
        """Returns the instances in the order of the ids. Raises InvalidInstanceIdError with all unknown ids."""
        unknown = [each for each in dict.fromkeys(instance_ids) if each not in self._by_id]
        if unknown:
            raise InvalidInstanceIdError(unknown)
        return [self._by_id[each] for each in instance_ids]

    def find_seen(self, instance_ids: list[str]) -> list[Any]:
        """Like find_all, but instances that EC2 does not show yet are unknown, too."""
        unseen = [each.id for each in self.find_all(instance_ids) if not is_seen(each)]
        if unseen:
            raise InvalidInstanceIdError(unseen)
        return self.find_all(instance_ids)

    def all(self) -> list[Any]:
        """Returns all instances, the oldest first."""
        return list(self._by_id.values())


def is_seen(instance: Any) -> bool:
    """Tells whether EC2 already shows the instance."""
    return clock().now() >= instance.seen_at


def index_of(ec2_backend: Any) -> InstanceIndex:
    """Returns the index of moto's backend for an account and a region.

    It is an attribute of the backend, so resetting moto removes it.
    """
    index: InstanceIndex = vars(ec2_backend).setdefault(INDEX, InstanceIndex())
    return index


def instance_anywhere(instance_id: str) -> Any:
    """Returns the instance of any account and region, or None. Ids are unique."""
    found = (index_of(backend).find(instance_id) for backend in _backends())
    return next((instance for instance in found if instance), None)


def instances_anywhere() -> list[Any]:
    """Yields the instances of all accounts and regions."""
    return [instance for backend in _backends() for instance in index_of(backend).all()]


def _backends() -> list[Any]:
    return [backend for regions in list(ec2_backends.values()) for backend in list(regions.values())]


def patch_new_instances() -> None:
    """Gives new instances their reservation and position."""
    original = Instance.__init__

    def init(self: Any, ec2_backend: Any, *args: Any, **kwargs: Any) -> None:
        original(self, ec2_backend, *args, **kwargs)
        # moto stores the reservation before it creates the instances.
        self.reservation = next(reversed(ec2_backend.reservations.values()))
        index_of(ec2_backend).add(self)

    Instance.__init__ = init


def patch_searches() -> None:
    """Speeds up look-ups by id."""

    def get_instance(self: Any, instance_id: str) -> Any:
        return index_of(self).find_all([instance_id])[0]

    def get_instance_by_id(self: Any, instance_id: str) -> Any:
        return index_of(self).find(instance_id)

    def get_multi_instances_by_id(self: Any, instance_ids: list[str], filters: Any = None) -> list[Any]:
        return [each for each in index_of(self).find_all(instance_ids) if each.applies(filters)]

    InstanceBackend.get_instance = get_instance
    InstanceBackend.get_instance_by_id = get_instance_by_id
    InstanceBackend.get_multi_instances_by_id = get_multi_instances_by_id
