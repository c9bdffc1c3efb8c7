# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A problem of a resource, and its fix.  Pure."""

from __future__ import annotations

from typing import Any, Mapping, NamedTuple


class Problem(NamedTuple):
    """A code for programs, a sentence for people, and how to fix it.

    Each feature has a table of its problems.  Names in braces stand for values:

        PROBLEMS = {"no_profile": Problem("no_profile", "The {instance} has no instance profile.", "Attach one.")}
        PROBLEMS["no_profile"].with_values({"instance": "instance i-0123456789abcdef0"})

    Several entries of a table can share a code.
    """

    code: str
    message: str
    fix: str

    def with_values(self, values: Mapping[str, Any]) -> Problem:
        """The problem with these values in place of the names in braces."""
        return Problem(self.code, self.message.format_map(values), self.fix.format_map(values))

    def as_result(self) -> dict[str, Any]:
        """An entry of the return value ``problems``."""
        return {"code": self.code, "message": self.message, "fix": self.fix}
