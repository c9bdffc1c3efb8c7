# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A planned call as a return value, without secrets."""

from __future__ import annotations

from ansible_collections.keyless.ec2.plugins.module_utils._common.change import HIDDEN, Change


def test_an_action_names_the_permission_and_the_target():
    change = Change("iam", "AttachRolePolicy", "role/web", {"RoleName": "web", "Tags": [{"Key": "a"}, "b"]}, "attach it")
    assert change.permission == "iam:AttachRolePolicy"
    parameters = {"RoleName": "web", "Tags": [{"Key": "a"}, "b"]}
    assert change.as_action() == {"operation": "iam:AttachRolePolicy", "target": "role/web", "parameters": parameters}


def test_user_data_is_hidden_at_any_depth():
    given = {"UserData": "c2VjcmV0", "LaunchTemplateData": {"ImageId": "ami-1", "UserData": "c2VjcmV0"}, "Others": [{"UserData": "c2VjcmV0"}]}
    shown = Change("ec2", "CreateLaunchTemplate", "launch-template/web", given, "make it").as_action()["parameters"]
    assert shown == {"UserData": HIDDEN, "LaunchTemplateData": {"ImageId": "ami-1", "UserData": HIDDEN}, "Others": [{"UserData": HIDDEN}]}
    assert given["UserData"] == "c2VjcmV0"
