# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Trust policies: checks, and whom they trust."""

from __future__ import annotations

import re

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._policy.permissions_policy import check_permissions_policy
from ansible_collections.keyless.ec2.plugins.module_utils._policy.trust_policy import (
    check_trust_policy,
    deleted_principals,
    identities_trusted,
    trusts_service,
)
from ansible_collections.keyless.ec2.plugins.module_utils._policy.trusted_entities import build_trust_policy, ec2_trust_policy
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._policy.documents import (
    OLD,
    rejected,
    trust,
    without,
)

ROLE = "arn:aws:iam::210987654321:role/team/deploy"
OIDC = "oidc.eks.eu-central-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE"
TRUSTS = {
    "ec2": ec2_trust_policy("aws"),
    "ec2 in China": ec2_trust_policy("aws-cn"),
    "console's empty Sid": {**trust(Sid=""), "Version": OLD},
    "services": trust(Principal={"Service": ["ecs-tasks.amazonaws.com", "delivery.logs.amazonaws.com"]}),
    "service of a region": trust(Principal={"Service": "s3.ap-east-1.amazonaws.com"}),
    "service of AWS's own": trust(Principal={"Service": ["lightsail.aws.internal", "ec2.amazonaws.eu", "ec2.c2s.ic.gov"]}),
    "everybody": trust(Principal="*", Condition={"StringEquals": {"aws:PrincipalOrgID": "o-abcd123456"}}),
    "every account": trust(Principal={"AWS": "*"}, Condition={"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/x-*"}}),
    "account": trust(
        Principal={"AWS": ["123456789012", "arn:aws:iam::210987654321:root"]},
        Condition={"StringEquals": {"sts:ExternalId": "Unique ID"}},
    ),
    "principals": trust(
        Principal={
            "AWS": [
                ROLE,
                "arn:aws-us-gov:iam::123456789012:user/path/ann@example.com",
                "arn:aws:sts::123456789012:assumed-role/role/session=1",
                "arn:aws-cn:sts::123456789012:federated-user/ann",
                "arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0123456789abcdef",
            ]
        }
    ),
    "deleted": trust(Principal={"AWS": ["AROAEXAMPLE4EXAMPLE4X", "AIDAEXAMPLE4EXAMPLE4X", "AROAEXAMPLE4EXAMPLE4X:me"]}),
    "several kinds": trust(Principal={"AWS": ROLE, "Service": "lambda.amazonaws.com"}),
    "service account": trust(
        Action="sts:AssumeRoleWithWebIdentity",
        Principal={"Federated": f"arn:aws:iam::123456789012:oidc-provider/{OIDC}"},
        Condition={"StringEquals": {f"{OIDC}:sub": "system:serviceaccount:web:web", f"{OIDC}:aud": "sts.amazonaws.com"}},
    ),
    "SAML": trust(
        Action=["sts:AssumeRoleWithSAML", "sts:TagSession"],
        Principal={"Federated": "arn:aws:iam::123456789012:saml-provider/My.Directory-1"},
        Condition={"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}},
    ),
    "web identity": trust(
        Action="sts:AssumeRoleWithWebIdentity",
        Principal={"Federated": ["cognito-identity.amazonaws.com", "cognito-identity-us-gov.amazonaws.com"]},
        Condition={"ForAnyValue:StringLike": {"cognito-identity.amazonaws.com:amr": "unauthenticated"}},
    ),
    "web identity in China": trust(
        Action="sts:AssumeRoleWithWebIdentity",
        Principal={"Federated": "cognito-identity.cn-north-1.amazonaws.com.cn"},
    ),
    "pods": trust(Action=["sts:AssumeRole", "sts:TagSession"], Principal={"Service": "pods.eks.amazonaws.com"}),
    "anywhere": trust(
        Action=["sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession"],
        Principal={"Service": "rolesanywhere.amazonaws.com"},
        Condition={"ArnEquals": {"aws:SourceArn": "arn:aws:rolesanywhere:eu-central-1:123456789012:trust-anchor/x"}},
    ),
    "with a wildcard": trust(Action="STS:AssumeRole*"),
    "deny": trust(Effect="Deny", Principal={"AWS": "*"}, Condition={"BoolIfExists": {"aws:MultiFactorAuthPresent": False}}),
}


