# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The roles and instance profiles of an earlier moment."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from moto.iam.models import iam_backends


@dataclass(frozen=True)
class Past:
    """What there was until a moment: roles and profiles of each account that there was."""

    until: float
    states: dict[Any, tuple[dict[str, Any], dict[str, Any]]]

    @contextmanager
    def seen(self) -> Iterator[None]:
        """Lets IAM see this, and not what there is now; what it changes meanwhile is forgotten."""
        now = [(backend, backend.roles, backend.instance_profiles) for backend in _backends()]
        for backend, _roles, _profiles in now:
            backend.roles, backend.instance_profiles = _copies(*self.states.get(backend, ({}, {})))
        try:
            yield
        finally:
            for backend, roles, profiles in now:
                backend.roles, backend.instance_profiles = roles, profiles


def past_until(moment: float) -> Past:
    """What there is now, as the past of what comes after the moment."""
    return Past(moment, {each: _copies(each.roles, each.instance_profiles) for each in _backends()})


def _backends() -> list[Any]:
    return [backend for account in iam_backends.values() for backend in account.values()]


def _copies(roles: dict[str, Any], profiles: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    copied = {key: _copy(role) for key, role in roles.items()}
    copied_profiles = {name: _copy(profile) for name, profile in profiles.items()}
    for profile in copied_profiles.values():
        profile.roles = [copied.get(role.id, role) for role in profile.roles]
    return copied, copied_profiles


def _copy(thing: Any) -> Any:
    """A role or a profile with lists and dictionaries of its own."""
    copied = copy.copy(thing)
    for name, value in vars(thing).items():
        if isinstance(value, dict | list):
            setattr(copied, name, copy.copy(value))
    return copied
