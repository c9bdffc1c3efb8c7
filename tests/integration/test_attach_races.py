# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""instance_profile_attach under difficulties: races, throttling, eventual consistency, errors half-way, killed runs."""

from __future__ import annotations

import functools
import itertools
import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from ansible_collections.keyless.ec2.tests.integration.support.aws import wait_until
from ansible_collections.keyless.ec2.tests.integration.support.tables import table
from keyless_emulator.server.denial_messages import encoded_denial

ASSOCIATE, REPLACE, DISASSOCIATE = (
    "AssociateIamInstanceProfile",
    "ReplaceIamInstanceProfileAssociation",
    "DisassociateIamInstanceProfile",
)

HOUR = 3600  # seconds
THROTTLED = "RequestLimitExceeded"


@pytest.fixture(scope="module", autouse=True)
def _profiles(aws):
    for name in ("web", "old"):
        aws.make_profile(name)


@pytest.fixture(autouse=True)
def _kind_again(aws):
    yield
    aws.clear_conditions()
    aws.let_time_pass(0)
    aws.forget_calls()


def attach(controller, *arguments, profile="web", **options):
    return controller.module("instance_profile_attach", *arguments, instance_profile=profile, **options)


def rows(run):
    return {row["instance_id"]: row for row in run.last["instances"]}


def refused(aws, error):
    """How many calls failed with this error."""
    return sum(call["error"] == error for call in aws.calls())


def has_met_limits(aws, count):
    return refused(aws, THROTTLED) >= count


def mixed_fleet(aws):
    """Running and stopped instances, without a profile and with another one."""
    running, stopped, bare = aws.run_instances(2, profile="old"), aws.run_instances(2, profile="old"), aws.run_instances(2)
    aws.stop(*stopped)
    return [*running, *stopped, *bare]


# What changes under us


@pytest.mark.parametrize("by_name, action, ends", [(True, "failed", 2), (False, "skipped", 0)])
def test_an_instance_is_terminated_in_the_meantime(aws, controller, by_name, action, ends):
    ids = aws.run_instances(3, name=f"terminated-{action}")
    aws.meanwhile(ASSOCIATE, "TerminateInstances", InstanceIds=ids)
    selection = {"instance_ids": ids} if by_name else {"filters": {"tag:Name": f"terminated-{action}"}}
    run = attach(controller, **selection)
    assert run.returncode == ends
    assert {(row["action"], row["reason"]) for row in rows(run).values()} == {(action, "terminated")}


def test_an_instance_that_stops_in_the_meantime_takes_two_calls(aws, controller):
    first, second = aws.run_instances(2, profile="old")
    aws.meanwhile(REPLACE, "StopInstances", InstanceIds=[first, second])
    run = attach(controller, instance_ids=[first, second], max_concurrency=1).succeeded()
    assert {row["action"] for row in rows(run).values()} == {"replaced"}
    assert (aws.profile_of(first), aws.profile_of(second)) == ("web", "web")
    made = [call["operation"] for call in run.writes if call["status"] == 200]
    assert sorted(made) == sorted([DISASSOCIATE, ASSOCIATE] * 2)
    # Which of the two is further at a time is the machine's affair; each has its own calls in order.
    for instance in (first, second):
        actions = [action["operation"] for action in run.last["actions"] if action["target"] == f"instance/{instance}"]
        assert actions == [f"ec2:{DISASSOCIATE}", f"ec2:{ASSOCIATE}"]


@pytest.mark.parametrize("theirs, action, changed", [("web", "unchanged", False), ("old", "replaced", True)])
def test_another_client_attaches_in_the_meantime(aws, controller, theirs, action, changed):
    (instance,) = aws.run_instances()
    aws.meanwhile(ASSOCIATE, ASSOCIATE, InstanceId=instance, IamInstanceProfile={"Name": theirs})
    run = attach(controller, instance_ids=[instance]).succeeded()
    assert (rows(run)[instance]["action"], run.last["changed"]) == (action, changed)
    assert aws.profile_of(instance) == "web"


