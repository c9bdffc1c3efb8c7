# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Access keys in UTF-16, gzip and base64: found within limits, and left where they are."""

from __future__ import annotations

import base64
import gzip as compression

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._static_credentials.text.decode import _utf_16, decode, decode_within
from ansible_collections.keyless.ec2.plugins.module_utils._static_credentials.text.findings import (
    findings_in_file,
    has_encoded_key_id,
)

KEY = "AKIAQ3EGTZ2ZK7Q4RVWX"
SECRET = "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"
INI = f"[default]\naws_access_key_id = {KEY}\naws_secret_access_key = {SECRET}\n"
LIMIT = 100_000


def gzip(data):
    """Always the same bytes, because they are in the names of the tests."""
    return compression.compress(data, mtime=0)


def in_base64(text):
    return base64.b64encode(text.encode()).decode()


KUBERNETES = f"kind: Secret\ndata:\n  id: {in_base64(KEY)}\n  secret: {in_base64(SECRET)}\n"
WITH_NEWLINES = f"kind: Secret\ndata:\n  id: {in_base64(KEY)}\n  secret: {in_base64(SECRET)}\n".replace(in_base64(KEY), in_base64(KEY + "\n"))


@pytest.mark.parametrize(
    "data, line, encoding",
    [
        (INI.encode(), 2, None),
        (INI.encode("utf-16"), 2, "utf-16"),
        (b"\xfe\xff" + INI.encode("utf-16-be"), 2, "utf-16"),
        (INI.encode("utf-16-le"), 2, "utf-16"),
        (INI.encode("utf-16-be"), 2, "utf-16"),
        (gzip(INI.encode()), 2, "gzip"),
        (gzip(INI[:20].encode()) + gzip(INI[20:].encode()), 2, "gzip"),
        (gzip(INI.encode("utf-16")), 2, "gzip"),
        (KUBERNETES.encode(), 3, "base64"),
        (WITH_NEWLINES.encode(), 3, "base64"),
        (f"kind: Secret\ndata:\n  credentials: {in_base64(INI)}\n".encode(), 3, "base64"),
        (f'{{"content": "{in_base64("x" + INI)}"}}'.encode(), 1, "base64"),
        (f'{{"content": "{in_base64("xy" + INI)}"}}'.encode(), 1, "base64"),
    ],
)
def test_keys_are_found_in_every_encoding(data, line, encoding):
    assert findings_in_file(decode(data, LIMIT)) == [(line, KEY, True, encoding)]
    assert has_encoded_key_id(data, LIMIT) == bool(encoding)


def test_plain_text_next_to_encoded_text_stays_plain_text():
    text = f"{INI}other: {in_base64(KEY)}\n"
    found = findings_in_file(decode(text.encode(), LIMIT))
    assert found == [(2, KEY, True, None), (4, KEY, True, "base64")]


@pytest.mark.parametrize(
    "data",
    [
        b"\0" + INI.encode(),
        gzip(b"\0" + INI.encode()),
        gzip(gzip(INI.encode())),
        INI.encode() + b"\0",
    ],
)
def test_binary_files_have_no_text(data):
    assert decode(data, LIMIT) is None


@pytest.mark.parametrize("data", [b"\x1f\x8b", b"\x1f\x8bnothing", gzip(b"a" * 99)[:-9], b"\xff\xfea"])
def test_damaged_files_are_read_as_far_as_possible(data):
    decoded = decode(data, LIMIT)
    assert set(decoded.text) <= {"a", "\ufffd"}
    assert decoded.is_complete == (data[:2] == b"\xff\xfe")


def test_gzip_is_unpacked_up_to_the_limit():
    bomb = gzip(b"a" * 50_000_000)
    decoded = decode(bomb, LIMIT)
    assert (len(decoded.text), decoded.is_complete) == (LIMIT, False)
    many = gzip(b"a") * 1000
    assert not decode(many, LIMIT).is_complete and len(decode(many, LIMIT).text) <= LIMIT


def test_only_printable_base64_is_decoded():
    image = base64.b64encode(b"\x89PNG" + KEY.encode() * 3).decode()
    assert list(decode_within(f"{in_base64('no key, but printable text')} {in_base64('more of the same')}")) == []
    assert list(decode_within(f"{image} {in_base64(KEY)}")) == [(len(image) + 1, len(image) + 29, KEY)]


@pytest.mark.parametrize("encoding", ["utf-16-be", "utf-16-le"])
@pytest.mark.parametrize(
    "text, is_found",
    [("a" * 76 + "ā" * 24, True), ("a" * 75 + "ā" * 25, False), ("a" * 10, True), ("a" * 9, False), ("a" * 99 + "Ā", False)],
)
def test_without_a_mark_utf_16_is_known_by_its_plain_characters(encoding, text, is_found):
    """More than three of four are plain, among at least ten, and no byte is zero in the other half."""
    assert _utf_16(text.encode(encoding)) == (encoding if is_found else None)
