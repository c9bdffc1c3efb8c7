# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the options of instance_metadata_defaults ask for.  Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Mapping, Optional, Sequence

Values = Mapping[str, Any]


@dataclass(frozen=True)
class DefaultsSpec:
    """The wanted default of each option, by the option's name; the others stay as they are.

    ``regions`` is None for all enabled regions.  ``undo`` is what an earlier run returned, and replaces everything else: ``restored`` has
    the defaults to restore, by region.  ``on_refused_launches`` is ``skip``, ``ignore`` or ``fail``.
    """

    wanted: Values = field(default_factory=dict)
    regions: Optional[Sequence[str]] = None
    undo: Optional[Mapping[str, Any]] = None
    restored: Mapping[str, Values] = field(default_factory=dict)
    on_refused_launches: str = "skip"

    def wanted_in(self, region: str) -> Values:
        """The wanted defaults in the region."""
        return self.wanted if self.undo is None else self.restored[region]

    @property
    def names(self) -> frozenset[str]:
        """The options that are given."""
        return frozenset(name for values in (self.wanted, *self.restored.values()) for name in values)
