# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a role says of which a task failed: whether its changes are there, or none of them, or some."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from ansible_collections.keyless.ec2.plugins.plugin_utils._launch.instances import failure_message
from ansible_collections.keyless.ec2.plugins.plugin_utils._launch.profile import RoleProfile
from ansible_collections.keyless.ec2.plugins.plugin_utils._launch_group.failure import ROLE_STAYS, WRITES
from ansible_collections.keyless.ec2.plugins.plugin_utils._launch_group.failure import result_after_failure as group_after_failure
from ansible_collections.keyless.ec2.plugins.plugin_utils._launch_group.results import Results
from ansible_collections.keyless.ec2.plugins.plugin_utils._retire.failure import result_after_failure as role_after_failure
from ansible_collections.keyless.ec2.plugins.plugin_utils._retire.failure import rollback
from ansible_collections.keyless.ec2.plugins.plugin_utils._retire.quarantine import POLICY, TAG, denial
from ansible_collections.keyless.ec2.plugins.plugin_utils._retire.retirement import Options, Retirement
from ansible_collections.keyless.ec2.plugins.plugin_utils._retire.rollback import Results as RoleResults
from ansible_collections.keyless.ec2.plugins.plugin_utils._steps.failure import Ending, State, Step, describe_failure
from ansible_collections.keyless.ec2.tests.integration.support.failures import tasks_of
from ansible_collections.keyless.ec2.tests.unit.plugins.plugin_utils._launch_group.groups import DATA, NEW, variables, written

STEPS = [Step("Read"), Step("A", "a"), Step("B", "b", False), Step("C", "c", is_known=False), Step("Say")]
BROKEN = {"msg": "no"}
CREATE, ATTACH = "Manage the IAM role and its instance profile", "Attach the instance profile to the group and its instances"


PARTLY = Ending(State.PARTLY)


@pytest.mark.parametrize(
    "task, failed, state, said",
    [
        ("", {}, State.NONE, "Another host ended the run for all hosts."),
        ("Read", BROKEN, State.NONE, "no"),
        ("A", {**BROKEN, "changed": False}, State.NONE, "no"),
        ("A", BROKEN, State.PARTLY, "Failed, and perhaps done in part: a. Not reached: b, c. Another run makes the rest. What failed: A: no"),
        ("B", {**BROKEN, "changed": False}, State.PARTLY, "Done: a. Not reached: b, c. Another"),
        ("C", {**BROKEN, "changed": False}, State.PARTLY, "Done: a. Failed, and perhaps done in part: c. Another"),
        ("Say", BROKEN, State.PARTLY, "Done: a, c. Another run makes the rest. What failed: Say: no"),
        ("Unknown", BROKEN, State.NONE, "no"),
    ],
)
def test_what_was_done_before_the_failure_if_it_is_not_rolled_back(task, failed, state, said):
    found, message = describe_failure("The role x", STEPS, task, failed, PARTLY)
    assert found is state
    assert message.removeprefix("The role x: not all changes were made. ").startswith(said)


def test_nothing_is_said_to_be_done_before_an_unknown_task():
    assert describe_failure("The role x", STEPS[1:], "Unknown", BROKEN, PARTLY) == (State.NONE, "no")


@pytest.mark.parametrize(
    "ending, said",
    [
        (Ending(State.NONE), "no"),
        (Ending(State.ROLLED_BACK), "The role x: all changes were rolled back. What failed: C: no"),
        (Ending(State.DONE), "The role x: all changes were made, but the run failed afterwards. What failed: C: no"),
        (Ending(State.DONE, "y is left."), "The role x: all changes were made, but the run failed afterwards. But y is left. What failed: C: no"),
    ],
)
def test_what_the_rollback_found_counts(ending, said):
    assert describe_failure("The role x", STEPS, "C", BROKEN, ending) == (ending.state, said)


def test_why_a_rollback_failed():
    _state, message = describe_failure("The role x", STEPS, "C", BROKEN, Ending(State.PARTLY, "denied."))
    assert "perhaps done in part: c. Could not roll back: denied. Another run" in message


def steps_of(role):
    """The tasks of the role's block, and in launch_group of what it includes before it attaches the profile."""
    own = tasks_of(role, section="block")
    if role == "launch_group":
        at = own.index(f"keyless.ec2.launch_group : {ATTACH}")
        own[at:at] = [*tasks_of("launch", "network"), *tasks_of("ec2_role")]
    if role == "launch":
        at = own.index("keyless.ec2.launch : Launch the missing instances")
        own[at:at] = [*tasks_of("launch", "network"), *tasks_of("launch", "spot"), *tasks_of("ec2_role"), *tasks_of("launch", "spot_template")]
    return [each.split(" : ")[1] for each in own]


