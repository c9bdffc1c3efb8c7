# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Policy documents: what IAM refuses, and in which words."""

from __future__ import annotations

import json

from ..aws import Aws
from ..probe import UNSOURCED, documented, expect, probe, refused, same
from ..resources import EC2_TRUST
from ..waiting import eventually, once_seen

GRAMMAR = "IAM User Guide: Grammar of the IAM JSON policy language"
PRINCIPAL = "IAM User Guide: AWS JSON policy elements: Principal"
VERSION = "IAM User Guide: IAM JSON policy elements: Version"
CONDITIONS = "IAM User Guide: IAM JSON policy elements: Condition operators"


def put(aws: Aws, *statements: dict, version: str | None = "2012-10-17", text: str | None = None) -> None:
    """An inline policy for a role that is there; IAM checks the document."""
    document = {"Version": version, "Statement": list(statements)} if version else {"Statement": list(statements)}
    given = {"RoleName": aws.resources.shared_role, "PolicyName": "document", "PolicyDocument": text or json.dumps(document)}
    once_seen(lambda: aws.iam.put_role_policy(**given), codes=("NoSuchEntity",))


def statement(**changes: object) -> dict:
    """One that grants nothing, and is valid without the changes."""
    return {"Effect": "Deny", "Action": "s3:GetObject", "Resource": "*", **changes}


def trust(aws: Aws, **changes: object) -> str:
    [trusted] = EC2_TRUST["Statement"]
    changed = {key: value for key, value in {**trusted, **changes}.items() if value is not None}
    return aws.resources.role({"Version": "2012-10-17", "Statement": [changed]})


@probe("A document that is not JSON: MalformedPolicyDocument, 400.", documented("IAM API Reference: PutRolePolicy"), "_aws/iam_changes.py")
def document_that_is_no_json(aws: Aws) -> None:
    with refused("MalformedPolicyDocument", status=400):
        put(aws, text="{")


@probe(
    "An action needs the prefix of a service.",
    documented("IAM User Guide: IAM JSON policy elements: Action", text=UNSOURCED),
    "_policy/statements.py",
)
def action_without_prefix(aws: Aws) -> None:
    with refused("MalformedPolicyDocument", "must be prefaced by a vendor"):
        put(aws, statement(Action="GetObject"))


@probe(
    "A resource is an ARN or an asterisk.",
    documented("IAM User Guide: IAM JSON policy elements: Resource", text="trussworks/terraform-aws-s3-anti-virus#21"),
    "_policy/resource_warnings.py",
)
def resource_that_is_no_arn(aws: Aws) -> None:
    with refused("MalformedPolicyDocument", "Resource bucket must be in ARN format"):
        put(aws, statement(Resource="bucket"))


@probe("A permissions policy can't have a principal.", documented(PRINCIPAL, text="hashicorp/terraform#13449"), "_policy/statements.py")
def permissions_policy_with_principal(aws: Aws) -> None:
    with refused("MalformedPolicyDocument", "should not specify a principal"):
        put(aws, statement(Principal="*"))


@probe("A statement needs an effect.", documented(GRAMMAR), "_policy/statements.py")
def statement_without_effect(aws: Aws) -> None:
    without = {key: value for key, value in statement().items() if key != "Effect"}
    with refused("MalformedPolicyDocument"):
        put(aws, without)


@probe(
    "Two statements of a policy can't have the same Sid.",
    documented("IAM User Guide: IAM JSON policy elements: Sid", text="magenx/Magento-2-aws-cluster-terraform#18"),
    "_policy/checks.py",
)
def sids_are_unique(aws: Aws) -> None:
    with refused("MalformedPolicyDocument", "must be unique"):
        put(aws, statement(Sid="one"), statement(Sid="one"))


