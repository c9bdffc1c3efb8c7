# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What of the launch template differs, and how it is written."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.plugin_utils._launch.profile import RoleProfile
from ansible_collections.keyless.ec2.plugins.plugin_utils._launch_group.existing import ExistingGroup
from ansible_collections.keyless.ec2.plugins.plugin_utils._launch_group.template import template_differences, template_options
from ansible_collections.keyless.ec2.tests.unit.plugins.plugin_utils._launch_group.groups import DATA, NEW, SOURCE, existing, template, variables

PLANNED = RoleProfile(True, ("web",))
METADATA = {"http_endpoint": "enabled", "http_tokens": "required", "http_put_response_hop_limit": 1}


def options(given, found, source_version=1):
    return template_options(given, found, template_differences(given, found), source_version)


def test_a_new_template_has_everything():
    assert options(variables(user_data="echo", key_name="key", security_groups=["sg-2", "sg-1"]), NEW) == {
        "image_id": "ami-12345678",
        "instance_type": "t3.micro",
        "key_name": "key",
        "security_group_ids": ["sg-1", "sg-2"],
        "user_data": "ZWNobw==",
        "metadata_options": METADATA,
        "iam_instance_profile": "web",
    }


def test_an_equal_template_has_no_differences():
    assert template_differences(variables(), existing()) == {}
    found = existing({**DATA, "security_group_ids": ["b", "a"], "user_data": "eA==", "key_name": "key"})
    assert template_differences(variables(security_groups=["a", "b"]), found) == {}


@pytest.mark.parametrize(
    "given, differing",
    [
        ({"image_id": "ami-2"}, {"image_id": "ami-2"}),
        ({"instance_type": "t3.small"}, {"instance_type": "t3.small"}),
        ({"key_name": "key"}, {"key_name": "key"}),
        ({"key_name": ""}, {}),
        ({"security_groups": ["sg-1"]}, {"security_group_ids": ["sg-1"]}),
        ({"user_data": "echo"}, {"user_data": "ZWNobw=="}),
        ({"profile": "other"}, {}),  # of an existing group, it is changed by launch_profile_attach
        ({"http_put_response_hop_limit": "1"}, {}),
        ({"http_put_response_hop_limit": 2}, {"metadata_options": {**METADATA, "http_put_response_hop_limit": 2}}),
    ],
)
def test_only_what_differs_is_written(given, differing):
    given = variables(**given)
    assert template_differences(given, existing()) == differing
    assert options(given, existing()) == {**differing, "source_version": "1", "default_version": "1"}


@pytest.mark.parametrize("profile", [{"name": "web"}, {"arn": "arn:aws:iam::123456789012:instance-profile/path/web"}])
def test_a_profile_is_compared_by_its_name(profile):
    found = ExistingGroup({}, template({**DATA, "iam_instance_profile": profile}))
    assert template_differences(variables(), found) == {}
    assert template_differences(variables(profile="other"), found) == {"iam_instance_profile": "other"}


def test_other_metadata_options_are_kept():
    found = existing({**DATA, "metadata_options": {"http_tokens": "optional", "instance_metadata_tags": "enabled", "state": "applied"}})
    assert options(variables(), found)["metadata_options"] == {**METADATA, "instance_metadata_tags": "enabled"}


def test_a_profile_that_check_mode_did_not_create_is_left_out():
    assert "iam_instance_profile" not in options(variables(PLANNED), NEW)
    role = RoleProfile(True, ("web",), {"instance_profile": {"arn": "arn"}})
    assert options(variables(role), NEW)["iam_instance_profile"] == "web"


@pytest.mark.parametrize("version, default", [("1", "2"), ("$Latest", "2"), ("$Default", "latest")])
def test_the_default_version_moves_only_for_a_group_that_follows_it(version, default):
    found = existing({}, {}, default=2, launch_template={**SOURCE, "version": version})
    made = options(variables(), found, source_version=7)
    assert (made["source_version"], made["default_version"]) == ("7", default)
