# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""instance_metadata_options for instances: use of IMDSv1, many instances, waits, undo, single failures, other clients."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.tests.integration.support.aws import HERE, as_actions, without_targets

UNKNOWN = "i-0123456789abcdef0"
MODULE = "instance_metadata_options"
REQUIRED = {"http_tokens": "required"}
OLD = 20  # days


def tokens_of(aws, *instance_ids):
    return [aws.metadata_options(each)["HttpTokens"] for each in instance_ids]


def rows_of(run):
    return {row["instance_id"]: (row["action"], row["reason"]) for row in run.last["instances"]}


def test_instances_that_use_imdsv1_or_may_use_it_are_skipped(aws, controller):
    """One run for all kinds of use: none, lately, long ago, unknown because it is too young, and unknown because it was stopped."""
    unused, used, formerly, stopped = aws.run_instances_earlier(OLD, 4)
    (young,) = aws.run_instances_earlier(3)
    aws.use_imdsv1(used, days_ago=2, requests=3)
    aws.use_imdsv1(formerly, days_ago=OLD - 1)
    aws.let_time_pass(-10 * 86400)
    aws.stop(stopped)
    aws.let_time_pass(-6 * 86400)
    aws.ec2.start_instances(InstanceIds=[stopped])
    aws.let_time_pass(0)
    ids = [unused, used, formerly, stopped, young]
    check = controller.module(MODULE, "--check", "--diff", instance_ids=ids, **REQUIRED).succeeded()
    run = controller.module(MODULE, "--diff", instance_ids=ids, **REQUIRED).succeeded()
    assert rows_of(run) == {
        unused: ("modified", None),
        used: ("skipped", "in_use"),
        formerly: ("modified", None),
        stopped: ("skipped", "use_unknown"),
        young: ("skipped", "use_unknown"),
    }
    rows = {row["instance_id"]: row for row in run.last["instances"]}
    assert [rows[each]["imdsv1_calls"] for each in ids] == [0, 3, 0, None, None]
    assert "3 requests without a token" in rows[used]["msg"]
    assert (rows[unused]["before"], rows[unused]["after"], rows[unused]["state"]) == ({"http_tokens": "optional"}, REQUIRED, "applied")
    assert tokens_of(aws, *ids) == ["required", "optional", "required", "optional", "optional"]
    # Check mode, diff, actions and the calls agree.
    assert check.writes == [] and check.last["actions"] == run.last["actions"] and check.last["diff"] == run.last["diff"]
    made, planned = (sorted(map(repr, each)) for each in (as_actions(run.writes), without_targets(run.last["actions"])))
    assert made == planned
    assert run.last["diff"]["before"] == dict.fromkeys([unused, formerly], {"http_tokens": "optional"})
    assert run.last["counts"] == {"modified": 2, "unchanged": 0, "skipped": 3, "failed": 0}
    assert run.last["undo"] == {**HERE, "instances": dict.fromkeys([unused, formerly], {"http_tokens": "optional"})}
    # One call for the metric of all instances
    assert [call["operation"] for call in run.calls].count("GetMetricData") == 1
    again = controller.module(MODULE, instance_ids=[unused, formerly], **REQUIRED).succeeded()
    assert (again.last["changed"], {call["operation"] for call in again.calls}) == (False, {"GetCallerIdentity", "DescribeInstances"})
    back = controller.module(MODULE, undo=run.last["undo"]).succeeded()
    assert tokens_of(aws, unused, formerly) == ["optional", "optional"]
    assert back.last["undo"]["instances"] == dict.fromkeys([unused, formerly], REQUIRED)


def test_many_instances_take_one_call_for_each_and_few_others(aws, controller):
    ids = aws.run_instances_earlier(OLD, 120)
    run = controller.module(MODULE, instance_ids=ids, max_concurrency=16, http_put_response_hop_limit=2, **REQUIRED).succeeded()
    assert run.last["counts"]["modified"] == 120
    assert len(run.writes) == 120 and len(run.calls) <= 120 + 6
    assert {aws.metadata_options(each)["HttpPutResponseHopLimit"] for each in ids[:3]} == {2}


