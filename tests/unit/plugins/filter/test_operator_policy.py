# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of the filter, valid and invalid ones."""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.keyless.ec2.plugins.filter.escalations import filter_escalations
from ansible_collections.keyless.ec2.plugins.filter.operator_policy import filter_operator_policy
from ansible_collections.keyless.ec2.plugins.plugin_utils._variables.role_files import permissions

LIMITS = {"permissions_boundary": "limits", "launch_template_ids": ["*"]}
WHERE = {"account": "123456789012", "region": "eu-central-1"}


@pytest.mark.parametrize(
    ("given", "same"),
    [
        ({"jobs": list(permissions()), **LIMITS}, {"jobs": None, **LIMITS}),
        ({"jobs": ["attach", "attach"]}, {"jobs": (" attach",)}),
        ({"tags": {}}, {"tags": None}),
        ({"tags": {"number": ["1"]}}, {"tags": {"number": 1}}),
        ({"account": "123456789012"}, {"account": 123456789012}),
        ({"region": None}, {"region": ""}),
    ],
)
def test_equivalent_options(given, same):
    both = [filter_operator_policy(**{"jobs": ["attach"], **WHERE, **each}) for each in (given, same)]
    assert both[0] == both[1]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"jobs": {"attach": 1}}, "jobs: {'attach': 1} is not a list."),
        ({"jobs": "attach"}, "jobs: 'attach' is not a list. Give a list of names."),
        ({"tags": ["web"]}, "tags: ['web'] is not a dictionary. Give keys with values"),
        ({"launch_template_tags": ["web"]}, "launch_template_tags: ['web'] is not a dictionary."),
        ({"user_name": "a"}, "user_name: is not an option. Did you mean user_names? Valid options are allowed_policies, "),
        ({"jobs": ["atach"]}, "jobs: 'atach' is not a job. Did you mean attach?"),
    ],
)
def test_invalid_options(given, expected):
    with pytest.raises(AnsibleFilterError, match="keyless.ec2.operator_policy: ") as caught:
        filter_operator_policy(**{"jobs": ["attach"], **given})
    assert expected in str(caught.value)


def test_a_policy_for_all_jobs_is_small_enough():
    names = {"role_names": ["a" * 64], "instance_profile_names": ["b" * 64], "tags": {"team": "web"}}
    assert filter_operator_policy(None, permissions_boundary="limits", **names, **WHERE)


@pytest.mark.parametrize(
    ("policies", "expected"),
    [
        ("{", "keyless.ec2.escalations: policy: is not valid JSON"),
        ([{"Version": "2012-10-17", "Statement": [{"Effect": "Allow"}]}], "policy.Statement[0]"),
    ],
)
def test_an_invalid_policy_has_no_escalations(policies, expected):
    with pytest.raises(AnsibleFilterError) as caught:
        filter_escalations(policies)
    assert expected in str(caught.value)
