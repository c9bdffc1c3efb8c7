# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""instance_profile_attach with on_loss: lost permissions are reported before anything is changed."""

from __future__ import annotations

import json

import pytest

CORE = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
READ_ONLY = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
LISTING = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}}
# The operations that read a role's policies
POLICY_READS = {"GetRole", "ListAttachedRolePolicies", "ListRolePolicies", "GetRolePolicy", "GetPolicy", "GetPolicyVersion"}


@pytest.fixture(scope="module", autouse=True)
def _profiles(aws):
    def make(name, *policies, inline=None, boundary=None):
        options = {"PermissionsBoundary": boundary} if boundary else {}
        aws.make_role(name, policies, **options)
        if inline:
            aws.iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=json.dumps(inline))
        aws.make_profile(name, name)

    make("managed", CORE, READ_ONLY)
    make("inline", READ_ONLY, inline=LISTING)
    make("bound", CORE, READ_ONLY, inline=LISTING, boundary=READ_ONLY)
    make("reader", READ_ONLY)
    aws.iam.create_instance_profile(InstanceProfileName="emptied")


def attach(controller, ids, *flags, profile="reader", **options):
    return controller.module("instance_profile_attach", *flags, instance_ids=ids, instance_profile=profile, **options)


def lost(run):
    return [row["lost"] for row in run.last["instances"]]


def policy_reads(run):
    return [call for call in run.calls if call["operation"] in POLICY_READS]


def test_permissions_are_not_read_by_default(aws, controller):
    ids = aws.run_instances(1, "managed")
    run = attach(controller, ids).succeeded()
    assert lost(run) == [None]
    assert policy_reads(run) == []


def test_lost_permissions_are_in_a_warning_and_in_the_diff(aws, controller):
    ids = aws.run_instances(2, "managed")
    checked = attach(controller, ids, "--check", "--diff", on_loss="warn").succeeded()
    assert checked.writes == []
    run = attach(controller, ids, "--diff", on_loss="warn").succeeded()
    for each in (checked, run):
        first, second = lost(each)
        assert first == second
        assert (first[0], first[-1]) == ("ssm:UpdateInstanceInformation", "ssm:UpdateInstanceAssociationStatus")
        assert not [permission for permission in first if permission.startswith("s3")]
        assert len(each.last["warnings"]) == 1
        assert (
            "2 instances lose permissions that managed gives and reader does not: the connection to Systems Manager "
            "(ssm:UpdateInstanceInformation and 10 more), "
        ) in str(each.last["warnings"])
        assert each.last["diff"]["before"]["allowed by managed and not by reader"] == first
    assert {row["action"] for row in run.last["instances"]} == {"replaced"}


def test_without_lost_permissions_there_is_no_warning(aws, controller):
    (poor,), (right,), (bare,) = aws.run_instances(1, "bound"), aws.run_instances(1, "reader"), aws.run_instances(1)
    run = attach(controller, [poor, right, bare], "--diff", on_loss="fail").succeeded()
    assert lost(run) == [[], [], []]
    assert [row["action"] for row in run.last["instances"]] == ["replaced", "unchanged", "associated"]
    assert "warnings" not in run.last
    assert not [key for key in run.last["diff"]["before"] if key.startswith("allowed")]


@pytest.mark.parametrize("flags", [(), ("--check",)], ids=["run", "check"])
def test_on_loss_fail_stops_only_instances_that_lose_permissions(aws, controller, flags):
    (rich,), (bare,) = aws.run_instances(1, "inline"), aws.run_instances(1)
    run = attach(controller, [rich, bare], *flags, on_loss="fail")
    assert run.returncode
    first, second = run.last["instances"]
    assert (first["action"], first["reason"], first["changed"], first["lost"]) == ("failed", "permissions_lost", False, ["sqs:*"])
    assert first["before"] == first["after"]
    assert first["msg"] == "reader replaces inline, and it would lose sqs:*"
    assert second["action"] == "associated"
    assert [action["target"] for action in run.last["actions"]] == [f"instance/{bare}"]
    assert aws.profile_of(rich) == "inline"
    assert aws.profile_of(bare) == (None if flags else "reader")


def test_detaching_loses_all_permissions(aws, controller):
    ids = aws.run_instances(1, "inline")
    run = controller.module("instance_profile_attach", instance_ids=ids, state="absent", on_loss="warn").succeeded()
    assert "sqs:*" in lost(run)[0] and "s3:Get*" in lost(run)[0]
    assert "1 instance loses permissions that inline gives: " in str(run.last["warnings"])


def test_a_profile_without_permissions_loses_none(aws, controller):
    ids = aws.run_instances(1, "reader")
    aws.make_role("short", (CORE,))
    aws.make_profile("short-lived", "short")
    controller.module("instance_profile_attach", instance_ids=ids, instance_profile="short-lived").succeeded()
    aws.iam.remove_role_from_instance_profile(InstanceProfileName="short-lived", RoleName="short")
    run = attach(controller, ids, on_loss="fail").succeeded()
    assert lost(run) == [[]]


def test_policies_are_read_once_for_all_instances(aws, controller):
    ids = aws.run_instances(30, "managed")
    run = attach(controller, ids, "--check", on_loss="warn").succeeded()
    counts = [call["operation"] for call in policy_reads(run)]
    # Both roles, and three attached policies with their documents.
    assert {name: counts.count(name) for name in counts} == {
        "GetRole": 2,
        "ListAttachedRolePolicies": 2,
        "ListRolePolicies": 2,
        "GetPolicy": 3,
        "GetPolicyVersion": 3,
    }


def test_a_missing_permission_to_read_policies_is_named(aws, controller):
    ids = aws.run_instances(1, "managed")
    aws.fail("ListAttachedRolePolicies", "AccessDenied")
    run = attach(controller, ids, on_loss="warn")
    assert run.returncode
    assert run.writes == []
    assert run.last["error"]["operation"] == "iam:ListAttachedRolePolicies"