def test_disabling_the_service_also_asks_what_the_role_did(aws, controller):
    """The roles of instances: none, used lately, new, and one that IAM does not let us read."""
    aws.let_time_pass(-30 * 86400)
    aws.make_profile("idle")
    aws.let_time_pass(0)
    aws.make_profile("fresh")
    bare, fresh = aws.run_instances_earlier(OLD, 2)
    (idle,) = aws.run_instances_earlier(OLD, profile="idle")
    aws.ec2.associate_iam_instance_profile(InstanceId=fresh, IamInstanceProfile={"Name": "fresh"})
    off = {"http_endpoint": "disabled"}
    run = controller.module(MODULE, "--check", instance_ids=[bare, idle, fresh], **off).succeeded()
    assert rows_of(run) == {bare: ("modified", None), idle: ("modified", None), fresh: ("skipped", "use_unknown")}
    aws.use("idle")
    run = controller.module(MODULE, instance_ids=[idle, bare], on_use="fail", **off)
    assert run.returncode and rows_of(run) == {idle: ("failed", "in_use"), bare: ("modified", None)}
    assert "its role idle was last used on" in run.last["msg"]
    aws.fail("GetRole", "AccessDenied")
    run = controller.module(MODULE, instance_ids=[idle], **off).succeeded()
    assert rows_of(run) == {idle: ("skipped", "use_unknown")} and run.writes == []
    # The undo takes two calls: AWS accepts no other option in a call that disables the service.
    both = controller.module(MODULE, instance_ids=[bare], http_endpoint="enabled", **REQUIRED).succeeded()
    back = controller.module(MODULE, undo=both.last["undo"], on_use="ignore").succeeded()
    assert [as_actions([call])[0]["parameters"] for call in back.writes] == [
        {"InstanceId": bare, "HttpTokens": "optional"},
        {"InstanceId": bare, "HttpEndpoint": "disabled"},
    ]


def test_a_refused_metric_leaves_every_instance_alone(aws, controller):
    ids = aws.run_instances_earlier(OLD, 2)
    aws.fail("GetMetricData", "AccessDenied", message="User: x is not authorized to perform: cloudwatch:GetMetricData")
    run = controller.module(MODULE, instance_ids=ids, **REQUIRED).succeeded()
    assert set(rows_of(run).values()) == {("skipped", "use_unknown")} and run.writes == []
    assert "AccessDenied" in run.last["instances"][0]["msg"] and "Allow cloudwatch:GetMetricData" in str(run.last["warnings"])
    ignored = controller.module(MODULE, instance_ids=ids, on_use="ignore", **REQUIRED).succeeded()
    assert ignored.last["counts"]["modified"] == 2 and "GetMetricData" not in [call["operation"] for call in ignored.calls]


def test_it_waits_until_the_instances_follow_their_options(aws, controller):
    """Also for options that are pending because an earlier run was killed; a stopped instance follows them when it is started."""
    running, stopped, late = aws.run_instances_earlier(OLD, 3)
    aws.stop(stopped)
    aws.set_transitions(applying=1)
    options = {"instance_ids": [running, stopped], "on_use": "ignore", **REQUIRED}
    run = controller.module(MODULE, **options).succeeded()
    assert [row["state"] for row in run.last["instances"]] == ["applied", "pending"]
    assert "when it is started" in run.last["instances"][1]["msg"]
    aws.ec2.modify_instance_metadata_options(InstanceId=running, HttpPutResponseHopLimit=3)
    again = controller.module(MODULE, **options).succeeded()
    assert [(row["action"], row["state"]) for row in again.last["instances"]] == [("unchanged", "applied"), ("unchanged", "pending")]
    aws.set_transitions(applying=600)
    timed_out = controller.module(MODULE, instance_ids=[late], on_use="ignore", wait_timeout=1, **REQUIRED)
    assert timed_out.returncode and rows_of(timed_out) == {late: ("failed", "timed_out")}
    assert timed_out.last["instances"][0]["after"] == REQUIRED and timed_out.last["undo"]["instances"] == {late: {"http_tokens": "optional"}}
    aws.set_transitions(applying=0)


