# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Responses that AWS has published go through our gateways, which parse everything and send back only what is valid."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timezone

import pytest
from botocore.validate import validate_parameters

from ansible_collections.keyless.ec2.plugins.module_utils._aws.access_analyzer import AccessAnalyzer
from ansible_collections.keyless.ec2.plugins.module_utils._aws.access_keys import AccessKeys
from ansible_collections.keyless.ec2.plugins.module_utils._aws.account_details import AccountDetails
from ansible_collections.keyless.ec2.plugins.module_utils._aws.accounts import caller, organization_accounts
from ansible_collections.keyless.ec2.plugins.module_utils._aws.auto_scaling import AutoScaling
from ansible_collections.keyless.ec2.plugins.module_utils._aws.cloudtrail import CloudTrail
from ansible_collections.keyless.ec2.plugins.module_utils._aws.ec2 import Ec2
from ansible_collections.keyless.ec2.plugins.module_utils._aws.fleets import Fleets
from ansible_collections.keyless.ec2.plugins.module_utils._aws.iam import Iam
from ansible_collections.keyless.ec2.plugins.module_utils._aws.instance_profiles import InstanceProfiles
from ansible_collections.keyless.ec2.plugins.module_utils._aws.last_accessed import LastAccessed
from ansible_collections.keyless.ec2.plugins.module_utils._aws.launch_templates import LaunchTemplates
from ansible_collections.keyless.ec2.plugins.module_utils._aws.managed_policies import ManagedPolicies
from ansible_collections.keyless.ec2.plugins.module_utils._aws.metrics import Metrics
from ansible_collections.keyless.ec2.plugins.module_utils._aws.quotas import read_quotas
from ansible_collections.keyless.ec2.plugins.module_utils._aws.roles import Roles
from ansible_collections.keyless.ec2.plugins.module_utils._aws.simulator import Simulator
from ansible_collections.keyless.ec2.plugins.module_utils._values.launch import Template
from ansible_collections.keyless.ec2.plugins.module_utils._values.metadata_use import Window
from ansible_collections.keyless.ec2.tests.conformance.published_responses import SESSION, TIME, TRUST, client, published, unknown_members
from ansible_collections.keyless.ec2.tools.environment import CHECKOUT

ARN = "arn:aws:iam::123456789012:policy/probe"
ANSWERS = (
    *("ec2:DescribeInstances", "ec2:DescribeIamInstanceProfileAssociations", "ec2:DescribeRegions", "ec2:DescribeLaunchTemplateVersions"),
    *("ec2:DescribeFleets", "ec2:DescribeSpotFleetRequests", "ec2:DescribeSpotInstanceRequests", "ec2:AssociateIamInstanceProfile"),
    *("ec2:DisassociateIamInstanceProfile", "ec2:ReplaceIamInstanceProfileAssociation", "iam:GetRole", "iam:GetRolePolicy", "iam:ListRoles"),
    *("iam:ListAttachedRolePolicies", "iam:ListRolePolicies", "iam:GetInstanceProfile", "iam:ListInstanceProfiles", "iam:GetPolicy"),
    *("iam:ListInstanceProfilesForRole", "iam:GetAccountAuthorizationDetails", "iam:GetAccountSummary", "iam:GetPolicyVersion"),
    *("iam:ListPolicies", "iam:SimulatePrincipalPolicy", "iam:GetAccessKeyLastUsed", "iam:ListAccessKeys", "iam:GetServiceLastAccessedDetails"),
    *("iam:GenerateServiceLastAccessedDetails", "autoscaling:DescribeAutoScalingGroups", "autoscaling:DescribeLaunchConfigurations"),
    *("autoscaling:DescribeWarmPool", "sts:GetCallerIdentity", "sts:AssumeRole", "organizations:ListAccounts", "accessanalyzer:ValidatePolicy"),
    *(
        "cloudtrail:LookupEvents",
        "cloudwatch:GetMetricData",
        "ec2:DescribeImages",
        "ec2:ModifyInstanceMetadataOptions",
        "iam:GetUser",
        "iam:ListUsers",
    ),
)
# AWS has published no response to these.
NOT_PUBLISHED = {"ec2:GetInstanceMetadataDefaults", "ec2:ModifyInstanceMetadataDefaults"}
READING = ("Describe", "Generate", "Get", "List", "Lookup", "Simulate", "Validate")
GATEWAYS = CHECKOUT / "plugins" / "module_utils" / "_aws"
# The name of an operation, alone in a string: other strings have permissions.
CALL = re.compile(r'"([a-z-]+):([A-Z]\w+)", ')


