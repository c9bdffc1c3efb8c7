# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What launches an instance in the place of one that is lost, and the instance profile that it would give it.  Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Mapping, Optional

GROUP = "Auto Scaling group"


@dataclass(frozen=True)
class Replacer:
    """An Auto Scaling group, or a fleet of the type maintain: its name or id, and who manages it, empty for nobody.

    ``profile_names`` are those of all that it may launch from, None for one without an instance profile.  ``template_ids`` are
    a fleet's launch templates; one that has none can't be changed.  ``has_configuration`` is for a group.
    """

    kind: str
    name: str
    profile_names: tuple[Optional[str], ...]
    managed_by: str = ""
    has_configuration: bool = False
    template_ids: tuple[str, ...] = ()

    @property
    def is_group(self) -> bool:
        return self.kind == GROUP

    def others(self, profile_name: Optional[str]) -> list[Optional[str]]:
        """The profiles that the next instance may get instead of this one; IAM's names ignore case."""
        kept = (profile_name or "").lower()
        return [each for each in dict.fromkeys(self.profile_names) if (each or "").lower() != kept]


@dataclass(frozen=True)
class Replacers:
    """What replaces each instance, by its id, and why that could not be told of others."""

    of: Mapping[str, Replacer] = field(default_factory=dict)
    not_known: tuple[str, ...] = ()
