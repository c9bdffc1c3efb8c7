# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""_variables.checks and _variables.ec2_role: which values are refused, and how."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.plugin_utils._variables.checks import (
    dictionary,
    errors_of,
    no_spaces_alone,
    number,
    profile,
    regions,
    required,
    role_name,
    selection,
    some,
    tags,
    texts,
)
from ansible_collections.keyless.ec2.plugins.plugin_utils._variables.ec2_role import role_errors
from ansible_collections.keyless.ec2.plugins.plugin_utils._variables.migrate_keys import migration_errors
from ansible_collections.keyless.ec2.plugins.plugin_utils._variables.report import report_errors
from ansible_collections.keyless.ec2.plugins.plugin_utils._variables.retire import retire_errors
from ansible_collections.keyless.ec2.plugins.plugin_utils._variables.verify import verify_errors


@pytest.mark.parametrize(
    "check",
    [
        number("x", None, 1),
        number("x", "1", 1, 1),
        profile("x", None),
        profile("x", "web"),
        texts("x", []),
        texts("x", ["a"]),
        dictionary("x", {}, "{}"),
        tags("x", {"a" * 128: "b" * 256, "b": None, "c": 1}),
        selection("x", None, None),
        selection("x", " ", None),
        selection("x", "a", ["a"]),
        regions("x", None, None),
        regions("x", "eu-central-1", ["eu-central-1"]),
        role_name("x", None),
        role_name("x", "web"),
        required("x", "web"),
        some("x", [{"action": "ec2:DescribeInstances"}]),
    ],
)
def test_valid_values_have_no_errors(check):
    assert errors_of([check]) == []


@pytest.mark.parametrize(
    ("check", "error"),
    [
        (number("x", 0, 1), "x: 0 is out of range. Use 1 or a higher number."),
        (number("x", "3", 1, 2), "x: 3 is out of range. Use 1 to 2."),
        (profile("x", "a b"), "x: 'a b' is neither the name nor the ARN of an instance profile."),
        (texts("x", "a"), "x: 'a' is not a list."),
        (texts("x", ["a", "", None, "None", " null "]), "x: has '', None, 'None', ' null '. Check where the list comes from."),
        (selection("x", [], None), "x: is [], which selects nothing. Check where the value comes from, or leave it out."),
        (selection("x", "None", ["None"]), "x: is 'None', which selects nothing."),
        (selection("x", [None], [None]), "x: is [None], which selects nothing."),
        (selection("x", ["a", None], ["a", None]), "x: has None."),
        (regions("x", [], []), "x: is [], which selects nothing."),
        (regions("x", "europe", ["europe"]), "x: 'europe' is not a region name."),
        (role_name("x", "None"), "x: is 'None'. Check where the value comes from."),
        (role_name("x", "arn:aws:iam::1:role/a"), "Give the name of a role without its path, not its ARN."),
        (required("x", " "), "x: is missing or empty. Set it, or check where its value comes from."),
        (some("x", [None, "undefined"]), "x: has None, 'undefined'."),
        (some("x", "a"), "x: 'a' is not a list."),
        (dictionary("x", ["a"], "{b: c}"), "x: ['a'] is not a dictionary. Give one, for example {b: c}."),
        (tags("x", ["team web"]), "x: ['team web'] is not a dictionary. Give one, for example {team: web}."),
        (tags("x", {"a": ["b"]}), "x[a]: is not a text. A tag has one value."),
        (tags("x", {"": "b"}), "x[]: is empty or too long."),
        (tags("x", {"a" * 129: "b"}), "is empty or too long."),
        (tags("x", {"a": "b" * 257}), "x[a]: is empty or too long."),
        (tags("x", {"AWS:a": "b"}), "x[AWS:a]: begins with aws:, which is reserved for AWS. Choose another key."),
    ],
)
def test_invalid_values_are_named_with_what_is_valid(check, error):
    (found,) = errors_of([check])
    assert error in found


def test_all_errors_of_a_role_are_found_at_once_by_the_names_of_its_variables():
    options = {
        "name": "a b",
        "path": "€",
        "description": "€",
        "assume_role_policy_document": {"Version": "2017-09-11", "Statement": []},
        "managed_policies": ["a b"],
        "inline_policies": {"a b": {}},
        "permissions_boundary": "a b",
        "max_session_duration": 1,
        "tags": "team web",
        "instance_profile_name": "a b",
    }
    names = [each.partition(":")[0] for each in role_errors(options)]
    assert names == [
        *("ec2_role_name", "ec2_role_path", "ec2_role_description", "ec2_role_trust_policy.Version", "ec2_role_managed_policies"),
        *("ec2_role_inline_policies[a b]", "ec2_role_permissions_boundary", "ec2_role_max_session_duration", "ec2_role_tags"),
        "ec2_role_instance_profile_name",
    ]
    assert role_errors({**options, "state": "absent"}) == [each for each in role_errors(options) if "_name:" in each]


