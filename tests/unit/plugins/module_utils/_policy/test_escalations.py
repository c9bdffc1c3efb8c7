# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What whoever holds a policy can become."""

from __future__ import annotations

from itertools import chain

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._policy.escalations import (
    ADMINISTRATOR,
    ANY_PROFILE,
    INSTANCES,
    OF_SERVICES,
    VERSIONS,
    WAYS,
    describe_escalations,
    escalations,
)

WEB = "arn:aws:iam::123456789012:role/web"
TO_EC2 = {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}
WITHIN = {"ArnLike": {"iam:PermissionsBoundary": "arn:aws:iam::123456789012:policy/limits"}}
TAGGED = {"StringEquals": {"aws:ResourceTag/team": ["web", "api"]}}
LAUNCH = {"Effect": "Allow", "Action": "ec2:RunInstances", "Resource": "arn:aws:ec2:*:*:*/*"}


def allow(action, resource="*", condition=None):
    return {"Effect": "Allow", "Action": action, "Resource": resource, **({"Condition": condition} if condition else {})}


def deny(action, resource="*"):
    return {**allow(action, resource), "Effect": "Deny"}


def policy(*statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}


def attaching(*policies):
    return allow("iam:AttachRolePolicy", WEB, {"ArnLike": {"iam:PolicyARN": [f"arn:aws:iam::{each}" for each in policies]}})


