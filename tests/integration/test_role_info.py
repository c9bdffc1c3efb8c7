# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""iam_ec2_role_info: selections, the number of calls, and problems."""

from __future__ import annotations

import json
from datetime import datetime

import pytest

from ansible_collections.keyless.ec2.tests.integration.support.aws import EC2_TRUST, REGION

S3 = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
DOCUMENT = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]}
LAMBDA = json.dumps({**EC2_TRUST, "Statement": [{**EC2_TRUST["Statement"][0], "Principal": {"Service": "lambda.amazonaws.com"}}]})
NAMES = [f"info-{number}" for number in range(6)]


@pytest.fixture(scope="module", name="instance", autouse=True)
def _instance(aws):
    """Creates six roles under a path, each with a profile. The first has every setting and an instance."""
    boundary = "arn:aws:iam::aws:policy/PowerUserAccess"
    for name in NAMES:
        options = {"Description": "d", "PermissionsBoundary": boundary, "MaxSessionDuration": 7200} if name == NAMES[0] else {}
        aws.make_role(name, (S3,), Path="/info/", Tags=[{"Key": "a", "Value": "1"}], **options)
        aws.make_profile(name, name)
    aws.iam.put_role_policy(RoleName=NAMES[0], PolicyName="p", PolicyDocument=json.dumps(DOCUMENT))
    aws.make_role("elsewhere")
    return aws.run_instances(profile=NAMES[0])[0]


def roles(run):
    return run.succeeded().last["iam_roles"]


def test_one_role_and_all_of_them_have_the_same_form(controller):
    (one,) = roles(controller.module("iam_ec2_role_info", name=NAMES[0]))
    many = roles(controller.task("iam_ec2_role_info", path_prefix="/info/"))
    assert [role["role_name"] for role in many] == NAMES
    assert many[0] == one
    assert (one["description"], one["max_session_duration"], one["tags"]) == ("d", 7200, {"a": "1"})
    assert one["inline_policies"] == {"p": DOCUMENT}
    assert one["permissions_boundary"]["permissions_boundary_arn"].endswith("PowerUserAccess")
    assert [profile["instance_profile_name"] for profile in one["instance_profiles"]] == [NAMES[0]]
    assert one["problems"] == []


def test_the_form_is_that_of_iam_ec2_role(controller):
    (found,) = roles(controller.module("iam_ec2_role_info", name=NAMES[1], include_tags=True))
    made = controller.module("iam_ec2_role", name=NAMES[1]).succeeded().last
    assert {key: found[key] for key in made["iam_role"]} == made["iam_role"]
    assert found["instance_profiles"] == [made["instance_profile"]]


def test_many_roles_take_few_calls(controller):
    run = controller.module("iam_ec2_role_info", names=[*reversed(NAMES), "nobody"])
    assert [role["role_name"] for role in roles(run)] == NAMES[::-1]
    assert len(run.calls) <= 3 and set(run.last["similar_names"]) == {"nobody"}
    assert run.writes == []


@pytest.mark.parametrize("count, most", [(1, 5), (4, 17), (5, 3), (6, 3)])
def test_five_roles_are_read_from_lists(controller, count, most):
    """Four calls for each role and one for the only inline policy, or three lists."""
    run = controller.module("iam_ec2_role_info", names=NAMES[:count])
    assert len(roles(run)) == count
    assert len(run.calls) == most


def test_missing_roles_are_left_out(controller):
    assert roles(controller.module("iam_ec2_role_info", names=["nobody"])) == []


@pytest.mark.parametrize("selection", [{"name": NAMES[0]}, {"path_prefix": "/info/"}])
def test_instances_are_returned_on_request(controller, instance, selection):
    found = roles(controller.module("iam_ec2_role_info", **selection, include_instances=True, regions=[REGION]))
    assert found[0]["instances"] == [{"instance_id": instance, "region": REGION}]
    assert all(role["instances"] == [] for role in found[1:])


def test_problems_have_a_fix(aws, controller):
    aws.make_role("loose")
    aws.iam.create_role(RoleName="lambda", AssumeRolePolicyDocument=LAMBDA)
    aws.make_profile("lambda", "lambda")
    loose, other = roles(controller.module("iam_ec2_role_info", names=["loose", "lambda"]))
    assert [problem["code"] for problem in loose["problems"]] == ["no_profile"]
    assert "name=loose" in loose["problems"][0]["fix"]
    assert [problem["code"] for problem in other["problems"]] == ["role_not_assumable_by_ec2"]


