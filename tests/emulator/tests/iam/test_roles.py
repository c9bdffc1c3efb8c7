# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Roles, their policies and their instance profiles."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

MANAGED = "arn:aws:iam::aws:policy/ReadOnlyAccess"
MISSING = "arn:aws:iam::123456789012:policy/missing"
POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}


def _sized_policy(size: int) -> str:
    """Returns a policy with this many characters, not counting white space."""
    statement = {"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::"}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    statement["Resource"] += "x" * (size - len(json.dumps(document).replace(" ", "")))
    return json.dumps(document, indent=4)


def _sized_trust(size: int) -> str:
    statement: dict[str, Any] = {**TRUST["Statement"][0], "Sid": ""}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    statement["Sid"] = "x" * (size - len(json.dumps(document).replace(" ", "")))
    return json.dumps(document, indent=4)


def test_ids(aws: Any) -> None:
    profile, role = aws.profile("web"), aws.role("other")
    assert re.fullmatch(r"AIPA[A-Z0-9]{17}", profile["InstanceProfileId"])
    assert re.fullmatch(r"AROA[A-Z0-9]{17}", role["RoleId"])
    assert aws.profile("another")["InstanceProfileId"] != profile["InstanceProfileId"]


def test_names_are_unique_without_regard_to_case(aws: Any, refused: Any) -> None:
    aws.profile("web")
    with refused("EntityAlreadyExists"):
        aws.role("WEB")
    with refused("EntityAlreadyExists"):
        aws.iam.create_instance_profile(InstanceProfileName="Web")


def test_one_role_for_a_profile(aws: Any, refused: Any) -> None:
    aws.profile("web")
    aws.role("other")
    with refused("LimitExceeded", "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1"):
        aws.iam.add_role_to_instance_profile(InstanceProfileName="web", RoleName="other")
    with refused("NoSuchEntity"):
        aws.iam.remove_role_from_instance_profile(InstanceProfileName="web", RoleName="other")


def test_order_of_deletion(aws: Any, refused: Any) -> None:
    aws.profile("web")
    aws.iam.attach_role_policy(RoleName="web", PolicyArn=MANAGED)
    aws.iam.put_role_policy(RoleName="web", PolicyName="inline", PolicyDocument=json.dumps(POLICY))
    with refused("DeleteConflict", "must remove roles from instance profile first."):
        aws.iam.delete_instance_profile(InstanceProfileName="web")
    with refused("DeleteConflict", "Cannot delete entity, must remove roles from instance profile first."):
        aws.iam.delete_role(RoleName="web")
    aws.iam.remove_role_from_instance_profile(InstanceProfileName="web", RoleName="web")
    with refused("DeleteConflict", "Cannot delete entity, must detach all policies first."):
        aws.iam.delete_role(RoleName="web")
    aws.iam.detach_role_policy(RoleName="web", PolicyArn=MANAGED)
    with refused("DeleteConflict", "Cannot delete entity, must delete policies first."):
        aws.iam.delete_role(RoleName="web")
    aws.iam.delete_role_policy(RoleName="web", PolicyName="inline")
    aws.iam.delete_role(RoleName="web")
    aws.iam.delete_instance_profile(InstanceProfileName="web")


def test_attach(aws: Any, refused: Any) -> None:
    aws.role("web")
    with refused("NoSuchEntity"):
        aws.iam.attach_role_policy(RoleName="web", PolicyArn=MISSING)
    aws.iam.attach_role_policy(RoleName="web", PolicyArn=MANAGED)
    aws.iam.attach_role_policy(RoleName="web", PolicyArn=MANAGED)
    assert aws.iam.get_policy(PolicyArn=MANAGED)["Policy"]["AttachmentCount"] == 1


def test_managed_policies_are_reset(aws: Any) -> None:
    aws.role("web")
    aws.iam.attach_role_policy(RoleName="web", PolicyArn=MANAGED)
    aws.http("POST", "/moto-api/reset")
    assert aws.iam.get_policy(PolicyArn=MANAGED)["Policy"]["AttachmentCount"] == 0
    assert not aws.iam.list_roles()["Roles"]


@pytest.mark.parametrize("kind", ["role", "user", "group"])
def test_a_managed_policy_counts_its_attachments(aws: Any, kind: str) -> None:
    """It counts in its own account, and never changes the shared copy."""
    elsewhere = aws.client("iam")
    elsewhere.meta.events.register("before-sign", lambda request, **_others: request.headers.add_header("x-moto-account-id", "111122223333"))
    name = {f"{kind.capitalize()}Name": "web"}
    if kind == "role":
        aws.role("web")
    else:
        getattr(aws.iam, f"create_{kind}")(**name)
    getattr(aws.iam, f"attach_{kind}_policy")(**name, PolicyArn=MANAGED)
    assert (_attachments(aws.iam), _attachments(elsewhere)) == ({MANAGED: 1}, {})
    getattr(aws.iam, f"detach_{kind}_policy")(**name, PolicyArn=MANAGED)
    assert _attachments(aws.iam) == {}


