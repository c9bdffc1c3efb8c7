# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds out which access key ids have their secret with them.  Pure.

A secret belongs to a nearby id in the same section.  How near it must be depends on its name: a secret that is named
like an AWS secret can be some distance away, one without a name must follow the id.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from itertools import islice
from typing import Any, Iterator, NamedTuple, Sequence

from .access_keys import secret_after_slash, secrets

# Headers such as [default], and the separator of YAML documents
_SECTION = re.compile(r"^[ \t]*(?:\[[^\[\]{}\n,]+\][ \t]*(?:[#;].*)?|---[ \t]*)\r?$", re.MULTILINE)

# The name of a secret is the last meaningful word before it, within so many characters.
_NAME_DISTANCE = 240
_WORD = re.compile(r"[A-Za-z_][\w.\-]*")
_MEANINGLESS = re.compile(
    r"(?:value|default|string|text|content|data|literal|type|sensitive|true|false|name|key|access|is|export|plain|str|"
    r"static|final|const|private|public|protected|var|let|u?tf-?8|[a-z])\Z",
    re.IGNORECASE,
)
_NOT_A_SECRET = re.compile(r"token|sign|hash|digest|etag|csrf|nonce|cookie|client|checksum|salt", re.IGNORECASE)
_AWS_SECRET_NAME = re.compile(r"(?:aws|s3|ec2|amazon|access)\w{0,20}.?secret|sec(?:ret)?[\s_.\-]*(?:access|aws|key)", re.IGNORECASE)
_SECRET_NAME = re.compile(
    r"secret|passw|passphrase|pass\Z|pwd\Z|private|credential|(?:aws|s3|access)[_.\-]?key\Z|(?:\A|[_.\-])sk\Z",
    re.IGNORECASE,
)
_NAME_PARTS = re.compile(r"aws|access|sec(?:ret)?|key|id|[_.\-]", re.IGNORECASE)
_KEY = re.compile(r"\bkey[\"']?\s{0,9}(?:=>|[=:])\s{0,9}[\"']?\Z", re.IGNORECASE)  # Next to an id, a key may be its secret.
_TABLE_HEADER = re.compile(r"[^\n]{0,500}secret", re.IGNORECASE)

_PAIR_SEPARATOR = re.compile(r"(?:\\[nrt]|[^A-Za-z0-9]){1,24}\Z")
_OPTION = re.compile(r"[\s\"',]-[A-Za-z][\s\"',=\-]{0,24}\Z")  # such as -W before the secret
_OPTION_DISTANCE = 28
_ALONE = re.compile(r"[\s\"',;()\[\]\-]*\Z")

# In characters
_FAR, _NEAR, _ADJACENT = 4000, 500, 120
_EVERYWHERE = 1 << 30
_ADJACENT_LINES = 2
# How many ids on either side of a secret, and how many secrets of one file, are considered
_NEIGHBOURS, _SECRETS = 8, 4000


class _Id(NamedTuple):
    start: int
    end: int
    key_id: str
    stem: str


def ids_with_secret(text: str, ids: Sequence[re.Match[str]], is_environment: bool = False) -> set[str]:
    """Those of the ids that have their secret with them.

    In the environment of a process, all variables belong together, whatever their order.
    """
    found = {match.group() for match in ids if secret_after_slash(text, match.end())}
    sections = [0] if is_environment else [0] + [match.start() for match in _SECTION.finditer(text)]
    known = [_Id(*match.span(), match.group(), _stem(_name_before(text, match.start()))) for match in ids]
    pairs = sorted(_pairs(text, known, sections, is_environment))
    taken: set[int] = set()
    for _has_other_stem, _distance, secret, key_id in pairs:
        if secret not in taken and key_id not in found:
            taken.add(secret)
            found.add(key_id)
    return found


def _pairs(text: str, ids: list[_Id], sections: list[int], is_environment: bool) -> Iterator[tuple[Any, ...]]:
    """Ids and secrets that may belong together, as tuples that sort the likeliest pair first."""
    starts = [each.start for each in ids]
    has_header = bool(_TABLE_HEADER.match(text))
    for match in islice(secrets(text), _SECRETS):
        start, at = match.start(), bisect_left(starts, match.start())
        name = _name_before(text, start)
        reach = _EVERYWHERE if is_environment and _SECRET_NAME.search(name) else _reach(name)
        if not reach and _KEY.search(text[max(0, start - _ADJACENT) : start]):
            reach = _ADJACENT
        section = bisect_left(sections, start + 1)
        for each in ids[max(0, at - _NEIGHBOURS) : at + _NEIGHBOURS]:
            if section != bisect_left(sections, each.start + 1):
                continue
            if abs(start - each.start) <= reach or _is_positional(text, each, match, has_header) or _are_options(text, each, match):
                yield _stem(name) != each.stem, abs(start - each.start), start, each.key_id


def _reach(name: str) -> int:
    """How far away a secret of that name can be; 0 if the name means something else."""
    if _AWS_SECRET_NAME.search(name):
        return _FAR
    return _NEAR if _SECRET_NAME.search(name) and not _NOT_A_SECRET.search(name) else 0


def _is_positional(text: str, each: _Id, secret: re.Match[str], has_header: bool) -> bool:
    """Whether a secret without a name follows its id: as the next word, alone on its line, or in the row of a table."""
    between = text[each.end : secret.start()] if each.end < secret.start() <= each.end + _ADJACENT else ""
    if not between or secret.group().isalpha():
        return False
    if _PAIR_SEPARATOR.match(between):
        return True
    lines = between.count("\n")
    if not lines:
        return has_header and between[0] in "\"',;|\t" and between[-1] in "\"',;|\t "
    end_of_line = text[secret.end() : secret.end() + 12].split("\n", 1)[0]
    return lines <= _ADJACENT_LINES and all(map(_ALONE.match, (between[between.rindex("\n") :], end_of_line)))


def _are_options(text: str, each: _Id, secret: re.Match[str]) -> bool:
    """Whether both are values of one-letter options of one command, as in -O id -W secret."""
    is_near = abs(secret.start() - each.start) <= _NEAR
    return is_near and all(_OPTION.search(text[max(0, at - _OPTION_DISTANCE) : at]) for at in (each.start, secret.start()))


def _name_before(text: str, at: int) -> str:
    """The name of the value that begins at this position."""
    words: list[str] = _WORD.findall(text[max(0, at - _NAME_DISTANCE) : at])
    for word in reversed(words):
        if not _MEANINGLESS.match(word):
            return word
    return ""


def _stem(name: str) -> str:
    """What the names of an id and its secret have in common, such as "prod" in PROD_KEY_ID and PROD_SECRET."""
    return _NAME_PARTS.sub("", name).lower()
