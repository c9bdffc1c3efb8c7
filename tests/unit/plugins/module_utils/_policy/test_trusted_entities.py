# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.keyless.ec2.plugins.filter.trust_policy import filter_trust_policy
from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import OptionError
from ansible_collections.keyless.ec2.plugins.module_utils._policy.document import same_policy
from ansible_collections.keyless.ec2.plugins.module_utils._policy.trusted_entities import build_trust_policy, ec2_trust_policy

SAML = "arn:aws:iam::123456789012:saml-provider/Directory"
OIDC = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"
OWN_OIDC = "arn:aws:iam::123456789012:oidc-provider/oidc.eks.eu-central-1.amazonaws.com/id/0123456789ABCDEF"
EKS = "arn:aws:iam::123456789012:oidc-provider/oidc.eks.eu-central-1.amazonaws.com/id/ABC"
ROLE = "arn:aws:iam::210987654321:role/team/deploy"


def trust(*entities, partition="aws"):
    return build_trust_policy("trusted_entities", list(entities), partition)


def statement(entity, partition="aws"):
    (only,) = trust(entity, partition=partition)["Statement"]
    assert only.pop("Effect") == "Allow"
    return only


ENTITIES = [
    ({"service": "ec2.amazonaws.com"}, {"Service": "ec2.amazonaws.com"}, "sts:AssumeRole", None),
    ({"service": "lambda.amazonaws.com"}, {"Service": "lambda.amazonaws.com"}, "sts:AssumeRole", None),
    ({"account": "210987654321"}, {"AWS": "arn:aws:iam::210987654321:root"}, "sts:AssumeRole", None),
    ({"account": 210987654321}, {"AWS": "arn:aws:iam::210987654321:root"}, "sts:AssumeRole", None),
    (
        {"account": "210987654321", "external_id": "x-1"},
        {"AWS": "arn:aws:iam::210987654321:root"},
        "sts:AssumeRole",
        {"StringEquals": {"sts:ExternalId": "x-1"}},
    ),
    ({"principal": ROLE, "require_mfa": False}, {"AWS": ROLE}, "sts:AssumeRole", None),
    (
        {"principal": ROLE, "require_mfa": True, "external_id": "x-1"},
        {"AWS": ROLE},
        "sts:AssumeRole",
        {"StringEquals": {"sts:ExternalId": "x-1"}, "Bool": {"aws:MultiFactorAuthPresent": "true"}},
    ),
    (
        {"saml_provider": SAML},
        {"Federated": SAML},
        "sts:AssumeRoleWithSAML",
        {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}},
    ),
    (
        {"saml_provider": SAML, "audience": "https://eu-central-1.signin.aws.amazon.com/saml"},
        {"Federated": SAML},
        "sts:AssumeRoleWithSAML",
        {"StringEquals": {"SAML:aud": "https://eu-central-1.signin.aws.amazon.com/saml"}},
    ),
    (
        {"oidc_provider": EKS, "subjects": ["system:serviceaccount:web:web"]},
        {"Federated": EKS},
        "sts:AssumeRoleWithWebIdentity",
        {
            "StringEquals": {
                "oidc.eks.eu-central-1.amazonaws.com/id/ABC:aud": "sts.amazonaws.com",
                "oidc.eks.eu-central-1.amazonaws.com/id/ABC:sub": ["system:serviceaccount:web:web"],
            }
        },
    ),
    (
        {"saml_provider": SAML, "audience": ["https://a.example/saml", "https://b.example/saml"]},
        {"Federated": SAML},
        "sts:AssumeRoleWithSAML",
        {"StringEquals": {"SAML:aud": ["https://a.example/saml", "https://b.example/saml"]}},
    ),
    (
        {"saml_provider": SAML, "sign_in_regions": ["eu-central-1", "us-west-2"]},
        {"Federated": SAML},
        "sts:AssumeRoleWithSAML",
        {
            "StringEquals": {
                "SAML:aud": [
                    "https://signin.aws.amazon.com/saml",
                    "https://eu-central-1.signin.aws.amazon.com/saml",
                    "https://us-west-2.signin.aws.amazon.com/saml",
                ]
            }
        },
    ),
    (
        {"saml_provider": SAML, "allow_tagging": True},
        {"Federated": SAML},
        ["sts:AssumeRoleWithSAML", "sts:TagSession"],
        {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}},
    ),
    (
        {"service": "pods.eks.amazonaws.com", "allow_tagging": True},
        {"Service": "pods.eks.amazonaws.com"},
        ["sts:AssumeRole", "sts:TagSession"],
        None,
    ),
    (
        {"service": "ec2.amazonaws.com", "allow_tagging": False},
        {"Service": "ec2.amazonaws.com"},
        "sts:AssumeRole",
        None,
    ),
    (
        {"service": "vmie.amazonaws.com", "source_account": "123456789012", "source_arn": ["arn:aws:vmie:*:123456789012:*"]},
        {"Service": "vmie.amazonaws.com"},
        "sts:AssumeRole",
        {
            "StringEquals": {"aws:SourceAccount": "123456789012"},
            "ArnLike": {"aws:SourceArn": "arn:aws:vmie:*:123456789012:*"},
        },
    ),
    (
        {"service": "scheduler.amazonaws.com", "source_account": ["123456789012", "210987654321"]},
        {"Service": "scheduler.amazonaws.com"},
        "sts:AssumeRole",
        {"StringEquals": {"aws:SourceAccount": ["123456789012", "210987654321"]}},
    ),
    (
        {"account": "210987654321", "organization": "o-a1b2c3d4e5", "external_id": "x-1"},
        {"AWS": "arn:aws:iam::210987654321:root"},
        "sts:AssumeRole",
        {"StringEquals": {"sts:ExternalId": "x-1", "aws:PrincipalOrgID": "o-a1b2c3d4e5"}},
    ),
    (
        {"account": "*", "organization": "o-a1b2c3d4e5"},
        {"AWS": "*"},
        "sts:AssumeRole",
        {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}},
    ),
    *(
        (
            {"oidc_provider": provider, "subjects": [each]},
            {"Federated": provider},
            "sts:AssumeRoleWithWebIdentity",
            {
                "StringEquals": {f"{provider.split('/', 1)[1]}:aud": "sts.amazonaws.com"},
                "StringLike": {f"{provider.split('/', 1)[1]}:sub": [each]},
            },
        )
        for provider, each in ((OIDC, "repo:team/*:ref:refs/heads/main"), (OIDC, "organization:team:*"), (OWN_OIDC, "system:serviceaccount:*:web"))
    ),
    (
        {"oidc_provider": OIDC, "audience": "me", "subjects": ["repo:team/*"]},
        {"Federated": OIDC},
        "sts:AssumeRoleWithWebIdentity",
        {
            "StringEquals": {"token.actions.githubusercontent.com:aud": "me"},
            "StringLike": {"token.actions.githubusercontent.com:sub": ["repo:team/*"]},
        },
    ),
]