PASS = allow("iam:PassRole", WEB, TO_EC2)


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ([], []),
        ([allow("ec2:Describe*")], []),
        ([PASS], []),
        ([PASS, LAUNCH], [("role/web", "launch an instance with it")]),
        ([PASS, LAUNCH, deny("iam:PassRole")], []),
        ([PASS, allow("ec2:AssociateIamInstanceProfile", condition=TAGGED)], [("role/web", "attach it to an instance")]),
        ([allow("iam:PassRole", "*", TO_EC2), LAUNCH], [("any role", "launch an instance with it")]),
        ([allow("iam:Pass*", WEB)], [("role/web", "pass it to another service")]),
        ([allow("ec2:CreateLaunchTemplateVersion")], [(ANY_PROFILE, "write it into a launch template, from which others launch")]),
        ([allow("iam:UpdateAssumeRolePolicy", WEB)], [("role/web", "trust themselves")]),
        ([allow("sts:AssumeRole", "arn:aws:iam::*:role/audit")], [("role/audit", "assume it")]),
        ([allow("iam:UpdateAccessKey", "arn:aws:iam::1:user/*")], [("any user", "activate a key that they know")]),
        ([allow("iam:PutRolePolicy", WEB)], [(ADMINISTRATOR, "give a role any permission")]),
        ([allow("iam:PutRolePolicy", WEB, WITHIN)], [("role/web with what policy/limits allows", "give a role any permission")]),
        ([allow("iam:AttachRolePolicy", WEB)], [(ADMINISTRATOR, "give a role a policy")]),
        ([attaching("aws:policy/AmazonS3*")], [("role/web with what policy/AmazonS3* allows", "give a role a policy")]),
        ([attaching("1:policy/a", "aws:policy/Admin*")], [(ADMINISTRATOR, "give a role a policy")]),
        (
            [allow("iam:AttachRolePolicy", WEB, {"ArnLike": {"iam:PolicyARN": "arn:aws-cn:iam::*:policy/*"}})],
            [(ADMINISTRATOR, "give a role a policy")],
        ),
        (
            [allow("iam:PutRolePolicy", WEB, {"ArnEquals": {"iam:PermissionsBoundary": "arn:aws:iam::aws:policy/AdministratorAccess"}})],
            [(ADMINISTRATOR, "give a role any permission")],
        ),
        (
            [attaching("1:policy/team/*"), allow("iam:CreatePolicy", "arn:aws:iam::1:policy/team/*")],
            [
                (ADMINISTRATOR, "write a policy and give it to a role"),
                ("role/web with what policy/team/* allows", "give a role a policy"),
            ],
        ),
        (
            [attaching("*:policy/a"), allow("iam:CreatePolicy")],
            [(ADMINISTRATOR, "write a policy and give it to a role"), ("role/web with what policy/a allows", "give a role a policy")],
        ),
        (
            [attaching("1:policy/team/*"), allow("iam:CreatePolicy", "arn:aws:iam::1:policy/other/*")],
            [("role/web with what policy/team/* allows", "give a role a policy")],
        ),
        (
            [attaching("aws:policy/AmazonS3*"), allow("iam:CreatePolicy")],
            [("role/web with what policy/AmazonS3* allows", "give a role a policy")],
        ),
        (
            [attaching("1:policy/team/*"), allow("iam:CreatePolicyVersion", "arn:aws:iam::1:policy/team/*")],
            [(ADMINISTRATOR, "change what somebody may do"), ("role/web with what policy/team/* allows", "give a role a policy")],
        ),
        (
            [allow("iam:AttachRolePolicy", WEB, WITHIN), allow("iam:CreatePolicy")],
            [("role/web with what policy/limits allows", "give a role a policy")],
        ),
        (
            [allow("iam:PutRolePermissionsBoundary", WEB, WITHIN), allow("iam:CreatePolicy")],
            [("role/web", "lift its limits")],
        ),
        ([allow("iam:CreatePolicy")], []),
        ([allow("iam:PutRolePermissionsBoundary", WEB)], [("role/web", "lift its limits")]),
        ([allow("iam:PutRolePermissionsBoundary", WEB, WITHIN)], []),
        ([allow("iam:DeleteRolePermissionsBoundary", WEB)], [(ADMINISTRATOR, "change what somebody may do")]),
        ([allow("ec2:ModifyInstanceAttribute", "arn:aws:ec2:*:*:instance/*")], [(INSTANCES, "change the user data of an instance")]),
        ([allow("ec2:ModifyInstanceAttribute", "arn:aws:ec2:*:*:security-group/*")], []),
        ([allow("iam:CreateAccessKey")], [(ADMINISTRATOR, "sign in as a user")]),
        ([allow("iam:DetachRolePolicy", WEB)], [("role/web without what a policy denies", "take the policy away")]),
        ([allow("iam:DeleteRolePolicy", WEB)], [("role/web without what a policy denies", "take the policy away")]),
        (
            [allow("iam:DetachRolePolicy", WEB, {"ArnEquals": {"iam:PolicyARN": "arn:aws:iam::1:policy/quarantine"}})],
            [("role/web without what policy/quarantine denies", "take the policy away")],
        ),
        ([allow("iam:DetachUserPolicy")], [("any user without what a policy denies", "take the policy away")]),
        ([allow("iam:RemoveUserFromGroup")], [("any user without what a policy denies", "take the policy away")]),
        ([allow("iam:DeleteGroupPolicy")], [("any group without what a policy denies", "take the policy away")]),
        ([allow("organizations:DetachPolicy")], [(ADMINISTRATOR, "change what somebody may do")]),
        ([allow("iam:TagRole", WEB)], [("role/web", "change its tags, which policies may ask for")]),
        ([allow("iam:UntagUser", "arn:aws:iam::1:user/a")], [("user/a", "change its tags, which policies may ask for")]),
        ([allow("ec2:ModifyLaunchTemplate")], [(VERSIONS, "make another version of a launch template the default, from which others launch")]),
        ([allow("ec2:ModifyFleet")], [(VERSIONS, "have a fleet launch from a template that names it")]),
        ([allow("ec2:ModifySpotFleetRequest")], [(VERSIONS, "have a fleet launch from a template that names it")]),
        ([PASS, allow("ec2:RequestSpotInstances")], [("role/web", "launch an instance with it")]),
        ([allow("lambda:UpdateFunctionCode")], [(OF_SERVICES, "change what it runs")]),
        ([allow("cloudformation:CreateChangeSet")], []),
        ([allow(["cloudformation:CreateChangeSet", "cloudformation:ExecuteChangeSet"])], [(OF_SERVICES, "change what it runs")]),
    ],
)
def test_the_ways_of_a_policy(statements, expected):
    assert [(each.identity, each.way) for each in escalations([policy(*statements)])] == expected


