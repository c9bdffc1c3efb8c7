# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""URLs in messages.  The URL of an endpoint or a proxy can have a user and a password."""

from __future__ import annotations

import re

# A password can have quotes and blanks, also where a URL may have none.
_USER = re.compile(r"://(?:\S*|[^/\n]*)@")


def without_user(text: str) -> str:
    """The text without the users and passwords in its URLs."""
    return _USER.sub("://…@", text)
