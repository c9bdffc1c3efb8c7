# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Access keys in user data, found by the same rules as in files on hosts.  Pure.

User data must not contain secrets: everyone who can describe the template or call the metadata service can read it.
"""

from __future__ import annotations

import base64
import binascii
from email import message_from_bytes
from typing import Any, Iterator, Mapping

from .._static_credentials.text.decode import decode
from .._static_credentials.text.findings import keys_in_file

LIMIT = 1 << 20  # bytes after unpacking; EC2 accepts 16 kB, which can be much more unpacked
MOST_NESTED, MOST_PARTS = 10, 1000  # AWS's own tools write a handful
MULTIPART = b"Content-Type: multipart/"


def key_ids_in(data: Mapping[str, Any]) -> list[str]:
    """The ids of the access keys in a template's user data, which is in base64.  An id without its secret is no key."""
    try:
        raw = base64.b64decode(data.get("UserData") or "", validate=False)
    except (binascii.Error, ValueError):
        return []
    return sorted({key_id for part in _parts(raw) for key_id in _keys(part)})


def _keys(part: bytes) -> set[str]:
    decoded = decode(part, LIMIT)
    return keys_in_file(decoded) if decoded else set()


def _parts(raw: bytes) -> Iterator[bytes]:
    """The user data, and the parts of a MIME message, each of which can have its own encoding."""
    unpacked = decode(raw, LIMIT)
    yield raw
    text = unpacked.text.encode("latin-1", "replace") if unpacked else b""
    # Whoever may write a template can nest parts until the parser fails, or pack a million of them into 16 kB.
    if 0 < text.lower().count(MULTIPART.lower()) <= MOST_NESTED and text.count(b"\n--") <= MOST_PARTS:
        for part in message_from_bytes(text).walk():
            payload = part.get_payload(decode=True)
            if isinstance(payload, bytes):
                yield payload
