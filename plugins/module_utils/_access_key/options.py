# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""access_key_info's options: what can be found wrong without asking AWS.  Pure."""

from __future__ import annotations

from typing import Iterable

from .._common.errors import OptionError
from .._common.identifiers import ACCESS_KEY_ID


def check_access_key_ids(access_key_ids: Iterable[str]) -> None:
    """Raises OptionError for one that cannot be the id of an access key."""
    for each in access_key_ids:
        if not ACCESS_KEY_ID.fullmatch(each):
            remedy = "One looks like AKIAIOSFODNN7EXAMPLE: AKIA or ASIA, and 16 of the letters A-Z and the digits 2-7."
            raise OptionError("access_key_ids", f"{each!r} is not the id of an access key.", remedy)
