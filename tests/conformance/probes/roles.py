# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""IAM's roles: names, quotas, tags, and the order in which they can be deleted."""

from __future__ import annotations

import json

from ..aws import Aws
from ..probe import UNSOURCED, NotApplicable, documented, expect, probe, refused, reported, same, unknown
from ..resources import EC2_TRUST, NOTHING
from ..waiting import eventually, once_seen

QUOTAS = "IAM User Guide: IAM and AWS STS quotas"
TAGS = "IAM User Guide: Tags for AWS Identity and Access Management resources"
READ_ONLY = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"


def service_linked_role(aws: Aws) -> str:
    """One that is there; the probes create none, because they could not remove it again."""
    roles = aws.iam.list_roles(PathPrefix="/aws-service-role/")["Roles"]
    if not roles:
        raise NotApplicable("the account has no service-linked role")
    return roles[0]["RoleName"]


@probe("The id of a role begins with AROA.", documented("IAM User Guide: IAM identifiers"), "_policy/principals.py")
def role_id_begins_with_aroa(aws: Aws) -> None:
    role = aws.resources.role()
    described = once_seen(lambda: aws.iam.get_role(RoleName=role), codes=("NoSuchEntity",))["Role"]
    expect(described["RoleId"].startswith("AROA"), described["RoleId"])


@probe(
    "The names of two roles can't differ only in case: EntityAlreadyExists, 409.",
    documented("IAM API Reference: CreateRole", QUOTAS),
    "_aws/roles.py",
    "_aws/eventual_consistency.py",
)
def role_names_ignore_case(aws: Aws) -> None:
    name = aws.resources.role()
    with refused("EntityAlreadyExists", status=409):
        aws.resources.role(name=name.upper())


@probe("A role that does not exist: NoSuchEntity, 404.", documented("IAM API Reference: GetRole"), "_aws/roles.py")
def unknown_role(aws: Aws) -> None:
    with refused("NoSuchEntity", status=404):
        aws.iam.get_role(RoleName=aws.resources.name())


@probe(
    "GetRole returns the trust policy that was given, as a document.",
    documented("IAM API Reference: GetRole"),
    "_aws/responses.py",
    "_aws/roles.py",
)
def trust_policy_comes_back(aws: Aws) -> None:
    role = aws.resources.role()
    described = once_seen(lambda: aws.iam.get_role(RoleName=role), codes=("NoSuchEntity",))["Role"]
    same(described["AssumeRolePolicyDocument"], EC2_TRUST)


@probe(
    "The maximum session duration of a role is 3,600 to 43,200 seconds. Anything else: ValidationError.",
    documented("IAM API Reference: CreateRole"),
    "_role/options.py",
)
def session_duration(aws: Aws) -> None:
    for seconds in (3599, 43201):
        with refused("ValidationError", "maxSessionDuration", status=400):
            aws.resources.role(MaxSessionDuration=seconds)
    aws.resources.role(MaxSessionDuration=43200)


@probe("UpdateRole without a description keeps the description.", documented("IAM API Reference: UpdateRole"), "_role/plan.py")
def update_keeps_description(aws: Aws) -> None:
    role = aws.resources.role(Description="kept")
    once_seen(lambda: aws.iam.update_role(RoleName=role, MaxSessionDuration=7200), codes=("NoSuchEntity",))
    described = eventually(lambda: aws.iam.get_role(RoleName=role)["Role"], lambda shown: shown["MaxSessionDuration"] == 7200, 60)
    same(described["Description"], "kept")


@probe(
    "GetAccountSummary has the quota of managed policies of a role. One more fails with LimitExceeded, and the text names the quota.",
    documented(QUOTAS, "IAM API Reference: GetAccountSummary", text="aws/eks-hybrid#741"),
    "_aws/quotas.py",
    "_role/quotas.py",
)
def managed_policies_of_role(aws: Aws) -> None:
    quota = aws.iam.get_account_summary()["SummaryMap"]["AttachedPoliciesPerRoleQuota"]
    role = aws.resources.role()
    listed = aws.iam.list_policies(Scope="AWS", MaxItems=1000)["Policies"]
    arns = [policy["Arn"] for policy in listed if policy["IsAttachable"] and "ReadOnly" in policy["PolicyName"]][: quota + 1]
    if len(arns) <= quota:
        raise NotApplicable("there are too few managed policies of AWS")
    for arn in arns[:quota]:
        once_seen(lambda arn=arn: aws.iam.attach_role_policy(RoleName=role, PolicyArn=arn), codes=("NoSuchEntity",))
    with refused("LimitExceeded", f"Cannot exceed quota for PoliciesPerRole: {quota}", status=409):
        aws.iam.attach_role_policy(RoleName=role, PolicyArn=arns[quota])


