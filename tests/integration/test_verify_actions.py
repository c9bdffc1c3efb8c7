# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""verify_actions: what a role may do, tried on the host, and held against IAM's simulator."""

from __future__ import annotations

import json

import pytest

from ansible_collections.keyless.ec2.plugins.filter.disagreements import filter_disagreements

MAY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["ec2:DescribeInstances", "ec2:DescribeVpcs"], "Resource": "*"}]}
ACTIONS = ["sts:GetCallerIdentity", "ec2:DescribeInstances", {"action": "ec2:DescribeVolumes", "expect": "denied"}]


@pytest.fixture(scope="module", name="instance")
def _instance(aws):
    """An instance whose role may do two things, and is held to that."""
    aws.make_profile("acting")
    aws.iam.put_role_policy(RoleName="acting", PolicyName="may", PolicyDocument=json.dumps(MAY))
    (instance,) = aws.run_instances(profile="acting")
    aws.ec2.modify_instance_metadata_options(InstanceId=instance, HttpTokens="required")
    aws.hold_to_policies(aws.iam.get_role(RoleName="acting")["Role"]["Arn"])
    yield instance
    aws.hold_to_policies()


@pytest.fixture(name="look")
def _look(aws, controller, instance):
    def look(*flags, **options):
        given = {"endpoint": f"{aws.endpoint}/imds/{instance}", "aws_endpoint": aws.endpoint, **options}
        return controller.module("instance_identity_info", *flags, **given)

    return look


@pytest.fixture(name="verify")
def _verify(aws, controller, instance):
    def verify(*flags, **options):
        given = {"endpoint": f"{aws.endpoint}/imds/{instance}", "aws_endpoint": aws.endpoint, "hosts": "localhost", **options}
        aws.forget_calls()
        return controller.run("keyless.ec2.verify", *flags, variables={f"verify_{name}": value for name, value in given.items()})

    return verify


def codes(result):
    return [each["code"] for each in result["problems"]]


def test_each_action_is_tried_with_the_role_s_credentials(aws, look):
    aws.forget_calls()
    found = look(actions=ACTIONS).last
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


def test_what_is_not_as_expected_is_a_problem(look):
    found = look(actions=["ec2:DescribeVolumes", {"action": "ec2:DescribeVpcs", "expect": "denied"}]).last
    assert codes(found) == ["action_denied", "action_allowed"]
    assert found["problems"][0]["message"].startswith("The role may not do ec2:DescribeVolumes: UnauthorizedOperation: You are not authorized")
    assert "Encoded" not in found["problems"][0]["message"]


def test_a_call_of_one_s_own(look):
    body = "Action=DescribeAddresses&Version=2016-11-15&DryRun=true"
    call = {"service": "ec2", "method": "POST", "body": body, "headers": {"Content-Type": "application/x-www-form-urlencoded"}}
    (row,) = look(actions=[{"action": "ec2:DescribeAddresses", "call": call}]).last["actions"]
    assert (row["answer"], row["code"]) == ("denied", "UnauthorizedOperation")


def test_bad_input_is_refused_before_anything_is_asked(aws, look, verify):
    aws.forget_calls()
    found = look(actions=["ec2:DescribeInstance", "sqs:ListQueue"]).last
    assert "actions: there is no harmless call for sqs:ListQueue. Did you mean sqs:ListQueues?" in found["msg"]
    assert aws.calls() == []


def test_check_mode_asks_the_same(look):
    assert look("--check", actions=ACTIONS).last["actions"] == look(actions=ACTIONS).last["actions"]


def test_without_a_role_nothing_is_tried(aws, controller):
    (bare,) = aws.run_instances()
    options = {"endpoint": f"{aws.endpoint}/imds/{bare}", "aws_endpoint": aws.endpoint, "actions": ["sts:GetCallerIdentity"]}
    found = controller.module("instance_identity_info", **options).last
    assert found["actions"][0]["answer"] == "unknown" and "action_unknown" in codes(found)


def test_no_secret_is_in_what_it_says(aws, look, instance):
    run = look(actions=ACTIONS)
    assert "ASIA" not in run.output and "Signature" not in run.output and "X-Amz" not in run.output


def test_a_role_s_actions_are_told_with_the_simulator_s_answer(aws, verify):
    run = verify(actions=ACTIONS).succeeded()
    assert "SimulatePrincipalPolicy" in [call["operation"] for call in run.calls] and not run.writes
    assert "On the host " not in run.output


def test_where_they_disagree_both_are_told(aws, verify):
    aws.fail("DescribeInstances", "UnauthorizedOperation", count=None)
    run = verify(actions=["ec2:DescribeInstances"], tolerated=["action_denied", "simulator_disagrees"]).succeeded()
    aws.fail_no_more()
    assert "On the host ec2:DescribeInstances is denied (UnauthorizedOperation), and IAM's simulator says allowed." in run.output


def test_an_action_that_is_denied_fails_the_host(verify):
    run = verify(actions="ec2:DescribeVolumes", simulate=False)
    assert run.returncode and "The role may not do ec2:DescribeVolumes" in run.output and run.calls == []


def test_without_the_permission_only_that_is_told(aws, verify):
    aws.fail("SimulatePrincipalPolicy", "AccessDenied", count=None)
    run = verify(actions=["ec2:DescribeInstances"]).succeeded()
    aws.fail_no_more()
    assert "IAM's simulator was not asked: Could not simulate what" in run.output


@pytest.mark.parametrize(
    "answer, decision, count",
    [("allowed", "allowed", 0), ("denied", "implicitDeny", 0), ("denied", "allowed", 1), ("allowed", "explicitDeny", 1), ("unknown", "allowed", 0)],
)
def test_what_a_disagreement_is(answer, decision, count):
    tried = [{"action": "s3:GetObject", "resource": None, "answer": answer, "code": None}]
    simulated = [{"action": "S3:getobject", "resource": None, "decision": decision, "missing_context_values": ["aws:SourceVpc"]}]
    found = filter_disagreements(tried, simulated)
    assert len(found) == count and all("without aws:SourceVpc" in each["message"] for each in found)
