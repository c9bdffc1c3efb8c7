# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""_role.similar_names: suggestions for roles that do not exist."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import AwsError
from ansible_collections.keyless.ec2.plugins.module_utils._role.similar_names import similar_names
from ansible_collections.keyless.ec2.tests.unit.factories import role


def iam_with(*names, denied=False):
    def listed(path):
        if denied:
            raise AwsError("iam:ListRoles", "role/*", "list the roles", "AccessDenied", "no")
        return [role(each) for each in names]

    return SimpleNamespace(roles=SimpleNamespace(list=listed))


@pytest.mark.parametrize(
    "iam, looks, expected, warning",
    [
        (iam_with("other", "web"), True, {"wbe": ["web"]}, "There is no role wbe. Did you mean web?"),
        (iam_with("zzz"), True, {"wbe": []}, "There is no role wbe."),
        (iam_with(denied=True), True, {}, "There is no role wbe. Similar names are unknown: AccessDenied for iam:ListRoles."),
        (None, False, {}, "There is no role wbe. Similar names were not looked up; include_similar_names=true does, with iam:ListRoles."),
    ],
)
def test_similar_names_of_roles_that_do_not_exist(iam, looks, expected, warning):
    assert similar_names(iam, ["wbe", "APP", "wbe"], ["app"], looks) == (expected, [warning])


def test_roles_are_only_listed_if_one_is_missing():
    assert similar_names(iam_with(denied=True), ["web"], ["WEB"], True) == ({}, [])


def test_several_names_are_suggested():
    assert similar_names(iam_with("webs", "webt"), ["web"], [], True)[1] == ["There is no role web. Did you mean webt or webs?"]
