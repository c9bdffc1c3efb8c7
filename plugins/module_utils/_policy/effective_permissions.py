# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the policies of a role come to.  Pure."""

from __future__ import annotations

from typing import Iterator

from .._values.permissions import Permissions
from .statements import Statement, parse_statements


class EffectivePermissions:
    """What a role's policies come to: all that is allowed, unless the boundary leaves it out or something denies it."""

    def __init__(self, permissions: Permissions) -> None:
        own, limits = parse_statements(permissions.documents), parse_statements([permissions.boundary])
        self.allows = [each for each in own if each.allows]
        self.limits = None if permissions.boundary is None else [each for each in limits if each.allows]
        self.denies = [each for each in (*own, *limits) if not each.allows]

    def parts(self) -> Iterator[Statement]:
        """What is allowed, in parts of which each is within the boundary, and not denied as a whole."""
        for part in (part for grant in self.allows for part in grant.parts()):
            for each in self._within_limits(part):
                if not any(deny.covers(each) for deny in self.denies):
                    yield each

    def _within_limits(self, part: Statement) -> list[Statement]:
        if self.limits is None:
            return [part]
        if any(limit.covers(part) for limit in self.limits):
            return [part]
        return [part.within(limit) for grant in self.limits for limit in grant.parts() if limit.overlaps(part)]

    def may_allow(self, part: Statement) -> bool:
        """Whether some of the part is allowed, as far as single statements tell."""
        sources = [self.allows] if self.limits is None else [self.allows, self.limits]
        speaks = all(any(grant.overlaps(part) for grant in source) for source in sources)
        return speaks and not any(deny.covers(part) for deny in self.denies)

    def allow(self, part: Statement) -> bool:
        """Whether one statement allows the whole part, and one of the boundary does."""
        sources = [self.allows] if self.limits is None else [self.allows, self.limits]
        return all(any(grant.covers(part) for grant in source) for source in sources)