@pytest.mark.parametrize("count", [1, 6])
def test_the_tags_of_instance_profiles_are_read_on_request(aws, controller, count):
    names = [f"tagged-{count}-{number}" for number in range(count)]
    for name in names:
        aws.make_profile(name)
        aws.iam.tag_instance_profile(InstanceProfileName=name, Tags=[{"Key": "team", "Value": name}])

    def tags(**options):
        run = controller.module("iam_ec2_role_info", names=names, **options).succeeded()
        shown = [profile["tags"] for role in run.last["iam_roles"] for profile in role["instance_profiles"]]
        return shown, [call for call in run.calls if call["operation"] == "GetInstanceProfile"]

    assert tags() == ([None] * count, [])
    shown, calls = tags(include_tags=True)
    assert shown == [{"team": name} for name in names]
    assert len(calls) == count


def trusting(*principals):
    """A trust policy that names these principals."""
    return json.dumps({**EC2_TRUST, "Statement": [{**EC2_TRUST["Statement"][0], "Principal": {"AWS": list(principals)}}]})


@pytest.mark.parametrize("selection, reads", [({"name": NAMES[0]}, 5), ({"path_prefix": "/info/"}, 3)])
def test_trusting_roles_take_one_list(aws, controller, selection, reads):
    own, other = (f"arn:aws:iam::123456789012:role/info/{name}" for name in NAMES[:2])
    session = f"arn:aws:sts::123456789012:assumed-role/{NAMES[0]}/i-0123456789abcdef0"
    policies = {"trusts-it": (other, own), "trusts-its-session": (session,), "trusts-another": (other,), "trusts-all": ("123456789012",)}
    for name, principals in policies.items():
        aws.iam.create_role(RoleName=name, AssumeRolePolicyDocument=trusting(*principals))
    aws.iam.update_assume_role_policy(RoleName=NAMES[0], PolicyDocument=trusting(own))
    try:
        run = controller.module("iam_ec2_role_info", **selection, include_trusting_roles=True)
        assert roles(run)[0]["trusting_roles"] == ["trusts-it", "trusts-its-session"]
        assert len(run.calls) == reads + 1 and run.calls[-1]["operation"] == "ListRoles"
        assert "trusting_roles" not in roles(controller.module("iam_ec2_role_info", **selection))[0]
        assert controller.module("iam_ec2_role_info", name="nobody", include_trusting_roles=True).last["iam_roles"] == []
    finally:
        aws.iam.update_assume_role_policy(RoleName=NAMES[0], PolicyDocument=json.dumps(EC2_TRUST))
        for name in policies:
            aws.iam.delete_role(RoleName=name)


def test_the_last_use_is_returned(aws, controller):
    aws.make_role("used", Path="/used/")
    assert roles(controller.module("iam_ec2_role_info", name="used"))[0]["role_last_used"] == {}
    aws.use("used", "us-west-2")
    for selection in ({"name": "used"}, {"path_prefix": "/used/"}):
        (used,) = roles(controller.module("iam_ec2_role_info", **selection))
        assert datetime.fromisoformat(used["role_last_used"]["last_used_date"]).tzinfo
        assert used["role_last_used"]["region"] == "us-west-2"


# What it did


NARROW = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["ec2:DescribeVpcs", "ec2:StopInstances", "sqs:*"], "Resource": "*"}]}


def test_the_narrowed_policy_has_no_unused_permissions(aws, controller):
    aws.make_role("info-usage", ("arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess",))
    aws.iam.put_role_policy(RoleName="info-usage", PolicyName="p", PolicyDocument=json.dumps(NARROW))
    aws.use("info-usage", call="describe_vpcs")
    run = controller.module("iam_ec2_role_info", name="info-usage", include_usage=True).succeeded()
    (role,) = run.last["iam_roles"]
    usage = role["usage"]
    assert [each["service"] for each in usage["services"]] == ["ec2"]
    assert "sqs" in usage["unused"]["services"] and usage["unused"]["actions"] == ["ec2:StopInstances"]
    assert usage["narrowed_policy"]["Statement"] == [{"Effect": "Allow", "Action": "ec2:DescribeVpcs", "Resource": "*"}]
    assert {"role_too_young", "lag"} <= {each["reason"] for each in usage["incomplete"]}
    assert role["may_do"].startswith("May ") and "SQS" in role["may_do"]
    counted = [call["operation"] for call in run.calls]
    assert counted.count("GenerateServiceLastAccessedDetails") == counted.count("GetServiceLastAccessedDetails") == 1
    # The same calls as without include_usage, the role and its policies again, two for the managed policy, two for the report
    assert len(counted) <= 5 + 5 + 2 + 2


def test_usage_days_are_limited(controller):
    run = controller.module("iam_ec2_role_info", name="info-usage", include_usage=True, usage_days=401)
    assert "usage_days: is 401. Give 1 to 400" in run.last["msg"] and not run.calls
