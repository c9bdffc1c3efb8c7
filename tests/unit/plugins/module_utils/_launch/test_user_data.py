# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Access keys in user data, in any encoding, without their secrets."""

from __future__ import annotations

import base64
import gzip

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._launch.user_data import key_ids_in

KEY_ID = "AKIAQ3EGTZ2ZK7Q4RVWX"
SCRIPT = f"#!/bin/sh\nexport AWS_ACCESS_KEY_ID={KEY_ID}\nexport AWS_SECRET_ACCESS_KEY=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\n".encode()
MIME = b'Content-Type: multipart/mixed; boundary="x"\n\n--x\nContent-Type: text/x-shellscript\nContent-Transfer-Encoding: base64\n\n%s\n--x--\n'


ZIPPED = gzip.compress(SCRIPT)


@pytest.mark.parametrize(
    "raw",
    [SCRIPT, ZIPPED, MIME % base64.b64encode(SCRIPT), MIME % base64.b64encode(ZIPPED), gzip.compress(MIME % base64.b64encode(ZIPPED))],
    ids=["plain", "gzip", "mime", "gzip in mime", "gzip in mime in gzip"],
)
def test_a_key_is_found_by_its_id(raw):
    assert key_ids_in({"UserData": base64.b64encode(raw).decode()}) == [KEY_ID]


def test_line_breaks_in_base64_are_skipped():
    """AWS stores what it was given, and EC2 decodes it like this."""
    assert key_ids_in({"UserData": base64.encodebytes(SCRIPT).decode()}) == [KEY_ID]


@pytest.mark.parametrize(
    "script",
    [
        f"curl 'https://b.s3.amazonaws.com/x?X-Amz-Credential={KEY_ID}%2F20260101%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Signature={'0a' * 32}'\n",
        f"curl 'https://b.s3.amazonaws.com/x?AWSAccessKeyId={KEY_ID}&Signature=vjbyPxybdZaNmGa%2ByT272YEAiv4%3D'\n",
        f"# the key of the backup was {KEY_ID}\n",
    ],
    ids=["presigned", "signed", "comment"],
)
@pytest.mark.parametrize("encode", [bytes, gzip.compress, lambda raw: MIME % base64.b64encode(raw)], ids=["plain", "gzip", "mime"])
def test_an_id_without_its_secret_is_no_key(script, encode):
    assert key_ids_in({"UserData": base64.b64encode(encode(script.encode())).decode()}) == []


@pytest.mark.parametrize("data", [{}, {"UserData": ""}, {"UserData": "A"}, {"UserData": "no base64 \u00e9"}, {"UserData": "IyEvYmluL3NoCg=="}])
def test_user_data_without_keys(data):
    assert key_ids_in(data) == []


NESTED = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (number, number) for number in range(5000))
MANY = b"Content-Type: multipart/mixed; boundary=x\n\n" + b"--x\n\na\n" * 140_000


@pytest.mark.parametrize("hostile", [NESTED, MANY])
def test_hostile_parts_do_not_end_the_module_and_hide_no_plain_key(hostile):
    """Unpacked from 16 kB: nested so deep that the parser of messages fails, or more than it reads in a minute."""
    packed = gzip.compress(hostile + SCRIPT, 9)
    assert key_ids_in({"UserData": base64.b64encode(packed).decode()}) == [KEY_ID]
