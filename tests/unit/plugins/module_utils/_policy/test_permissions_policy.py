# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks of inline policies."""

from __future__ import annotations

import json
import re

import pytest
from moto.iam.aws_managed_policies import aws_managed_policies_data

from ansible_collections.keyless.ec2.plugins.module_utils._policy.permissions_policy import check_permissions_policy
from ansible_collections.keyless.ec2.plugins.module_utils._policy.trust_policy import check_trust_policy
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._policy.documents import (
    OLD,
    READ,
    permissions,
    rejected,
    when,
    without,
)

# Valid policies from AWS's documentation and elsewhere
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
    "tags as conditions": permissions(
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
    "for some time": when(DateGreaterThan={"aws:CurrentTime": "2026-01-01T00:00:00Z"}, DateLessThanEquals={"aws:EpochTime": 1798761600}),
    "from some networks": when(NotIpAddress={"aws:SourceIp": ["192.0.2.0/24", "2001:DB8::/32"]}, Bool={"aws:ViaAWSService": "false"}),
    "numbers": when(NumericLessThanEquals={"s3:max-keys": 10}, NumericGreaterThanIfExists={"aws:MultiFactorAuthAge": ["3600"]}),
    "sets": when(ForAllValues_StringEquals={"aws:TagKeys": ["team", "stage"]}, ForAnyValue_StringLikeIfExists={"aws:x": []}),
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
    "variables with the old version": {"Statement": [{**READ, "Resource": "arn:aws:s3:::bucket/${aws:username}/*"}]},
    "regional S3 resources": permissions(
        Resource=["arn:aws:s3:eu-west-1:123456789012:accesspoint/web", "arn:aws:s3:*:*:bucket", "arn:aws:s3:us-west-2:*:j*"]
    ),
    "types of IAM resources": permissions(
        Resource=[f"arn:aws:iam::123456789012:{each}" for each in ("*", "r*", "root", "role/*", "ro?e/x", "${aws:username}")]
    ),
    "variables as values": when(NumericEquals={"s3:max-keys": "${aws:PrincipalTag/n}"}, IpAddress={"aws:SourceIp": "${aws:PrincipalTag/net}"}),
    "dates": when(DateEquals={"aws:x": ["2026", "2026-01", "2026-01-31T8", "2026-01-31T08:15:00.123+02:00", "1798761600", 1798761600]}),
    "old with wildcards": {"Version": OLD, "Statement": [{**READ, "Resource": "arn:aws:s3:::$bucket/*"}]},
}


@pytest.mark.parametrize("name", PERMISSIONS)
def test_a_valid_policy_passes(name):
    check_permissions_policy("p", PERMISSIONS[name])


def test_every_aws_managed_policy_passes():
    for name, policy in json.loads(aws_managed_policies_data).items():
        check_permissions_policy(name, policy["Document"])


