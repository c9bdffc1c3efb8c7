# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The policy documents that IAM accepts."""

from __future__ import annotations

import json
from typing import Any

import pytest

READ = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
TRUST = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
ACCOUNT = "arn:aws:iam::123456789012:"
LEGACY = "The policy failed legacy parsing"


def _document(version: str | None = "2012-10-17", **statement: Any) -> str:
    document = {"Version": version, "Statement": [statement]}
    return json.dumps({key: value for key, value in document.items() if value is not None})


@pytest.fixture(name="put")
def _put(aws: Any) -> Any:
    """Puts an inline policy of one statement."""
    aws.role("web")

    def put(version: str | None = "2012-10-17", **statement: Any) -> None:
        document = _document(version, **{**READ, **statement})
        aws.iam.put_role_policy(RoleName="web", PolicyName="a", PolicyDocument=document)

    return put


@pytest.mark.parametrize("version", ["2008-10-17", None])
def test_old_language(aws: Any, put: Any, refused: Any, version: str | None) -> None:
    put(version)
    aws.iam.create_role(RoleName="old", AssumeRolePolicyDocument=_document(version, **TRUST))
    with refused("MalformedPolicyDocument", "Policy document must be version 2012-10-17 or greater."):
        aws.iam.create_policy(PolicyName="old", PolicyDocument=_document(version, **READ))
    arn = aws.iam.create_policy(PolicyName="new", PolicyDocument=_document(**READ))["Policy"]["Arn"]
    with refused("MalformedPolicyDocument", "Policy document must be version 2012-10-17 or greater."):
        aws.iam.create_policy_version(PolicyArn=arn, PolicyDocument=_document(version, **READ))


@pytest.mark.parametrize(
    "statement",
    [
        {"Action": "sts:*"},
        {"Action": ["sts:AssumeRole*", "sts:TagSession"]},
        {"Principal": "*"},
        {"Principal": {"AWS": ["*", "123456789012", f"{ACCOUNT}root", "arn:aws:iam::210987654321:user/team/ann"]}},
    ],
)
def test_trust_policy(aws: Any, statement: Any) -> None:
    aws.iam.create_role(RoleName="web", AssumeRolePolicyDocument=_document(**{**TRUST, **statement}))


def test_the_id_of_an_existing_principal_becomes_its_arn(aws: Any) -> None:
    first = aws.role("first")
    document = _document(**{**TRUST, "Principal": {"AWS": first["RoleId"]}})
    aws.iam.create_role(RoleName="second", AssumeRolePolicyDocument=document)
    aws.role("third")
    aws.iam.update_assume_role_policy(RoleName="third", PolicyDocument=document)
    for name in ("second", "third"):
        [statement] = aws.iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]["Statement"]
        assert statement["Principal"]["AWS"] == first["Arn"]


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ({"Action": "s3:GetObject"}, "AssumeRole policy may only specify STS AssumeRole actions."),
        ({"Principal": {"AWS": f"{ACCOUNT}role/*"}}, f'Invalid principal in policy: "AWS":"{ACCOUNT}role/*"'),
        ({"Principal": {"AWS": "AROAEXAMPLE4EXAMPLE4X"}}, 'Invalid principal in policy: "AWS":"AROAEXAMPLE4EXAMPLE4X"'),
        ({"Principal": {"AWS": "deploy"}}, 'Invalid principal in policy: "AWS":"deploy"'),
        ({"Principal": {"Service": "*"}}, 'Invalid principal in policy: "Service":"*"'),
        ({"Resource": "*"}, "Has prohibited field Resource"),
    ],
)
def test_invalid_trust_policy(aws: Any, refused: Any, statement: Any, message: str) -> None:
    document = _document(**{**TRUST, **statement})
    with refused("MalformedPolicyDocument", message):
        aws.iam.create_role(RoleName="other", AssumeRolePolicyDocument=document)
    aws.role("web")
    with refused("MalformedPolicyDocument", message):
        aws.iam.update_assume_role_policy(RoleName="web", PolicyDocument=document)


def test_trust_policy_without_a_principal(aws: Any, refused: Any) -> None:
    statement = {key: value for key, value in TRUST.items() if key != "Principal"}
    with refused("MalformedPolicyDocument", "Missing required field Principal"):
        aws.iam.create_role(RoleName="web", AssumeRolePolicyDocument=_document(**statement))


@pytest.mark.parametrize(
    "condition",
    [
        {"NumericLessThanEquals": {"s3:max-keys": [10, "20"]}},
        {"NumericGreaterThan": {"s3:TlsVersion": "1.2"}},
        {"DateLessThan": {"aws:EpochTime": 1798761600}},
        {"IpAddress": {"aws:SourceIp": ["192.0.2.1/24", "2001:DB8::/32", "${aws:PrincipalTag/net}"]}},
    ],
)
def test_condition(put: Any, condition: Any) -> None:
    put(Condition=condition)


@pytest.mark.parametrize(
    "condition",
    [
        {"NumericEquals": {"s3:max-keys": "ten"}},
        {"DateLessThan": {"aws:CurrentTime": "tomorrow"}},
        {"ForAnyValue:IpAddress": {"aws:SourceIp": "192.0.2.0/33"}},
        {"NotIpAddress": {"aws:SourceIp": ["example.com"]}},
    ],
)
def test_invalid_condition(put: Any, refused: Any, condition: Any) -> None:
    with refused("MalformedPolicyDocument", LEGACY):
        put(Condition=condition)


@pytest.mark.parametrize(
    "resource",
    [
        "arn:aws:s3:eu-central-1:123456789012:accesspoint/web/object/*",
        "arn:aws:s3:eu-central-1:123456789012:job/*",
        f"{ACCOUNT}*",
        f"{ACCOUNT}root",
        f"{ACCOUNT}role/web",
    ],
)
def test_resource(put: Any, resource: str) -> None:
    put(Resource=resource)


@pytest.mark.parametrize(
    ("resource", "message"),
    [
        ("arn:aws:s3:us-east-1::bucket", "Resource arn:aws:s3:us-east-1::bucket can not contain region information."),
        ("arn:aws:iam:us-east-1::role/a", "IAM resource arn:aws:iam:us-east-1::role/a cannot contain region"),
        (f"{ACCOUNT}roles/a", 'IAM resource path must either be "*" or start with user/, federated-user/, role/'),
    ],
)
def test_invalid_resource(put: Any, refused: Any, resource: str, message: str) -> None:
    with refused("MalformedPolicyDocument", message):
        put(Resource=resource)


@pytest.mark.parametrize(("arn", "is_taken"), [("arn:aws:s3:::b", True), ("arn:*:s3:::b", True), ("arn:aws-cn:s3:::b", False)])
def test_resources_are_in_the_partition_of_the_account(aws: Any, refused: Any, arn: str, is_taken: bool) -> None:
    aws.role()
    document = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": ["*", arn]}]})
    if is_taken:
        aws.iam.put_role_policy(RoleName="web", PolicyName="p", PolicyDocument=document)
        return
    with refused("MalformedPolicyDocument", f'Partition "aws-cn" is not valid for resource "{arn}".'):
        aws.iam.put_role_policy(RoleName="web", PolicyName="p", PolicyDocument=document)
    with refused("MalformedPolicyDocument", "Partition"):
        aws.iam.create_policy(PolicyName="p", PolicyDocument=document)
