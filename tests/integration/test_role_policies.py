# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""iam_ec2_role and policies: errors, warnings and IAM Access Analyzer."""

from __future__ import annotations

import json

import pytest

from ansible_collections.keyless.ec2.tests.integration.support.aws import EC2_TRUST

READ = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
POLICY = {"Version": "2012-10-17", "Statement": [READ]}
PATH = [{"value": "Statement"}, {"index": 0}, {"value": "Action"}]
EC2 = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}


@pytest.fixture(autouse=True)
def _reset(aws):
    aws.reset()
    yield
    aws.reset()


def document(**statement):
    return {"Version": "2012-10-17", "Statement": [{**READ, **statement}]}


@pytest.mark.parametrize(
    "options, location",
    [
        ({"inline_policies": {"a": document(Resource="arn:aws:s3:us-east-1::bucket")}}, "inline_policies[a].Statement[0].Resource"),
        ({"inline_policies": {"a": document(Resource="arn:aws:iam::123456789012:web")}}, "inline_policies[a].Statement[0].Resource"),
        (
            {"inline_policies": {"a": document(Condition={"NumericEquals": {"s3:max-keys": "ten"}})}},
            "inline_policies[a].Statement[0].Condition.NumericEquals.s3:max-keys",
        ),
        ({"trusted_entities": [{"principal": "arn:aws:iam::123456789012:role/*"}]}, "trusted_entities[0].principal"),
    ],
)
def test_an_invalid_policy_is_rejected_without_a_call(controller, options, location):
    run = controller.module("iam_ec2_role", name="web", **options)
    assert run.returncode != 0
    assert run.last["msg"].startswith(f"{location}: ")
    assert run.calls == []


def test_an_accepted_policy_can_have_warnings(aws, controller):
    old = {"Version": "2008-10-17", "Statement": [{**READ, "Resource": "arn:aws:s3:::bucket/${aws:username}/*"}]}
    wrong = document(Resource="arn:aws:s3:::bucket")
    run = controller.task("iam_ec2_role", name="web", inline_policies={"old": old, "wrong": wrong}).succeeded()
    assert [each.partition(": ")[0] for each in run.last["warnings"]] == [
        "inline_policies[old].Statement[0].Resource",
        "inline_policies[wrong].Statement[0].Action",
    ]
    again = controller.module("iam_ec2_role", name="web", inline_policies={"old": old, "wrong": wrong}).succeeded()
    assert again.last["changed"] is False
    assert aws.iam.get_role_policy(RoleName="web", PolicyName="old")["PolicyDocument"] == old


def validated(controller, **options):
    given = {"name": "web", "inline_policies": {"a": POLICY}, "validate": True, **options}
    return controller.task("iam_ec2_role", **given)


@pytest.mark.parametrize("check_mode", [False, True])
def test_an_error_from_access_analyzer_fails_before_any_write(aws, controller, check_mode):
    aws.find("ERROR", "INVALID_ACTION", "The action does not exist.", path=PATH)
    options = {"name": "web", "inline_policies": {"a": POLICY}, "validate": True, "_ansible_check_mode": check_mode}
    run = controller.module("iam_ec2_role", **options)
    assert run.returncode != 0
    assert run.last["msg"].startswith("inline_policies[a].Statement[0].Action: INVALID_ACTION: The action does not exist.")
    assert [call["operation"] for call in run.calls] == ["ValidatePolicy"]


def test_other_findings_are_warnings(aws, controller):
    aws.find("SECURITY_WARNING", "PASS_ROLE", "Too much.", policy_type="RESOURCE_POLICY")
    run = validated(controller, assume_role_policy_document=EC2_TRUST).succeeded()
    assert run.last["warnings"] == ["assume_role_policy_document: security warning from IAM Access Analyzer: PASS_ROLE: Too much."]
    asked = [call["parameters"] for call in run.calls if call["operation"] == "ValidatePolicy"]
    assert sorted(each["policyType"] for each in asked) == ["IDENTITY_POLICY", "RESOURCE_POLICY"]
    assert [each.get("validatePolicyResourceType") for each in asked if each["policyType"] == "RESOURCE_POLICY"] == [
        "AWS::IAM::AssumeRolePolicyDocument"
    ]


def test_without_the_permission_a_warning_names_it(aws, controller):
    aws.fail("ValidatePolicy", "AccessDeniedException", count=None)
    run = validated(controller).succeeded()
    (warning,) = run.last["warnings"]
    assert "not validated by IAM Access Analyzer" in warning
    assert "Allow access-analyzer:ValidatePolicy" in warning
    assert run.last["changed"] is True


def test_by_default_nothing_is_validated(controller):
    run = validated(controller, validate=False).succeeded()
    assert "ValidatePolicy" not in {call["operation"] for call in run.calls}


@pytest.mark.parametrize(
    "statements, assumable",
    [
        ([{**EC2, "Principal": "*"}], True),
        ([{**EC2, "Principal": {"AWS": "*"}}], True),
        ([{**EC2, "Action": "sts:TagSession"}], False),
        ([EC2, {**EC2, "Effect": "Deny"}], False),
    ],
)
def test_both_info_modules_agree_whether_ec2_can_assume_the_role(aws, controller, statements, assumable):
    trust = {"Version": "2012-10-17", "Statement": statements}
    controller.module("iam_ec2_role", name="web", assume_role_policy_document=trust).succeeded()
    (instance,) = aws.run_instances(profile="web")
    role = controller.module("iam_ec2_role_info", names=["web"]).succeeded().last["iam_roles"][0]
    row = controller.module("instance_profile_attach_info", instance_ids=[instance]).succeeded().last["instances"][0]
    for problems in (role["problems"], row["problems"]):
        assert ("role_not_assumable_by_ec2" not in {each["code"] for each in problems}) is assumable


@pytest.mark.parametrize("check", [(), ("--check",)], ids=["run", "check"])
def test_arns_of_another_partition_are_refused_before_any_call(controller, check):
    document = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}}
    run = controller.module("iam_ec2_role", *check, name="web", region="us-gov-west-1", inline_policies={"p": document})
    assert "inline_policies[p].Statement[0].Resource: arn:aws:s3:::b/* is in the partition aws, and the role is in aws-us-gov" in run.last["msg"]
    assert not run.calls


def test_a_role_of_identity_center_is_not_put_into_a_profile(aws, controller):
    aws.iam.create_role(RoleName="AWSReservedSSO_Admin", Path="/aws-reserved/sso.amazonaws.com/", AssumeRolePolicyDocument=json.dumps(EC2_TRUST))
    for check in ((), ("--check",)):
        run = controller.module("iam_ec2_role", *check, name="AWSReservedSSO_Admin")
        assert "belongs to sso.amazonaws.com, and only AWS can change it" in run.last["msg"] and not run.writes
