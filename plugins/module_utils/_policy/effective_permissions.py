# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a role's policies allow together with its permissions boundary.  Pure."""

from __future__ import annotations

from typing import Iterator

from .._values.permissions import Permissions
from .statements import Statement, parse_statements


class EffectivePermissions:
    """Everything that a policy allows, that the boundary allows too, and that nothing denies."""

    def __init__(self, permissions: Permissions) -> None:
        policies, boundary = parse_statements(permissions.documents), parse_statements([permissions.boundary])
        self.allows = [each for each in policies if each.allows]
        self.boundary = None if permissions.boundary is None else [each for each in boundary if each.allows]
        self.denies = [each for each in (*policies, *boundary) if not each.allows]

    def parts(self) -> Iterator[Statement]:
        """What is allowed, by single actions and resources, each within the boundary and not denied as a whole."""
        for part in (part for statement in self.allows for part in statement.parts()):
            for each in self._within_boundary(part):
                if not any(deny.covers(each) for deny in self.denies):
                    yield each

    def _within_boundary(self, part: Statement) -> list[Statement]:
        if self.boundary is None or any(limit.covers(part) for limit in self.boundary):
            return [part]
        return [part.intersection(limit) for statement in self.boundary for limit in statement.parts() if limit.overlaps(part)]

    def may_allow(self, part: Statement) -> bool:
        """Whether some of the part is allowed. A part that only several statements deny together counts as allowed."""
        overlaps = all(any(statement.overlaps(part) for statement in source) for source in self._sources())
        return overlaps and not any(deny.covers(part) for deny in self.denies)

    def allow(self, part: Statement) -> bool:
        """Whether a single statement allows the whole part, and so does a single statement of the boundary."""
        return all(any(statement.covers(part) for statement in source) for source in self._sources())

    def _sources(self) -> list[list[Statement]]:
        return [self.allows] if self.boundary is None else [self.allows, self.boundary]