def _attachments(iam: Any) -> dict[str, int]:
    return {each["Arn"]: each["AttachmentCount"] for each in iam.list_policies(Scope="AWS", OnlyAttached=True)["Policies"]}


def test_eleventh_policy(aws: Any, refused: Any) -> None:
    aws.role("web")
    policies = aws.iam.list_policies(Scope="AWS", MaxItems=11)["Policies"]
    for policy in policies[:10]:
        aws.iam.attach_role_policy(RoleName="web", PolicyArn=policy["Arn"])
    with refused("LimitExceeded", "Cannot exceed quota for PoliciesPerRole: 10"):
        aws.iam.attach_role_policy(RoleName="web", PolicyArn=policies[10]["Arn"])
    pages = aws.iam.get_paginator("list_attached_role_policies").paginate(RoleName="web", PaginationConfig={"PageSize": 4})
    attached = [policy["PolicyArn"] for page in pages for policy in page["AttachedPolicies"]]
    assert sorted(attached) == sorted(policy["Arn"] for policy in policies[:10])


def test_inline_policies_share_a_limit(aws: Any, refused: Any) -> None:
    aws.role("web")
    aws.iam.put_role_policy(RoleName="web", PolicyName="a", PolicyDocument=_sized_policy(5000))
    aws.iam.put_role_policy(RoleName="web", PolicyName="b", PolicyDocument=_sized_policy(5240))
    aws.iam.put_role_policy(RoleName="web", PolicyName="b", PolicyDocument=_sized_policy(5240))
    with refused("LimitExceeded", "Maximum policy size of 10240 bytes exceeded for role web"):
        aws.iam.put_role_policy(RoleName="web", PolicyName="b", PolicyDocument=_sized_policy(5241))


@pytest.mark.parametrize("version", ["2017-09-11", "", 2012])
def test_unknown_policy_version(aws: Any, refused: Any, version: Any) -> None:
    aws.role("web")
    trust = json.dumps({**TRUST, "Version": version})
    with refused("MalformedPolicyDocument"):
        aws.iam.create_role(RoleName="other", AssumeRolePolicyDocument=trust)
    with refused("MalformedPolicyDocument"):
        aws.iam.update_assume_role_policy(RoleName="web", PolicyDocument=trust)
    with refused("MalformedPolicyDocument"):
        document = json.dumps({**POLICY, "Version": version})
        aws.iam.put_role_policy(RoleName="web", PolicyName="a", PolicyDocument=document)


def test_principals_exist(aws: Any, refused: Any) -> None:
    def naming(*arns: str) -> str:
        return json.dumps({**TRUST, "Statement": [{**TRUST["Statement"][0], "Principal": {"AWS": list(arns)}}]})

    known = [aws.role("web", Path="/team/")["Arn"], aws.iam.create_user(UserName="anna")["User"]["Arn"]]
    known += ["arn:aws:iam::123456789012:root", "arn:aws:iam::210987654321:role/theirs", "210987654321"]
    aws.iam.create_role(RoleName="other", AssumeRolePolicyDocument=naming(*known))
    for missing in ("arn:aws:iam::123456789012:role/missing", "arn:aws:iam::123456789012:user/missing"):
        with refused("MalformedPolicyDocument", f'Invalid principal in policy: "AWS":"{missing}"'):
            aws.iam.create_role(RoleName="third", AssumeRolePolicyDocument=naming(*known, missing))
        with refused("MalformedPolicyDocument", "Invalid principal in policy"):
            aws.iam.update_assume_role_policy(RoleName="web", PolicyDocument=naming(missing))


def test_size_of_a_trust_policy(aws: Any, refused: Any) -> None:
    aws.iam.create_role(RoleName="web", AssumeRolePolicyDocument=_sized_trust(2048))
    with refused("LimitExceeded", "Cannot exceed quota for ACLSizePerRole: 2048"):
        aws.iam.create_role(RoleName="other", AssumeRolePolicyDocument=_sized_trust(2049))
    with refused("LimitExceeded", "Cannot exceed quota for ACLSizePerRole: 2048"):
        aws.iam.update_assume_role_policy(RoleName="web", PolicyDocument=_sized_trust(2049))


def test_a_role_shows_its_settings(aws: Any) -> None:
    given = {"Description": "Web", "MaxSessionDuration": 7200, "Tags": [{"Key": "Team", "Value": "a"}]}
    aws.role("web", PermissionsBoundary=MANAGED, Path="/team/", **given)
    role = aws.iam.get_role(RoleName="web")["Role"]
    assert {key: role[key] for key in given} == given
    assert role["PermissionsBoundary"]["PermissionsBoundaryArn"] == MANAGED
    assert role["Arn"].endswith(":role/team/web")


