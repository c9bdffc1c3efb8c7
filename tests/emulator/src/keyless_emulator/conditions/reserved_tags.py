# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether callers may give EC2 tags whose keys are reserved for AWS's services."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from ..server.value_checks import only

PREFIX = "aws:"


@dataclass
class ReservedTags:
    """AWS refuses them. By default they are allowed, so that a test can have what AWS's services create."""

    refused: bool = False

    def show(self) -> dict[str, bool]:
        """Returns the setting."""
        return {"refused": self.refused}

    def change(self, described: Any) -> None:
        """Changes the setting. Raises ValueError."""
        refused = only(described, "refused")
        if not isinstance(refused, bool):
            raise ValueError("refused must be true or false.")
        self.refused = refused


@cache
def reserved_tags() -> ReservedTags:
    """Returns the setting."""
    return ReservedTags()