def test_every_call_of_a_gateway_is_here():
    """No gateway reads SSM."""
    found = {match.groups() for path in GATEWAYS.glob("*.py") for match in CALL.finditer(path.read_text(encoding="utf-8"))}
    names = {f"{service.replace('-', '')}:{operation}" for service, operation in found if operation.startswith(READING)}
    assert len(names) > 15 and names - set(ANSWERS) == set()
    known = SESSION.get_service_model("ec2").operation_names
    assert [name for name in NOT_PUBLISHED if name.removeprefix("ec2:") in known and published(name)] == []


def answered(service: str, *names: str):
    """A client that gets the first published response to each of the operations."""
    return client(service, *(published(f"{service}:{name}")[0] for name in names))


@pytest.mark.parametrize("name", ANSWERS)
def test_the_model_knows_every_member(name):
    found = published(name)
    assert found
    assert {each.source: list(unknown_members(each.answer, each.operation.output_shape)) for each in found} == {each.source: [] for each in found}


@pytest.mark.parametrize("name", ANSWERS)
def test_every_member_is_parsed(name):
    service, _colon, operation = name.partition(":")
    for each in published(name):
        made = client(service, each)
        parsed = made._make_api_call(operation, minimal(made.meta.service_model.operation_model(operation).input_shape))  # pylint: disable=protected-access
        assert missing(each.answer, parsed) == []


def minimal(shape) -> dict:
    """Parameters with what is required, as short as they may be."""
    kinds = {"string": "x" * 36, "integer": 1, "boolean": True, "structure": {}, "timestamp": TIME}
    members = {name: shape.members[name] for name in (shape.required_members if shape else ())}
    return {name: _minimal_member(member, kinds) for name, member in members.items()}


def _minimal_member(shape, kinds):
    if shape.type_name == "list":
        return [minimal(shape.member) if shape.member.type_name == "structure" else "x" * 3]
    return shape.enum[0] if getattr(shape, "enum", None) else kinds[shape.type_name]


def missing(sent, parsed, path="") -> list[str]:
    """What was sent and did not arrive. Empty lists and structures may be left out."""
    if isinstance(sent, dict) and isinstance(parsed, dict):
        below = [
            missing(value, parsed[name], f"{path}.{name}") if name in parsed else [f"{path}.{name}"] * (value not in ({}, []))
            for name, value in sent.items()
        ]
        return sum(below, [])
    if isinstance(sent, list):
        return sum((missing(one, other, f"{path}[]") for one, other in zip(sent, parsed)), []) if len(sent) == len(parsed) else [path]
    return []


def test_an_unknown_member_is_noticed():
    """botocore drops it without a word."""
    [example, *_others] = published("ec2:AssociateIamInstanceProfile")
    new = replace(example, answer={**example.answer, "Novelty": "x"})
    assert list(unknown_members(new.answer, new.operation.output_shape)) == ["Novelty"]
    association = {**example.answer["IamInstanceProfileAssociation"], "Novelty": "x"}
    assert list(unknown_members({"IamInstanceProfileAssociation": association}, new.operation.output_shape)) == [
        "IamInstanceProfileAssociation.Novelty"
    ]


# Each gateway, with the published responses to its calls


def test_instances():
    ec2 = Ec2(answered("ec2", "DescribeInstances", "DescribeIamInstanceProfileAssociations"), 1)
    snapshot, details = ec2.list_with_details()
    assert snapshot.instances and details.keys() == snapshot.instances.keys()
    [association] = [each for rows in snapshot.associations.values() for each in rows]
    assert (association.state, association.profile_id[:4]) == ("associated", "AIPA")


def test_regions():
    assert "eu-west-1" in Ec2(answered("ec2", "DescribeRegions"), 1).list_regions()


def test_launch_templates():
    rows = LaunchTemplates(answered("ec2", "DescribeLaunchTemplateVersions")).read_since(Template("lt-0123456789abcdef0", "probe", 1, 1, {}), 1)
    assert rows
    for version in rows.values():
        assert_valid("ec2", "CreateLaunchTemplateVersion", {"LaunchTemplateId": "lt-0123456789abcdef0", "LaunchTemplateData": dict(version.data)})


def test_fleets():
    fleets = Fleets(answered("ec2", "DescribeFleets", "DescribeSpotFleetRequests", "DescribeSpotInstanceRequests")).list()
    assert {fleet.kind for fleet in fleets} == {"EC2 Fleet", "Spot Fleet"}
    for fleet in fleets:
        if fleet.kind == "EC2 Fleet":
            assert_valid("ec2", "ModifyFleet", {"FleetId": fleet.name, "LaunchTemplateConfigs": list(fleet.configs)})


def test_groups():
    for each in published("autoscaling:DescribeAutoScalingGroups"):
        groups = AutoScaling(client("autoscaling", each)).list_groups()
        assert groups
        for group in groups:
            sources = {"MixedInstancesPolicy": group.mixed_instances_policy, "LaunchTemplate": without_name(group.launch_template)}
            assert_valid(
                "autoscaling",
                "UpdateAutoScalingGroup",
                {"AutoScalingGroupName": group.name, **{key: value for key, value in sources.items() if value}},
            )


