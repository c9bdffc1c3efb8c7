# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""_role.similar_names: suggestions for roles that do not exist."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import AwsError
from ansible_collections.keyless.ec2.plugins.module_utils._role.similar_names import similar_names


def listing(*names, denied=False):
    def list_names():
        if denied:
            raise AwsError("iam:ListRoles", "role/*", "list the roles", "AccessDenied", "no")
        return names

    return list_names


@pytest.mark.parametrize(
    "list_names, expected, warning",
    [
        (listing("other", "web"), {"wbe": ["web"]}, "There is no role wbe. Did you mean web?"),
        (listing("zzz"), {"wbe": []}, "There is no role wbe."),
        (listing(denied=True), {}, "There is no role wbe. Similar names are unknown: AccessDenied for iam:ListRoles."),
        (None, {}, "There is no role wbe. Similar names were not looked up; include_similar_names=true does, with iam:ListRoles."),
    ],
)
def test_similar_names_of_roles_that_do_not_exist(list_names, expected, warning):
    assert similar_names(["wbe", "APP", "wbe"], ["app"], list_names) == (expected, [warning])


def test_roles_are_only_listed_if_one_is_missing():
    assert similar_names(["web"], ["WEB"], listing(denied=True)) == ({}, [])


def test_several_names_are_suggested():
    assert similar_names(["web"], [], listing("webs", "webt"))[1] == ["There is no role web. Did you mean webt or webs?"]
