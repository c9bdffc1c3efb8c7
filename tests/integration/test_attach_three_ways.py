# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""instance_profile_attach: check mode, the results of the real run, and the calls that AWS received are the same.

Every case has an instance of its own, and every task an access key, by which its calls are found in the log.
"""

from __future__ import annotations

import functools
import itertools
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple, Optional

import pytest

from ansible_collections.keyless.ec2.tests.integration.support.aws import as_actions, wait_until, without_targets
from ansible_collections.keyless.ec2.tests.integration.support.controller import Task
from ansible_collections.keyless.ec2.tests.integration.support.tables import table

ASSOCIATE, REPLACE, DISASSOCIATE = (
    "AssociateIamInstanceProfile",
    "ReplaceIamInstanceProfileAssociation",
    "DisassociateIamInstanceProfile",
)
HOUR = 3600  # that a passing state lasts, on the emulator's clock
UNKNOWN = "i-0123456789abcdef0"
WEB = {"instance_profile": "web"}
STALE = {"instance_profile": "stale"}
ABSENT = {"state": "absent"}


class Case(NamedTuple):
    """The instance and its profile before, the module's options, and the expected result.

    ``state`` is the instance's, or that of its association where that one is passing.
    """

    state: str
    before: Optional[str]
    options: dict
    action: str
    reason: Optional[str]
    calls: list[str]
    after: Optional[str]


PASSING = {
    "pending-none": Case("pending", None, WEB, "associated", None, [ASSOCIATE], "web"),
    "pending-other": Case("pending", "old", WEB, "replaced", "conflict", [REPLACE], "web"),
    "stopping-none": Case("stopping", None, WEB, "associated", None, [ASSOCIATE], "web"),
    "stopping-other": Case("stopping", "old", WEB, "replaced", "conflict", [DISASSOCIATE, ASSOCIATE], "web"),
    "associating-same": Case("associating", "web", WEB, "unchanged", None, [], "web"),
    "associating-other": Case("associating", "old", WEB, "replaced", "conflict", [REPLACE], "web"),
    "associating-absent": Case("associating", "web", ABSENT, "detached", None, [DISASSOCIATE], None),
    "replacing-same": Case("replacing", "web", WEB, "unchanged", None, [], "web"),
    "disassociating": Case("disassociating", None, WEB, "associated", None, [ASSOCIATE], "web"),
    "disassociating-absent": Case("disassociating", None, ABSENT, "unchanged", None, [], None),
}
LASTING = {
    "none-running": Case("running", None, WEB, "associated", None, [ASSOCIATE], "web"),
    "none-stopped": Case("stopped", None, WEB, "associated", None, [ASSOCIATE], "web"),
    "same-running": Case("running", "web", WEB, "unchanged", None, [], "web"),
    "same-stopped": Case("stopped", "web", WEB, "unchanged", None, [], "web"),
    "other-running": Case("running", "old", WEB, "replaced", "conflict", [REPLACE], "web"),
    "other-stopped": Case("stopped", "old", WEB, "replaced", "conflict", [DISASSOCIATE, ASSOCIATE], "web"),
    "other-skipped": Case("running", "old", {**WEB, "on_conflict": "skip"}, "skipped", "conflict", [], "old"),
    "other-refused": Case("running", "old", {**WEB, "on_conflict": "fail"}, "failed", "conflict", [], "old"),
    "stale-running": Case("running", "stale", STALE, "replaced", "stale", [REPLACE], "stale"),
    "stale-stopped": Case("stopped", "stale", STALE, "replaced", "stale", [DISASSOCIATE, ASSOCIATE], "stale"),
    "absent-none": Case("running", None, ABSENT, "unchanged", None, [], None),
    "absent-any": Case("running", "web", ABSENT, "detached", None, [DISASSOCIATE], None),
    "absent-stopped": Case("stopped", "web", ABSENT, "detached", None, [DISASSOCIATE], None),
    "absent-named": Case("running", "web", {**ABSENT, **WEB}, "detached", None, [DISASSOCIATE], None),
    "absent-other": Case("running", "old", {**ABSENT, **WEB}, "unchanged", "other_profile", [], "old"),
    "given-many": Case("running", "old", {"attachments": "web"}, "replaced", "conflict", [REPLACE], "web"),
    "given-none": Case("running", "old", {"attachments": None}, "detached", None, [DISASSOCIATE], None),
    "terminated": Case("terminated", None, WEB, "failed", "terminated", [], None),
    "terminated-found": Case("terminated", None, {**WEB, "filters": "tag:Name"}, "skipped", "terminated", [], None),
    "going": Case("shutting-down", None, WEB, "failed", "terminated", [], None),
    "going-found": Case("shutting-down", None, {**WEB, "filters": "tag:Name"}, "skipped", "terminated", [], None),
    "unknown": Case("unknown", None, WEB, "failed", "not_found", [], None),
}
CASES = {**PASSING, **LASTING}
# One of each kind
USUAL = [
    *("pending-none", "stopping-other", "associating-absent", "replacing-same", "disassociating"),
    *("none-running", "same-running", "other-running", "other-stopped", "other-skipped", "other-refused", "stale-stopped"),
    *("absent-any", "absent-other", "given-many", "terminated", "terminated-found", "unknown"),
]
TASKS = {"check": ("--check", "--diff"), "real": ("--diff",), "again": ()}


def key_of(case, task):
    return f"AKIA-{case}-{task}"


def launch(aws, name):
    """The case's instance in its state."""
    case = CASES[name]
    if case.state == "unknown":
        return UNKNOWN
    first = {"disassociating": "old", "replacing": "old"}.get(case.state, case.before)
    aws.set_transitions(pending=HOUR if case.state == "pending" else 0)
    if case.state == "associating":
        aws.set_transitions(associating=HOUR)
    (instance,) = aws.run_instances(profile=first, name=name)
    bring_into_state(aws, instance, case.state)
    aws.clear_conditions()
    return instance


