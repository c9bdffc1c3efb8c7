# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Recognizes access key ids and secrets in a text.  Pure.

Texts are files decoded as latin-1, so that every byte is one character and nothing is lost.
"""

from __future__ import annotations

import re
from typing import Iterable, Iterator

from ..._common.identifiers import ACCESS_KEY_ID
from .placeholders import is_placeholder, is_placeholder_secret

# In JSON written by PHP or .NET, and in a URL, a character of a secret can be escaped.
_CHARACTER = r"(?:[A-Za-z0-9+/]|\\/|\\u002[BbFf]|%2[BbFf])"
_SECRET = rf"{_CHARACTER}{{40}}(?![A-Za-z0-9+/=_\-]|%[0-9A-Fa-f])"

# With a letter, digit, + / _ or - next to it, an id is part of something longer: a blob, an ARN, the scope of a signature.
# But it can follow "://" in a URL, ":-" in a shell's default value, "\\n" in a string, and a one-letter option as in -OAKIA….
# It can have words in front of it, as in prod_AKIA…, and its secret after it, as in id/secret.
_BEFORE = re.compile(r"(?:(?:\A|://|:-|\\[nrt]|[^A-Za-z0-9_+/\-.]|(?:\A|[^A-Za-z0-9])\.)(?:[A-Za-z0-9]{1,16}[_\-]){0,4}|[\s\"',]-[A-Za-z])\Z")
_LONGEST_BEFORE = 80
_AFTER = rf"(?:(?=/{_SECRET})|(?![A-Za-z0-9_+/\-]|\.[A-Za-z0-9]|%2[Ff]))"
_KEY_ID = re.compile(ACCESS_KEY_ID.pattern + _AFTER)
# The scope of a request's signature, in a presigned URL or a log, which names the key that signed it.
_SCOPE = re.compile(rf"(?<=[Cc]redential=){ACCESS_KEY_ID.pattern}(?=(?:/|%2[Ff])[0-9]{{8}}(?:/|%2[Ff]))")

# A secret access key has 40 base64 characters.  A hash of the same length has only hexadecimal digits.
_SECRET_WORD = re.compile(rf"(?:(?<![A-Za-z0-9+/_\-%\\])|(?<=:-)|(?<=\\[nrt])|(?<=[\s\"',]-[A-Za-z])){_SECRET}")
# A secret that Jenkins has encrypted with a key that it stores in the same folder
_JENKINS_SECRET = re.compile(r"\{AQAA[A-Za-z0-9+/]{60,200}={0,2}\}")
_BARE_SECRET = re.compile(r"(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{40}(?![A-Za-z0-9+/=])")
_AFTER_SLASH = re.compile(_SECRET)
_LETTERS = (re.compile("[A-Z]"), re.compile("[a-z]"))
_CHARACTERS_OF_A_SECRET = (*_LETTERS, re.compile("[0-9+]"))


def key_id_lines(text: str) -> Iterator[tuple[int, str]]:
    """The line number (from 1) and the text of each access key id in a text, without placeholders."""
    return lines_of(text, key_ids(text))


def has_key_id(text: str) -> bool:
    return any(True for found in key_ids(text))


def key_ids(text: str) -> Iterator[re.Match[str]]:
    """The access key ids in a text, without placeholders."""
    # Most texts have none, and searching for a string is much faster than for a pattern.
    if "AKIA" not in text and "ASIA" not in text:
        return
    for match in _KEY_ID.finditer(text):
        head = text[max(0, match.start() - _LONGEST_BEFORE) : match.start()]
        if _BEFORE.search(head) and not is_placeholder(match.group()):
            yield match


def signers(text: str) -> Iterator[re.Match[str]]:
    """The ids in signatures of requests.  They never have their secret with them."""
    if "redential=A" in text:
        yield from (match for match in _SCOPE.finditer(text) if not is_placeholder(match.group()))


def secrets(text: str) -> Iterator[re.Match[str]]:
    """What looks like a secret access key, without placeholders."""
    for match in _SECRET_WORD.finditer(text):
        if is_secret(match.group()):
            yield match
    if "{AQAA" in text:
        yield from _JENKINS_SECRET.finditer(text)


def secret_after_slash(text: str, at: int) -> bool:
    """Whether a slash and the secret follow the id that ends at this position."""
    match = _AFTER_SLASH.match(text, at + 1) if text[at : at + 1] == "/" else None
    return bool(match and is_secret(match.group()))


def is_secret(word: str) -> bool:
    """Whether a word may be a secret.  One in two thousand secrets has only letters."""
    return all(each.search(word) for each in _LETTERS) and not is_placeholder_secret(word)


def may_have_secret(text: str) -> bool:
    """Whether a text has something that looks like a secret access key, even a placeholder."""
    return any(all(each.search(match.group()) for each in _CHARACTERS_OF_A_SECRET) for match in _BARE_SECRET.finditer(text))


def lines_of(text: str, matches: Iterable[re.Match[str]]) -> Iterator[tuple[int, str]]:
    """The line number (from 1) and the text of each match.  The matches must be in order."""
    line, counted = 1, 0
    for match in matches:
        line, counted = line + text.count("\n", counted, match.start()), match.start()
        yield line, match.group()
