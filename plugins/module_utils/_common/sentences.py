# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Long lists in sentences for people.  Pure."""

from __future__ import annotations

from typing import Sequence


def listed(texts: Sequence[str], shown: int) -> str:
    """The first ``shown`` texts, and how many more there are: "a, b and 3 more"."""
    more = f" and {len(texts) - shown} more" if len(texts) > shown else ""
    return ", ".join(texts[:shown]) + more
