# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role launch_group takes back after a failure, for each of its tasks."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._launch.options import check_launch_undo
from ansible_collections.keyless.ec2.plugins.plugin_utils._launch_group.existing import ExistingGroup
from ansible_collections.keyless.ec2.plugins.plugin_utils._launch_group.results import Results
from ansible_collections.keyless.ec2.plugins.plugin_utils._launch_group.rollback import rollback
from ansible_collections.keyless.ec2.plugins.plugin_utils._steps.failure import State

from .groups import DATA, NEW, SOURCE, existing, group, template, variables, written

ARN = "arn:aws:autoscaling:eu-central-1:123456789012:autoScalingGroup:1:autoScalingGroupName/workers"
HERE = {"account": "123456789012", "region": "eu-central-1"}
BROKEN, GONE, SKIPPED = {"failed": True, "msg": "no"}, {"unreachable": True, "msg": "no route"}, {"skipped": True}
BEFORE = {"lt-1": {"default_version": "1", "latest_version": "1"}}
# launch_profile_attach made version 2, and the group uses it.
FORMER = {"LaunchTemplate": {"LaunchTemplateId": "lt-1", "Version": "1"}}
UNDO = {**HERE, "launch_templates": BEFORE, "auto_scaling_groups": {"workers": FORMER}, "instances": {"i-1": "arn:old"}}
ATTACHED = {"changed": True, "undo": UNDO, "auto_scaling_groups": [{"after": {"version": "2"}}]}
UNCHANGED = {"changed": False, "undo": {**HERE, "instances": {}}, "auto_scaling_groups": [{"after": {"version": "1"}}]}
CREATED = written(1, DATA, "lt-9")
VERSION = written(3, DATA)
RESTORED = {"changed": True, "counts": {"launch_templates": {"failed": 0}}}


def left(**others: Any) -> dict[str, Any]:
    """The result of reading the group again."""
    return {"results": [group(**others)]}


def at_version(number: int) -> dict[str, Any]:
    return {"launch_template": {**SOURCE, "version": str(number)}}


def of_template(template_id: str) -> dict[str, Any]:
    return {"launch_template": {**SOURCE, "launch_template_id": template_id}}


def old(**others: Any) -> ExistingGroup:
    """A group whose tag and type differ from the variables."""
    return existing({**DATA, "instance_type": "t3.nano"}, auto_scaling_group_arn=ARN, tags=[], **others)


def plan_of(before, results, **given):
    return rollback(variables(**given), before, results).as_plan()


def state_of(before, results, **given):
    return rollback(variables(**given), before, results).ending().state


NOTHING = {"read_group": False, "read_template": False, "delete": None, "undo": {}}


@pytest.mark.parametrize(
    "results, undo",
    [
        (Results(), {}),
        (Results(attached=BROKEN), {}),
        (Results(attached=GONE, template=SKIPPED), {}),
        (Results(attached={**UNCHANGED, "failed": True}), {}),
        (Results(attached={**ATTACHED, "failed": True}), UNDO),
        (Results(attached=UNCHANGED, template=BROKEN), {**HERE, "launch_templates": BEFORE, "auto_scaling_groups": {}, "instances": {}}),
        (Results(attached=ATTACHED, template=VERSION), UNDO),
    ],
)
def test_what_an_existing_group_gets_back_before_it_is_updated(results, undo):
    found = plan_of(old(), results)
    assert {key: each for key, each in found["undo"].items() if key != "collection_version"} == undo
    assert found["delete"] is None and found["read_group"] is bool(results.group)


def test_tags_and_target_groups_of_a_group_that_was_not_updated_are_put_back():
    """amazon.aws writes them before the rest, and each may have been written."""
    tags = [{"key": "Name", "value": "w", "propagate_at_launch": True}, {"key": "other", "value": "x", "propagate_at_launch": True}]
    before = existing({**DATA, "instance_type": "t3.nano"}, auto_scaling_group_arn=ARN, tags=tags, target_group_arns=["arn:t"])
    given = {"tags": {"team": "web"}, "target_group_arns": ["arn:u"], "min_size": 1}
    results = Results(ATTACHED, VERSION, BROKEN, group_left=left(**at_version(2), tags=tags, target_group_arns=["arn:t", "arn:u"]))
    restored = plan_of(before, results, **given)["undo"]["auto_scaling_groups"]["workers"]
    assert restored == {
        **FORMER,
        "Tags": {"Name": {"Key": "Name", "Value": "w", "PropagateAtLaunch": True}, "team": None},
        "TargetGroupARNs": ["arn:t"],
    }
    check_launch_undo(plan_of(before, results, **given)["undo"])


