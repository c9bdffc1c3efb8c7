# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from moto.iam.aws_managed_policies import aws_managed_policies_data

from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import OptionError
from ansible_collections.keyless.ec2.plugins.module_utils._policy.conditions import OPERATORS
from ansible_collections.keyless.ec2.plugins.module_utils._policy.grammar import DOCUMENT_KEYS, STATEMENT_KEYS
from ansible_collections.keyless.ec2.plugins.module_utils._policy.permissions import check_permissions_policy
from ansible_collections.keyless.ec2.plugins.module_utils._policy.principals import PRINCIPAL_KEYS
from ansible_collections.keyless.ec2.plugins.module_utils._policy.trust import check_trust_policy
from ansible_collections.keyless.ec2.plugins.module_utils._policy.trusted_entities import trust_ec2

READ = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
TRUST = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}
OLD = "2008-10-17"


def permissions(**statement):
    return {"Version": "2012-10-17", "Statement": [{**READ, **statement}]}


def trust(**statement):
    return {"Version": "2012-10-17", "Statement": [{**TRUST, **statement}]}


def when(**condition):
    return permissions(Condition={operator.replace("_", ":"): keys for operator, keys in condition.items()})


def without(document, *keys):
    statement = {key: value for key, value in document["Statement"][0].items() if key not in keys}
    return {**document, "Statement": [statement]}


def refused(check, document):
    with pytest.raises(OptionError) as error:
        check("p", document)
    assert str(error.value).startswith(f"{error.value.option}: ")
    return error.value


@pytest.mark.parametrize("version", ["2012-10-17", OLD])
def test_both_versions_of_the_language_are_taken(version):
    check_permissions_policy("p", {**permissions(), "Version": version})


@pytest.mark.parametrize("check", [check_trust_policy, check_permissions_policy])
@pytest.mark.parametrize("version", ["2017-09-11", "2012-10-18", "", 1, None])
def test_another_version_is_explained(check, version):
    error = refused(check, {**permissions(), "Version": version})
    assert error.option == "p.Version"
    assert f'"{version}"' in str(error)
    assert "edition of the language" in str(error)
    assert '"2012-10-17"' in str(error) and '"2008-10-17"' in str(error)