def bring_into_state(aws, instance, state):
    aws.set_transitions(**dict.fromkeys(("associating", "disassociating", "stopping"), HOUR), **{"shutting-down": 100 * HOUR})
    if state == "stopped":
        aws.set_transitions(stopping=0)
    if state in ("stopping", "stopped"):
        aws.ec2.stop_instances(InstanceIds=[instance])
    if state == "terminated":
        aws.set_transitions(**{"shutting-down": 0})
    if state in ("shutting-down", "terminated"):
        aws.ec2.terminate_instances(InstanceIds=[instance])
    if state in ("disassociating", "replacing"):
        association = {"AssociationId": aws.association_of(instance)["AssociationId"]}
        if state == "disassociating":
            aws.ec2.disassociate_iam_instance_profile(**association)
        else:
            aws.ec2.replace_iam_instance_profile_association(**association, IamInstanceProfile={"Name": "web"})


def options_of(name, instance):
    """The module's options with the instance's id."""
    options = dict(CASES[name].options)
    if "attachments" in options:
        return {"attachments": {instance: options["attachments"]}}
    if "filters" in options:
        return {**options, "filters": {options["filters"]: name}}
    return {**options, "instance_ids": [instance]}


@pytest.fixture(scope="module", name="instances")
def _instances(aws):
    """The instance ids by case; those in transitional states are created when it is their turn."""
    for name in ("web", "old", "stale"):
        aws.make_profile(name)
    ids = {name: launch(aws, name) for name in LASTING}
    aws.recreate_profile("stale", "stale")
    return ids


@pytest.fixture(scope="module", name="runs")
def _runs(aws, controller, instances):
    """The results of the tasks by case."""
    hours = itertools.count(1)

    @functools.cache
    def runs(case):
        if case in LASTING:
            return controller.modules(tasks_of(case, instances))
        instances[case] = launch(aws, case)
        with ThreadPoolExecutor(1) as pool:
            passing = pool.submit(controller.modules, tasks_of(case, instances))
            # The hour is over when the real run has seen the passing state.
            wait_until(lambda: bool(looks(aws, case)), passing)
            aws.let_time_pass(next(hours) * HOUR)
            return passing.result()

    return runs