@probe("Inline policies and trust policies can have the version 2008-10-17, or none.", documented(VERSION), "_policy/document.py")
def old_version_of_language(aws: Aws) -> None:
    for version in ("2008-10-17", None):
        put(aws, statement(), version=version)
        document = {"Version": version, **EC2_TRUST} if version is None else {**EC2_TRUST, "Version": version}
        aws.resources.role({key: value for key, value in document.items() if value})


@probe("A version of the policy language that does not exist: MalformedPolicyDocument.", documented(VERSION), "_policy/document.py")
def unknown_version_of_language(aws: Aws) -> None:
    with refused("MalformedPolicyDocument"):
        put(aws, statement(), version="2017-09-11")


@probe(
    "Managed policies need the version 2012-10-17.",
    documented(VERSION, text="Meteor-Community-Packages/Meteor-CollectionFS#630"),
    "_policy/document.py",
)
def version_of_managed_policy(aws: Aws) -> None:
    with refused("MalformedPolicyDocument", "must be version 2012-10-17 or greater"):
        aws.resources.policy({"Version": "2008-10-17", "Statement": [statement()]})


@probe("A condition's value can be a number.", documented(CONDITIONS), "_policy/condition_values.py")
def condition_value_that_is_a_number(aws: Aws) -> None:
    put(aws, statement(Condition={"NumericLessThan": {"s3:max-keys": 10}}))


@probe("An invalid date in a condition is rejected.", documented(CONDITIONS), "_policy/condition_values.py")
def condition_date_that_is_none(aws: Aws) -> None:
    with refused("MalformedPolicyDocument"):
        put(aws, statement(Condition={"DateLessThan": {"aws:CurrentTime": "tomorrow"}}))


@probe("An invalid IP address range in a condition is rejected.", documented(CONDITIONS), "_policy/condition_values.py")
def condition_address_that_is_none(aws: Aws) -> None:
    with refused("MalformedPolicyDocument"):
        put(aws, statement(Condition={"IpAddress": {"aws:SourceIp": "300.0.0.0/8"}}))


@probe(
    "ARNs of S3 can have a region, as those of access points do.",
    documented("Amazon S3 User Guide: Configuring IAM policies for using access points"),
    "_policy/resource_warnings.py",
)
def resource_of_s3_with_region(aws: Aws) -> None:
    put(aws, statement(Resource=f"arn:aws:s3:{aws.region}:{aws.account}:accesspoint/probe/object/*"))


@probe(
    "A trust policy can't have a resource.",
    documented("IAM User Guide: IAM JSON policy elements: Resource", text="devopsacademyau/academy#1368"),
    "_policy/trust_statements.py",
)
def trust_policy_with_resource(aws: Aws) -> None:
    with refused("MalformedPolicyDocument", "Has prohibited field Resource"):
        trust(aws, Resource="*")


@probe(
    "A trust policy must have a principal.",
    documented(PRINCIPAL, text="humanmade/S3-Uploads#191, for policies of buckets"),
    "_policy/trust_statements.py",
)
def trust_policy_without_principal(aws: Aws) -> None:
    with refused("MalformedPolicyDocument", "Missing required field Principal"):
        trust(aws, Principal=None)


@probe("A trust policy can have only actions of STS.", documented("IAM API Reference: CreateRole", text=UNSOURCED), "_policy/trust_statements.py")
def trust_policy_with_other_action(aws: Aws) -> None:
    with refused("MalformedPolicyDocument", "may only specify STS AssumeRole actions"):
        trust(aws, Action="s3:GetObject")


@probe(
    "A role or user of this account that a trust policy names must exist: MalformedPolicyDocument, Invalid principal in policy.",
    documented(PRINCIPAL, text="databrickslabs/ucx#2269"),
    "_aws/eventual_consistency.py",
)
def unknown_principal(aws: Aws) -> None:
    missing = f"arn:aws:iam::{aws.account}:role/{aws.resources.name()}"
    with refused("MalformedPolicyDocument", f'Invalid principal in policy: "AWS":"{missing}"', status=400):
        trust_now(aws, missing)


