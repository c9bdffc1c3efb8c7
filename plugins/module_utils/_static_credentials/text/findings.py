# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds the access keys in a text, and whether each has its secret with it.  Pure."""

from __future__ import annotations

from itertools import islice
from typing import Any, Iterator, NamedTuple, Optional

from .access_keys import key_ids, lines_of, signers
from .decode import BASE64, Decoded, decode, decode_within
from .secret_matching import ids_with_secret

MAX_FINDINGS = 1000  # that are listed of a file, so that its author can't decide how much is returned
_MOST = MAX_FINDINGS + 1  # The one too many shows that some are missing.


class Finding(NamedTuple):
    """An access key id, which is only a key if it has its secret.  ``line`` counts from 1, and is None in the environment of a process.

    ``encoding`` is None for plain text.
    """

    line: Optional[int]
    key_id: str
    has_secret: bool
    encoding: Optional[str] = None


def findings_in_file(file: Decoded) -> list[Finding]:
    """The access key ids of a file, by line, with or without a secret."""
    plain, inner = findings(file.text), list(decode_within(file.text))
    if inner:
        plain = _findings_with_base64(file.text, {(each.line, each.key_id) for each in plain}, inner)
    return [each._replace(encoding=file.encoding or each.encoding) for each in plain]


def keys_in_file(file: Decoded) -> set[str]:
    """The ids of the keys in a file, that is, of those that have their secret with them."""
    return {each.key_id for each in findings_in_file(file) if each.has_secret}


def has_encoded_key_id(data: bytes, limit: int) -> bool:
    """Whether a file contains an access key id that is not plain text."""
    decoded = decode(data, limit)
    return decoded is not None and any(each.encoding for each in findings_in_file(decoded))


def findings(text: str) -> list[Finding]:
    """The access key ids in plain text, and those in the signatures of requests."""
    ids = list(islice(key_ids(text), _MOST))
    complete = ids_with_secret(text, ids) if ids else set()
    everywhere = sorted(ids + list(islice(signers(text), _MOST)), key=lambda match: match.start())
    return [Finding(line, key_id, key_id in complete) for line, key_id in lines_of(text, everywhere[:_MOST])]


def findings_in_environment(text: str) -> list[Finding]:
    """The access key ids in the environment of a process, whose variables end in NUL; each id once."""
    text = text.replace("\0", "\n")
    first = {match.group(): match for match in reversed(list(key_ids(text)))}
    ids = sorted(first.values(), key=lambda match: match.start())[:_MOST]
    complete = ids_with_secret(text, ids, is_environment=True) if ids else set()
    return [Finding(None, key_id, key_id in complete) for key_id in (match.group() for match in ids)]


def _findings_with_base64(text: str, plain: set[tuple[Any, ...]], inner: list[tuple[int, int, str]]) -> list[Finding]:
    """The findings after decoding base64: a single value in its place, a whole file by itself."""
    pieces: list[str] = []
    within: list[Finding] = []
    at, line = 0, 1
    for start, end, decoded in inner:
        line += text.count("\n", at, start)
        is_value = "\n" not in decoded.rstrip("\n")
        pieces += [text[at:start], decoded.rstrip("\n") if is_value else ""]
        at = end
        if not is_value:
            within += _findings_in_base64_file(line, decoded)
    found = [each if (each.line, each.key_id) in plain else each._replace(encoding=BASE64) for each in findings("".join(pieces) + text[at:])]
    return sorted(found + within, key=lambda each: each.line or 0)[:_MOST]


def _findings_in_base64_file(line: int, decoded: str) -> Iterator[Finding]:
    for key_id, has_secret in dict.fromkeys((each.key_id, each.has_secret) for each in findings(decoded)):
        yield Finding(line, key_id, has_secret, BASE64)
