# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""instance_profile_attach: what check mode announces, the real run's account, and what AWS was asked, are the same.

Every case is a host with one instance of its own, so that one playbook runs them all.
"""

from __future__ import annotations

from typing import NamedTuple, Optional

import pytest

from ansible_collections.keyless.ec2.tests.integration.support.aws import as_actions, without_targets

ASSOCIATE, REPLACE, DISASSOCIATE = (
    "AssociateIamInstanceProfile",
    "ReplaceIamInstanceProfileAssociation",
    "DisassociateIamInstanceProfile",
)
WEB = {"instance_profile": "web"}
STALE = {"instance_profile": "stale"}
ABSENT = {"state": "absent"}

pytestmark = pytest.mark.exhaustive


class Case(NamedTuple):
    """The instance and its profile before, the module's options, and what is to come of it."""

    state: str
    before: Optional[str]
    options: dict
    action: str
    reason: Optional[str]
    calls: list[str]
    after: Optional[str]


CASES = {
    "none-running": Case("running", None, WEB, "associated", None, [ASSOCIATE], "web"),
    "none-stopped": Case("stopped", None, WEB, "associated", None, [ASSOCIATE], "web"),
    "same-running": Case("running", "web", WEB, "unchanged", None, [], "web"),
    "same-stopped": Case("stopped", "web", WEB, "unchanged", None, [], "web"),
    "other-running": Case("running", "old", WEB, "replaced", "conflict", [REPLACE], "web"),
    "other-stopped": Case("stopped", "old", WEB, "replaced", "conflict", [DISASSOCIATE, ASSOCIATE], "web"),
    "other-skipped": Case("running", "old", {**WEB, "on_conflict": "skip"}, "skipped", "conflict", [], "old"),
    "stale-running": Case("running", "stale", STALE, "replaced", "stale", [REPLACE], "stale"),
    "stale-stopped": Case("stopped", "stale", STALE, "replaced", "stale", [DISASSOCIATE, ASSOCIATE], "stale"),
    "absent-none": Case("running", None, ABSENT, "unchanged", None, [], None),
    "absent-any": Case("running", "web", ABSENT, "detached", None, [DISASSOCIATE], None),
    "absent-stopped": Case("stopped", "web", ABSENT, "detached", None, [DISASSOCIATE], None),
    "absent-named": Case("running", "web", {**ABSENT, **WEB}, "detached", None, [DISASSOCIATE], None),
    "absent-other": Case("running", "old", {**ABSENT, **WEB}, "unchanged", "other_profile", [], "old"),
}
TASKS = [
    {"name": "check", "check_mode": True, "diff": True},
    {"name": "real", "diff": True},
    {"name": "again"},
]


def key_of(case, task):
    return f"AKIA-{case}-{task}"


@pytest.fixture(scope="module", name="instances")
def _instances(aws):
    """Case → instance id."""
    for name in ("web", "old", "stale"):
        aws.make_profile(name)
    ids = {name: aws.run_instances(profile=case.before)[0] for name, case in CASES.items()}
    aws.stop(*(ids[name] for name, case in CASES.items() if case.state == "stopped"))
    aws.make_profile_again("stale", "stale")
    return ids


@pytest.fixture(scope="module", name="run")
def _run(aws, controller, instances):
    tasks = [
        {
            **task,
            "keyless.ec2.instance_profile_attach": "{{ options }}",
            "environment": {"AWS_ACCESS_KEY_ID": key_of("{{ inventory_hostname }}", task["name"])},
        }
        for task in TASKS
    ]
    hosts = {name: {"options": {"instance_ids": [instances[name]], **case.options}} for name, case in CASES.items()}
    return controller.play(tasks, "--forks", "3", hosts=hosts).succeeded()


@pytest.fixture(params=CASES, name="case")
def _case(request):
    return request.param


def test_check_mode_writes_nothing(case, run, aws):
    assert aws.calls(key_of(case, "check"))
    assert aws.writes(key_of(case, "check")) == []


def test_the_calls_are_those_that_are_needed(case, run, aws):
    assert [call["operation"] for call in aws.writes(key_of(case, "real"))] == CASES[case].calls
    assert {call["status"] for call in aws.writes(key_of(case, "real"))} <= {200}


def test_what_was_announced_is_what_was_said_and_done(case, run, aws):
    check, real = run.of("check", case), run.of("real", case)
    assert check["actions"] == real["actions"]
    assert without_targets(real["actions"]) == as_actions(aws.writes(key_of(case, "real")))
    assert check["changed"] == real["changed"] == bool(CASES[case].calls)
    assert check["diff"] == real["diff"]


def test_the_row_says_what_was_done(case, run, instances):
    (row,) = run.of("real", case)["instances"]
    expected = CASES[case]
    assert (row["instance_id"], row["action"], row["reason"]) == (instances[case], expected.action, expected.reason)
    assert (name_in(row["before"]), name_in(row["after"])) == (expected.before, expected.after)
    assert row["changed"] == bool(expected.calls)
    assert run.of("real", case)["counts"][expected.action] == 1


def test_check_mode_shows_the_same_row(case, run):
    (check,), (real,) = run.of("check", case)["instances"], run.of("real", case)["instances"]
    assert {**check, "association_id": None} == {**real, "association_id": None}


def test_the_instance_ends_with_what_it_is_to_have(case, run, aws, instances):
    assert aws.profile_of(instances[case]) == CASES[case].after


def test_the_association_is_the_one_that_aws_shows(case, run, aws, instances):
    filters = [{"Name": "instance-id", "Values": [instances[case]]}]
    shown = aws.ec2.describe_iam_instance_profile_associations(Filters=filters)["IamInstanceProfileAssociations"]
    (row,) = run.of("real", case)["instances"]
    assert [each["AssociationId"] for each in shown] == ([row["association_id"]] if row["association_id"] else [])


def test_a_stale_association_is_renewed_with_the_profile_of_today(run, aws, instances):
    today = aws.iam.get_instance_profile(InstanceProfileName="stale")["InstanceProfile"]["InstanceProfileId"]
    for case in ("stale-running", "stale-stopped"):
        assert aws.instance(instances[case])["IamInstanceProfile"]["Id"] == today


def test_the_second_run_changes_nothing(case, run, aws):
    assert run.of("again", case)["changed"] is False
    assert aws.writes(key_of(case, "again")) == []


def name_in(arn):
    return arn and arn.rsplit("/", 1)[-1]
