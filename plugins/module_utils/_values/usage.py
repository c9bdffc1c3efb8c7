# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When permissions were last used.  Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Mapping, Optional


@dataclass(frozen=True)
class ServiceUse:
    """When a service was last used, and each of its actions that IAM tracks; None stands for never.

    ``actions`` is None if IAM tracks only the service as a whole.
    """

    prefix: str
    last_used: Optional[datetime] = None
    actions: Optional[Mapping[str, Optional[datetime]]] = None


@dataclass(frozen=True)
class EventUse:
    """CloudTrail events of one name, without denied calls: the event source, the time of the last one, and their resources.

    ``resources`` are ARNs, or None if some event names none. ``implied`` are the permissions that the parameters of the calls
    need, with a role's ARN if it is known; ``is_unclear`` if they may need others.
    """

    source: str
    name: str
    last_used: datetime
    resources: Optional[frozenset[str]] = field(default=None)
    implied: frozenset[tuple[str, Optional[str]]] = frozenset()
    is_unclear: bool = False