def without_name(template):
    return template and {key: value for key, value in template.items() if key != "LaunchTemplateName"}


def test_launch_configurations_and_warm_pools():
    scaling = AutoScaling(answered("autoscaling", "DescribeLaunchConfigurations", "DescribeWarmPool"))
    assert scaling.launch_configurations(["my-launch-config"])
    assert scaling.warm_instance_ids("my-auto-scaling-group") is not None


def test_roles():
    names = ("GetRole", "ListAttachedRolePolicies", "ListRolePolicies", "GetRolePolicy")
    role = Roles(answered("iam", *names)).find("Test-Role")
    assert role.trust_policy == TRUST and role.managed_policies and role.inline_policies
    roles = Roles(answered("iam", "ListRoles", "GetAccountAuthorizationDetails")).list("/")
    assert all(each.trust_policy == TRUST for each in roles) and roles


def test_instance_profiles():
    assert InstanceProfiles(answered("iam", "GetInstanceProfile")).find("ExampleInstanceProfile").roles
    assert InstanceProfiles(answered("iam", "ListInstanceProfilesForRole")).of_role("Test-Role")
    assert InstanceProfiles(answered("iam", "ListInstanceProfiles")).by_role()


def test_account_details():
    details = AccountDetails(answered("iam", "GetAccountAuthorizationDetails", "ListInstanceProfiles", "GetAccountSummary"))
    assert details.roles() and details.profiles()


def test_managed_policies():
    policies = ManagedPolicies(answered("iam", "GetPolicy", "GetPolicyVersion", "ListPolicies"))
    assert policies.exists(ARN) and policies.document(ARN) == TRUST and policies.arns("Local")


def test_quotas():
    assert read_quotas(answered("iam", "GetAccountSummary")).attached == 10


def test_simulator():
    [simulated] = Simulator(answered("iam", "SimulatePrincipalPolicy")).of(ARN, [("probe", None)])
    assert simulated.decision in ("allowed", "explicitDeny", "implicitDeny")


def test_access_keys():
    assert AccessKeys(answered("iam", "GetAccessKeyLastUsed")).last_use("AKIAIOSFODNN7EXAMPLE")["UserName"]


def test_last_accessed():
    services = LastAccessed(answered("iam", "GenerateServiceLastAccessedDetails", "GetServiceLastAccessedDetails")).of(ARN)
    assert {service.last_used is not None for service in services} == {True, False}


def test_users():
    assert AccessKeys(answered("iam", "GetUser")).user_arn("Bob").endswith(":user/Bob")
    [user, *_others] = published("iam:ListUsers")[0].answer["Users"]
    assert Iam(answered("iam", "ListUsers")).arns_by_id(["AIDA0000000000000000"])[user["UserId"]] == user["Arn"]


def test_images():
    """The published one is from before images had ImdsSupport."""
    [image, *_others] = published("ec2:DescribeImages")[0].answer["Images"]
    assert Ec2(answered("ec2", "DescribeImages"), 1).imds_support([image["ImageId"]]) == {image["ImageId"]: ""}


def test_events():
    """The source is only in the event's own JSON there."""
    [use] = CloudTrail(answered("cloudtrail", "LookupEvents")).used_with("AKIAIOSFODNN7EXAMPLE", datetime(2026, 1, 1, tzinfo=timezone.utc))
    assert (use.source, use.name, use.resources) == ("signin.amazonaws.com", "probe", None)


def test_metrics():
    [example] = published("cloudwatch:GetMetricData")
    [result] = example.answer["MetricDataResults"]
    asked = replace(example, answer={"MetricDataResults": [{**result, "Id": "m0"}]})
    found = Metrics(client("cloudwatch", asked)).imdsv1_requests(["i-0123456789abcdef0"], Window(1, datetime(2026, 1, 3, tzinfo=timezone.utc)))
    assert found["i-0123456789abcdef0"].sums == {datetime(2026, 1, 2, tzinfo=timezone.utc): 1.0} and found["i-0123456789abcdef0"].is_complete


def test_accounts():
    assert caller(answered("sts", "GetCallerIdentity")).account_id == "123456789012"
    assert organization_accounts(answered("organizations", "ListAccounts"))


def test_findings():
    assert AccessAnalyzer(answered("accessanalyzer", "ValidatePolicy")).validate_permissions("inline_policies", TRUST)


def assert_valid(service: str, operation: str, parameters: dict) -> None:
    """botocore takes the parameters."""
    validate_parameters(parameters, SESSION.get_service_model(service).operation_model(operation).input_shape)