def test_two_runs_at_once_reach_the_same_state(aws, controller):
    ids = mixed_fleet(aws) + aws.run_instances(10)
    aws.set_transitions(associating=1, disassociating=1)
    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(attach, controller, instance_ids=ids) for _run in range(2)]
        runs = [run.result().succeeded() for run in both]
    assert {aws.profile_of(each) for each in ids} == {"web"}
    for instance in ids:
        (association,) = {rows(run)[instance]["association_id"] for run in runs}
        assert association == aws.association_of(instance)["AssociationId"]
    made = sum(len(run.last["actions"]) for run in runs)
    assert made == sum(call["status"] == 200 for run in runs for call in run.writes)


def test_two_runs_with_different_profiles_end(aws, controller):
    ids = aws.run_instances(6)
    aws.set_transitions(associating=1, disassociating=1)
    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(attach, controller, profile=name, instance_ids=ids) for name in ("web", "old")]
        for run in both:
            assert len(rows(run.result())) == len(ids)
    assert {aws.profile_of(each) for each in ids} <= {"web", "old"}


# What takes time, or is refused


def test_throttling_fails_no_instance(aws, controller):
    ids = aws.run_instances(60)
    aws.limit(**{ASSOCIATE: (10, 10 / HOUR), "Describe*": (3, 3 / HOUR)})
    with ThreadPoolExecutor(1) as pool:
        attaching = pool.submit(attach, controller, instance_ids=ids, max_concurrency=32)
        # An hour passes, and lets some more calls through, whenever a call has met a limit.
        for hours in itertools.count(1):
            wait_until(functools.partial(has_met_limits, aws, hours), attaching)
            if attaching.done():
                break
            aws.let_time_pass(hours * HOUR)
        run = attaching.result().succeeded()
    assert run.last["counts"]["associated"] == len(ids)
    assert refused(aws, THROTTLED)


def test_waits_for_a_profile_that_ec2_does_not_know_yet(aws, controller):
    (instance,) = aws.run_instances()
    aws.delay_profiles(HOUR)
    aws.make_profile("fresh")
    with ThreadPoolExecutor(1) as pool:
        attaching = pool.submit(attach, controller, profile="fresh", instance_ids=[instance])
        wait_until(lambda: refused(aws, "InvalidParameterValue") > 0, attaching)
        aws.let_time_pass(HOUR)
        run = attaching.result().succeeded()
    assert rows(run)[instance]["action"] == "associated"
    assert "InvalidParameterValue" in {call["error"] for call in run.writes}


def test_an_error_half_way_is_completed_by_the_next_run(aws, controller):
    ids = mixed_fleet(aws)
    aws.fail(ASSOCIATE, "UnauthorizedOperation", count=2, after=1)
    run = attach(controller, instance_ids=ids)
    assert run.returncode == 2
    failed = [row for row in rows(run).values() if row["action"] == "failed"]
    assert [row["reason"] for row in failed] == ["UnauthorizedOperation"] * 2
    assert "Allow ec2:AssociateIamInstanceProfile" in run.last["msg"]
    assert run.last["counts"]["associated"] + run.last["counts"]["replaced"] == 4
    assert len(run.last["actions"]) == sum(call["status"] == 200 for call in run.writes)
    attach(controller, instance_ids=ids).succeeded()
    assert {aws.profile_of(each) for each in ids} == {"web"}


REFUSED = "You are not authorized to perform this operation. Encoded authorization failure message: "


@pytest.mark.parametrize("denied_by", [None, "NobodyPassesRoles"])
def test_access_denied_names_the_permission_or_the_policy(aws, controller, denied_by):
    (instance,) = aws.run_instances()
    role = "arn:aws:iam::123456789012:role/web"
    aws.fail(ASSOCIATE, "UnauthorizedOperation", message=REFUSED + encoded_denial("iam:PassRole", role, denied_by=denied_by))
    run = attach(controller, instance_ids=[instance])
    assert run.returncode == 2
    msg = rows(run)[instance]["msg"]
    assert f"iam:PassRole on {role}" in msg and "Encoded" not in msg
    assert ("NobodyPassesRoles" in msg) == bool(denied_by)
    assert [call["operation"] for call in run.calls].count("DecodeAuthorizationMessage") == 1


