# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with something, and what fixes it.  Pure."""

from __future__ import annotations

from typing import Any, Mapping, NamedTuple


class Problem(NamedTuple):
    """A code for programs, a sentence for people, and what fixes it.

    A feature keeps its problems in a table, whose texts have names in braces for what differs from case to case:

        PROBLEMS = {"no_profile": Problem("no_profile", "The {instance} has no instance profile.", "Attach one.")}
        PROBLEMS["no_profile"].with_values({"instance": "instance i-0123456789abcdef0"})

    Several entries of a table may share a code.
    """

    code: str
    message: str
    fix: str

    def with_values(self, values: Mapping[str, Any]) -> Problem:
        """The problem with the values where the texts have their names in braces."""
        return Problem(self.code, self.message.format_map(values), self.fix.format_map(values))

    def as_result(self) -> dict[str, Any]:
        """An entry of a return value ``problems``."""
        return {"code": self.code, "message": self.message, "fix": self.fix}