@pytest.mark.parametrize("entity, principal, action, condition", ENTITIES)
def test_the_statement_for_an_entity(entity, principal, action, condition):
    expected = {"Principal": principal, "Action": action}
    assert statement(entity) == ({**expected, "Condition": condition} if condition else expected)


def test_entities_of_all_kinds_can_be_combined():
    document = trust(*(entity for entity, *_rest in ENTITIES))
    assert document["Version"] == "2012-10-17"
    assert len(document["Statement"]) == len(ENTITIES)


PARTITIONS = [
    ("aws-cn", {"service": "ec2.amazonaws.com"}, "Service", "ec2.amazonaws.com.cn"),
    ("aws-cn", {"service": "lambda.amazonaws.com"}, "Service", "lambda.amazonaws.com"),
    ("aws-us-gov", {"service": "ec2.amazonaws.com"}, "Service", "ec2.amazonaws.com"),
    ("aws-eusc", {"service": "ec2.amazonaws.com"}, "Service", "ec2.amazonaws.com"),
    ("aws-iso", {"service": "ec2.amazonaws.com"}, "Service", "ec2.c2s.ic.gov"),
    ("aws-iso-b", {"service": "ec2.amazonaws.com"}, "Service", "ec2.sc2s.sgov.gov"),
    ("aws-iso", {"service": "ec2.c2s.ic.gov"}, "Service", "ec2.c2s.ic.gov"),
    ("aws-eusc", {"service": "s3.amazonaws.eu"}, "Service", "s3.amazonaws.eu"),
    ("aws-cn", {"account": "210987654321"}, "AWS", "arn:aws-cn:iam::210987654321:root"),
    ("aws-us-gov", {"account": "210987654321"}, "AWS", "arn:aws-us-gov:iam::210987654321:root"),
]


