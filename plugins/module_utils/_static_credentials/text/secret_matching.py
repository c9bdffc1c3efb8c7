# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which access key ids have their secret with them.  Pure.

A secret belongs to an id that is near, in the same section.  How near depends on what it is called: one that is named
as AWS's secrets are may be some way off, one without a name only right after the id.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from itertools import islice
from typing import Any, Iterator, NamedTuple, Sequence

from .access_keys import secret_after_slash, secrets

# Headers such as [default], and what is between the documents of YAML
_SECTION = re.compile(r"^[ \t]*(?:\[[^\[\]{}\n,]+\][ \t]*(?:[#;].*)?|---[ \t]*)\r?$", re.MULTILINE)

# The name that a secret has is the last word before it that says what it is.
_BACK = 240
_WORD = re.compile(r"[A-Za-z_][\w.\-]*")
_SAY_NOTHING = re.compile(
    r"(?:value|default|string|text|content|data|literal|type|sensitive|true|false|name|key|access|is|export|plain|str|"
    r"static|final|const|private|public|protected|var|let|u?tf-?8|[a-z])\Z",
    re.IGNORECASE,
)
_NOT_A_SECRET = re.compile(r"token|sign|hash|digest|etag|csrf|nonce|cookie|client|checksum|salt", re.IGNORECASE)
_OF_AWS = re.compile(r"(?:aws|s3|ec2|amazon|access)\w{0,20}.?secret|sec(?:ret)?[\s_.\-]*(?:access|aws|key)", re.IGNORECASE)
_OF_ANYTHING = re.compile(
    r"secret|passw|passphrase|pass\Z|pwd\Z|private|credential|(?:aws|s3|access)[_.\-]?key\Z|(?:\A|[_.\-])sk\Z",
    re.IGNORECASE,
)
_OF_NAMES = re.compile(r"aws|access|sec(?:ret)?|key|id|[_.\-]", re.IGNORECASE)
_KEY = re.compile(r"\bkey[\"']?\s{0,9}(?:=>|[=:])\s{0,9}[\"']?\Z", re.IGNORECASE)  # beside an id it may be its secret
_HEADER_OF_A_TABLE = re.compile(r"[^\n]{0,500}secret", re.IGNORECASE)

_BETWEEN_A_PAIR = re.compile(r"(?:\\[nrt]|[^A-Za-z0-9]){1,24}\Z")
_ALONE = re.compile(r"[\s\"',;()\[\]\-]*\Z")

# In characters
_FAR, _NEAR, _BESIDE = 4000, 500, 120
_EVERYWHERE = 1 << 30
_LINES_BESIDE = 2
# So many ids on either side of a secret, and so many secrets of one file, are thought of.
_NEIGHBOURS, _SECRETS = 8, 4000


class _Id(NamedTuple):
    start: int
    end: int
    key_id: str
    stem: str


def ids_with_secret(text: str, ids: Sequence[re.Match[str]], is_environment: bool = False) -> set[str]:
    """Which of the ids, given where they are, stand with their secret.

    The variables of one environment belong together in whatever order they come.
    """
    found = {match.group() for match in ids if secret_after_slash(text, match.end())}
    sections = [0] if is_environment else [0] + [match.start() for match in _SECTION.finditer(text)]
    known = [_Id(*match.span(), match.group(), _stem(_name_before(text, match.start()))) for match in ids]
    pairs = sorted(_pairs(text, known, sections, is_environment))
    taken: set[int] = set()
    for _other_stem, _distance, secret, key_id in pairs:
        if secret not in taken and key_id not in found:
            taken.add(secret)
            found.add(key_id)
    return found


def _pairs(text: str, ids: list[_Id], sections: list[int], is_environment: bool) -> Iterator[tuple[Any, ...]]:
    """What may belong together: the likeliest first when sorted."""
    starts = [each.start for each in ids]
    has_header = bool(_HEADER_OF_A_TABLE.match(text))
    for match in islice(secrets(text), _SECRETS):
        start, at = match.start(), bisect_left(starts, match.start())
        name = _name_before(text, start)
        reach = _EVERYWHERE if is_environment and _OF_ANYTHING.search(name) else _reach(name)
        if not reach and _KEY.search(text[max(0, start - _BESIDE) : start]):
            reach = _BESIDE
        section = bisect_left(sections, start + 1)
        for each in ids[max(0, at - _NEIGHBOURS) : at + _NEIGHBOURS]:
            is_near = section == bisect_left(sections, each.start + 1)
            if is_near and (abs(start - each.start) <= reach or _is_positional(text, each, match, has_header)):
                yield _stem(name) != each.stem, abs(start - each.start), start, each.key_id


def _reach(name: str) -> int:
    """How far a secret of that name may be off, 0 if it is of something else."""
    if _OF_AWS.search(name):
        return _FAR
    return _NEAR if _OF_ANYTHING.search(name) and not _NOT_A_SECRET.search(name) else 0


def _is_positional(text: str, each: _Id, secret: re.Match[str], has_header: bool) -> bool:
    """Whether a secret without a name follows its id: as the next word, alone in its line, or in a table's row."""
    between = text[each.end : secret.start()] if each.end < secret.start() <= each.end + _BESIDE else ""
    if not between or secret.group().isalpha():
        return False
    if _BETWEEN_A_PAIR.match(between):
        return True
    lines = between.count("\n")
    if not lines:
        return has_header and between[0] in "\"',;|\t" and between[-1] in "\"',;|\t "
    end_of_line = text[secret.end() : secret.end() + 12].split("\n")[0]
    return lines <= _LINES_BESIDE and all(map(_ALONE.match, (between[between.rindex("\n") :], end_of_line)))


def _name_before(text: str, at: int) -> str:
    """What a value is called that begins there."""
    words: list[str] = _WORD.findall(text[max(0, at - _BACK) : at])
    for word in reversed(words):
        if not _SAY_NOTHING.match(word):
            return word
    return ""


def _stem(name: str) -> str:
    """What tells the names of one pair from those of another."""
    return _OF_NAMES.sub("", name).lower()
