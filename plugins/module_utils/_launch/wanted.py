# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What launch sources should launch with.  Pure."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, Mapping, Optional

from .._launch_sources.launch_configuration import template_data
from .._values.instance_profile import InstanceProfile
from .._values.launch import PROFILE, TemplateReference, profile_name_in, profile_name_of, with_profile
from .._values.managers import setting_of
from .row import FAILED, SKIPPED, UNCHANGED, UPDATED, Decision


class Wanted(ABC):
    """What the data of launch templates should have in one member, and how to say that.

    A *current* value is what data has there.
    """

    member: str  # of the data
    conversion: str  # what to do about a group with a launch configuration, which can't be changed

    @abstractmethod
    def current(self, data: Mapping[str, Any]) -> Any:
        """The current value in the data of a launch template."""

    @abstractmethod
    def current_of_configuration(self, configuration: Mapping[str, Any]) -> Any:
        """The current value in a launch configuration."""

    @abstractmethod
    def decide(self, current: Mapping[TemplateReference, Any]) -> Decision:
        """What to do if the references launch with these values: action, reason, message, and the references to change."""

    @abstractmethod
    def change(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """The data with the wanted value."""

    @abstractmethod
    def converted(self, configuration: Mapping[str, Any]) -> dict[str, Any]:
        """The data of a launch template that launches as the launch configuration, with the wanted value."""

    @abstractmethod
    def shown(self, current: Any) -> dict[str, Any]:
        """The value as it is in ``before`` and ``after`` of a row."""

    @abstractmethod
    def shown_after(self, current: Any) -> dict[str, Any]:
        """The same for the wanted value in place of the current one."""

    @abstractmethod
    def setting(self, manager: str) -> str:
        """What to do in the service that manages a launch source, as a phrase."""


@dataclass(frozen=True)
class WantedProfile(Wanted):
    """The wanted instance profile as IAM has it, or None for none, and what to do with another one."""

    profile: Optional[InstanceProfile] = None
    only: Optional[str] = None
    on_conflict: str = "replace"

    member = PROFILE
    conversion = "set convert_launch_configurations to true to replace it with a launch template, or give the group one"

    @property
    def name(self) -> Optional[str]:
        """The name of the profile, or None for none."""
        return self.profile.name if self.profile else None

    def current(self, data: Mapping[str, Any]) -> Optional[str]:
        """The name of the instance profile, or None."""
        return profile_name_in(data)

    def current_of_configuration(self, configuration: Mapping[str, Any]) -> Optional[str]:
        """The name of the instance profile, or None."""
        return profile_name_of(configuration)

    def decide(self, current: Mapping[TemplateReference, Optional[str]]) -> Decision:
        """What to do if the references launch with these profiles: action, reason, message, and the references to change."""
        if self.profile is None:
            return _decide_removal(current, self.only)
        different = {reference: name for reference, name in current.items() if (name or "").lower() != self.profile.name.lower()}
        if not different:
            return UNCHANGED, None, f"it already launches with {self.name}", ()
        others = sorted({name for name in different.values() if name})
        if not others or self.on_conflict == "replace":
            msg = f"{self.name} replaces {' and '.join(others)}" if others else f"it launches with {self.name}"
            return UPDATED, "conflict" if others else None, msg, tuple(different)
        msg = f"it launches with another instance profile, {' and '.join(others)}"
        return (SKIPPED if self.on_conflict == "skip" else FAILED), "conflict", msg, ()

    def change(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """The data with the wanted instance profile, or without one."""
        return with_profile(data, self.name, self.profile.arn if self.profile else None)

    def converted(self, configuration: Mapping[str, Any]) -> dict[str, Any]:
        """The data of a launch template in place of the launch configuration."""
        return template_data(configuration, self.name)

    def shown(self, current: Optional[str]) -> dict[str, Any]:
        """The name of the instance profile."""
        return {"instance_profile": current}

    def shown_after(self, _current: Optional[str]) -> dict[str, Any]:
        """The name of the wanted instance profile."""
        return {"instance_profile": self.name}

    def setting(self, manager: str) -> str:
        """Where to set the instance profile."""
        return f"set the instance profile {setting_of(manager)}"


def _decide_removal(current: Mapping[TemplateReference, Optional[str]], only: Optional[str]) -> Decision:
    names = sorted({name for name in current.values() if name})
    if not names:
        return UNCHANGED, None, "it already launches without an instance profile", ()
    removed = tuple(reference for reference, name in current.items() if name and (only is None or name.lower() == only.lower()))
    if not removed:
        return UNCHANGED, "other_profile", f"it launches with another instance profile, {' and '.join(names)}", ()
    return UPDATED, None, "it launches without an instance profile", removed