@pytest.mark.parametrize("partition, entity, kind, named", PARTITIONS)
def test_principals_have_the_name_of_the_partition(partition, entity, kind, named):
    assert statement(entity, partition)["Principal"] == {kind: named}


@pytest.mark.parametrize(
    "partition, audience",
    [("aws-cn", "https://signin.amazonaws.cn/saml"), ("aws-us-gov", "https://signin.amazonaws-us-gov.com/saml")],
)
def test_the_default_audience_depends_on_the_partition(partition, audience):
    found = statement({"saml_provider": SAML.replace("arn:aws:", f"arn:{partition}:")}, partition)
    assert found["Condition"] == {"StringEquals": {"SAML:aud": audience}}


def test_sign_in_regions_add_their_own_addresses():
    entity = {"saml_provider": SAML.replace("arn:aws:", "arn:aws-cn:"), "sign_in_regions": ["cn-north-1"]}
    assert statement(entity, "aws-cn")["Condition"]["StringEquals"]["SAML:aud"] == [
        "https://signin.amazonaws.cn/saml",
        "https://cn-north-1.signin.amazonaws.cn/saml",
    ]


@pytest.mark.parametrize("more", [{}, {"audience": "https://a.example", "sign_in_regions": ["us-iso-east-1"]}])
def test_the_audience_is_required_in_an_unknown_partition(more):
    with pytest.raises(OptionError, match=r"trusted_entities\[0\].audience: is missing"):
        trust({"saml_provider": SAML.replace("arn:aws:", "arn:aws-iso:"), **more}, partition="aws-iso")


