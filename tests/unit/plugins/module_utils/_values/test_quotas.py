# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The quotas that every account has."""

from __future__ import annotations

from dataclasses import asdict

from ansible_collections.keyless.ec2.plugins.module_utils._values.quotas import DEFAULT_QUOTAS, UNKNOWN_QUOTAS

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
OF_IAM = {"attached": 10, "trust_size": 2048, "inline_size": 10_240}


def test_the_default_quotas_are_those_of_iam():
    assert asdict(DEFAULT_QUOTAS) == {**OF_IAM, "is_known": True}
    assert asdict(UNKNOWN_QUOTAS) == {**OF_IAM, "is_known": False}
