# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter keyless.ec2.retirement: a quarantine policy that was not compared does not count as a denial, and what was written counts."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from ansible_collections.keyless.ec2.plugins.filter.retirement import FilterModule
from ansible_collections.keyless.ec2.plugins.plugin_utils._retire.quarantine import POLICY
from ansible_collections.keyless.ec2.plugins.plugin_utils._retire.rollback import NOT_SHOWN
from ansible_collections.keyless.ec2.tests.unit.plugins.filter.test_options import RETIRED, RETIRING

retirement = FilterModule().filters()["retirement"]
FAILED = {"task": "Delete the role", "result": {"failed": True, "msg": "no"}}
DENIED = {**RETIRED, "inline_policies": {}, "attached_policies": [{"policy_name": "deny", "policy_arn": "arn:aws:iam::123456789012:policy/deny"}]}


@pytest.mark.parametrize("compared, is_refused", [({"changed": False}, False), ({"changed": True}, True), ({}, True), (None, True)])
def test_only_a_policy_that_was_compared_denies_everything(compared, is_refused):
    found = {"iam_roles": [DENIED], "aws_time": "2026-02-01T00:00:00+00:00"}
    plan = retirement(found, {**RETIRING, "quarantine_policy": "deny", "compared": compared})
    assert bool(plan["error"]) is is_refused and plan["delete"] is not is_refused


def test_what_was_written_counts_although_iam_does_not_show_it():
    found = {"iam_roles": [RETIRED], "aws_time": "2026-02-01T00:00:00+00:00"}
    written = {"changed": True, "actions": [{"operation": "iam:DeleteRolePolicy", "parameters": {"PolicyName": POLICY}}], "failed": True}
    variables = {**RETIRING, "writes": [{}, {"skipped": True}, written], "left": {"iam_roles": [RETIRED]}}
    assert retirement(found, variables)["rollback"]["read_again"]
    result = retirement(found, {**variables, "role": {"changed": False, "actions": []}}, FAILED)
    assert result["state"] == "incomplete" and NOT_SHOWN in result["failure"]
    planned = {**variables, "check_mode": True}
    assert not retirement(found, planned)["rollback"]["read_again"]
    assert retirement(found, {**planned, "role": {"changed": False, "actions": []}}, FAILED)["state"] == "unchanged"


ROLE = Path(__file__).resolve().parents[4] / "roles" / "retire"


def test_the_role_reads_and_puts_back_until_iam_shows_what_was_written():
    """And forgets what an earlier use of the role in the same play wrote."""
    tasks = yaml.safe_load((ROLE / "tasks" / "main.yml").read_text(encoding="utf-8"))
    (rescue,) = (each["rescue"][0]["block"] for each in tasks if "rescue" in each)
    repeated = {each["register"]: each["until"] for each in rescue if "until" in each}
    assert repeated == {
        "__retire_left": "not __retire_plan.rollback.read_again",
        "__retire_put_back": "not __retire_plan.rollback.restore_again",
        "__retire_profiles": "__retire_profiles is changed or __retire_profiles is failed",
    }
    writes = yaml.safe_load((ROLE / "vars" / "main.yml").read_text(encoding="utf-8"))["__retire_variables"]["writes"]
    (facts,) = (each["ansible.builtin.set_fact"] for each in tasks if "ansible.builtin.set_fact" in each)
    assert {f"{{{{ {name} | default({{}}) }}}}" for name, each in facts.items() if each == {}} == set(writes)
