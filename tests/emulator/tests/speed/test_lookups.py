# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The faster search for a request id gives the same response."""

from __future__ import annotations

import pytest

from keyless_emulator.speed.lookups import enriched

ID = "A" * 52


def as_moto(headers, body):
    """Sets the header only, as moto does for an empty body."""
    headers["x-amzn-requestid"] = ID
    return headers, body


@pytest.mark.parametrize(
    "body, changed",
    [
        ("<R><RequestId>1</RequestId></R>", f"<R><RequestId>{ID}</RequestId></R>"),
        ("<R><RequestId></RequestId>\n<a>b</a></R>", f"<R><RequestId>{ID}</RequestId>\n<a>b</a></R>"),
        ("<R><RequestId>1\n</RequestId></R>", "<R><RequestId>1\n</RequestId></R>"),
        ("<R><requestId>1</requestId></R>", "<R><requestId>1</requestId></R>"),
        (b"bytes", b"bytes"),
        ({"a": 1}, {"a": 1}),
    ],
)
def test_the_request_id_is_replaced(body, changed):
    assert enriched(as_moto, {}, body) == ({"x-amzn-requestid": ID}, changed)
