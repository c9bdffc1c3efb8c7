# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps the memory of a process, which can have secrets, out of core dumps."""

from __future__ import annotations

import resource
from contextlib import suppress

# Linux sends a dump to the program in core_pattern whatever the limit is, except 1, which is too small for a file, too.
LIMIT = 1


def forbid_core_dumps() -> None:
    # It fails if the hard limit is lower, which only root may raise.
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CORE, (LIMIT, LIMIT))
