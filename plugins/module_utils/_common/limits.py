# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options that are times to wait, or numbers of calls at a time.  Pure.

Without an upper limit, Python can't count the seconds, or a pool of connections takes all memory.
"""

from __future__ import annotations

from typing import Any, Mapping

from .errors import OptionError

WAITS = ("wait_timeout", "not_found_timeout")
MAX_SECONDS = 31_536_000  # a year
MAX_CONCURRENCY = 256


def check_waits(options: Mapping[str, Any]) -> None:
    """Raises OptionError for a time that is negative or too long."""
    for name in WAITS:
        if options.get(name) is not None:
            check_range(name, options[name], 0, MAX_SECONDS)


def check_max_concurrency(given: int) -> None:
    """Raises OptionError unless at least one call can be made, and not too many at a time."""
    check_range("max_concurrency", given, 1, MAX_CONCURRENCY)


def check_range(name: str, given: int, least: int, most: int) -> None:
    """Raises OptionError for a number outside of these."""
    if not least <= given <= most:
        raise OptionError(name, f"{given} is out of range.", f"Use {least} to {most}.")