@pytest.mark.parametrize("name", TRUSTS)
def test_a_valid_trust_policy_passes(name):
    check_trust_policy("p", TRUSTS[name])


SAML = "arn:aws:iam::123456789012:saml-provider/"
BAD_TRUSTS = [
    (without(trust(), "Principal"), "Statement[0].Principal", "is missing"),
    (without(trust(NotPrincipal="*"), "Principal"), "Statement[0].NotPrincipal", "is not allowed here"),
    (trust(Resource="*"), "Statement[0].Resource", "is not allowed here"),
    (trust(NotResource="*"), "Statement[0].NotResource", "is not allowed here"),
    (trust(Action="ec2:RunInstances"), "Statement[0].Action", "Only actions of sts"),
    (trust(Action=["sts:AssumeRole", "*"]), "Statement[0].Action", "Only actions of sts"),
    (trust(Sid="two words"), "Statement[0].Sid", "letters and digits only"),
    (trust(Principal="ec2.amazonaws.com"), "Statement[0].Principal", 'like {"Service": "ec2.amazonaws.com"}'),
    (trust(Principal={}), "Statement[0].Principal", "is not a principal"),
    (trust(Principal=["*"]), "Statement[0].Principal", "is not a principal"),
    (trust(Principal={"service": "ec2.amazonaws.com"}), "Statement[0].Principal.service", "Did you mean Service?"),
    (trust(Principal={"Service": []}), "Statement[0].Principal.Service", "is empty"),
    (trust(Principal={"Service": "ec2"}), "Statement[0].Principal.Service", "looks like ec2.amazonaws.com"),
    (trust(Principal={"Service": "*"}), "Statement[0].Principal.Service", "looks like ec2.amazonaws.com"),
    (trust(Principal={"AWS": 123456789012}), "Statement[0].Principal.AWS", "123456789012 is not a string"),
    (trust(Principal={"AWS": "12345678901"}), "Statement[0].Principal.AWS", "12 digits (in quotes)"),
    (trust(Principal={"AWS": "deploy"}), "Statement[0].Principal.AWS", "'deploy' is not valid here"),
    (trust(Principal={"AWS": "arn:aws:iam::123456789012:group/x"}), "Statement[0].Principal.AWS", "an account's root"),
    (trust(Principal={"AWS": "arn:aws:iam::123456789012:role/x-*"}), "Statement[0].Principal.AWS", "aws:PrincipalArn"),
    (trust(Principal={"AWS": ["*", "x" * 999]}), "Statement[0].Principal.AWS", "…"),
    (trust(Principal={"Federated": SAML}), "Statement[0].Principal.Federated", "the ARN of a provider"),
    (trust(Principal={"Federated": "example.com"}), "Statement[0].Principal.Federated", "the ARN of a provider"),
    (trust(Principal={"CanonicalUser": {}}), "Statement[0].Principal.CanonicalUser", "is empty"),
]


@pytest.mark.parametrize("document, location, says", BAD_TRUSTS)
def test_an_invalid_trust_policy_is_rejected_with_location_and_suggestion(document, location, says):
    error = rejected(check_trust_policy, document)
    assert (error.option, says in str(error)) == (f"p.{location}", True), error


@pytest.mark.parametrize("document", [each[0] for each in BAD_TRUSTS])
def test_a_message_has_a_problem_and_a_suggestion(document):
    for check in (check_permissions_policy, check_trust_policy):
        text = str(rejected(check, document))
        assert re.fullmatch(r"p[^ ]*: .+[.:] .+[.?:…*]", text, re.DOTALL), text