def test_an_encoded_error_names_the_permission_that_decodes_it(aws, controller):
    ids = aws.run_instances(2)
    aws.fail("DecodeAuthorizationMessage", "AccessDenied", count=None)
    aws.fail(ASSOCIATE, "UnauthorizedOperation", count=None)
    try:
        run = attach(controller, instance_ids=ids)
    finally:
        aws.clear_faults()
    for row in rows(run).values():
        assert "Encoded authorization failure message" in row["msg"]
        assert "iam:PassRole" in row["msg"] and "sts:DecodeAuthorizationMessage" in row["msg"]
    assert [call["operation"] for call in run.calls].count("DecodeAuthorizationMessage") == 1


def test_undo_after_an_error_half_way(aws, controller):
    ids = mixed_fleet(aws)
    before = {each: aws.profile_of(each) for each in ids}
    aws.fail(ASSOCIATE, "UnauthorizedOperation", count=2, after=1)
    undo = attach(controller, instance_ids=ids).last["undo"]
    controller.module("instance_profile_attach", undo=undo).succeeded()
    assert {each: aws.profile_of(each) for each in ids} == before


def test_an_instance_that_stays_pending_does_not_stop_the_others(aws, controller):
    aws.set_transitions(pending=3600)
    (slow,) = aws.run_instances()
    aws.set_transitions(pending=0)
    (quick,) = aws.run_instances()
    run = attach(controller, instance_ids=[slow, quick], wait_timeout=2)
    assert run.returncode == 2
    assert rows(run)[slow]["msg"] == "the instance is still pending after 2 seconds; run again"
    assert rows(run)[quick]["action"] == "associated"
    assert len(run.writes) == 1


# A run that dies

WRITES = 8  # six instances, of which two take two calls


@pytest.mark.parametrize("after", table(range(WRITES), [0, 3, WRITES - 1]))
def test_a_killed_run_is_completed_by_the_next_one(aws, controller, after):
    ids = mixed_fleet(aws)
    key = f"AKIADEAD{os.getpid():08d}{after:04d}"
    aws.kill_after(after, key)
    once = {"retries": {"total_max_attempts": 1}}  # a dead run does not try again
    options = {"instance_ids": ids, "instance_profile": "web", "aws_config": once}
    dead = controller.play([{"keyless.ec2.instance_profile_attach": options}], AWS_ACCESS_KEY_ID=key)
    assert dead.returncode == 2
    made = [call for call in aws.writes(key) if call["status"] == 200]
    assert len(made) <= after
    attach(controller, instance_ids=ids).succeeded()
    assert {aws.profile_of(each) for each in ids} == {"web"}
    again = attach(controller, instance_ids=ids).succeeded()
    assert (again.last["changed"], again.writes) == (False, [])


@pytest.mark.parametrize("code", ["RequestExpired", "ExpiredToken"])
def test_once_credentials_have_expired_no_further_call_is_sent(aws, controller, code):
    ids = aws.run_instances(20)
    aws.forget_calls()
    aws.fail(ASSOCIATE, code, after=4, count=None)
    run = attach(controller, instance_ids=ids, max_concurrency=1)
    changed = [each for each in ids if rows(run)[each]["changed"]]
    assert (len(changed), len(rows(run)), run.last["failed"]) == (4, 20, True)
    assert {row["reason"] for row in rows(run).values() if not row["changed"]} == {code}
    assert {key: before for key, before in run.last["undo"]["instances"].items() if key in ids} == dict.fromkeys(changed)
    assert [each["target"] for each in run.last["actions"]] == [f"instance/{each}" for each in changed]
    assert [call["operation"] for call in aws.calls()].count(ASSOCIATE) == 5
