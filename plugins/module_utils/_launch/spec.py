# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which groups and launch templates should launch with which instance profile.  Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Mapping, Optional

from .wanted import Wanted


@dataclass(frozen=True)
class LaunchSpec:
    """The module's options.

    ``profile`` is a name or an ARN; None removes the profile, and ``only`` limits that to a profile of this name.  ``wanted`` is something
    else than a profile, in its place.  ``undo`` is what an earlier run returned, and replaces everything else.
    """

    groups: tuple[str, ...] = ()
    filters: Optional[list[dict[str, Any]]] = None
    templates: tuple[str, ...] = ()
    profile: Optional[str] = None
    only: Optional[str] = None
    on_conflict: str = "replace"
    on_loss: str = "ignore"
    members: bool = True
    include_managed: bool = False
    convert: bool = False
    wanted: Optional[Wanted] = None
    undo: Optional[Mapping[str, Any]] = None
    wait: bool = True
    wait_timeout: int = 300