def tasks_of(case, instances):
    options = options_of(case, instances[case])
    return [Task(name, "instance_profile_attach", options, key_of(case, name), flags) for name, flags in TASKS.items()]


def looks(aws, case):
    """How often the real run read the associations."""
    calls = aws.calls(key_of(case, "real"))
    return sum(call["operation"] == "DescribeIamInstanceProfileAssociations" for call in calls)


@pytest.fixture(params=table(CASES, USUAL), name="case")
def _case(request):
    return request.param


@pytest.fixture(name="run")
def _run(runs, case):
    return runs(case)


def test_check_mode_writes_nothing(case, run, aws):
    assert aws.calls(key_of(case, "check"))
    assert aws.writes(key_of(case, "check")) == []


def test_only_necessary_calls_are_made(case, run, aws):
    assert [call["operation"] for call in aws.writes(key_of(case, "real"))] == CASES[case].calls
    assert {call["status"] for call in aws.writes(key_of(case, "real"))} <= {200}


def test_actions_are_the_same_in_check_mode_the_result_and_aws(case, run, aws):
    check, real = run.of("check"), run.of("real")
    assert check["actions"] == real["actions"]
    assert without_targets(real["actions"]) == as_actions(aws.writes(key_of(case, "real")))
    assert check["changed"] == real["changed"] == bool(CASES[case].calls)
    assert check["diff"] == real["diff"]


def test_the_row_has_the_action(case, run, instances):
    (row,) = run.of("real")["instances"]
    expected = CASES[case]
    assert (row["instance_id"], row["action"], row["reason"]) == (instances[case], expected.action, expected.reason)
    assert (name_in(row["before"]), name_in(row["after"])) == (expected.before, expected.after)
    assert row["changed"] == bool(expected.calls)
    assert run.of("real")["counts"][expected.action] == 1


@pytest.mark.parametrize("passing", table(PASSING, USUAL))
def test_waits_for_the_end_of_a_transition_before_writing(passing, runs, aws):
    runs(passing)
    least = 2 if not CASES[passing].calls else 3  # before the first call, and after the last
    assert looks(aws, passing) >= least


def test_check_mode_shows_the_same_row(case, run):
    (check,), (real,) = run.of("check")["instances"], run.of("real")["instances"]
    assert {**check, "association_id": None} == {**real, "association_id": None}


def test_the_instance_has_the_wanted_profile_at_the_end(case, run, aws, instances):
    if instances[case] != UNKNOWN:
        assert aws.profile_of(instances[case]) == CASES[case].after


def test_the_association_id_is_that_of_aws(case, run, aws, instances):
    filters = [{"Name": "instance-id", "Values": [instances[case]]}]
    shown = aws.ec2.describe_iam_instance_profile_associations(Filters=filters)["IamInstanceProfileAssociations"]
    (row,) = run.of("real")["instances"]
    assert [each["AssociationId"] for each in shown] == ([row["association_id"]] if row["association_id"] else [])


@pytest.mark.parametrize("stale", table(["stale-running", "stale-stopped"], USUAL))
def test_a_stale_association_is_renewed_with_the_recreated_profile(stale, runs, aws, instances):
    runs(stale)
    today = aws.iam.get_instance_profile(InstanceProfileName="stale")["InstanceProfile"]["InstanceProfileId"]
    assert aws.instance(instances[stale])["IamInstanceProfile"]["Id"] == today


def test_the_second_run_changes_nothing(case, run, aws):
    assert run.of("again")["changed"] is False
    assert aws.writes(key_of(case, "again")) == []


def name_in(arn):
    return arn and arn.rsplit("/", 1)[-1]
