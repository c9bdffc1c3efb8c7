# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is asked for: which instances are to have which instance profile.  Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Mapping, Optional

from .row import Rules


@dataclass(frozen=True)
class AttachmentSpec:
    """What the options ask for.

    ``profiles`` maps an instance's id to a profile's name or ARN, or to None; with ``filters`` it is empty and
    ``profile`` is for every instance that they find.  ``only`` narrows a detaching to a profile of that name.  The
    ``excluded`` instances are left alone.
    """

    profiles: Mapping[str, Optional[str]]
    filters: Optional[list[dict[str, Any]]]
    profile: Optional[str]
    only: Optional[str]
    rules: Rules
    wait: bool
    wait_timeout: int
    excluded: frozenset[str] = frozenset()