def trust_now(aws: Aws, arn: str) -> None:
    trust(aws, Principal={"AWS": arn})


@probe("The ARN of a principal can't have a wildcard.", documented(PRINCIPAL, text="databrickslabs/ucx#2269"), "_policy/principals.py")
def principal_with_wildcard(aws: Aws) -> None:
    with refused("MalformedPolicyDocument", "Invalid principal in policy"):
        trust(aws, Principal={"AWS": f"arn:aws:iam::{aws.account}:role/*"})


@probe(
    "An account as a principal is returned as the ARN of its root, even if only the account id was given.",
    documented(PRINCIPAL),
    "_policy/principals.py",
    "_policy/trust_policy.py",
)
def account_comes_back_as_arn(aws: Aws) -> None:
    role = trust(aws, Principal={"AWS": aws.account})
    document = once_seen(lambda: aws.iam.get_role(RoleName=role), codes=("NoSuchEntity",))["Role"]["AssumeRolePolicyDocument"]
    [trusted] = document["Statement"]
    expect(trusted["Principal"]["AWS"] in (aws.account, f"arn:aws:iam::{aws.account}:root"), trusted["Principal"])


@probe(
    "SimulatePrincipalPolicy distinguishes an explicit deny, an implicit deny, and allowed.",
    documented("IAM API Reference: SimulatePrincipalPolicy"),
    "_aws/simulator.py",
)
def simulated_decisions(aws: Aws) -> None:
    statements = [statement(), {"Effect": "Allow", "Action": ["sqs:SendMessage", "s3:GetObject"], "Resource": "*"}]
    role = aws.resources.role_of_account({"Version": "2012-10-17", "Statement": statements})
    arn = aws.arn_of(role)
    actions = ["s3:GetObject", "sqs:SendMessage", "sns:Publish"]

    def decisions() -> dict[str, str]:
        answer = aws.iam.simulate_principal_policy(PolicySourceArn=arn, ActionNames=actions)
        return {each["EvalActionName"]: each["EvalDecision"] for each in answer["EvaluationResults"]}

    claimed = dict(zip(actions, ("explicitDeny", "allowed", "implicitDeny")))
    same(eventually(decisions, lambda seen: seen["sqs:SendMessage"] == "allowed", 60), claimed)


@probe(
    "ValidatePolicy finds nothing wrong with a policy that allows one action.",
    documented("IAM Access Analyzer API Reference: ValidatePolicy"),
    "_aws/access_analyzer.py",
)
def validated_policy(aws: Aws) -> None:
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"}]}
    answer = aws.client("accessanalyzer").validate_policy(policyDocument=json.dumps(document), policyType="IDENTITY_POLICY")
    expect(not any(each["findingType"] == "ERROR" for each in answer["findings"]), answer["findings"])


@probe(
    "ValidatePolicy rejects a document that is not JSON with ValidationException, or finds an error in it.",
    documented("IAM Access Analyzer API Reference: ValidatePolicy"),
    "_aws/access_analyzer.py",
)
def validated_policy_that_is_no_json(aws: Aws) -> None:
    client = aws.client("accessanalyzer")
    try:
        answer = client.validate_policy(policyDocument="{", policyType="IDENTITY_POLICY")
    except client.exceptions.ValidationException:
        return
    expect(any(each["findingType"] == "ERROR" for each in answer["findings"]), answer["findings"])


@probe(
    "A deleted principal is returned as its unique id.",
    documented(PRINCIPAL),
    "_policy/principals.py",
)
def deleted_principal_comes_back_as_id(aws: Aws) -> None:
    user = aws.resources.user()
    described = aws.iam.get_user(UserName=user)["User"]
    role = once_seen(lambda: trust(aws, Principal={"AWS": described["Arn"]}))
    aws.iam.delete_user(UserName=user)

    def principal() -> str:
        [trusted] = aws.iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]["Statement"]
        return trusted["Principal"]["AWS"]

    eventually(principal, lambda shown: shown == described["UserId"], 60)
