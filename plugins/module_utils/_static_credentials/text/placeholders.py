# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What people write where a key would be: words, repeated letters, the alphabet.  Pure."""

from __future__ import annotations

import re

# Of a million keys at random hardly one looks like that.
_LONG_WORDS = re.compile(
    "EXAMPLE|SAMPLE|DUMMY|PLACEHOLDER|ACCESS|SECRET|INSERT|CHANGE|REPLACE|REDACTED|REMOVED|HIDDEN|FOOBAR|INVALID|"
    "PASSWORD|DOCUMENT|TESTING|TESTKEY|FAKEKEY|YOURKEY|NOTREAL|NOTAKEY|MASKED|TEMPLATE|CREDENTIAL|ANYTHING|SOMETHING|"
    "WHATEVER|LOCALSTACK|DEFAULT|DEADBEEF|BLAHBLAH"
)
_SHORT_WORDS = re.compile("TESTS?|FAKE|YOUR|HERE|MOCK|DEMO|REAL|THIS|SOME|USER|NULL|NONE|TODO|KEYS?|AWS|NOT|FOO|BAR")
_OF_SHORT_WORDS = 8
_ALPHABETS = ("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789", "QWERTYUIOP", "ASDFGHJKL", "ZXCVBNM")
_IN_ORDER = 6
_REPEATED = re.compile(r"(.)\1{5}|(..)\2{3}|(...)\3{2}|(.{5,8})\4")
_DOUBLED = re.compile(r"(.)\1+")

_LONG_WORDS_OF_SECRETS = re.compile("EXAMPLE|PLACEHOLDER|REDACTED|SECRETKEY|ACCESSKEY|YOURSECRET|MYSECRET|CHANGEME|REPLACEME|NOTASECRET|NOTAREAL")


def _in_order() -> re.Pattern[str]:
    rows = [row for alphabet in _ALPHABETS for row in (alphabet, alphabet[::-1])]
    runs = {row[at : at + _IN_ORDER] for row in rows for at in range(len(row) - _IN_ORDER + 1)}
    return re.compile("|".join(sorted(runs)))


_SEQUENCE = _in_order()


def is_placeholder(key_id: str) -> bool:
    """Whether an access key id is one that AWS has never made."""
    own = key_id[4:]
    if len(set(own)) <= 6 or _LONG_WORDS.search(own) or _REPEATED.search(own):
        return True
    if _SEQUENCE.search(_DOUBLED.sub(r"\1", own)):  # AABBCCDD too
        return True
    return sum(map(len, _SHORT_WORDS.findall(own))) >= _OF_SHORT_WORDS


def is_placeholder_secret(secret: str) -> bool:
    """The same of a secret access key."""
    upper = secret.upper()
    return len(set(secret)) <= 16 or bool(_LONG_WORDS_OF_SECRETS.search(upper) or _repeats(secret))


def _repeats(secret: str) -> bool:
    """Whether half of it is the other half, or two runs of the alphabet are in it."""
    return secret[:20] == secret[20:] or len(_SEQUENCE.findall(secret.upper())) >= 2
