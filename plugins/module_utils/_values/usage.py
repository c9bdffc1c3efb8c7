# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was done with permissions, and when.  Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Mapping, Optional


@dataclass(frozen=True)
class ServiceUse:
    """A service that somebody may use: when it was used last, and each action of which IAM keeps that, None for never.

    ``actions`` is None where IAM keeps only the service's own date.
    """

    prefix: str
    last_used: Optional[datetime] = None
    actions: Optional[Mapping[str, Optional[datetime]]] = None


@dataclass(frozen=True)
class EventUse:
    """Events of one name in CloudTrail that were not refused: the service's source, the last one's time, and their resources.

    ``resources`` are ARNs, None where some event names none.
    """

    source: str
    name: str
    last_used: datetime
    resources: Optional[frozenset[str]] = field(default=None)
