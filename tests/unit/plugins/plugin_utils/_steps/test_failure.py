# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a role says that has made some of its changes."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.plugin_utils._launch.instances import failure_message
from ansible_collections.keyless.ec2.plugins.plugin_utils._launch.profile import RoleProfile
from ansible_collections.keyless.ec2.plugins.plugin_utils._launch_group.plan import Results
from ansible_collections.keyless.ec2.plugins.plugin_utils._launch_group.plan import result_after_failure as group_after_failure
from ansible_collections.keyless.ec2.plugins.plugin_utils._retire.retirement import Retirement
from ansible_collections.keyless.ec2.plugins.plugin_utils._retire.retirement import result_after_failure as role_after_failure
from ansible_collections.keyless.ec2.plugins.plugin_utils._steps.failure import Step, describe_failure
from ansible_collections.keyless.ec2.tests.integration.support.failures import tasks_of
from ansible_collections.keyless.ec2.tests.unit.plugins.plugin_utils._launch_group.groups import variables

STEPS = [Step("Read"), Step("A", "a"), Step("B", "b", False), Step("C", "c", is_known=False), Step("Say")]
BROKEN = {"msg": "no"}
CREATE, ATTACH = "Manage the IAM role and its instance profile", "Attach the instance profile to the group and its instances"


@pytest.mark.parametrize(
    "task, failed, is_changed, said",
    [
        ("", {}, False, "Another host ended the run for all hosts."),
        ("Read", BROKEN, False, "no"),
        ("A", {**BROKEN, "changed": False}, False, "no"),
        ("A", BROKEN, True, "Failed, and perhaps done in part: a. Not reached: b, c. Another run makes the rest. What failed: A: no"),
        ("B", {**BROKEN, "changed": False}, True, "Done: a. Not reached: b, c. Another"),
        ("C", {**BROKEN, "changed": False}, True, "Done: a. Failed, and perhaps done in part: c. Another"),
        ("Say", BROKEN, True, "Done: a, c. Another run makes the rest. What failed: Say: no"),
        ("Unknown", BROKEN, False, "no"),
    ],
)
def test_what_was_done_before_the_failure(task, failed, is_changed, said):
    found, message = describe_failure("The role x", STEPS, task, failed)
    assert found is is_changed
    assert message.removeprefix("The role x: not all changes were made. ").startswith(said)


def test_nothing_is_said_to_be_done_before_an_unknown_task():
    assert describe_failure("The role x", STEPS[1:], "Unknown", BROKEN) == (False, "no")


def steps_of(role):
    """The tasks of the role's block, and in launch_group of what it includes before it attaches the profile."""
    own = tasks_of(role, section="block")
    if role == "launch_group":
        at = own.index(f"keyless.ec2.launch_group : {ATTACH}")
        own[at:at] = [*tasks_of("launch", "network"), *tasks_of("ec2_role")]
    if role == "launch":
        at = own.index("keyless.ec2.launch : Launch the missing instances")
        own[at:at] = [*tasks_of("launch", "network"), *tasks_of("ec2_role"), *tasks_of("launch", "spot")]
    return [each.split(" : ")[1] for each in own]


@pytest.mark.parametrize("task", steps_of("launch_group"))
def test_every_task_of_launch_group_is_a_step(task):
    """So that a failure after a change is never taken for one before all changes."""
    created = RoleProfile(create=True, names=("web",), result={"changed": True})
    results = Results({"changed": True}, {"changed": True}, {"changed": True})
    found = group_after_failure(variables(created), results, task, {"msg": "no"})
    at = steps_of("launch_group").index
    assert ("create the IAM role" in found["failure"].split("Not reached")[0]) is (at(task) >= at(CREATE))
    assert found["changed"] is (at(task) >= at(CREATE))
    assert ("Done: create the IAM role, attach the instance profile" in found["failure"]) is (at(task) > at(ATTACH))
    assert found["failure"].endswith("no") and found["name"] == "workers" and found["version"] is None


def test_the_variable_that_names_the_profile_is_in_the_error():
    found = group_after_failure(variables(), Results(), "Create or update the launch template", {"msg": "Could not find IAM instance profile web"})
    assert found["failure"].endswith("launch_group_instance_profile: Could not find IAM instance profile web")


@pytest.mark.parametrize("task", steps_of("launch"))
def test_every_task_of_launch_is_a_step(task):
    created = RoleProfile(create=True, names=("web",), result={"changed": True})
    results = dict.fromkeys(("template", "launched", "attached"), {"changed": True})
    said, at = failure_message("web", created, results, task, {"msg": "Unable to locate credentials"}), steps_of("launch").index
    assert ("create the IAM role" in said.split("Not reached")[0]) is (at(task) >= at(CREATE))
    assert ("launch the missing instances" in said.split("Not reached")[0]) is (at(task) >= at("Launch the missing instances"))
    assert "Unable to locate credentials (NoCredentials). Give the task AWS credentials" in said


@pytest.mark.parametrize("task", steps_of("retire"))
def test_every_task_of_retire_is_a_step(task):
    result = {"state": "in_use", "quarantined_at": "x", "deletable_from": "y"}
    plan = Retirement(result, result, "web", remove_tag=True, deny=True)
    found = role_after_failure(plan, task, {"msg": "no"})
    assert (found["state"], found["quarantined_at"], found["deletable_from"]) == ("incomplete", None, None)
    assert found["failure"].startswith("The role web: not all changes were made. ") and found["failure"].endswith(f"{task}: no")
    assert ("add the policy" in found["failure"]) and "delete the role" not in found["failure"]


def test_a_retirement_that_changed_nothing_is_unchanged():
    result = {"state": "in_use", "quarantined_at": "x", "deletable_from": "y"}
    found = role_after_failure(Retirement(result, result, "web", deny=True), "Deny the role everything", {"msg": "no", "changed": False})
    assert found == {**result, "state": "unchanged", "failure": "no"}