ACTIONS = {
    ADMINISTRATOR: (
        *("iam:AttachGroupPolicy", "iam:AttachUserPolicy", "iam:PutGroupPolicy", "iam:PutUserPolicy", "iam:AddUserToGroup"),
        *("iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion", "iam:DeleteRolePermissionsBoundary", "iam:DeleteUserPermissionsBoundary"),
        *("iam:CreateAccessKey", "iam:CreateLoginProfile", "iam:UpdateLoginProfile", "iam:PutRolePolicy", "iam:AttachRolePolicy"),
        *("iam:PutUserPermissionsBoundary", "organizations:DetachPolicy", "organizations:UpdatePolicy", "sso:CreateAccountAssignment"),
        *("sso:AttachManagedPolicyToPermissionSet", "sso:AttachCustomerManagedPolicyReferenceToPermissionSet", "sso:PutInlinePolicyToPermissionSet"),
        *("sso:DeletePermissionsBoundaryFromPermissionSet", "sso:PutPermissionsBoundaryToPermissionSet", "identitystore:CreateGroupMembership"),
        *("iam:UploadSigningCertificate", "iam:UploadSSHPublicKey", "iam:CreateServiceSpecificCredential", "iam:ResetServiceSpecificCredential"),
    ),
    VERSIONS: ("ec2:ModifyLaunchTemplate", "ec2:ModifyFleet", "ec2:ModifySpotFleetRequest"),
    OF_SERVICES: (
        *("lambda:UpdateFunctionCode", "lambda:UpdateFunctionConfiguration", "cloudformation:UpdateStack", "cloudformation:UpdateStackSet"),
        *("codebuild:StartBuild", "codebuild:StartBuildBatch", "codebuild:UpdateProject", "glue:UpdateDevEndpoint", "glue:UpdateJob"),
        *("apprunner:UpdateService", "ecs:ExecuteCommand", "ecs:RunTask", "sagemaker:CreatePresignedNotebookInstanceUrl"),
        *("sagemaker:UpdateNotebookInstance", "states:UpdateStateMachine", "ssm:StartAutomationExecution", "ssm:UpdateDocument"),
        "datapipeline:PutPipelineDefinition",
    ),
    "any role that trusts an identity provider": (
        *("iam:UpdateSAMLProvider", "iam:AddClientIDToOpenIDConnectProvider", "iam:UpdateOpenIDConnectProviderThumbprint"),
    ),
    "any role without what a policy denies": ("iam:DetachRolePolicy", "iam:DeleteRolePolicy"),
    "any user without what a policy denies": ("iam:DetachUserPolicy", "iam:DeleteUserPolicy", "iam:RemoveUserFromGroup"),
    "any group without what a policy denies": ("iam:DetachGroupPolicy", "iam:DeleteGroupPolicy"),
    ANY_PROFILE: ("ec2:CreateLaunchTemplateVersion",),
    INSTANCES: (
        *("ec2:ModifyInstanceAttribute", "ssm:SendCommand", "ssm:StartSession", "ssm:ResumeSession", "ssm:CreateAssociation"),
        *("ssm:UpdateAssociation", "ec2:CreateReplaceRootVolumeTask"),
        *("ec2-instance-connect:SendSSHPublicKey", "ec2-instance-connect:SendSerialConsoleSSHPublicKey"),
    ),
    "any role": ("iam:UpdateAssumeRolePolicy", "iam:PutRolePermissionsBoundary", "sts:AssumeRole", "iam:PassRole", "iam:TagRole", "iam:UntagRole"),
    "any user": ("iam:UpdateAccessKey", "iam:TagUser", "iam:UntagUser"),
}


