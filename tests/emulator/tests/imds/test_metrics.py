# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The CloudWatch metrics of requests without a token."""

from __future__ import annotations

from imds_client import META_DATA, Imds, options


def test_requests_without_a_token_are_counted(bare: Imds) -> None:
    def metrics() -> object:
        return bare.aws.http("GET", "/emulator/metrics")[bare.instance_id]

    assert bare.get(META_DATA).status == 200
    assert bare.get(META_DATA, "wrong").status == 401
    assert metrics() == {"MetadataNoToken": 0, "MetadataNoTokenRejected": 0}
    assert bare.ask("GET", META_DATA).status == 200
    options(bare, HttpTokens="required")
    assert bare.ask("GET", META_DATA).status == 401
    assert bare.ask("GET", META_DATA).status == 401
    assert metrics() == {"MetadataNoToken": 1, "MetadataNoTokenRejected": 2}