def test_deleted_principals_are_recognized():
    entities = [{"account": "210987654321"}, {"service": "ec2.amazonaws.com"}]
    document = build_trust_policy("trusted_entities", entities, "aws")
    assert deleted_principals(document) == []
    document["Statement"].append({"Principal": {"AWS": ["AROAEXAMPLE4EXAMPLE4X", "AIDAEXAMPLE4EXAMPLE4X", ROLE]}})
    assert deleted_principals(document) == ["AROAEXAMPLE4EXAMPLE4X", "AIDAEXAMPLE4EXAMPLE4X"]
    assert deleted_principals({"Statement": {"Principal": {"AWS": "AIDAEXAMPLE4EXAMPLE4X"}}}) == ["AIDAEXAMPLE4EXAMPLE4X"]
    assert deleted_principals({"Statement": [{"Principal": "*"}]}) == []


def allow(principal, action="sts:AssumeRole", **more):
    return {"Effect": "Allow", "Principal": principal, "Action": action, **more}


def deny(principal, action="sts:AssumeRole", **more):
    return {**allow(principal, action, **more), "Effect": "Deny"}


EC2 = {"Service": "ec2.amazonaws.com"}
CONDITION = {"Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}
EVALUATED = [
    ([allow(EC2)], True),
    (allow(EC2), True),
    ([allow({"Service": ["lambda.amazonaws.com", "ec2.amazonaws.com.cn"]})], True),
    ([allow({"Service": "ec2.c2s.ic.gov"})], True),
    ([allow({"Service": "ec2.sc2s.sgov.gov"})], True),
    ([allow({"Service": "lambda.amazonaws.com"})], False),
    ([allow({"AWS": "arn:aws:iam::123456789012:root"})], False),
    ([allow("*")], True),
    ([allow({"AWS": "*"})], True),
    ([allow({"AWS": ["123456789012", "*"]})], True),
    ([allow(EC2, "sts:TagSession")], False),
    ([allow(EC2, ["sts:TagSession", "STS:assumerole"])], True),
    ([allow(EC2, "sts:AssumeRole*")], True),
    ([allow(EC2, "sts:AssumeRole?*")], False),
    ([allow(EC2, "sts:*")], True),
    ([{"Effect": "Allow", "Principal": EC2, "NotAction": "sts:TagSession"}], True),
    ([{"Effect": "Allow", "Principal": EC2, "NotAction": "sts:Assume*"}], False),
    ([allow(EC2, **CONDITION)], True),
    ([deny(EC2)], False),
    ([allow(EC2), deny(EC2)], False),
    ([deny("*"), allow(EC2)], False),
    ([allow(EC2), deny({"AWS": "*"})], False),
    ([allow(EC2), deny({"AWS": "*"}, **CONDITION)], True),
    ([allow(EC2), deny(EC2, "sts:TagSession")], True),
    ([allow(EC2), deny({"Service": "lambda.amazonaws.com"})], True),
    ([allow(EC2), {"Effect": "Deny", "NotPrincipal": EC2, "Action": "sts:*"}], True),
    ([allow(EC2), {"Effect": "Deny", "NotPrincipal": {"AWS": "123456789012"}, "Action": "sts:*"}], False),
    ([], False),
]


@pytest.mark.parametrize("statements, expected", EVALUATED)
def test_whether_a_service_may_assume_the_role(statements, expected):
    assert trusts_service({"Version": "2012-10-17", "Statement": statements}, "ec2.amazonaws.com") is expected


@pytest.mark.parametrize(
    "principal, effect, expected",
    [
        ({"Service": "ec2.amazonaws.com"}, "Allow", []),
        ({"Service": "ec2.amazonaws.com", "AWS": ["a", "b"]}, "Allow", ["a", "b"]),
        ({"Federated": "f"}, "Allow", ["f"]),
        ({"CanonicalUser": "c"}, "Allow", ["c"]),
        ("*", "Allow", ["*"]),
        (None, "Allow", ["all but some"]),
        ({"AWS": "a"}, "Deny", []),
    ],
)
def test_who_may_assume_a_role_besides_services(principal, effect, expected):
    named = {"NotPrincipal": {"AWS": "x"}} if principal is None else {"Principal": principal}
    assert identities_trusted({"Statement": {"Effect": effect, **named, "Action": "sts:AssumeRole"}}) == expected
