# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""_role.similar_names: suggestions for roles that do not exist."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import AwsError
from ansible_collections.keyless.ec2.plugins.module_utils._role.similar_names import missing_role, similar_names
from ansible_collections.keyless.ec2.tests.unit.factories import role


def iam_with(*names, denied=False):
    def listed(path):
        if denied:
            raise AwsError("iam:ListRoles", "role/*", "list the roles", "AccessDenied", "no")
        return [role(each) for each in names]

    return SimpleNamespace(roles=SimpleNamespace(list=listed))


@pytest.mark.parametrize(
    "iam, expected",
    [(iam_with("other", "web"), ["web"]), (iam_with("zzz"), []), (iam_with("web", denied=True), [])],
)
def test_similar_names_of_roles_that_do_not_exist(iam, expected):
    assert similar_names(iam, ["wbe", "APP"], ["app"]) == {"wbe": expected}


def test_roles_are_only_listed_if_one_is_missing():
    assert similar_names(iam_with(denied=True), ["web"], ["WEB"]) == {}


def test_the_warning_suggests_them():
    assert missing_role("wbe", ["web", "webs"]) == "There is no role wbe. Did you mean web or webs?"
    assert missing_role("wbe", []) == "There is no role wbe."
