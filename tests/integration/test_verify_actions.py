# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""verify_actions: actions tried on the host with its role, and compared with IAM's policy simulator."""

from __future__ import annotations

import json

import pytest

MAY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["ec2:DescribeInstances", "ec2:DescribeVpcs"], "Resource": "*"}]}
ACTIONS = ["sts:GetCallerIdentity", "ec2:DescribeInstances", {"action": "ec2:DescribeVolumes", "expect": "denied"}]


@pytest.fixture(scope="module", name="instance")
def _instance(aws):
    """An instance whose role may do two things; the emulator enforces its policies."""
    aws.make_profile("acting")
    aws.iam.put_role_policy(RoleName="acting", PolicyName="may", PolicyDocument=json.dumps(MAY))
    (instance,) = aws.run_instances(profile="acting")
    aws.ec2.modify_instance_metadata_options(InstanceId=instance, HttpTokens="required")
    aws.enforce_policies(aws.iam.get_role(RoleName="acting")["Role"]["Arn"])
    yield instance
    aws.enforce_policies()


@pytest.fixture(name="identify")
def _identify(aws, controller, instance):
    def identify(*flags, **options):
        given = {"endpoint": f"{aws.endpoint}/imds/{instance}", "aws_endpoint": aws.endpoint, **options}
        return controller.module("instance_identity_info", *flags, **given)

    return identify


@pytest.fixture(name="verify")
def _verify(aws, controller, instance):
    def verify(*flags, **options):
        given = {"endpoint": f"{aws.endpoint}/imds/{instance}", "aws_endpoint": aws.endpoint, "hosts": "localhost", **options}
        aws.forget_calls()
        return controller.run("keyless.ec2.verify", *flags, variables={f"verify_{name}": value for name, value in given.items()})

    return verify


def codes(result):
    return [each["code"] for each in result["problems"]]


def test_each_action_is_tried_with_the_credentials_of_the_role(aws, identify):
    aws.forget_calls()
    found = identify(actions=ACTIONS).last
    assert {each["action"]: each["answer"] for each in found["actions"]} == {
        "sts:GetCallerIdentity": "allowed",
        "ec2:DescribeInstances": "allowed",
        "ec2:DescribeVolumes": "denied",
    }
    assert codes(found) == [] and found["identity"]["role_name"] == "acting"
    made = {call["operation"]: call for call in aws.calls()}
    assert set(made) == {"GetCallerIdentity", "DescribeInstances", "DescribeVolumes"}
    assert all(call["access_key_id"].startswith("ASIA") for call in made.values())
    assert made["DescribeInstances"]["error"] == "DryRunOperation"


def test_an_unexpected_answer_is_a_problem(identify):
    found = identify(actions=["ec2:DescribeVolumes", {"action": "ec2:DescribeVpcs", "expect": "denied"}]).last
    assert codes(found) == ["action_denied", "action_allowed"]
    assert found["problems"][0]["message"].startswith("The role is not allowed ec2:DescribeVolumes: UnauthorizedOperation: You are not authorized")
    assert "Encoded" not in found["problems"][0]["message"]


def test_the_user_can_describe_the_call(identify):
    body = "Action=DescribeAddresses&Version=2016-11-15&DryRun=true"
    call = {"service": "ec2", "method": "POST", "body": body, "headers": {"Content-Type": "application/x-www-form-urlencoded"}}
    (row,) = identify(actions=[{"action": "ec2:DescribeAddresses", "call": call}]).last["actions"]
    assert (row["answer"], row["code"]) == ("denied", "UnauthorizedOperation")


def test_invalid_actions_are_rejected_before_any_call(aws, identify, verify):
    aws.forget_calls()
    found = identify(actions=["ec2:DescribeInstance", "sqs:ListQueue"]).last
    assert "actions: there is no built-in call for sqs:ListQueue. Did you mean sqs:ListQueues?" in found["msg"]
    assert aws.calls() == []


def test_check_mode_makes_the_same_calls(identify):
    assert identify("--check", actions=ACTIONS).last["actions"] == identify(actions=ACTIONS).last["actions"]


def test_without_a_role_nothing_is_tried(aws, controller):
    (bare,) = aws.run_instances()
    options = {"endpoint": f"{aws.endpoint}/imds/{bare}", "aws_endpoint": aws.endpoint, "actions": ["sts:GetCallerIdentity"]}
    found = controller.module("instance_identity_info", **options).last
    assert found["actions"][0]["answer"] == "unknown" and "action_unknown" in codes(found)


def test_no_secret_is_in_the_output(aws, identify, instance):
    run = identify(actions=ACTIONS)
    assert "ASIA" not in run.output and "Signature" not in run.output and "X-Amz" not in run.output


def test_nothing_is_shown_where_the_simulator_agrees(aws, verify):
    run = verify(actions=ACTIONS).succeeded()
    assert "SimulatePrincipalPolicy" in [call["operation"] for call in run.calls] and not run.writes
    assert "simulator says" not in run.output


def test_both_answers_are_shown_where_the_simulator_disagrees(aws, verify):
    aws.fail("DescribeInstances", "UnauthorizedOperation", count=None)
    run = verify(actions=["ec2:DescribeInstances"], tolerated=["action_denied", "simulator_disagrees"]).succeeded()
    aws.clear_faults()
    assert "ec2:DescribeInstances is denied (UnauthorizedOperation) on the host, but the policy simulator says allowed." in run.output


def test_a_denied_action_fails_the_host(verify):
    run = verify(actions="ec2:DescribeVolumes", simulate=False)
    assert run.returncode and "The role is not allowed ec2:DescribeVolumes" in run.output and run.calls == []


def test_without_permission_the_simulator_is_skipped(aws, verify):
    aws.fail("SimulatePrincipalPolicy", "AccessDenied", count=None)
    run = verify(actions=["ec2:DescribeInstances"]).succeeded()
    aws.clear_faults()
    assert "The policy simulator was not asked: Could not simulate" in run.output
