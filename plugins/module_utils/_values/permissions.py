# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The policies of a role.  Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Mapping, Optional


@dataclass(frozen=True)
class Permissions:
    """The documents of a role's managed and inline policies, and of its permissions boundary."""

    documents: tuple[Mapping[str, Any], ...] = ()
    boundary: Optional[Mapping[str, Any]] = None