@pytest.mark.parametrize("identity, action", [(identity, each) for identity, actions in ACTIONS.items() for each in actions])
def test_one_action_is_enough(identity, action):
    assert [each.identity for each in escalations([policy(allow(action))])] == [identity]


WITH_PASS_ROLE = (
    *("ec2:RunInstances", "ec2:AssociateIamInstanceProfile", "ec2:ReplaceIamInstanceProfileAssociation"),
    *("ec2:RequestSpotInstances", "ec2:RequestSpotFleet", "autoscaling:CreateLaunchConfiguration"),
    "iam:AddRoleToInstanceProfile",
)
TOGETHER = (
    ("cloudformation:CreateChangeSet", "cloudformation:ExecuteChangeSet"),
    ("bedrock-agentcore:StartCodeInterpreterSession", "bedrock-agentcore:InvokeCodeInterpreter"),
)


@pytest.mark.parametrize("action", WITH_PASS_ROLE)
def test_a_role_that_may_be_passed_to_ec2_needs_one_more_action(action):
    [found] = escalations([policy(allow(action), PASS)])
    assert found.actions == ("iam:PassRole", action) and escalations([policy(allow(action))]) == []


@pytest.mark.parametrize("actions", TOGETHER)
def test_actions_that_are_only_enough_together(actions):
    [found] = escalations([policy(*map(allow, actions))])
    assert (found.identity, found.actions) == (OF_SERVICES, actions) and not any(escalations([policy(allow(each))]) for each in actions)


def test_every_way_has_a_case():
    assert {way.actions[-1] for way in WAYS} <= {*WITH_PASS_ROLE, *chain.from_iterable(ACTIONS.values()), *chain.from_iterable(TOGETHER)}


POWERFUL = [
    f"{partition}:iam::aws:policy/{name}" for partition in ("aws", "aws-cn", "aws-us-gov") for name in ("AdministratorAccess", "IAMFullAccess")
]


@pytest.mark.parametrize("name", POWERFUL)
def test_who_may_attach_a_powerful_policy_is_an_administrator(name):
    statement = allow("iam:AttachRolePolicy", WEB, {"ArnLike": {"iam:PolicyARN": f"arn:{name}"}})
    assert [each.identity for each in escalations([policy(statement)])] == [ADMINISTRATOR]


@pytest.mark.parametrize("operator", ["StringNotEquals", "ArnNotLike", "ArnLikeIfExists", "ForAllValues:StringEquals", "Null"])
@pytest.mark.parametrize("key", ["iam:PermissionsBoundary", "iam:PolicyARN"])
def test_what_is_not_a_limit(operator, key):
    statement = allow("iam:AttachRolePolicy", WEB, {operator: {key: "arn:aws:iam::1:policy/limits"}})
    assert [each.identity for each in escalations([policy(statement)])] == [ADMINISTRATOR]


def test_a_part_that_is_not_named_counts_as_allowed():
    found = escalations([policy({"Effect": "Allow", "NotAction": "s3:*", "NotResource": WEB})])
    assert {ADMINISTRATOR, ANY_PROFILE, f"all but {WEB.split(':', 5)[5]}"} <= {each.identity for each in found}


def test_policies_count_together():
    assert [each.identity for each in escalations([policy(PASS), policy(LAUNCH)])] == ["role/web"]


def test_whoever_may_do_everything_has_every_way():
    found = escalations([policy(allow("*"))])
    assert {each.way for each in found} == {way.text for way in WAYS} | {
        "give a role any permission",
        "give a role a policy",
        "lift its limits",
        "pass it to another service",
        "take the policy away",
    }
    assert [each.identity for each in found][:1] == [ADMINISTRATOR]


STOPPED = allow("ec2:ModifyInstanceAttribute", "arn:aws:ec2:*:*:instance/*", TAGGED)


