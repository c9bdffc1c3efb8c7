# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter keyless.ec2.key_migration: what it reads from the variables of hosts."""

from __future__ import annotations

import base64
from types import SimpleNamespace

import pytest

from ansible_collections.keyless.ec2.plugins.filter.key_migration import FilterModule, _facts
from ansible_collections.keyless.ec2.tests.unit.plugins.plugin_utils.migration_facts import KEY, iam_key, location, reported

key_migration = FilterModule().filters()["key_migration"]


def play(variables, **options):
    given = {"deactivate": [KEY], "hosts": list(variables), "batch": list(variables), "owners": {"access_keys": [iam_key()]}, **options}
    return key_migration(variables, given)


def of(host, result):
    """The variables of a host that has reported this."""
    return {"migrate_keys_result": {**result, "host": host}}


def test_the_results_of_all_hosts_are_read():
    gone, left = (reported(location(), left=left) for left in ([], [location()]))
    assert [each["access_key_id"] for each in play({"a": of("a", gone), "b": of("b", gone)})["deactivate"]] == [KEY]
    assert play({"a": of("a", gone), "b": {}})["deactivate"] == []
    assert play({"a": of("a", gone), "b": of("b", left)})["deactivate"] == []


@pytest.mark.parametrize("name, value", [("limit", "a"), ("owners", None), ("deactivate", True), ("deactivate", "")])
def test_options_count(name, value):
    assert play({"a": of("a", reported(location()))}, **{name: value})["deactivate"] == []


def test_a_result_that_run_once_copied_from_another_host_does_not_count():
    first = of("a", reported(location()))
    assert play({"a": first, "b": first})["deactivate"] == []


def test_a_host_decides_even_with_a_damaged_rollback_file():
    variables = {"a": {"__migrate_keys_rollback": {"content": base64.b64encode(b"{").decode()}}}
    decision = key_migration(variables, {"deactivate": []}, "a")
    assert decision["rollback_error"] and decision["result"]["host"] == "a"
    failure = {"task": {"name": "Check the rollback file"}, "result": {"msg": decision["rollback_error"]}}
    assert decision["rollback_error"] in key_migration(variables, {"deactivate": []}, "a", failure)["failure"]


@pytest.mark.parametrize("check_mode", [False, True])
def test_a_profile_that_does_not_exist_fails_the_plan_unless_it_is_only_planned(check_mode):
    plan = {"instances": [], "missing": [{"message": "There is no web."}, {"message": "Nor app."}]}
    found = _facts({"a": {"__migrate_keys_plan": plan}}, "a", SimpleNamespace(check_mode=check_mode)).plan
    assert found == (plan if check_mode else {"failed": True, "msg": "There is no web. Nor app."})
