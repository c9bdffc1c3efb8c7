# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sentence about the plan for a role."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._common.change import Change
from ansible_collections.keyless.ec2.plugins.module_utils._common.plan_summary import WORDS
from ansible_collections.keyless.ec2.plugins.module_utils._role import changes
from ansible_collections.keyless.ec2.plugins.module_utils._role.summary import CALLS, summary_of

CREATED = ["CreateRole", "AttachRolePolicy", "AttachRolePolicy", "CreateInstanceProfile", "AddRoleToInstanceProfile"]


@pytest.mark.parametrize(
    ("operations", "planned", "done"),
    [
        (CREATED, "1 role to create, 2 managed policies to attach, 1 instance profile to create", "1 role created, 2 managed policies attached, "),
        (["DetachRolePolicy", "PutRolePolicy"], "1 managed policy to detach, 1 inline policy to write", "1 managed policy detached, 1 inline"),
        (["RemoveRoleFromInstanceProfile", "AddRoleToInstanceProfile"], "1 instance profile to give the role, 1 instance profile to empty", "1"),
        (["RemoveRoleFromInstanceProfile", "DeleteInstanceProfile"], "1 instance profile to delete", "1 instance profile deleted."),
        (["TagRole", "UntagRole"], "1 role to tag, 1 role to remove tags of", "1 role tagged, 1 role whose tags were removed"),
        ([], "nothing to do", "nothing to do."),
    ],
)
def test_a_plan_and_its_result(operations, planned, done):
    made = [Change("iam", each, "role/web", {}, "") for each in operations]
    assert summary_of("web", made, True) == f"Role web: {planned}."
    assert summary_of("web", made, False).startswith(f"Role web: {done}")


def test_every_call_has_words():
    source = Path(changes.__file__).read_text(encoding="utf-8")
    assert set(re.findall(r'_(?:role|profile)_change\("(\w+)"', source)) == set(CALLS)
    assert {action for _noun, action in CALLS.values()} <= set(WORDS)
