# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter keyless.ec2.escalations: policies as text, as values, and several of them."""

from __future__ import annotations

import json

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.keyless.ec2.plugins.filter.escalations import FilterModule

escalations = FilterModule().filters()["escalations"]
POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "arn:aws:iam::1:role/audit"}]}


@pytest.mark.parametrize("given", [POLICY, json.dumps(POLICY), [POLICY], (json.dumps(POLICY), POLICY)])
def test_a_policy_can_be_given_in_any_form(given):
    assert escalations(given) == ["role/audit: assume it (sts:AssumeRole)."]


@pytest.mark.parametrize("given", ["{", {"Statement": 3}, [POLICY, 3]])
def test_anything_else_is_an_error_of_the_filter(given):
    with pytest.raises(AnsibleFilterError, match="^keyless.ec2.escalations: policy"):
        escalations(given)