# Such as people write, from AWS's own documentation and elsewhere.
PERMISSIONS = {
    "administrator": permissions(Action="*"),
    "one statement": {"Version": "2012-10-17", "Statement": READ},
    "no version": {"Statement": [READ]},
    "id and Sids": {**permissions(Sid="Read1"), "Id": "cd3ad3d9-2776-4ef1-a904-4c229d1642ee"},
    "empty Sids": {"Statement": [{**READ, "Sid": ""}, {**READ, "Sid": ""}]},
    "read only": permissions(Action=["s3:Get*", "s3:List*", "s3-object-lambda:Get*", "S3:describe?job"]),
    "objects": permissions(Resource=["arn:aws:s3:::bucket", "arn:aws:s3:::bucket/*", "arn:aws:s3:::bucket/a b:c"]),
    "home folder": permissions(
        Resource="arn:aws:s3:::bucket/${aws:username}/*",
        Condition={"StringLike": {"s3:prefix": ["", "home/", "home/${aws:username}/*"]}},
    ),
    "variable with a default": permissions(Resource="arn:aws:s3:::bucket/${aws:PrincipalTag/team, 'none'}/${*}"),
    "key through a service": permissions(
        Action=["kms:Decrypt", "kms:GenerateDataKey*"],
        Resource="arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab",
        Condition={
            "StringEquals": {"kms:ViaService": "s3.eu-central-1.amazonaws.com"},
            "Bool": {"kms:GrantIsForAWSResource": True},
        },
    ),
    "tags decide": permissions(
        Action="iam:PassRole",
        Resource="arn:aws:iam::*:role/*",
        Condition={
            "StringEquals": {"iam:ResourceTag/team": "${aws:PrincipalTag/team}"},
            "StringLikeIfExists": {"iam:PassedToService": "ec2.*"},
        },
    ),
    "boundary": permissions(
        Effect="Deny",
        Action="iam:CreateRole",
        Condition={"ArnNotEquals": {"iam:PermissionsBoundary": "arn:aws:iam::aws:policy/PowerUserAccess"}},
    ),
    "all but IAM": {**without(permissions(NotAction=["iam:*", "organizations:*"]), "Action")},
    "all but one bucket": {**without(permissions(NotResource=["arn:aws:s3:::secret/*"]), "Resource")},
    "for some time": when(
        DateGreaterThan={"aws:CurrentTime": "2026-01-01T00:00:00Z"}, DateLessThanEquals={"aws:EpochTime": 1798761600}
    ),
    "from some networks": when(
        NotIpAddress={"aws:SourceIp": ["192.0.2.0/24", "2001:DB8::/32"]}, Bool={"aws:ViaAWSService": "false"}
    ),
    "numbers": when(
        NumericLessThanEquals={"s3:max-keys": 10}, NumericGreaterThanIfExists={"aws:MultiFactorAuthAge": ["3600"]}
    ),
    "sets": when(
        **{
            "ForAllValues_StringEquals": {"aws:TagKeys": ["team", "stage"]},
            "ForAnyValue_StringLikeIfExists": {"aws:x": []},
        }
    ),
    "null": when(Null={"aws:TokenIssueTime": True, "aws:x": ["false"]}),
    "binary": when(BinaryEquals={"key": "QmluYXJ5VmFsdWVJbkJhc2U2NA=="}),
    "empty conditions": when(StringEquals={}),
    "no condition": permissions(Condition={}),
    "China": permissions(Resource="arn:aws-cn:dynamodb:cn-north-1:123456789012:table/t/index/*"),
    "GovCloud": permissions(Resource="arn:aws-us-gov:ec2:*:*:instance/*"),
    "any partition": permissions(Resource=["arn:*:ec2:*:*:launch-template/*", "arn:aws*:logs:*:*:*"]),
    "wildcard for the rest": permissions(Resource="arn:aws:medialive:*"),
    "secret": permissions(Resource="arn:aws:secretsmanager:eu-?????-1:123456789012:secret:web/db-??????"),
    "API": permissions(Action="execute-api:Invoke", Resource="arn:aws:execute-api:*:*:abc/prod/GET/*"),
    "no account": permissions(Action="apigateway:GET", Resource="arn:aws:apigateway:us-east-1::/restapis/*"),
    "old with wildcards": {"Version": OLD, **{"Statement": [{**READ, "Resource": "arn:aws:s3:::$bucket/*"}]}},
}
ROLE = "arn:aws:iam::210987654321:role/team/deploy"
OIDC = "oidc.eks.eu-central-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE"
TRUSTS = {
    "ec2": trust_ec2("aws"),
    "ec2 in China": trust_ec2("aws-cn"),
    "console's empty Sid": {**trust(Sid=""), "Version": OLD},
    "services": trust(Principal={"Service": ["ecs-tasks.amazonaws.com", "delivery.logs.amazonaws.com"]}),
    "service of a region": trust(Principal={"Service": "s3.ap-east-1.amazonaws.com"}),
    "service of AWS's own": trust(
        Principal={"Service": ["lightsail.aws.internal", "ec2.amazonaws.eu", "ec2.c2s.ic.gov"]}
    ),
    "everybody": trust(Principal="*", Condition={"StringEquals": {"aws:PrincipalOrgID": "o-abcd123456"}}),
    "every account": trust(
        Principal={"AWS": "*"}, Condition={"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/x-*"}}
    ),
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
        Condition={
            "StringEquals": {f"{OIDC}:sub": "system:serviceaccount:web:web", f"{OIDC}:aud": "sts.amazonaws.com"}
        },
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
    "pods": trust(Action=["sts:AssumeRole", "sts:TagSession"], Principal={"Service": "pods.eks.amazonaws.com"}),
    "anywhere": trust(
        Action=["sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession"],
        Principal={"Service": "rolesanywhere.amazonaws.com"},
        Condition={"ArnEquals": {"aws:SourceArn": "arn:aws:rolesanywhere:eu-central-1:123456789012:trust-anchor/x"}},
    ),
    "with a wildcard": trust(Action="STS:AssumeRole*"),
    "deny": trust(
        Effect="Deny", Principal={"AWS": "*"}, Condition={"BoolIfExists": {"aws:MultiFactorAuthPresent": False}}
    ),
}


