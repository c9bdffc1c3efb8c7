# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import OptionError
from ansible_collections.keyless.ec2.plugins.module_utils._policy.trusted_entities import ec2_trust_policy
from ansible_collections.keyless.ec2.plugins.module_utils._role.options import normalized_path, role_spec, wait_spec
from ansible_collections.keyless.ec2.plugins.module_utils._role.spec import WaitSpec

ROLE = {
    "name": "web",
    "path": None,
    "assume_role_policy_document": None,
    "trusted_entities": None,
    "description": None,
    "max_session_duration": None,
    "permissions_boundary": None,
    "managed_policies": None,
    "purge_policies": True,
    "inline_policies": None,
    "purge_inline_policies": True,
    "tags": None,
    "purge_tags": True,
    "create_instance_profile": True,
    "delete_instance_profile": None,
    "instance_profile_name": None,
    "replace_profile_role": False,
}

GOOD_ROLE = [
    {"name": "w" * 64},
    {"name": "a+=,.@-_Z9"},
    {"path": "/"},
    {"path": "/a/b/"},
    {"path": "/" + "p" * 510 + "/"},
    {"instance_profile_name": "p" * 128},
    {"max_session_duration": 3600},
    {"max_session_duration": 43200},
    {"description": "d" * 1000},
    {"description": "größer\n"},
    {"permissions_boundary": ""},
    {"permissions_boundary": "PowerUserAccess"},
    {"permissions_boundary": "arn:aws-us-gov:iam::123456789012:policy/team/b"},
    {"managed_policies": []},
    {"managed_policies": ["ReadOnly", "arn:aws-cn:iam::aws:policy/service-role/X"]},
    {"tags": {str(number): "" for number in range(50)}},
    {"tags": {"k" * 128: "v" * 256}},
]
PATHS = {"/": "/", "test": "/test/", "test/": "/test/", "/test": "/test/", "/a/b": "/a/b/", "/a/b/": "/a/b/"}
BAD_ROLE = [
    ({"name": ""}, "name"),
    ({"name": "w" * 65}, "name"),
    ({"name": "a b"}, "name"),
    ({"name": "wéb"}, "name"),
    ({"path": "a b/"}, "path"),
    ({"path": ""}, "path"),
    ({"path": "/" + "p" * 511 + "/"}, "path"),
    ({"instance_profile_name": "p" * 129}, "instance_profile_name"),
    ({"max_session_duration": 3599}, "max_session_duration"),
    ({"max_session_duration": 43201}, "max_session_duration"),
    ({"description": "d" * 1001}, "description"),
    ({"description": "€"}, "description"),
    ({"permissions_boundary": "no such name!"}, "permissions_boundary"),
    ({"permissions_boundary": "arn:aws:s3:::x"}, "permissions_boundary"),
    ({"managed_policies": ["arn:aws:s3:::x"]}, "managed_policies"),
    ({"managed_policies": ["no such name!"]}, "managed_policies"),
    ({"inline_policies": {"a b": {}}}, "inline_policies[a b]"),
    ({"inline_policies": {"a": "{"}}, "inline_policies[a]"),
    ({"inline_policies": {"a": {"Version": "2017-09-11"}}}, "inline_policies[a].Version"),
    ({"assume_role_policy_document": "[]"}, "assume_role_policy_document"),
    ({"trusted_entities": []}, "trusted_entities"),
    ({"trusted_entities": [{"service": "ec2"}]}, "trusted_entities[0].service"),
    ({"tags": {str(number): "" for number in range(51)}}, "tags"),
    ({"tags": {"": "x"}}, "tags[]"),
    ({"tags": {"k": "v" * 257}}, "tags[k]"),
    ({"tags": {"aws:x": "v"}}, "tags[aws:x]"),
    ({"tags": {"Name": "a", "team": "b", "name": "a"}}, "tags[name]"),
]


@pytest.mark.parametrize("options", GOOD_ROLE)
def test_valid_options(options):
    role_spec({**ROLE, **options}, "aws")


@pytest.mark.parametrize("options, named", BAD_ROLE)
def test_invalid_options_are_rejected_by_name(options, named):
    with pytest.raises(OptionError) as error:
        role_spec({**ROLE, **options}, "aws")
    assert error.value.option == named


def test_tag_values_become_strings():
    assert role_spec({**ROLE, "tags": {1: True, "b": None}}, "aws").tags == {"1": "True", "b": ""}


def test_a_wait_is_not_negative():
    assert wait_spec({"wait": True, "wait_timeout": 0}) == WaitSpec(0, 0)
    with pytest.raises(OptionError, match="^wait_timeout: -1 is out of range"):
        wait_spec({"wait": True, "wait_timeout": -1})


def test_a_policy_named_twice_counts_once():
    assert role_spec({**ROLE, "managed_policies": ["b", "a", "b"]}, "aws").managed_policies == ("b", "a")


@pytest.mark.parametrize("given", PATHS)
def test_a_path_begins_and_ends_with_a_slash(given):
    assert role_spec({**ROLE, "path": given}, "aws").path == normalized_path(given) == PATHS[given]


@pytest.mark.parametrize(
    "given, option",
    [
        ({"trusted_entities": [{"service": "ec2.amazonaws.com"}]}, "trusted_entities"),
        ({"assume_role_policy_document": ec2_trust_policy("aws")}, "assume_role_policy_document"),
    ],
)
def test_the_spec_has_the_option_that_the_trust_policy_is_from(given, option):
    assert role_spec({**ROLE, **given}, "aws").trust_option == option