@probe(
    "All inline policies of a role together have at most 10,240 characters. More fails with LimitExceeded, and the text names the role.",
    documented(QUOTAS, text="serverless/serverless#7643"),
    "_role/quotas.py",
)
def inline_policies_of_role(aws: Aws) -> None:
    role = aws.resources.role()

    def put(name: str) -> None:
        resources = [f"arn:aws:s3:::{'b' * 40}{number}/*" for number in range(95)]
        document = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "s3:GetObject", "Resource": resources}]}
        once_seen(lambda: aws.iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(document)), codes=("NoSuchEntity",))

    put("first")
    with refused("LimitExceeded", f"Maximum policy size of 10240 bytes exceeded for role {role}", status=409):
        put("second")


@probe(
    "White space does not count towards the size of policies.",
    documented(QUOTAS),
    "_role/quotas.py",
)
def white_space_does_not_count(aws: Aws) -> None:
    role = aws.resources.role()
    document = json.dumps(NOTHING) + " " * 10_300
    once_seen(lambda: aws.iam.put_role_policy(RoleName=role, PolicyName="wide", PolicyDocument=document), codes=("NoSuchEntity",))


@probe(
    "A trust policy has at most 2,048 characters, unless the quota was raised. More fails with LimitExceeded, which names ACLSizePerRole.",
    documented(QUOTAS, "IAM API Reference: GetAccountSummary", text="kubeflow/dashboard#29"),
    "_role/quotas.py",
)
def size_of_trust_policy(aws: Aws) -> None:
    quota = aws.iam.get_account_summary()["SummaryMap"]["AssumeRolePolicySizeQuota"]
    [statement] = EC2_TRUST["Statement"]
    many = [{**statement, "Sid": f"{'s' * 60}{number}"} for number in range(quota // 100)]
    with refused("LimitExceeded", f"Cannot exceed quota for ACLSizePerRole: {quota}", status=409):
        aws.resources.role({"Version": "2012-10-17", "Statement": many})


@probe(
    "A role with managed policies can't be deleted: DeleteConflict, because all policies must be detached first.",
    documented("IAM API Reference: DeleteRole", text="hashicorp/boundary#5646"),
    "_aws/eventual_consistency.py",
    "_role/plan.py",
)
def role_with_policies_is_not_deleted(aws: Aws) -> None:
    role = aws.resources.role()
    once_seen(lambda: aws.iam.attach_role_policy(RoleName=role, PolicyArn=READ_ONLY), codes=("NoSuchEntity",))
    with refused("DeleteConflict", "must detach all policies first", status=409):
        aws.iam.delete_role(RoleName=role)


@probe(
    "A role with inline policies can't be deleted: DeleteConflict, because the policies must be deleted first.",
    documented("IAM API Reference: DeleteRole", text="ekristen/aws-nuke#203"),
    "_aws/eventual_consistency.py",
    "_role/plan.py",
)
def role_with_inline_policy_is_not_deleted(aws: Aws) -> None:
    role = aws.resources.role_of_account()
    with refused("DeleteConflict", "must delete policies first", status=409):
        aws.iam.delete_role(RoleName=role)


@probe(
    "A role in an instance profile can't be deleted: DeleteConflict, because it must be removed from the profile first.",
    documented("IAM API Reference: DeleteRole", text="99designs/iamy#68"),
    "_aws/eventual_consistency.py",
    "_role/plan.py",
)
def role_in_profile_is_not_deleted(aws: Aws) -> None:
    role = aws.resources.role()
    aws.resources.profile(role)
    with refused("DeleteConflict", "must remove roles from instance profile first", status=409):
        aws.iam.delete_role(RoleName=role)


@probe(
    "Deleting, detaching or removing something that does not exist: NoSuchEntity.",
    documented("IAM API Reference: DeleteRolePolicy", "IAM API Reference: DetachRolePolicy"),
    "_aws/eventual_consistency.py",
)
def removals_of_nothing(aws: Aws) -> None:
    role = aws.resources.role()
    with refused("NoSuchEntity", status=404):
        aws.iam.delete_role_policy(RoleName=role, PolicyName="none")
    with refused("NoSuchEntity", status=404):
        aws.iam.detach_role_policy(RoleName=role, PolicyArn=READ_ONLY)
    with refused("NoSuchEntity", status=404):
        aws.iam.delete_role(RoleName=aws.resources.name())


@probe(
    "A managed policy that does not exist can't be attached: NoSuchEntity, and the text says that it is not attachable.",
    documented("IAM API Reference: AttachRolePolicy", text="getmoto/moto#6482"),
    "_aws/eventual_consistency.py",
)
def unknown_managed_policy(aws: Aws) -> None:
    role, arn = aws.resources.role(), f"arn:aws:iam::{aws.account}:policy/{aws.resources.name()}"
    with refused("NoSuchEntity", "does not exist or is not attachable", status=404):
        once_seen(lambda: aws.iam.attach_role_policy(RoleName=role, PolicyArn=arn))


@probe(
    "Attaching a managed policy again succeeds and changes nothing.",
    unknown("The API reference does not say what a second call does."),
    "_role/plan.py",
)
def attach_twice(aws: Aws) -> None:
    role = aws.resources.role()
    for _ in range(2):
        once_seen(lambda: aws.iam.attach_role_policy(RoleName=role, PolicyArn=READ_ONLY), codes=("NoSuchEntity",))
    listed = eventually(lambda: aws.iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"], bool, 60)
    same([policy["PolicyArn"] for policy in listed], [READ_ONLY])


@probe(
    "AWS's managed policies exist in every account.", documented("AWS Managed Policy Reference Guide: AmazonS3ReadOnlyAccess"), "_role/policy_arns.py"
)
def managed_policies_of_aws(aws: Aws) -> None:
    policy = aws.iam.get_policy(PolicyArn=READ_ONLY)["Policy"]
    document = aws.iam.get_policy_version(PolicyArn=READ_ONLY, VersionId=policy["DefaultVersionId"])["PolicyVersion"]["Document"]
    expect(document.get("Statement"), document)


@probe(
    "The keys of a role's tags ignore case. A key in another case is the same tag, which gets the case that was given last.",
    documented(TAGS),
    "_role/plan.py",
)
def role_tag_keys_ignore_case(aws: Aws) -> None:
    role = aws.resources.role()
    for key in ("team", "TEAM"):
        once_seen(lambda key=key: aws.iam.tag_role(RoleName=role, Tags=[{"Key": key, "Value": key}]), codes=("NoSuchEntity",))

    def keys():
        return {tag["Key"] for tag in aws.iam.list_role_tags(RoleName=role)["Tags"]}

    eventually(keys, lambda shown: "TEAM" in shown and "team" not in shown, 30)
    aws.iam.untag_role(RoleName=role, TagKeys=["Team"])
    eventually(keys, lambda shown: "TEAM" not in shown, 30)


@probe(
    "Two keys of a role's tags that differ only in case can't be given in one call: InvalidInput.",
    documented(TAGS, text="aws/aws-cdk#26253"),
    "_role/options.py",
)
def role_tag_keys_twice(aws: Aws) -> None:
    role = aws.resources.role()
    with refused("InvalidInput", "Duplicate tag keys found", status=400):
        tags = [{"Key": "team", "Value": ""}, {"Key": "Team", "Value": ""}]
        once_seen(lambda: aws.iam.tag_role(RoleName=role, Tags=tags), codes=("NoSuchEntity",))


@probe("A role has at most 50 tags.", documented(QUOTAS), "_role/options.py")
def role_has_at_most_50_tags(aws: Aws) -> None:
    role = aws.resources.role()

    def tag(first: int, count: int) -> None:
        tags = [{"Key": f"key{number}", "Value": ""} for number in range(first, first + count)]
        once_seen(lambda: aws.iam.tag_role(RoleName=role, Tags=tags), codes=("NoSuchEntity",))

    tag(0, 40)
    with refused(("LimitExceeded", "InvalidInput"), "50"):
        tag(40, 40)


@probe(
    "A policy that does not exist can't be a permissions boundary: NoSuchEntity.",
    documented("IAM API Reference: PutRolePermissionsBoundary", text=UNSOURCED),
    "_role/changes.py",
)
def unknown_boundary(aws: Aws) -> None:
    arn = f"arn:aws:iam::{aws.account}:policy/{aws.resources.name()}"
    with refused("NoSuchEntity", "does not exist or is not attachable", status=404):
        aws.resources.role(PermissionsBoundary=arn)


@probe(
    "Deleting a permissions boundary that is not set: NoSuchEntity.",
    documented("IAM API Reference: DeleteRolePermissionsBoundary"),
    "_aws/eventual_consistency.py",
)
def delete_boundary_that_is_not_set(aws: Aws) -> None:
    role = aws.resources.role()
    with refused("NoSuchEntity", status=404):
        once_seen(lambda: aws.iam.delete_role_permissions_boundary(RoleName=role))


@probe("ListRolePolicies has pages, whose size is MaxItems.", documented("IAM API Reference: ListRolePolicies"), "_aws/roles.py")
def inline_policies_come_in_pages(aws: Aws) -> None:
    role = aws.resources.role_of_account()
    aws.iam.put_role_policy(RoleName=role, PolicyName="second", PolicyDocument=json.dumps(NOTHING))
    eventually(lambda: aws.iam.list_role_policies(RoleName=role)["PolicyNames"], lambda names: len(names) == 2)
    first = aws.iam.list_role_policies(RoleName=role, MaxItems=1)
    expect(first["IsTruncated"] and len(first["PolicyNames"]) == 1, f"a page of {len(first['PolicyNames'])}")
    second = aws.iam.list_role_policies(RoleName=role, MaxItems=1, Marker=first["Marker"])
    same({*first["PolicyNames"], *second["PolicyNames"]}, {"probe", "second"})


@probe("The last use of a role that no session has used is empty.", documented("IAM API Reference: RoleLastUsed"), "_role/usage.py")
def new_role_was_never_used(aws: Aws) -> None:
    role = aws.resources.role()
    described = once_seen(lambda: aws.iam.get_role(RoleName=role), codes=("NoSuchEntity",))["Role"]
    expect(not described.get("RoleLastUsed", {}).get("LastUsedDate"), described.get("RoleLastUsed"))


@probe(
    "A service-linked role can't be changed: UnmodifiableEntity, because it is protected.",
    reported("rebuy-de/aws-nuke#441", "rebuy-de/aws-nuke#331"),
    "_common/errors.py",
)
def service_linked_role_is_not_changed(aws: Aws) -> None:
    with refused("UnmodifiableEntity", "protected role", status=400):
        aws.iam.detach_role_policy(RoleName=service_linked_role(aws), PolicyArn=READ_ONLY)


@probe(
    "GetAccountSummary has the quotas of policies, of trust policies and of instance profiles.",
    documented("IAM API Reference: GetAccountSummary"),
    "_aws/quotas.py",
)
def account_summary_has_quotas(aws: Aws) -> None:
    summary = aws.iam.get_account_summary()["SummaryMap"]
    wanted = {"AttachedPoliciesPerRoleQuota", "AssumeRolePolicySizeQuota", "RolePolicySizeQuota", "InstanceProfilesQuota", "PolicySizeQuota"}
    expect(wanted <= set(summary), f"without {sorted(wanted - set(summary))}")


@probe(
    "GetAccountAuthorizationDetails describes a role with its trust policy, its policies and its instance profiles.",
    documented("IAM API Reference: GetAccountAuthorizationDetails", "IAM API Reference: RoleDetail"),
    "_aws/account_details.py",
)
def authorization_details_of_role(aws: Aws) -> None:
    role = aws.resources.role()
    profile = aws.resources.profile(role)
    aws.iam.put_role_policy(RoleName=role, PolicyName="probe", PolicyDocument=json.dumps(NOTHING))
    aws.iam.attach_role_policy(RoleName=role, PolicyArn=READ_ONLY)

    def details() -> tuple | None:
        pages = aws.iam.get_paginator("get_account_authorization_details").paginate(Filter=["Role"])
        for each in (each for page in pages for each in page["RoleDetailList"] if each["RoleName"] == role):
            policies = [policy["PolicyArn"] for policy in each["AttachedManagedPolicies"]]
            names = [one["InstanceProfileName"] for one in each["InstanceProfileList"]]
            return each["AssumeRolePolicyDocument"], [one["PolicyDocument"] for one in each["RolePolicyList"]], policies, names
        return None

    eventually(details, lambda shown: shown == (EC2_TRUST, [NOTHING], [READ_ONLY], [profile["InstanceProfileName"]]), 60)


@probe(
    "GetAccountAuthorizationDetails includes the documents of AWS managed policies that are attached.",
    unknown("The API reference describes PolicyVersionList, but does not say whether policies that nobody uses are listed."),
    "_aws/account_details.py",
)
def authorization_details_of_managed_policy(aws: Aws) -> None:
    role = aws.resources.role()
    once_seen(lambda: aws.iam.attach_role_policy(RoleName=role, PolicyArn=READ_ONLY), codes=("NoSuchEntity",))

    def documents() -> list:
        pages = aws.iam.get_paginator("get_account_authorization_details").paginate(Filter=["AWSManagedPolicy"])
        policies = [policy for page in pages for policy in page["Policies"] if policy["Arn"] == READ_ONLY]
        return [version["Document"] for policy in policies for version in policy["PolicyVersionList"] if version["IsDefaultVersion"]]

    eventually(documents, lambda found: found and found[0].get("Statement"), 60)
