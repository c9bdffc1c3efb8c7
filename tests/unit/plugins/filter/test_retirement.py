# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter keyless.ec2.retirement: a quarantine policy that was not compared does not count as a denial."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.filter.retirement import FilterModule
from ansible_collections.keyless.ec2.tests.unit.plugins.filter.test_options import RETIRED, RETIRING

retirement = FilterModule().filters()["retirement"]
DENIED = {**RETIRED, "inline_policies": {}, "attached_policies": [{"policy_name": "deny", "policy_arn": "arn:aws:iam::123456789012:policy/deny"}]}


@pytest.mark.parametrize("compared, is_refused", [({"changed": False}, False), ({"changed": True}, True), ({}, True), (None, True)])
def test_only_a_policy_that_was_compared_denies_everything(compared, is_refused):
    found = {"iam_roles": [DENIED], "aws_time": "2026-02-01T00:00:00+00:00"}
    plan = retirement(found, {**RETIRING, "quarantine_policy": "deny", "compared": compared})
    assert bool(plan["error"]) is is_refused and plan["delete"] is not is_refused
