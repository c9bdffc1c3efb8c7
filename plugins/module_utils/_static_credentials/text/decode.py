# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Decodes the text of a file: UTF-16, gzip and base64.  Pure.

Decoded text is only searched.  It is never redacted, because it could not be written back as it was.
"""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from typing import Iterator, NamedTuple, Optional

UTF_16, GZIP, BASE64 = "utf-16", "gzip", "base64"

HEAD = 8192  # a file is binary if there is a NUL byte in its first so many bytes
_GZIP = b"\x1f\x8b"
_MAX_MEMBERS = 100  # of a gzip file that consists of several
_BYTE_ORDER_MARKS = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}

# Long enough for an access key id, and printable when decoded
_ENCODED = re.compile(r"(?<![A-Za-z0-9+/=_\-])[A-Za-z0-9+/]{27,}={0,2}(?![A-Za-z0-9+/=_\-])")
_PRINTABLE = re.compile(rb"[\t\n\r\x20-\x7e]+\Z")


class Decoded(NamedTuple):
    """``encoding`` is None for plain text; ``is_complete`` unless only the beginning was decoded."""

    text: str
    encoding: Optional[str] = None
    is_complete: bool = True


def decode(data: bytes, limit: int) -> Optional[Decoded]:
    """The text of a file's bytes, as latin-1 if it is not UTF-16; None if it is binary.

    At most ``limit`` bytes are unpacked from gzip.
    """
    if data.startswith(_GZIP):
        return _unpacked(data, limit)
    utf_16 = _utf_16(data)
    if utf_16:
        return Decoded(data.decode(utf_16, "replace").lstrip("\ufeff"), UTF_16)
    return None if is_binary(data) else Decoded(data.decode("latin-1"))


def is_binary(data: bytes) -> bool:
    """Whether a file that begins like this is not text in any encoding; the first ``HEAD`` bytes suffice."""
    return b"\0" in data[:HEAD] and not data.startswith(_GZIP) and not _utf_16(data)


def decode_within(text: str) -> Iterator[tuple[int, int, str]]:
    """Start, end and decoded text of each base64 string with printable contents that may include an access key id."""
    if not any(mark in text for mark in _ID_MARKS):
        return
    for match in _ENCODED.finditer(text):
        decoded = _from_base64(match.group())
        if _PRINTABLE.match(decoded):
            yield match.start(), match.end(), decoded.decode("ascii")


def may_have_key(data: bytes) -> bool:
    """Whether part of a plain file may have an access key id, as text or in base64.  A fast check for large files."""
    return bool(_MAY_HAVE_KEY.search(data))


def _unpacked(data: bytes, limit: int) -> Optional[Decoded]:
    unpacked = b""
    for _member in range(_MAX_MEMBERS):
        unpack = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        try:
            unpacked += unpack.decompress(data, limit + 1 - len(unpacked))
        except zlib.error:
            break
        data = unpack.unused_data
        if len(unpacked) > limit or not data.startswith(_GZIP):
            break
    is_complete = len(unpacked) <= limit and unpack.eof and not data.startswith(_GZIP)
    inner = decode(unpacked[:limit], limit) if not unpacked.startswith(_GZIP) else None
    return inner and Decoded(inner.text, GZIP, is_complete)


def _utf_16(data: bytes) -> Optional[str]:
    """Which UTF-16 it is, by its byte order mark or by the NUL bytes that alternate with the characters of plain text."""
    marked = _BYTE_ORDER_MARKS.get(data[:2])
    if marked:
        return marked
    head = data[:200]
    even, odd = head[::2], head[1::2]
    if len(head) >= 20 and even.count(0) > len(even) * 3 // 4 and not odd.count(0):
        return "utf-16-be"
    return "utf-16-le" if len(head) >= 20 and odd.count(0) > len(odd) * 3 // 4 and not even.count(0) else None


def _from_base64(word: str) -> bytes:
    try:
        return base64.b64decode(word, validate=True)
    except binascii.Error:
        return b""


def _id_marks() -> list[str]:
    """AKIA and ASIA in base64, at each of the three possible offsets."""
    marks = []
    for start in (b"AKIA", b"ASIA"):
        for shift in range(3):
            encoded = base64.b64encode(b"\0" * shift + start).decode("ascii")
            first, last = (0, 2, 3)[shift], (shift + len(start)) * 8 // 6
            marks.append(encoded[first:last])
    return marks


_ID_MARKS = _id_marks()
_MAY_HAVE_KEY = re.compile(b"|".join([b"(?:AKIA|ASIA)[A-Z2-7]{16}", b"A\0(?:K|S)\0I\0A\0", *(mark.encode("ascii") for mark in _ID_MARKS)]))