@pytest.mark.parametrize("task", steps_of("launch_group"))
def test_every_task_of_launch_group_is_a_step(task):
    """So that a failure after a change is never taken for one before all changes. Nothing is rolled back, because the group can't be read again."""
    created = RoleProfile(create=True, names=("web",), result={"changed": True})
    results = Results({"changed": True}, written(1, DATA), {"changed": True})
    found = group_after_failure(variables(created), NEW, results, task, {"msg": "no"})
    at = steps_of("launch_group").index
    assert ("create the IAM role" in found["failure"].split("Not reached")[0]) is (at(task) >= at(CREATE))
    assert found["changed"] is (at(task) >= at(CREATE))
    assert ("Done: create the IAM role, attach the instance profile" in found["failure"]) is (at(task) > at(ATTACH))
    assert found["failure"].endswith("no") and found["name"] == "workers" and found["version"] is None


def test_the_variable_that_names_the_profile_is_in_the_error():
    failed = {"msg": "Could not find IAM instance profile web", "failed": True}
    results = Results(template=failed, template_left={"launch_templates": []})
    found = group_after_failure(variables(), NEW, results, "Create or update the launch template", failed)
    assert found["failure"] == "launch_group_instance_profile: Could not find IAM instance profile web" and not found["changed"]


def test_the_iam_role_of_a_group_that_was_rolled_back_stays():
    created = RoleProfile(create=True, names=("web",), result={"changed": True})
    found = group_after_failure(variables(created), NEW, Results(), WRITES[0], {"msg": "no", "changed": False})
    assert found["failure"] == f"no{ROLE_STAYS}" and found["changed"]
    earlier = group_after_failure(variables(created), NEW, Results(), "Read the launch template", {"msg": "no"})
    assert earlier["failure"] == "no" and not earlier["changed"]


def test_a_host_that_goes_away_fails_at_the_task_that_it_did_not_run():
    gone = {"unreachable": True, "msg": "no route"}
    found = group_after_failure(variables(), NEW, Results({}, written(1, DATA), gone), "Set the result", {})
    assert found["failure"].endswith("What failed: Create or update the Auto Scaling group: The host can't be reached: no route")


def test_a_launch_template_that_cannot_be_planned_in_check_mode_is_named():
    refused = {"failed": True, "msg": "Denied."}
    found = group_after_failure(variables(), NEW, Results(template=refused, check_mode=True), "Set the result", {"msg": "evaluated to 'True'"})
    assert found["failure"] == "Denied." and not found["changed"]
    missing = {"failed": True, "msg": "Could not find IAM instance profile web"}
    later = group_after_failure(variables(), NEW, Results(template=missing, check_mode=True), WRITES[2], {"msg": "no"})
    assert later["failure"] == "no"


def role_failure(task, failed, left, plan=None, writes=()):
    before = {"role_name": "web", "tags": {}, "inline_policies": {}, "attached_policies": []}
    result = {"state": "in_use", "quarantined_at": "x", "deletable_from": "y"}
    plan = plan or Retirement({**result, "state": "quarantined"}, result, "web", remove_tag=True, deny=True, tags={TAG: "now"})
    taken_back = rollback({"iam_roles": [before]}, plan, Options("web", "retired", 14, False, None), RoleResults(left))
    return role_after_failure(plan, taken_back, task, failed, writes)


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
    """Nothing is rolled back, because the role can't be read again."""
    found = role_failure(task, {"msg": "no"}, {"failed": True, "msg": "denied."})
    assert (found["state"], found["quarantined_at"], found["deletable_from"]) == ("incomplete", None, None)
    assert found["failure"].startswith("The role web: not all changes were made. ") and found["failure"].endswith(f"{task}: no")
    assert ("add the policy" in found["failure"]) and "delete the role" not in found["failure"] and "Could not roll back: denied." in found["failure"]


def test_the_state_of_a_role_after_a_failure_is_that_of_the_role():
    role = {"role_name": "web", "tags": {TAG: "now"}, "inline_policies": {POLICY: denial(datetime.now(timezone.utc))}, "attached_policies": []}
    assert role_failure("Set the result", {"msg": "no"}, {"iam_roles": [role]})["state"] == "quarantined"
    bare = {**role, "tags": {}, "inline_policies": {}}
    found = role_failure("Deny the role everything", {"msg": "no", "changed": False}, {"iam_roles": [bare]})
    assert (found["state"], found["failure"], found["quarantined_at"]) == ("unchanged", "no", "x")


def test_a_host_that_goes_away_fails_at_the_change_that_it_did_not_make():
    writes = [{"skipped": True}, {"unreachable": True, "msg": "no route"}]
    found = role_failure("Set the result", {}, {"failed": True}, writes=writes)
    assert found["failure"].endswith("What failed: Deny the role everything: The host can't be reached: no route")
