# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Times in the format of the metadata service."""

from __future__ import annotations

from datetime import datetime, timezone


def iso_8601(moment: float | datetime) -> str:
    """Formats Unix seconds, or a datetime in UTC, as ISO 8601 without fractions."""
    if not isinstance(moment, datetime):
        moment = datetime.fromtimestamp(moment, timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
