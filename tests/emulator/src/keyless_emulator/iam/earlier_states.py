# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Earlier states of roles and instance profiles."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from moto.iam.models import iam_backends


@dataclass(frozen=True)
class EarlierState:
    """The roles and profiles of each account at an earlier time."""

    until: float
    states: dict[Any, tuple[dict[str, Any], dict[str, Any]]]

    @contextmanager
    def seen(self) -> Iterator[None]:
        """Makes IAM see the earlier state. Changes that are made meanwhile are discarded."""
        now = [(backend, backend.roles, backend.instance_profiles) for backend in _backends()]
        for backend, _roles, _profiles in now:
            backend.roles, backend.instance_profiles = _copies(*self.states.get(backend, ({}, {})))
        try:
            yield
        finally:
            for backend, roles, profiles in now:
                backend.roles, backend.instance_profiles = roles, profiles


def earlier_state_until(moment: float) -> EarlierState:
    """Returns the current state, to be used as an earlier state later."""
    return EarlierState(moment, {each: _copies(each.roles, each.instance_profiles) for each in _backends()})


def _backends() -> list[Any]:
    return [backend for account in iam_backends.values() for backend in account.values()]


def _copies(roles: dict[str, Any], profiles: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    copied = {key: _copy(role) for key, role in roles.items()}
    copied_profiles = {name: _copy(profile) for name, profile in profiles.items()}
    for profile in copied_profiles.values():
        profile.roles = [copied.get(role.id, role) for role in profile.roles]
    return copied, copied_profiles


def _copy(thing: Any) -> Any:
    """Returns a copy of a role or profile with its own lists and dictionaries."""
    copied = copy.copy(thing)
    for name, value in vars(thing).items():
        if isinstance(value, dict | list):
            setattr(copied, name, copy.copy(value))
    return copied
