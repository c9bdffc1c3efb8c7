# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of access_key_info and access_key_usage_info, checked without calling AWS.  Pure."""

from __future__ import annotations

import re
from typing import Any, Iterable, Mapping

from .._common.errors import OptionError
from .._common.identifiers import ACCESS_KEY_ID, ROLE_NAME


def check_access_key_ids(access_key_ids: Iterable[str]) -> None:
    """Raises OptionError for an id that is not the id of an access key."""
    for each in access_key_ids:
        if not ACCESS_KEY_ID.fullmatch(each):
            suggestion = "Use an id such as AKIAIOSFODNN7EXAMPLE: AKIA or ASIA, and 16 letters A-Z and digits 2-7."
            raise OptionError("access_key_ids", f"{each!r} is not the id of an access key.", suggestion)


MAX_DAYS = 400  # how far IAM's last-accessed data reaches back
USER_NAME = re.compile(r"[\w+=,.@-]{1,64}", re.ASCII)


def check_usage(options: Mapping[str, Any]) -> None:
    """Raises OptionError for invalid options of access_key_usage_info."""
    for name in ("access_key_ids", "user_names", "regions"):
        if options[name] is not None and not options[name]:
            raise OptionError(name, "is empty.", "List at least one.")
    check_access_key_ids(options["access_key_ids"] or ())
    for each in options["user_names"] or ():
        if not USER_NAME.fullmatch(each):
            raise OptionError("user_names", f"{each!r} is not a valid user name.", "Use up to 64 letters, digits and the characters +=,.@-_.")
    if not 1 <= options["days"] <= MAX_DAYS:
        raise OptionError("days", f"is {options['days']}.", f"Use 1 to {MAX_DAYS}, because AWS keeps the data for {MAX_DAYS} days.")
    role_name = options["role_name"]
    if role_name is not None and not ROLE_NAME.fullmatch(role_name):
        raise OptionError("role_name", f"{role_name!r} is not a valid role name.", "Use the name without the path, such as web.")
