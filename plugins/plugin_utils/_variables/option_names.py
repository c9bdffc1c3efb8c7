# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors of modules and filters, with the variables of a role in place of their options.  Pure."""

from __future__ import annotations

import re
from typing import Collection

# Where errors name an option: at the beginning of a line, and after these words.
OPTION = re.compile(r"^(\w+)(?=: )|\bthe option (\w+)", re.MULTILINE)


def by_variable(error: str, role: str, options: Collection[str]) -> str:
    """The error with the names of the role's variables; ``options`` are those of its argument spec, and others stay as they are."""

    def named(match: re.Match[str]) -> str:
        variable = f"{role}_{match[1] or match[2]}"
        return variable if variable in options else match[0]

    return OPTION.sub(named, error)