def test_values_are_converted_and_omitted_as_by_the_role():
    options = {"name": 1, "path": "", "instance_profile_name": "", "max_session_duration": "7200", "tags": {"a": "b"}, "description": None}
    assert role_errors(options) == []
    assert role_errors({"max_session_duration": "long"}) == ["ec2_role_max_session_duration: 'long' is not a number. Give 3600 to 43200 seconds."]
    assert role_errors({"tags": ["team web"]}) == ["ec2_role_tags: ['team web'] is not a dictionary. Give one, for example {team: web}."]
    assert role_errors({"inline_policies": ["x"]}) == ["ec2_role_inline_policies: ['x'] is not a dictionary. Give one of names and policy documents."]


MIGRATION = {
    "instance_profile": "web",
    "expected_role": None,
    "wait_timeout": "0",
    "scan_timeout": 1,
    "max_file_size": 1,
    "usage_days": 400,
    "check_retries": 0,
    "check_delay": 0,
    "paths": ["/srv"],
    "exclude": [],
    "deactivate": True,  # refused elsewhere, with the keys of the host
}


def test_all_errors_in_the_variables_of_migrate_keys_are_found_at_once():
    wrong = {
        "instance_profile": "a b",
        "expected_role": "/web",
        "wait_timeout": -1,
        "scan_timeout": 0,
        "max_file_size": 0,
        "usage_days": 401,
        "check_retries": -1,
        "check_delay": -1,
        "paths": ["srv"],
        "exclude": ["None"],
        "deactivate": [None],
    }
    assert migration_errors(MIGRATION) == []
    found = migration_errors(wrong)
    assert [each.partition(":")[0] for each in found] == [f"migrate_keys_{name}" for name in wrong]
    assert "migrate_keys_paths: srv is not an absolute path. Begin it with a slash." in found[-3]


def test_spaces_alone_are_not_a_text():
    values = {"a": " ", "b": "\t", "c": "", "d": None, "e": "x y", "f": 1}
    found = errors_of(no_spaces_alone("x", values, [*values, "missing"]))
    assert found == ["x_a: is ' '. Leave it empty, or give a value.", "x_b: is '\\t'. Leave it empty, or give a value."]


def test_each_role_checks_its_variables():
    retired = {"role_name": " ", "after_days": 99_999_999, "quarantine_policy": "a b", "regions": [], "searched": []}
    verified = {"expected_role": "a b", "wait_timeout": -1, "tolerated": [None], "actions": ["None"]}
    reported = {"accounts": "None", "estate": [], "formats": [""], "regions": "None"}
    found = [retire_errors(retired), verify_errors(verified), report_errors(reported, {**reported, "accounts": ["None"], "regions": ["None"]})]
    names = [[each.partition(":")[0] for each in errors] for errors in found]
    assert names[0] == ["retire_role_name", "retire_after_days", "retire_quarantine_policy", "retire_regions"]
    assert names[1] == ["verify_expected_role", "verify_wait_timeout", "verify_tolerated", "verify_actions"]
    assert names[2] == ["report_accounts", "report_estate", "report_formats", "report_regions"]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"tolerated": ["imdsv1_allowed", "simulator_disagrees", "no_profile"], "actions": ["ec2:DescribeInstances"]}, []),
        ({"tolerated": ["imdsv1_alowed"]}, ["verify_tolerated: 'imdsv1_alowed' is not the code of a problem. Did you mean imdsv1_allowed?"]),
        ({"tolerated": ["xyz"]}, ["verify_tolerated: 'xyz' is not the code of a problem. Use action_allowed, "]),
        ({"actions": [{"service": "iam"}]}, ["verify_actions: there is no 'service'. Use action, resource, expect, call."]),
    ],
)
def test_codes_and_actions_of_verify(given, expected):
    found = verify_errors({"expected_role": None, "wait_timeout": 1, "tolerated": [], "actions": [], **given})
    assert [error[: len(start)] for error, start in zip(found, expected, strict=True)] == expected
