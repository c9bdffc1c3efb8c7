# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an access key looks like in a text.  Pure.

Texts are files decoded as latin-1, so that every byte is one character and nothing is lost.
"""

from __future__ import annotations

import re
from typing import Iterable, Iterator

from ..._common.identifiers import ACCESS_KEY_ID
from .placeholders import is_placeholder, is_placeholder_secret

# As PHP and .NET write it in JSON, and as it is in a URL, a character of a secret can be several.
_CHARACTER = r"(?:[A-Za-z0-9+/]|\\/|\\u002[BbFf]|%2[BbFf])"
_SECRET = rf"{_CHARACTER}{{40}}(?![A-Za-z0-9+/=_\-]|%[0-9A-Fa-f])"

# A letter, digit, + / _ or - beside an id makes it part of something longer: a blob, an ARN, the scope of a signature.
# In a URL it follows "://", in a shell's default value ":-", in a string "\\n". Before it there may be words, as in
# prod_AKIA…; after it its secret, as in id/secret.
_BEFORE = re.compile(r"(?:\A|://|:-|\\[nrt]|[^A-Za-z0-9_+/\-.]|(?:\A|[^A-Za-z0-9])\.)(?:[A-Za-z0-9]{1,16}[_\-]){0,4}\Z")
_LONGEST_BEFORE = 80
_AFTER = rf"(?:(?=/{_SECRET})|(?![A-Za-z0-9_+/\-]|\.[A-Za-z0-9]|%2[Ff]))"
_KEY_ID = re.compile(ACCESS_KEY_ID.pattern + _AFTER)
# The scope of a signature: who signed a request, in a presigned URL or in a log.
_SCOPE = re.compile(rf"(?<=[Cc]redential=){ACCESS_KEY_ID.pattern}(?=(?:/|%2[Ff])[0-9]{{8}}(?:/|%2[Ff]))")

# A secret access key has 40 characters of base64; a hash, which has as many, is only of hexadecimal digits.
_FORTY = re.compile(rf"(?:(?<![A-Za-z0-9+/_\-%\\])|(?<=:-)|(?<=\\[nrt])){_SECRET}")
# As Jenkins writes a secret that it has encrypted itself, with a key that lies beside it
_SEALED = re.compile(r"\{AQAA[A-Za-z0-9+/]{60,200}={0,2}\}")
_BARE_FORTY = re.compile(r"(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{40}(?![A-Za-z0-9+/=])")
_AFTER_SLASH = re.compile(_SECRET)
_LETTERS = (re.compile("[A-Z]"), re.compile("[a-z]"))
_CHARACTERS_OF_A_SECRET = (*_LETTERS, re.compile("[0-9+]"))


def access_keys(text: str) -> Iterator[tuple[int, str]]:
    """The line (from 1) and the access key id of each key in a text, the placeholders of documentation left out."""
    return lines_of(text, key_ids(text))


def has_access_key(text: str) -> bool:
    return any(True for found in key_ids(text))


def key_ids(text: str) -> Iterator[re.Match[str]]:
    """Where access key ids are."""
    # Most texts have none, and to look for letters is much faster than to look for a pattern.
    if "AKIA" not in text and "ASIA" not in text:
        return
    for match in _KEY_ID.finditer(text):
        head = text[max(0, match.start() - _LONGEST_BEFORE) : match.start()]
        if _BEFORE.search(head) and not is_placeholder(match.group()):
            yield match


def signers(text: str) -> Iterator[re.Match[str]]:
    """Where the ids of those are who signed a request: ids alone, as a signature never has the secret with it."""
    if "redential=A" in text:
        yield from (match for match in _SCOPE.finditer(text) if not is_placeholder(match.group()))


def secrets(text: str) -> Iterator[re.Match[str]]:
    """Where something is that looks like a secret access key, but is no placeholder."""
    for match in _FORTY.finditer(text):
        if is_secret(match.group()):
            yield match
    if "{AQAA" in text:
        yield from _SEALED.finditer(text)


def secret_after_slash(text: str, at: int) -> bool:
    """Whether the id that ends there is followed by a slash and its secret."""
    match = _AFTER_SLASH.match(text, at + 1) if text[at : at + 1] == "/" else None
    return bool(match and is_secret(match.group()))


def is_secret(word: str) -> bool:
    """Whether it may be a secret; one in two thousand has letters only."""
    return all(each.search(word) for each in _LETTERS) and not is_placeholder_secret(word)


def may_have_secret(text: str) -> bool:
    """Whether something in it looks like a secret access key, placeholders too."""
    return any(all(each.search(match.group()) for each in _CHARACTERS_OF_A_SECRET) for match in _BARE_FORTY.finditer(text))


def lines_of(text: str, matches: Iterable[re.Match[str]]) -> Iterator[tuple[int, str]]:
    """The line (from 1) of each of them, which come in order, and what it is."""
    line, counted = 1, 0
    for match in matches:
        line, counted = line + text.count("\n", counted, match.start()), match.start()
        yield line, match.group()
