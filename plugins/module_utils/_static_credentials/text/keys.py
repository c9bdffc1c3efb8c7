# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an access key looks like in a text.  Pure.

Texts are files decoded as latin-1, so that every byte is one character and nothing is lost.
"""

from __future__ import annotations

import re
from typing import Iterator

from ..._common.identifiers import ACCESS_KEY_ID

# A letter, digit, + / _ or - beside it makes it part of something longer: a blob, an ARN, the scope of a signature.
# In a URL it follows "://", in a shell's default value ":-".
_BEFORE = r"(?:(?<![A-Za-z0-9_+/\-])(?<![A-Za-z0-9]\.)|(?<=://)|(?<=:-))"
_AFTER = r"(?![A-Za-z0-9_+/\-]|\.[A-Za-z0-9]|%2[Ff])"
_KEY_ID = re.compile(_BEFORE + ACCESS_KEY_ID.pattern + _AFTER)

# A secret access key has 40 characters of base64; a hash, which has as many, is only of hexadecimal digits.
_FORTY = re.compile(r"(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{40}(?![A-Za-z0-9+/=])")
_CHARACTERS_OF_A_SECRET = (re.compile("[A-Z]"), re.compile("[a-z]"), re.compile("[0-9+]"))


def access_keys(text: str) -> Iterator[tuple[int, str]]:
    """The line (from 1) and the access key id of each key in a text, the placeholders of documentation left out."""
    line, counted = 1, 0
    for match in _KEY_ID.finditer(text):
        if _is_placeholder(match.group()):
            continue
        line, counted = line + text.count("\n", counted, match.start()), match.start()
        yield line, match.group()


def has_access_key(text: str) -> bool:
    return any(True for found in access_keys(text))


def may_have_secret(text: str) -> bool:
    """Whether something in it looks like a secret access key."""
    return any(
        all(each.search(match.group()) for each in _CHARACTERS_OF_A_SECRET) for match in _FORTY.finditer(text)
    )


def _is_placeholder(key_id: str) -> bool:
    return key_id.endswith("EXAMPLE") or len(set(key_id[4:])) == 1
