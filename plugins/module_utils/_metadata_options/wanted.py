# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The metadata options that launch sources should launch with.  Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Mapping, Optional

from .._launch.row import UNCHANGED, UPDATED, Decision
from .._launch.wanted import Wanted
from .._launch_sources.launch_configuration import template_data
from .._values.imds_defaults import ImdsDefaults, default_tokens
from .._values.launch import TemplateReference, profile_name_of
from .._values.metadata_options import AWS_NAMES, Value, as_parameters

TOKENS = "http_tokens"
Current = Mapping[str, Optional[Value]]


@dataclass(frozen=True)
class WantedOptions(Wanted):
    """The wanted metadata options.  ``defaults`` say what a launch without ``http_tokens`` gets; None before they were read."""

    values: Mapping[str, Value]
    defaults: Optional[ImdsDefaults] = None

    member = "MetadataOptions"
    conversion = "give the group a launch template, for example with keyless.ec2.launch_profile_attach and convert_launch_configurations=true"

    def current(self, data: Mapping[str, Any]) -> Current:
        """The wanted options with their values; None for one that is left to AWS's defaults."""
        given = data.get(self.member) or {}
        found = {name: given.get(AWS_NAMES[name]) for name in self.values}
        if self.values.get(TOKENS) == "required" and found[TOKENS] is None and self.defaults is not None:
            image = data.get("ImageId") or ""
            found[TOKENS] = default_tokens([image if image.startswith("ami-") else None], self.defaults)
        return found

    def current_of_configuration(self, configuration: Mapping[str, Any]) -> Current:
        """The same for a launch configuration."""
        return self.current(configuration)

    def decide(self, current: Mapping[TemplateReference, Current]) -> Decision:
        """What to do if the references launch with these options."""
        different = {reference: values for reference, values in current.items() if values != self.values}
        if not different:
            return UNCHANGED, None, "it already launches with these options", ()
        changing = [name for name, value in self.values.items() if any(each[name] != value for each in different.values())]
        said = ", ".join(f"{name} is {self.values[name]} {_former(name, self.values[name], different)}" for name in changing)
        return UPDATED, None, said, tuple(different)

    def change(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """The data with the wanted options; the others stay as they are."""
        return {**data, self.member: {**(data.get(self.member) or {}), **as_parameters(self.values)}}

    def converted(self, configuration: Mapping[str, Any]) -> dict[str, Any]:
        """The data of a launch template in place of the launch configuration."""
        return self.change(template_data(configuration, profile_name_of(configuration)))

    def shown(self, current: Current) -> dict[str, Any]:
        """The options."""
        return {"metadata_options": dict(current)}

    def shown_after(self, _current: Current) -> dict[str, Any]:
        """The wanted options."""
        return {"metadata_options": dict(self.values)}

    def setting(self, manager: str) -> str:
        """Where to set the options."""
        return f"set the metadata options in {manager}"


def _former(name: str, value: Value, different: Mapping[TemplateReference, Current]) -> str:
    others = dict.fromkeys(each[name] for each in different.values() if each[name] != value)
    return f"instead of {' or '.join('the default' if each is None else str(each) for each in others)}"