INVALID = [
    ({}, "trusted_entities[0]", "does not say whom to trust"),
    ("ec2.amazonaws.com", "trusted_entities[0]", "is not a mapping"),
    ({"service": "ec2.amazonaws.com", "account": "210987654321"}, "trusted_entities[0]", "has service and account"),
    ({"service": "ec2"}, "trusted_entities[0].service", "is not a service"),
    ({"service": 1}, "trusted_entities[0].service", "is not a service"),
    ({"service": "ec2.amazonaws.com", "require_mfa": True}, "trusted_entities[0].require_mfa", "is not allowed with"),
    ({"servcie": "ec2.amazonaws.com"}, "trusted_entities[0]", "does not say whom to trust"),
    ({"account": 12345678901}, "trusted_entities[0].account", "is not an account id"),
    ({"account": "210987654321", "external_id": "x"}, "trusted_entities[0].external_id", "is not a valid external ID"),
    ({"principal": "deploy"}, "trusted_entities[0].principal", "is not an ARN that can be used here"),
    ({"principal": "arn:aws:iam::210987654321:role/*"}, "trusted_entities[0].principal", "without wildcards"),
    ({"account": "*"}, "trusted_entities[0].account", "every AWS account"),
    ({"account": "210987654321", "organization": "acme"}, "trusted_entities[0].organization", "looks like o-"),
    ({"service": "ec2.amazonaws.com", "organization": "o-a1b2c3d4e5"}, "trusted_entities[0].organization", "is not allowed"),
    ({"service": "ec2.amazonaws.com", "source_account": "1234"}, "trusted_entities[0].source_account", "12 digits"),
    ({"service": "ec2.amazonaws.com", "source_arn": "bucket"}, "trusted_entities[0].source_arn", "is not valid here"),
    ({"account": "210987654321", "source_arn": "arn:aws:s3:::b"}, "trusted_entities[0].source_arn", "is not allowed with"),
    ({"saml_provider": SAML, "sign_in_regions": ["Frankfurt"]}, "trusted_entities[0].sign_in_regions", "eu-central-1"),
    ({"saml_provider": SAML, "audience": ["a b"]}, "trusted_entities[0].audience", "without spaces"),
    ({"oidc_provider": OIDC, "sign_in_regions": ["eu-central-1"]}, "trusted_entities[0].sign_in_regions", "is not allowed"),
    ({"principal": ROLE.replace("aws", "aws-cn")}, "trusted_entities[0].principal", "is in the partition aws-cn"),
    ({"saml_provider": OIDC}, "trusted_entities[0].saml_provider", "is not an ARN that can be used here"),
    ({"saml_provider": SAML, "subjects": ["x"]}, "trusted_entities[0].subjects", "is not allowed with"),
    ({"oidc_provider": OIDC}, "trusted_entities[0].subjects", "every identity of the provider"),
    ({"oidc_provider": OIDC, "subjects": []}, "trusted_entities[0].subjects", "is missing"),
    *(
        ({"oidc_provider": provider, "subjects": ["repo:team/web:*", each]}, "trusted_entities[0].subjects", "matches every identity of the provider")
        for provider in (OIDC, OWN_OIDC)
        for each in ("*", "**", "?*", "*:*", "*/*:*", "* ")
    ),
    *(
        ({"oidc_provider": OIDC, "subjects": [each]}, "trusted_entities[0].subjects", "matches identities of other organizations, which share")
        for each in (
            "repo:*",
            "repo:*/*",
            "repo:team*",
            "repo:tea?/web:*",
            "re*:team/web:*",
            "*team/web:*",
            "repo:*/web:ref:refs/heads/main",
            "repo*",
        )
    ),
    ({"oidc_provider": OIDC, "subjects": "x"}, "trusted_entities[0].subjects", "is missing"),
]


@pytest.mark.parametrize("entity, location, says", INVALID)
def test_an_invalid_entity_is_rejected_with_its_location(entity, location, says):
    with pytest.raises(OptionError) as error:
        trust(entity)
    assert error.value.option == location
    assert says in str(error.value)


@pytest.mark.parametrize("entities, problem", [([], "is empty"), (None, "is empty"), ("x", "is not a list"), ({"account": "*"}, "is not a list")])
def test_a_list_of_entities_is_required(entities, problem):
    with pytest.raises(OptionError, match=f"^trusted_entities: {problem}"):
        build_trust_policy("trusted_entities", entities, "aws")


def test_none_counts_as_not_given():
    assert statement({"service": "ec2.amazonaws.com", "account": None, "require_mfa": None}) == statement({"service": "ec2.amazonaws.com"})


def test_the_filter_returns_the_same_document():
    entities = [{"account": "210987654321", "require_mfa": True}]
    assert same_policy(filter_trust_policy(entities, "aws-cn"), trust(*entities, partition="aws-cn"))
    with pytest.raises(AnsibleFilterError, match=r"trusted_entities\[0\].service"):
        filter_trust_policy([{"service": "ec2"}])


@pytest.mark.parametrize(
    "partition, service",
    [("aws", "ec2.amazonaws.com"), ("aws-us-gov", "ec2.amazonaws.com"), ("aws-cn", "ec2.amazonaws.com.cn")],
)
def test_ec2_has_the_name_of_the_partition(partition, service):
    assert ec2_trust_policy(partition)["Statement"][0]["Principal"] == {"Service": service}
