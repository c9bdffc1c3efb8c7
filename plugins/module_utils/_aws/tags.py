# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tags in AWS's descriptions of resources."""

from __future__ import annotations

from typing import Any, Mapping


def tags_in(described: Mapping[str, Any]) -> dict[str, str]:
    """The tags in AWS's description of a resource."""
    return {tag["Key"]: tag["Value"] for tag in described.get("Tags", [])}