def test_boundary(aws: Any, refused: Any) -> None:
    aws.role("web")
    with refused("NoSuchEntity"):
        aws.iam.delete_role_permissions_boundary(RoleName="web")
    with refused("NoSuchEntity", f"Scope ARN: {MISSING} does not exist"):
        aws.iam.put_role_permissions_boundary(RoleName="web", PermissionsBoundary=MISSING)
    with refused("NoSuchEntity"):
        aws.role("other", PermissionsBoundary=MISSING)
    aws.iam.put_role_permissions_boundary(RoleName="web", PermissionsBoundary=MANAGED)
    assert aws.iam.get_role(RoleName="web")["Role"]["PermissionsBoundary"]
    aws.iam.delete_role_permissions_boundary(RoleName="web")
    assert "PermissionsBoundary" not in aws.iam.get_role(RoleName="web")["Role"]


def test_update_role(aws: Any, refused: Any) -> None:
    aws.role("web", Description="old")
    aws.iam.update_role(RoleName="web", MaxSessionDuration=43200)
    role = aws.iam.get_role(RoleName="web")["Role"]
    assert (role["Description"], role["MaxSessionDuration"]) == ("old", 43200)
    aws.iam.update_role(RoleName="web", Description="new", MaxSessionDuration=43200)
    assert aws.iam.get_role(RoleName="web")["Role"]["Description"] == "new"
    for seconds in (3599, 43201):
        with refused("ValidationError", "maxSessionDuration"):
            aws.iam.update_role(RoleName="web", MaxSessionDuration=seconds)
        with refused("ValidationError", "maxSessionDuration"):
            aws.role("other", MaxSessionDuration=seconds)


def test_names_are_found_without_regard_to_case(aws: Any) -> None:
    aws.profile("web")
    assert aws.iam.get_role(RoleName="WEB")["Role"]["RoleName"] == "web"
    assert aws.iam.get_instance_profile(InstanceProfileName="Web")["InstanceProfile"]["InstanceProfileName"] == "web"
    aws.iam.attach_role_policy(RoleName="Web", PolicyArn=MANAGED)
    assert aws.iam.list_attached_role_policies(RoleName="weB")["AttachedPolicies"]
    aws.iam.detach_role_policy(RoleName="WEB", PolicyArn=MANAGED)
    aws.iam.remove_role_from_instance_profile(InstanceProfileName="WEB", RoleName="Web")
    aws.iam.delete_instance_profile(InstanceProfileName="WEB")
    aws.iam.delete_role(RoleName="WEB")


def test_lists_have_pages(aws: Any) -> None:
    aws.profile("web")
    for name in ("a", "b", "c"):
        aws.iam.put_role_policy(RoleName="web", PolicyName=name, PolicyDocument=json.dumps(POLICY))
    page = aws.iam.list_role_policies(RoleName="web", MaxItems=2)
    assert (page["PolicyNames"], page["IsTruncated"]) == (["a", "b"], True)
    page = aws.iam.list_role_policies(RoleName="web", MaxItems=2, Marker=page["Marker"])
    assert (page["PolicyNames"], page["IsTruncated"]) == (["c"], False)
    aws.iam.create_instance_profile(InstanceProfileName="other", Path="/team/")
    listed = aws.iam.list_instance_profiles(PathPrefix="/team/")["InstanceProfiles"]
    assert [each["InstanceProfileName"] for each in listed] == ["other"]
    listed = aws.iam.list_instance_profiles_for_role(RoleName="web")["InstanceProfiles"]
    assert [each["InstanceProfileName"] for each in listed] == ["web"]


def test_quotas_can_be_read(aws: Any) -> None:
    quotas = aws.iam.get_account_summary()["SummaryMap"]
    names = ("AttachedPoliciesPerRoleQuota", "AssumeRolePolicySizeQuota", "RolePolicySizeQuota")
    assert [quotas[name] for name in names] == [10, 2048, 10240]


def test_lists_of_profiles_have_no_tags(aws: Any) -> None:
    aws.profile("web")
    aws.iam.tag_instance_profile(InstanceProfileName="web", Tags=[{"Key": "team", "Value": "web"}])
    for listed in (aws.iam.list_instance_profiles(), aws.iam.list_instance_profiles_for_role(RoleName="web")):
        [profile] = listed["InstanceProfiles"]
        assert (profile["InstanceProfileName"], "Tags" in profile) == ("web", False)
    profile = aws.iam.get_instance_profile(InstanceProfileName="web")["InstanceProfile"]
    assert profile["Tags"] == [{"Key": "team", "Value": "web"}]