@pytest.mark.parametrize(
    "group_result, found, state",
    [
        (BROKEN, left(**at_version(3)), State.DONE),  # the update was made, and something else failed
        (SKIPPED, left(**at_version(3)), State.DONE),
        (BROKEN, left(**at_version(2), tags=[]), State.ROLLED_BACK),
        (BROKEN, left(**at_version(2)), State.ROLLED_BACK),  # its tag was written, the rest was not
        (BROKEN, left(**at_version(2), min_size=0), State.PARTLY),  # updated, but to something else
        (BROKEN, left(**at_version(7)), State.PARTLY),
        (BROKEN, GONE, State.PARTLY),
        (BROKEN, {}, State.PARTLY),
    ],
)
def test_a_group_that_may_have_been_updated_is_read_again(group_result, found, state):
    before = Results(ATTACHED, VERSION, group_result)
    assert plan_of(old(), before)["read_group"] and not plan_of(old(), before)["undo"]
    again = Results(ATTACHED, VERSION, group_result, group_left=found)
    assert bool(plan_of(old(), again)["undo"]) is (state is State.ROLLED_BACK)
    restored = RESTORED if state is State.ROLLED_BACK else SKIPPED
    assert state_of(old(), Results(ATTACHED, VERSION, group_result, group_left=found, restored=restored)) is state


@pytest.mark.parametrize("follows", ["$Default", "$Latest"])
def test_a_group_that_follows_its_template_is_done_with_the_template(follows):
    before = old(launch_template={**SOURCE, "version": follows})
    found = left(launch_template={**SOURCE, "version": follows})
    assert state_of(before, Results(UNCHANGED, VERSION, SKIPPED, group_left=found)) is State.DONE


@pytest.mark.parametrize(
    "results, delete, state",
    [
        (Results(template=BROKEN), None, State.PARTLY),  # not known until it is read again
        (Results(template=BROKEN, template_left={"launch_templates": []}), None, State.NONE),
        # Two hosts can create the same template: this one is perhaps that of the other.
        (Results(template=BROKEN, template_left={"launch_templates": [{"launch_template_id": "lt-9"}]}), None, State.PARTLY),
        (Results(template=CREATED, group=BROKEN, group_left={"results": []}), {"template_id": "lt-9"}, State.PARTLY),
        (Results(template=CREATED, group=BROKEN, group_left={"results": []}, deleted={"changed": True}), {"template_id": "lt-9"}, State.ROLLED_BACK),
        (Results(template=CREATED, group=BROKEN, group_left={"results": []}, deleted=BROKEN), {"template_id": "lt-9"}, State.PARTLY),
        (Results(template=CREATED, group=BROKEN, group_left=left(**of_template("lt-9"))), None, State.DONE),
        (Results(template=CREATED, group=BROKEN, group_left=left(**of_template("lt-1"))), None, State.PARTLY),  # another one of the same name
        # Somebody else created the template first: what of it is of this run is not known.
        (Results(template=written(2, DATA, "lt-9"), group=BROKEN, group_left={"results": []}), None, State.PARTLY),
        (Results(template=written(2, {**DATA, "user_data": "ZQ=="}), group=SKIPPED, group_left={"results": []}), None, State.PARTLY),
        (Results(template=written(1, {**DATA, "user_data": "ZQ=="}), group=SKIPPED, group_left=left(**of_template("lt-1"))), None, State.PARTLY),
        (Results(template=CREATED, group=BROKEN, group_left=left(**at_version(4))), None, State.PARTLY),  # of somebody else
        (Results(template=CREATED, group=BROKEN, group_left=BROKEN), None, State.PARTLY),
        (Results(template=CREATED, group=GONE), None, State.PARTLY),
        (Results(template=SKIPPED, group=BROKEN, group_left={"results": []}), None, State.NONE),
    ],
)
def test_a_new_group(results, delete, state):
    """A launch template is only deleted if this run knows that it created it, and no group is there that could use it."""
    assert plan_of(NEW, results)["delete"] == delete and plan_of(NEW, results)["undo"] == {}
    assert state_of(NEW, results) is state


def test_of_a_launch_template_that_was_there_only_the_new_version_is_deleted():
    before = ExistingGroup({}, template({"instance_type": "t3.nano"}, {"instance_type": "t3.nano"}))
    results = Results(template=VERSION, group=BROKEN, group_left={"results": []})
    assert plan_of(before, results)["delete"] == {"template_id": "lt-1", "versions_to_delete": [3]}
    unchanged = Results(template=written(2, DATA), group=BROKEN, group_left={"results": []})
    assert plan_of(before, unchanged)["delete"] is None


@pytest.mark.parametrize("restored", [BROKEN, GONE, {**RESTORED, "failed": True, "msg": "1 failed"}])
def test_a_rollback_that_fails_says_why(restored):
    ending = rollback(variables(), old(), Results(ATTACHED, BROKEN, restored=restored)).ending()
    assert ending.state is State.PARTLY and ending.problem == restored["msg"]


def test_check_mode_takes_nothing_back():
    results = Results(ATTACHED, BROKEN, BROKEN, check_mode=True)
    assert plan_of(old(), results) == NOTHING and state_of(old(), results) is State.NONE