ACCOUNT = "123456789012"
BAD_PERMISSIONS = [
    ({"Version": "2012-10-17"}, "Statement", "is missing or empty"),
    ({"Version": "2012-10-7", "Statement": [READ]}, "Version", '"2008-10-17" is older and has no policy variables.'),
    ({"Version": "2012-10-7", "Statement": [READ]}, "Version", 'Use "2012-10-17".'),
    ({"Statement": []}, "Statement", "is missing or empty"),
    ({"Statement": ["x"]}, "Statement[0]", "is not a statement"),
    ({"Statement": 1}, "Statement[0]", "is not a statement"),
    ({"version": "2012-10-17", "Statement": [READ]}, "version", "Did you mean Version?"),
    ({**permissions(), "Statements": []}, "Statements", "Did you mean Statement?"),
    ({**permissions(), "Id": 1}, "Id", "1 is not a string"),
    (permissions(Efect="Allow"), "Statement[0].Efect", "Did you mean Effect?"),
    (permissions(resources="*"), "Statement[0].resources", "Did you mean Resource?"),
    (permissions(Xyzzyx="*"), "Statement[0].Xyzzyx", "is not a key of the policy language. Valid keys are Sid,"),
    (permissions(Sid="two words"), "Statement[0].Sid", "letters and digits only"),
    (permissions(Sid="autogenerated-id"), "Statement[0].Sid", "letters and digits only"),
    (permissions(Sid=1), "Statement[0].Sid", "1 is not a valid Sid"),
    ({"Statement": [{**READ, "Sid": "A"}, {**READ, "Sid": "A"}]}, "Statement[1].Sid", "'A' is used twice"),
    (without(permissions(), "Effect"), "Statement[0].Effect", "is missing"),
    (permissions(Effect="allow"), "Statement[0].Effect", "is 'allow'"),
    ({"Statement": [READ, {**READ, "Effect": 1}]}, "Statement[1].Effect", "is 1"),
    (without(permissions(), "Action"), "Statement[0]", "has neither Action nor NotAction"),
    (permissions(NotAction="s3:*"), "Statement[0]", "has both Action and NotAction"),
    (permissions(Action=[]), "Statement[0].Action", "is empty"),
    (permissions(Action=""), "Statement[0].Action", "is empty"),
    (permissions(Action=None), "Statement[0].Action", "is empty"),
    (permissions(Action=[""]), "Statement[0].Action", "'' is not a string"),
    (permissions(Action=3), "Statement[0].Action", "3 is not a string"),
    (permissions(Action={"s3": "GetObject"}), "Statement[0].Action", "is not a string"),
    (permissions(Action=["s3:GetObject", "GetObject"]), "Statement[0].Action", "'GetObject' is not valid here"),
    (permissions(Action="s3:"), "Statement[0].Action", "like s3:GetObject"),
    (permissions(Action="s3:Get:Object"), "Statement[0].Action", "like s3:GetObject"),
    (permissions(Action=" s3:GetObject"), "Statement[0].Action", "like s3:GetObject"),
    (permissions(Action="s*:GetObject"), "Statement[0].Action", "like s3:GetObject"),
    (without(permissions(), "Resource"), "Statement[0]", "has neither Resource nor NotResource"),
    (permissions(Resource=1), "Statement[0].Resource", "1 is not a string"),
    (permissions(Resource="bucket/*"), "Statement[0].Resource", '"*" or an ARN'),
    (permissions(Resource="arn:aws:s3:bucket"), "Statement[0].Resource", '"*" or an ARN'),
    (permissions(Resource="arn:aws:s3*"), "Statement[0].Resource", '"*" or an ARN'),
    (permissions(Resource="arn:aws::::bucket"), "Statement[0].Resource", '"*" or an ARN'),
    (permissions(Resource="arn:${Partition}:s3:::bucket"), "Statement[0].Resource", "the partition, written out"),
    (permissions(Resource="arn:${AWS::Partition}:s3:::bucket"), "Statement[0].Resource", "the partition, written out"),
    (permissions(Resource="arn:asw:s3:::bucket"), "Statement[0].Resource", "the partition, written out"),
    (permissions(Resource="arn:aws:s3:us-east-1::bucket"), "Statement[0].Resource", "ARNs of S3 buckets have no region"),
    (permissions(Resource=f"arn:aws:iam:eu-west-1:{ACCOUNT}:role/web"), "Statement[0].Resource", "ARNs of IAM have no region"),
    (permissions(Resource=f"arn:aws:iam::{ACCOUNT}:web"), "Statement[0].Resource", "begins with its type (user, "),
    (permissions(Resource=f"arn:aws:iam::{ACCOUNT}:roles/*"), "Statement[0].Resource", "begins with its type"),
    (permissions(Resource=f"arn:aws:iam::{ACCOUNT}:role"), "Statement[0].Resource", "begins with its type"),
    (when(NumericEquals={"s3:max-keys": "ten"}), "Statement[0].Condition.NumericEquals.s3:max-keys", "like 10 or 1.5"),
    (when(NumericEquals={"s3:max-keys": True}), "Statement[0].Condition.NumericEquals.s3:max-keys", "True is not valid"),
    (when(DateLessThan={"aws:CurrentTime": "today"}), "Statement[0].Condition.DateLessThan.aws:CurrentTime", "Use a date"),
    (when(DateLessThan={"aws:x": "2026-13-01"}), "Statement[0].Condition.DateLessThan.aws:x", "Use a date like 2026"),
    (when(DateLessThan={"aws:x": "2026-01-01T24:00Z"}), "Statement[0].Condition.DateLessThan.aws:x", "Use a date like"),
    (when(DateEquals={"aws:x": str(2**63)}), "Statement[0].Condition.DateEquals.aws:x", "seconds since 1970"),
    (
        when(ForAnyValue_IpAddressIfExists={"aws:SourceIp": ["192.0.2.0/24", "192.0.2.0/33"]}),
        "Statement[0].Condition.ForAnyValue:IpAddressIfExists.aws:SourceIp",
        "Use an address range",
    ),
    (when(NotIpAddress={"aws:SourceIp": "localhost"}), "Statement[0].Condition.NotIpAddress.aws:SourceIp", "192.0.2.0/24"),
    (permissions(Principal="*"), "Statement[0].Principal", "is not allowed here"),
    (permissions(Condition=[]), "Statement[0].Condition", "[] is not a condition"),
    (permissions(Condition={"Bool": True}), "Statement[0].Condition.Bool", "True is not a mapping"),
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
    (when(NullIfExists={"aws:x": True}), "Statement[0].Condition.NullIfExists", "Write it without IfExists"),
    (when(StringEquals={"aws:x": None}), "Statement[0].Condition.StringEquals.aws:x", "None is not a valid value"),
    (when(StringEquals={"aws:x": [["y"]]}), "Statement[0].Condition.StringEquals.aws:x", "is not a valid value"),
    (when(StringEquals={"": "y"}), "Statement[0].Condition.StringEquals.", "is not a condition key"),
]


@pytest.mark.parametrize("document, location, says", BAD_PERMISSIONS)
def test_an_invalid_policy_is_rejected_with_location_and_suggestion(document, location, says):
    error = rejected(check_permissions_policy, document)
    assert (error.option, says in str(error)) == (f"p.{location}", True), error


@pytest.mark.parametrize("document", [each[0] for each in BAD_PERMISSIONS])
def test_a_message_has_a_problem_and_a_suggestion(document):
    for check in (check_permissions_policy, check_trust_policy):
        text = str(rejected(check, document))
        assert re.fullmatch(r"p[^ ]*: .+[.:] .+[.?:…*]", text, re.DOTALL), text