@pytest.mark.parametrize("name", PERMISSIONS)
def test_a_policy_that_aws_takes_passes(name):
    check_permissions_policy("p", PERMISSIONS[name])


@pytest.mark.parametrize("name", TRUSTS)
def test_a_trust_policy_that_aws_takes_passes(name):
    check_trust_policy("p", TRUSTS[name])


def test_every_policy_of_aws_passes():
    for name, policy in json.loads(aws_managed_policies_data).items():
        check_permissions_policy(name, policy["Document"])


@pytest.mark.parametrize("prefix", ["", "ForAllValues:", "ForAnyValue:"])
@pytest.mark.parametrize("operator", OPERATORS)
def test_every_operator_passes(prefix, operator):
    check_permissions_policy("p", permissions(Condition={prefix + operator: {"aws:x": "true"}}))
    if operator != "Null":
        check_permissions_policy("p", permissions(Condition={f"{prefix}{operator}IfExists": {"aws:x": "true"}}))


VARIABLE = "arn:aws:s3:::bucket/${aws:username}/*"
BAD_PERMISSIONS = [
    ({"Version": "2012-10-17"}, "Statement", "is missing or empty"),
    ({"Statement": []}, "Statement", "is missing or empty"),
    ({"Statement": ["x"]}, "Statement[0]", "is not a statement"),
    ({"Statement": 1}, "Statement[0]", "is not a statement"),
    ({"version": "2012-10-17", "Statement": [READ]}, "version", "Did you mean Version?"),
    ({**permissions(), "Statements": []}, "Statements", "Did you mean Statement?"),
    ({**permissions(), "Id": 1}, "Id", "1 is not a text"),
    (permissions(Efect="Allow"), "Statement[0].Efect", "Did you mean Effect?"),
    (permissions(resources="*"), "Statement[0].resources", "Did you mean Resource?"),
    (permissions(Xyzzyx="*"), "Statement[0].Xyzzyx", "is not a key of the policy language. The keys here are Sid,"),
    (permissions(Sid="two words"), "Statement[0].Sid", "letters and digits only"),
    (permissions(Sid="autogenerated-id"), "Statement[0].Sid", "letters and digits only"),
    (permissions(Sid=1), "Statement[0].Sid", "1 can't be one"),
    ({"Statement": [{**READ, "Sid": "A"}, {**READ, "Sid": "A"}]}, "Statement[1].Sid", "'A' is there twice"),
    (without(permissions(), "Effect"), "Statement[0].Effect", "is missing"),
    (permissions(Effect="allow"), "Statement[0].Effect", "is 'allow'"),
    ({"Statement": [READ, {**READ, "Effect": 1}]}, "Statement[1].Effect", "is 1"),
    (without(permissions(), "Action"), "Statement[0]", "has neither Action nor NotAction"),
    (permissions(NotAction="s3:*"), "Statement[0]", "has both Action and NotAction"),
    (permissions(Action=[]), "Statement[0].Action", "is empty"),
    (permissions(Action=""), "Statement[0].Action", "is empty"),
    (permissions(Action=None), "Statement[0].Action", "is empty"),
    (permissions(Action=[""]), "Statement[0].Action", "'' is not a text"),
    (permissions(Action=3), "Statement[0].Action", "3 is not a text"),
    (permissions(Action={"s3": "GetObject"}), "Statement[0].Action", "is not a text"),
    (permissions(Action=["s3:GetObject", "GetObject"]), "Statement[0].Action", "'GetObject' can't be used here"),
    (permissions(Action="s3:"), "Statement[0].Action", "like s3:GetObject"),
    (permissions(Action="s3:Get:Object"), "Statement[0].Action", "like s3:GetObject"),
    (permissions(Action=" s3:GetObject"), "Statement[0].Action", "like s3:GetObject"),
    (permissions(Action="s*:GetObject"), "Statement[0].Action", "like s3:GetObject"),
    (without(permissions(), "Resource"), "Statement[0]", "has neither Resource nor NotResource"),
    (permissions(Resource=1), "Statement[0].Resource", "1 is not a text"),
    (permissions(Resource="bucket/*"), "Statement[0].Resource", '"*" or an ARN'),
    (permissions(Resource="arn:aws:s3:bucket"), "Statement[0].Resource", '"*" or an ARN'),
    (permissions(Resource="arn:aws:s3*"), "Statement[0].Resource", '"*" or an ARN'),
    (permissions(Resource="arn:aws::::bucket"), "Statement[0].Resource", '"*" or an ARN'),
    (permissions(Resource="arn:${Partition}:s3:::bucket"), "Statement[0].Resource", "the partition, written out"),
    (permissions(Resource="arn:${AWS::Partition}:s3:::bucket"), "Statement[0].Resource", "the partition, written out"),
    (permissions(Resource="arn:asw:s3:::bucket"), "Statement[0].Resource", "the partition, written out"),
    (
        {**permissions(Resource=VARIABLE), "Version": OLD},
        "Statement[0].Resource",
        "Set the document's Version to \"2012",
    ),
    ({"Statement": [{**READ, "Resource": VARIABLE}]}, "Statement[0].Resource", "${aws:username} is no variable"),
    (
        {**when(StringLike={"s3:prefix": ["${aws:username}/*"]}), "Version": OLD},
        "Statement[0].Condition.StringLike.s3:prefix",
        "is no variable",
    ),
    (permissions(Principal="*"), "Statement[0].Principal", "does not belong here"),
    (permissions(Condition=[]), "Statement[0].Condition", "[] is no condition"),
    (permissions(Condition={"Bool": True}), "Statement[0].Condition.Bool", "True is no mapping"),
    (when(StringEqual={"aws:x": "y"}), "Statement[0].Condition.StringEqual", "Did you mean StringEquals?"),
    (when(stringEquals={"aws:x": "y"}), "Statement[0].Condition.stringEquals", "Did you mean StringEquals?"),
    (
        when(StringsLikeIfExists={"aws:x": "y"}),
        "Statement[0].Condition.StringsLikeIfExists",
        "Did you mean StringLike?",
    ),
    (when(ForAnyValues_Bool={"aws:x": "y"}), "Statement[0].Condition.ForAnyValues:Bool", "is not an operator"),
    (
        when(ForAnyValue_ForAnyValue_Bool={}),
        "Statement[0].Condition.ForAnyValue:ForAnyValue:Bool",
        "is not an operator",
    ),
    (when(NullIfExists={"aws:x": True}), "Statement[0].Condition.NullIfExists", "write it without IfExists"),
    (when(StringEquals={"aws:x": None}), "Statement[0].Condition.StringEquals.aws:x", "None can't be compared with"),
    (when(StringEquals={"aws:x": [["y"]]}), "Statement[0].Condition.StringEquals.aws:x", "can't be compared with"),
    (when(StringEquals={"": "y"}), "Statement[0].Condition.StringEquals.", "is no condition key"),
]
SAML = "arn:aws:iam::123456789012:saml-provider/"
BAD_TRUSTS = [
    (without(trust(), "Principal"), "Statement[0].Principal", "is missing"),
    (without(trust(NotPrincipal="*"), "Principal"), "Statement[0].NotPrincipal", "does not belong here"),
    (trust(Resource="*"), "Statement[0].Resource", "does not belong here"),
    (trust(NotResource="*"), "Statement[0].NotResource", "does not belong here"),
    (trust(Action="ec2:RunInstances"), "Statement[0].Action", "only actions of sts"),
    (trust(Action=["sts:AssumeRole", "*"]), "Statement[0].Action", "only actions of sts"),
    (trust(Sid="two words"), "Statement[0].Sid", "letters and digits only"),
    (trust(Principal="ec2.amazonaws.com"), "Statement[0].Principal", 'like {"Service": "ec2.amazonaws.com"}'),
    (trust(Principal={}), "Statement[0].Principal", "is no principal"),
    (trust(Principal=["*"]), "Statement[0].Principal", "is no principal"),
    (trust(Principal={"service": "ec2.amazonaws.com"}), "Statement[0].Principal.service", "Did you mean Service?"),
    (trust(Principal={"Service": []}), "Statement[0].Principal.Service", "is empty"),
    (trust(Principal={"Service": "ec2"}), "Statement[0].Principal.Service", "looks like ec2.amazonaws.com"),
    (trust(Principal={"Service": "*"}), "Statement[0].Principal.Service", "looks like ec2.amazonaws.com"),
    (trust(Principal={"AWS": 123456789012}), "Statement[0].Principal.AWS", "123456789012 is not a text"),
    (trust(Principal={"AWS": "12345678901"}), "Statement[0].Principal.AWS", "12 digits (in quotes)"),
    (trust(Principal={"AWS": "deploy"}), "Statement[0].Principal.AWS", "'deploy' can't be used here"),
    (trust(Principal={"AWS": "arn:aws:iam::123456789012:group/x"}), "Statement[0].Principal.AWS", "an account's root"),
    (trust(Principal={"AWS": "arn:aws:iam::123456789012:role/x-*"}), "Statement[0].Principal.AWS", "aws:PrincipalArn"),
    (trust(Principal={"AWS": ["*", "x" * 999]}), "Statement[0].Principal.AWS", "…"),
    (trust(Principal={"Federated": SAML}), "Statement[0].Principal.Federated", "the ARN of a provider"),
    (trust(Principal={"Federated": "example.com"}), "Statement[0].Principal.Federated", "the ARN of a provider"),
    (trust(Principal={"CanonicalUser": {}}), "Statement[0].Principal.CanonicalUser", "is empty"),
]


