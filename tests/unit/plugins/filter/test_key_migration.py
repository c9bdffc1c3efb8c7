# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter keyless.ec2.key_migration: what it reads from the variables of hosts."""

from __future__ import annotations

import base64

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.keyless.ec2.plugins.filter.key_migration import FilterModule
from ansible_collections.keyless.ec2.tests.unit.plugins.plugin_utils.migration_facts import KEY, iam_key, location, reported

key_migration = FilterModule().filters()["key_migration"]


def play(variables, **options):
    given = {"deactivate": [KEY], "hosts": list(variables), "batch": list(variables), "owners": {"access_keys": [iam_key()]}, **options}
    return key_migration(variables, given)


def test_the_results_of_all_hosts_are_read():
    gone = {"migrate_keys_result": reported(location())}
    assert [each["access_key_id"] for each in play({"a": gone, "b": gone})["deactivate"]] == [KEY]
    assert play({"a": gone, "b": {}})["deactivate"] == []
    assert play({"a": gone, "b": {"migrate_keys_result": reported(location(), left=[location()])}})["deactivate"] == []


@pytest.mark.parametrize("name, value", [("limit", "a"), ("owners", None), ("deactivate", True), ("deactivate", "")])
def test_options_count(name, value):
    gone = {"migrate_keys_result": reported(location())}
    assert play({"a": gone}, **{name: value})["deactivate"] == []


def test_a_damaged_rollback_file_is_an_error_of_the_filter():
    variables = {"a": {"__migrate_keys_rollback": {"content": base64.b64encode(b"{").decode()}}}
    with pytest.raises(AnsibleFilterError, match=r"keyless\.ec2\.key_migration: "):
        key_migration(variables, {"deactivate": []}, "a")
