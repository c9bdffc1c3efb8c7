# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the options of instance_profile_attach ask for.  Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Mapping, Optional

from .row import Rules


@dataclass(frozen=True)
class AttachmentSpec:
    """The wanted instance profiles, and how to get there.

    ``profiles`` has a profile's name or ARN, or None, for each instance id.  With ``filters``, it is empty, and ``profile`` is
    for every instance that matches.  With ``only``, just a profile of that name is detached.  ``excluded`` instances are not changed.
    ``changed_later`` are groups and fleets that get the profile from a later task.
    ``undo`` is the return value of an earlier run that ``profiles`` comes from.
    """

    profiles: Mapping[str, Optional[str]]
    filters: Optional[list[dict[str, Any]]]
    profile: Optional[str]
    only: Optional[str]
    rules: Rules
    wait: bool
    wait_timeout: int
    excluded: frozenset[str] = frozenset()
    changed_later: frozenset[str] = frozenset()
    undo: Optional[Mapping[str, Any]] = None
