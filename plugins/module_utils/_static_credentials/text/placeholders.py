# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Recognizes placeholders for keys: words, repeated characters, the alphabet.  Pure."""

from __future__ import annotations

import re

# Hardly one in a million random keys matches.
_LONG_WORDS = re.compile(
    "EXAMPLE|SAMPLE|DUMMY|PLACEHOLDER|ACCESS|SECRET|INSERT|CHANGE|REPLACE|REDACTED|REMOVED|HIDDEN|FOOBAR|INVALID|"
    "PASSWORD|DOCUMENT|TESTING|TESTKEY|FAKEKEY|YOURKEY|NOTREAL|NOTAKEY|MASKED|TEMPLATE|CREDENTIAL|ANYTHING|SOMETHING|"
    "WHATEVER|LOCALSTACK|DEFAULT|DEADBEEF|BLAHBLAH"
)
_SHORT_WORDS = re.compile("TESTS?|FAKE|YOUR|HERE|MOCK|DEMO|REAL|THIS|SOME|USER|NULL|NONE|TODO|KEYS?|AWS|NOT|FOO|BAR")
_MIN_IN_SHORT_WORDS = 8  # characters
_ALPHABETS = ("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789", "QWERTYUIOP", "ASDFGHJKL", "ZXCVBNM")
_RUN = 6  # characters of an alphabet in a row
_REPEATED = re.compile(r"(.)\1{5}|(..)\2{3}|(...)\3{2}|(.{5,8})\4")
_DOUBLED = re.compile(r"(.)\1+")

_SECRET_WORDS = re.compile("EXAMPLE|PLACEHOLDER|REDACTED|SECRETKEY|ACCESSKEY|YOURSECRET|MYSECRET|CHANGEME|REPLACEME|NOTASECRET|NOTAREAL")


def _runs() -> re.Pattern[str]:
    rows = [row for alphabet in _ALPHABETS for row in (alphabet, alphabet[::-1])]
    runs = {row[at : at + _RUN] for row in rows for at in range(len(row) - _RUN + 1)}
    return re.compile("|".join(sorted(runs)))


_SEQUENCE = _runs()


def is_placeholder(key_id: str) -> bool:
    """Whether an access key id was made up by a person."""
    own = key_id[4:]
    if len(set(own)) <= 6 or _LONG_WORDS.search(own) or _REPEATED.search(own):
        return True
    if _SEQUENCE.search(_DOUBLED.sub(r"\1", own)):  # also AABBCCDD
        return True
    return sum(map(len, _SHORT_WORDS.findall(own))) >= _MIN_IN_SHORT_WORDS


def is_placeholder_secret(secret: str) -> bool:
    """Whether a secret access key was made up by a person."""
    upper = secret.upper()
    return len(set(secret)) <= 16 or bool(_SECRET_WORDS.search(upper) or _repeats(secret))


def _repeats(secret: str) -> bool:
    """Whether its halves are the same, or it has two runs of an alphabet."""
    return secret[:20] == secret[20:] or len(_SEQUENCE.findall(secret.upper())) >= 2
