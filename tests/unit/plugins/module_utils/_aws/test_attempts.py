# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Retries until a time is over."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._aws.attempts import retry
from ansible_collections.keyless.ec2.plugins.module_utils._aws.eventual_consistency import PROPAGATION_SECONDS
from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import AwsError


def late():
    return AwsError("iam:GetRole", "role/web", "read the role web", "Late", "m")


def test_retries_end_after_the_given_time(clock):
    attempts = []

    def call():
        attempts.append(clock.now)
        raise late()

    with pytest.raises(AwsError):
        retry(call, lambda each: each.code == "Late")
    assert len(attempts) > 5
    assert attempts[-1] <= PROPAGATION_SECONDS


def test_a_successful_retry_returns_the_response(clock):
    responses = iter([late(), late(), "here"])

    def call():
        response = next(responses)
        if isinstance(response, AwsError):
            raise response
        return response

    assert retry(call, lambda each: each.code == "Late") == "here"
