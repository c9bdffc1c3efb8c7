# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""_attachment.lost_permissions: whose policies are read and compared."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._attachment.lost_permissions import read_lost_permissions
from ansible_collections.keyless.ec2.plugins.module_utils._values.instance_profile import InstanceProfile
from ansible_collections.keyless.ec2.plugins.module_utils._values.permissions import Permissions

ACTIONS = {"reads": ["s3:GetObject"], "writes": ["s3:GetObject", "s3:PutObject"], "queues": ["sqs:SendMessage"]}


class Iam:
    """A profile for each role, with its name, and two without permissions: an empty one and a missing one."""

    def __init__(self):
        self.asked = []
        self.instance_profiles = SimpleNamespace(find=self.find)

    def find(self, name):
        self.asked.append(name)
        return None if name == "gone" else InstanceProfile(name, "/", () if name == "empty" else (name,), {})

    def permissions_of(self, role):
        return Permissions(({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ACTIONS[role], "Resource": "*"}]},))


@pytest.mark.parametrize(
    "old, new, lost",
    [
        ("writes", "reads", ["s3:PutObject"]),
        ("reads", "writes", []),
        ("reads", "reads", []),
        ("reads", "queues", ["s3:GetObject"]),
        ("writes", None, ["s3:GetObject", "s3:PutObject"]),
        ("reads", "empty", ["s3:GetObject"]),
        ("reads", "gone", ["s3:GetObject"]),
        ("gone", "reads", []),
        ("empty", "reads", []),
        ("empty", None, []),
    ],
)
def test_lost_permissions_of_a_change(old, new, lost):
    found = read_lost_permissions(Iam(), [(old, new)])
    assert {pair: [str(each) for each in losses] for pair, losses in found.items()} == {(old, new): lost}


def test_each_profile_is_read_once():
    iam = Iam()
    found = read_lost_permissions(iam, [("writes", "reads"), None, ("queues", "reads"), ("writes", "reads"), ("writes", None)])
    assert sorted(iam.asked) == ["queues", "reads", "writes"]
    assert set(found) == {("writes", "reads"), ("queues", "reads"), ("writes", None)}
    assert read_lost_permissions(Iam(), [None]) == {}