def test_a_failed_instance_does_not_stop_the_others(aws, controller):
    """Not found, terminated, with a tag that can't be in the metadata, stopping until it is stopped, and one that another client opens again."""
    good, gone, odd, opened = aws.run_instances_earlier(OLD, 4)
    aws.ec2.terminate_instances(InstanceIds=[gone])
    aws.tag(odd, **{"k8s.io/x": "1"})
    given = {"instance_ids": [gone, odd, good], "instance_metadata_tags": "enabled"}
    run = controller.module(MODULE, **given)
    assert run.returncode and rows_of(run) == {gone: ("failed", "terminated"), odd: ("failed", "InvalidParameterValue"), good: ("modified", None)}
    assert "is not a valid tag key" in run.last["msg"]
    missing = controller.module(MODULE, "--check", instance_ids=[UNKNOWN], **REQUIRED)
    assert rows_of(missing) == {UNKNOWN: ("failed", "not_found")}
    aws.set_transitions(applying=1)
    aws.meanwhile("DescribeInstances", "ModifyInstanceMetadataOptions", after=1, InstanceId=opened, HttpTokens="optional", HttpPutResponseHopLimit=9)
    run = controller.module(MODULE, instance_ids=[opened], http_put_response_hop_limit=2)
    assert rows_of(run) == {opened: ("failed", "changed_meanwhile")}
    aws.set_transitions(applying=0)


def test_managed_instances_are_left_to_their_manager(aws, controller):
    (node,) = aws.run_instances_earlier(OLD, name="fleet", **{"eks:cluster-name": "x"})
    filters = {"tag:Name": "fleet"}
    run = controller.module(MODULE, filters=filters, **REQUIRED).succeeded()
    assert rows_of(run) == {node: ("skipped", "managed")} and "GetMetricData" not in [call["operation"] for call in run.calls]
    run = controller.module(MODULE, filters=filters, include_managed=True, **REQUIRED).succeeded()
    assert rows_of(run) == {node: ("modified", None)}


def test_throttling_costs_only_time(aws, controller):
    ids = aws.run_instances_earlier(OLD, 6)
    aws.limit(**{"ec2:ModifyInstanceMetadataOptions": (2, 5), "cloudwatch:GetMetricData": (1, 2)})
    run = controller.module(MODULE, instance_ids=ids, http_put_response_hop_limit=2).succeeded()
    assert run.last["counts"]["modified"] == 6
    aws.limit()


@pytest.mark.parametrize("killed_after", range(4))
def test_a_killed_run_is_completed_by_the_next_one(aws, controller, killed_after):
    """Killed before the first write, after each, or after all: the end is the same, and nothing is written twice."""
    ids = aws.run_instances_earlier(OLD, 3)
    key = f"AKIAKILLEDOPTIONS{killed_after:03d}"
    aws.kill_after(killed_after, key)
    once = {"retries": {"total_max_attempts": 1}}  # a dead run does not try again
    controller.module(MODULE, instance_ids=ids, max_concurrency=1, access_key=key, secret_key="secret", aws_config=once, **REQUIRED)
    closed = tokens_of(aws, *ids).count("required")
    assert killed_after <= closed <= killed_after + 1
    aws.clear_faults()
    run = controller.module(MODULE, instance_ids=ids, **REQUIRED).succeeded()
    assert len(run.writes) == 3 - closed and tokens_of(aws, *ids) == ["required"] * 3
