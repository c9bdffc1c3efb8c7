# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options that are times to wait.  Pure."""

from __future__ import annotations

from typing import Any, Mapping

from .errors import OptionError

WAITS = ("wait_timeout", "not_found_timeout")


def check_waits(options: Mapping[str, Any]) -> None:
    """Raises OptionError for a time that is negative."""
    for name in WAITS:
        seconds = options.get(name)
        if seconds is not None and seconds < 0:
            raise OptionError(name, f"{seconds} is negative.", "Use 0 or a higher number of seconds.")