@pytest.mark.parametrize("document, where, says", BAD_PERMISSIONS)
def test_a_finding_in_a_policy_names_the_place_and_what_would_be_right(document, where, says):
    error = refused(check_permissions_policy, document)
    assert (error.option, says in str(error)) == (f"p.{where}", True), error


@pytest.mark.parametrize("document, where, says", BAD_TRUSTS)
def test_a_finding_in_a_trust_policy_names_the_place_and_what_would_be_right(document, where, says):
    error = refused(check_trust_policy, document)
    assert (error.option, says in str(error)) == (f"p.{where}", True), error


@pytest.mark.parametrize("document", [each[0] for each in BAD_PERMISSIONS + BAD_TRUSTS])
def test_a_message_has_a_problem_and_a_remedy(document):
    for check in (check_permissions_policy, check_trust_policy):
        text = str(refused(check, document))
        assert re.fullmatch(r"p[^ ]*: .+[.:] .+[.?:…*]", text, re.DOTALL), text


SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=5),
    st.sampled_from(["*", "s3:Get", "sts:x", "Allow"]),
)
KEYS = st.one_of(
    st.sampled_from([*DOCUMENT_KEYS, *STATEMENT_KEYS, *PRINCIPAL_KEYS, "Bool", "StringEquals", "Nul"]),
    st.text(max_size=5),
)
JSON = st.recursive(
    SCALARS, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=4))
)
# Close to a policy, so that the checks further down are reached as well.
STATEMENTS = st.fixed_dictionaries(
    {"Effect": st.sampled_from(["Allow", "Deny"])},
    optional={key: JSON for key in STATEMENT_KEYS if key != "Effect"},
)
DOCUMENTS = st.one_of(
    st.dictionaries(KEYS, JSON, max_size=4),
    st.fixed_dictionaries(
        {"Statement": st.one_of(JSON, STATEMENTS, st.lists(STATEMENTS, max_size=3))}, optional={"Id": JSON}
    ),
    st.builds(lambda condition: permissions(Condition=condition), JSON),
    st.builds(lambda condition: permissions(Condition={"Bool": condition}), JSON),
    st.builds(lambda principal: trust(Principal=principal), JSON),
    st.builds(lambda resource: permissions(Resource=resource), JSON),
)


@pytest.mark.parametrize("check", [check_permissions_policy, check_trust_policy])
@given(document=DOCUMENTS)
def test_any_document_is_taken_or_refused_by_its_place(check, document):
    try:
        check("p", document)
    except OptionError as error:
        assert error.option.startswith("p")
