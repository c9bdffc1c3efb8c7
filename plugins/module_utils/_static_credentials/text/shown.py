# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Text of a file that is shown in a message.  Pure.

A file can have a secret where a name or a path is expected: by mistake, because a quote or a line break is missing, or on purpose.
So only what looks like a name or a path is shown.
"""

from __future__ import annotations

import re

from .access_keys import has_key_id

HIDDEN = "(not shown: it may be a secret)"
_PATH = re.compile(r"[\w.,:@+~/$%{}*?^-]{1,200}\Z")
_NAME = re.compile(r"[\w.,:@+/-](?:[\w.,:@+/ -]{0,62}[\w.,:@+/-])?\Z")
# A secret can follow a slash, and a session token is longer.
_LONG = re.compile(r"[A-Za-z0-9+/]{40,}")
_CHARACTERS_OF_A_SECRET = tuple(map(re.compile, ("[A-Z]", "[a-z]", "[0-9+]")))


def shown_path(value: str) -> str:
    """A path as a program is told it, perhaps with variables."""
    return _shown(value, _PATH)


def shown_name(value: str) -> str:
    """The name of a profile, or of another section."""
    return _shown(value, _NAME)


def _shown(value: str, expected: re.Pattern[str]) -> str:
    return value if expected.match(value) and not has_key_id(value) and not _may_have_secret(value) else HIDDEN


def _may_have_secret(value: str) -> bool:
    return any(all(each.search(word) for each in _CHARACTERS_OF_A_SECRET) for word in _LONG.findall(value))