@pytest.mark.parametrize(
    ("tagging", "lifts"),
    [
        (allow("ec2:CreateTags"), True),
        (allow("ec2:CreateTags", "arn:aws:ec2:*:*:instance/*"), True),
        (allow("ec2:CreateTags", condition={"StringEquals": {"aws:ResourceTag/other": "x"}}), True),
        (allow("ec2:CreateTags", condition={"StringEquals": {"aws:RequestTag/team": "web"}}), True),
        (allow("ec2:CreateTags", condition=TAGGED), False),
        (allow("ec2:CreateTags", condition={"StringEquals": {"ec2:CreateAction": "RunInstances"}}), False),
        (allow("ec2:CreateTags", "arn:aws:ec2:*:*:volume/*"), False),
        (allow("autoscaling:CreateOrUpdateTags"), False),
    ],
)
def test_a_tag_that_the_holder_can_set_is_no_limit(tagging, lifts):
    [found] = [each for each in escalations([policy(STOPPED, tagging)]) if each.identity == INSTANCES]
    assert found.limits == ("the tag team=api|web",) and found.but == (("ec2:CreateTags can set the tag team",) if lifts else ())


def test_ways_with_the_same_limits_are_one():
    assert describe_escalations([policy(STOPPED, allow(["ec2:CreateTags", "iam:TagRole", "iam:UntagRole"]))]) == [
        "any role: change its tags, which policies may ask for (iam:TagRole or iam:UntagRole).",
        "the role of an instance: change the user data of an instance "
        "(ec2:ModifyInstanceAttribute, limited to the tag team=api|web, but ec2:CreateTags can set the tag team).",
    ]


# By permission, from https://github.com/DataDog/pathfinding.cloud at the end of 2026, without those that only need PassRole for another service
PUBLIC = """
apprunner:UpdateService cloudformation:UpdateStack cloudformation:UpdateStackSet codebuild:StartBuild codebuild:StartBuildBatch
ec2-instance-connect:SendSSHPublicKey ec2:CreateLaunchTemplateVersion ec2:ModifyInstanceAttribute ec2:ModifyLaunchTemplate glue:UpdateDevEndpoint
iam:AddUserToGroup iam:AttachGroupPolicy iam:AttachRolePolicy iam:AttachUserPolicy iam:CreateAccessKey iam:CreateLoginProfile iam:CreatePolicyVersion
iam:PassRole iam:PutGroupPolicy iam:PutRolePolicy iam:PutUserPolicy iam:UpdateAssumeRolePolicy iam:UpdateLoginProfile lambda:UpdateFunctionCode
sagemaker:CreatePresignedNotebookInstanceUrl sagemaker:UpdateNotebookInstance ssm:SendCommand ssm:StartSession sts:AssumeRole
"""


@pytest.mark.parametrize("action", PUBLIC.split())
def test_what_public_lists_have(action):
    assert escalations([policy(allow(action))])


def test_a_sentence_for_each_identity_with_its_limits():
    templates = allow("ec2:CreateLaunchTemplateVersion", "arn:aws:ec2:*:*:launch-template/*", TAGGED)
    assert describe_escalations([policy(PASS, LAUNCH, templates, allow("iam:UpdateAssumeRolePolicy", WEB))]) == [
        "any role in an instance profile: write it into a launch template, from which others launch "
        "(ec2:CreateLaunchTemplateVersion, limited to the tag team=api|web).",
        "role/web: launch an instance with it (iam:PassRole and ec2:RunInstances); trust themselves (iam:UpdateAssumeRolePolicy).",
    ]
    assert describe_escalations([policy(allow("iam:PutRolePolicy", WEB, {"Bool": {"aws:MultiFactorAuthPresent": "true"}}))]) == [
        "an administrator: give a role any permission (iam:PutRolePolicy, limited to role/web and Bool aws:multifactorauthpresent true)."
    ]
