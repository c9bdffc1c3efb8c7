# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of AWS regions in options.  Pure."""

from __future__ import annotations

import re
from typing import Optional, Sequence

from .errors import OptionError

REGION = re.compile(r"[a-z]{2,4}(?:-[a-z]+)+-\d{1,2}", re.ASCII)


def check_regions(option: str, given: Optional[Sequence[str]]) -> None:
    """Raises OptionError for an empty list, and for a text that can't be the name of a region.  None means all enabled regions."""
    if given is not None and not given:
        raise OptionError(option, "is empty.", "List at least one region, or omit the option for all enabled regions.")
    for each in given or ():
        if not REGION.fullmatch(each):
            raise OptionError(option, f"{each!r} is not a region name.", "Use a name such as eu-central-1.")
