# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Responses that AWS did not send, for every call of every module: the error names the call, the resource and a suggestion."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from ansible_collections.keyless.ec2.tests.integration.support.aws import HERE, IMAGE, REGION
from ansible_collections.keyless.ec2.tests.integration.support.fleets import KINDS, Fleets
from ansible_collections.keyless.ec2.tests.integration.support.groups import DATA
from ansible_collections.keyless.ec2.tests.integration.support.tables import table

RUNTIME = Path(__file__).resolve().parents[2] / "meta" / "runtime.yml"
PAGE = "<!DOCTYPE html><html><head><title>Sign in</title></head><body>to the proxy<br></body></html>"
MEMBERLESS = "<Response><requestId>1</requestId></Response>"
RESPONSES = {
    "empty": {"body": ""},
    "page": {"body": PAGE},
    "page-of-xml": {"body": "<html><body><p>Sign in</p></body></html>"},
    "page-with-302": {"body": PAGE, "status": 302},
    "page-with-403": {"body": "<html><body>Forbidden</body></html>", "status": 403},
    "page-with-500": {"body": PAGE, "status": 500},
    "nothing-with-502": {"body": "", "status": 502},
    "no-members": {"body": MEMBERLESS},
    "empty-result": {},  # made for each call: XML with the right outer elements and nothing in them
    "closed": {"code": "Disconnect"},
}
DOCUMENT = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]}
MANY = ["AdministratorAccess", "ReadOnlyAccess", "SecurityAudit", "PowerUserAccess", "IAMReadOnlyAccess", "IAMFullAccess"]
MORE = ["AmazonS3FullAccess", "AmazonEC2FullAccess", "AmazonSQSFullAccess", "AmazonSNSFullAccess", "AmazonVPCFullAccess"]

# Modules with options for which they read as much as possible; in check mode they make no other calls.
READERS = {
    "role": ("iam_ec2_role", {"name": "broken", "managed_policies": ["ours", "elsewhere"], "description": "new"}),
    "role-validated": ("iam_ec2_role", {"name": "broken", "inline_policies": {"p": DOCUMENT}, "validate": True}),
    "role-over-quota": ("iam_ec2_role", {"name": "broken", "managed_policies": [*MANY, *MORE], "purge_policies": False}),
    "role-absent": ("iam_ec2_role", {"name": "broken", "state": "absent"}),
    "role-info": ("iam_ec2_role_info", {"name": "broken", "include_instances": True, "include_trusting_roles": True, "regions": [REGION]}),
    "role-usage": ("iam_ec2_role_info", {"name": "broken", "include_usage": True, "simulate": ["s3:GetObject"]}),
    "roles-info": ("iam_ec2_role_info", {}),
    "attach": ("instance_profile_attach", {"instance_ids": [], "instance_profile": "broken"}),
    "attach-by-filter": ("instance_profile_attach", {"filters": {"tag:Name": "broken"}, "instance_profile": "broken"}),
    "attach-losing": ("instance_profile_attach", {"instance_ids": [], "instance_profile": "broken-less", "on_loss": "warn"}),
    "attach-info": ("instance_profile_attach_info", {"instance_ids": []}),
    "attach-info-all": ("instance_profile_attach_info", {}),
    "launch": ("launch_profile_attach", {"filters": {"tag:scenario": "broken"}, "instance_profile": "broken"}),
    "launch-undo": ("launch_profile_attach", {"undo": {**HERE, "auto_scaling_groups": {"broken": {"LaunchConfigurationName": "broken"}}}}),
    "launch-fleets": ("launch_profile_attach", {"launch_templates": ["broken"], "instance_profile": "broken"}),
    "launch-fleets-undo": ("launch_profile_attach", {"undo": {**HERE, "fleets": {"broken": {"LaunchTemplateConfigs": []}}}}),
    "launch-info": ("launch_profile_attach_info", {}),
    "defaults": ("instance_metadata_defaults", {"http_tokens": "required"}),
    "options": ("instance_metadata_options", {"instance_ids": [], "http_endpoint": "disabled"}),
    "options-launch": ("instance_metadata_options", {"launch_templates": ["broken"], "http_put_response_hop_limit": 2}),
    "access-keys": ("access_key_info", {"access_key_ids": []}),
    "usage": ("access_key_usage_info", {"access_key_ids": [], "role_name": "broken", "regions": [REGION]}),
    "estate": ("estate_info", {"regions": [REGION]}),
}
CASES = [(case, kind) for case in READERS for kind in RESPONSES]
# What can't be parsed is noticed in one place, for all calls. An empty result is missed for each call by itself, which another test tries.
USUAL = [("role", "page"), ("defaults", "page"), ("access-keys", "page")]
# These cause only a warning: not every network can reach Access Analyzer, and not everyone can read what replaces instances.
VALIDATED = "were not validated by IAM Access Analyzer. Could not "
REPLACED = "reverts_on_replacement is not known for all instances. Could not "
REPLACING = (
    "autoscaling:DescribeAutoScalingGroups",
    "autoscaling:DescribeLaunchConfigurations",
    "ec2:DescribeFleets",
    "ec2:DescribeLaunchTemplateVersions",
    "ec2:DescribeSpotFleetRequests",
)
# These are only incomplete: the module returns what it could not read.
NOT_READ = "Not everything could be read: "
DETAILS = (
    *("autoscaling:DescribeAutoScalingGroups", "autoscaling:DescribeLaunchConfigurations", "ec2:DescribeFleets"),
    *("ec2:DescribeIamInstanceProfileAssociations", "ec2:DescribeInstances", "ec2:DescribeLaunchTemplateVersions"),
    *("ec2:DescribeRegions", "ec2:DescribeSpotFleetRequests", "ec2:DescribeSpotInstanceRequests"),
    *("iam:GetAccountAuthorizationDetails", "iam:GetAccountSummary", "iam:ListInstanceProfiles"),
)
IMDS_UNKNOWN = "imdsv1_allowed is not known for "
IMDS_DEFAULTS = ("ec2:GetInstanceMetadataDefaults", "ec2:DescribeImages")
DISPENSABLE = {
    **{("estate", operation): NOT_READ for operation in DETAILS},
    ("role-validated", "access-analyzer:ValidatePolicy"): VALIDATED,
    **{("attach-info-all", operation): REPLACED for operation in REPLACING},
    **{("estate", operation): NOT_READ for operation in IMDS_DEFAULTS},
    **{("launch-info", operation): IMDS_UNKNOWN for operation in IMDS_DEFAULTS},
    # Each region has a row of its own.
    ("defaults", "ec2:GetInstanceMetadataDefaults"): "Could not read the account's defaults for metadata options in ",
}
# What is not known about the use of the metadata service leaves the instance alone.
USE = {"cloudwatch:GetMetricData": "read the metric", "iam:GetInstanceProfile": "read the instance profile", "iam:GetRole": "read the role"}
DISPENSABLE.update({("options", operation): f"Could not {doing}" for operation, doing in USE.items()})
ONE_TRY = {"aws_config": {"retries": {"total_max_attempts": 1}}}


@pytest.fixture(scope="module", name="readers")
def _readers(aws, groups):
    """The modules, with the ids of existing resources in their options."""
    aws.make_profile("broken")
    aws.make_profile("broken-less")
    aws.iam.attach_role_policy(RoleName="broken", PolicyArn="arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess")
    make_groups(groups)
    aws.iam.put_role_policy(RoleName="broken", PolicyName="p", PolicyDocument=json.dumps(DOCUMENT))
    aws.iam.create_policy(PolicyName="ours", PolicyDocument=json.dumps(DOCUMENT))
    aws.iam.create_policy(PolicyName="elsewhere", Path="/team/", PolicyDocument=json.dumps(DOCUMENT))
    aws.iam.create_user(UserName="broken")
    key = aws.iam.create_access_key(UserName="broken")["AccessKey"]["AccessKeyId"]
    ids = {"instance_ids": aws.run_instances(profile="broken", name="broken"), "access_key_ids": [key]}
    filled = {}
    for case, (module, options) in READERS.items():
        filled[case] = module, {name: ids[name] if value == [] else value for name, value in options.items()}
    return filled


def make_groups(groups):
    """Creates a group with a launch template and a warm pool, one with a launch configuration, and fleets."""
    tags = {"scenario": "broken"}
    pooled = groups.group(groups.template(), tags=tags)
    groups.client.put_warm_pool(AutoScalingGroupName=pooled, MinSize=1, MaxGroupPreparedCapacity=1)
    groups.client.create_launch_configuration(LaunchConfigurationName="broken", ImageId=IMAGE, InstanceType="t3.micro")
    groups.group(LaunchConfigurationName="broken", tags=tags, size=0)
    groups.aws.ec2.create_launch_template(LaunchTemplateName="broken", LaunchTemplateData=DATA)
    fleets = Fleets(groups.aws)
    for kind in KINDS:
        fleets.make(kind, "broken", size=0)


@pytest.fixture(scope="module", name="calls_of")
def _calls_of(controller, readers):
    """The operations of an undisturbed run of each case."""
    found = {}

    def calls_of(case):
        if case not in found:
            module, options = readers[case]
            run = controller.module(module, "--check", **options)
            assert run.calls and not run.writes, run.output
            found[case] = sorted({f"{call['service']}:{call['operation']}" for call in run.calls})
        return found[case]

    return calls_of


def fault_of(kind, operation):
    """The response; an empty result has the service's usual outer elements."""
    if kind != "empty-result":
        return RESPONSES[kind]
    service, _mark, name = operation.partition(":")
    if service in ("access-analyzer", "cloudwatch"):
        return {"body": "{}"}
    if service == "ec2":
        return {"body": f"<{name}Response><requestId>1</requestId></{name}Response>"}
    return {"body": f"<{name}Response><{name}Result></{name}Result></{name}Response>"}


def test_every_module_that_calls_aws_has_a_case():
    listed = yaml.safe_load(RUNTIME.read_text(encoding="utf-8"))["action_groups"]["aws"]
    assert {module for module, _options in READERS.values()} == {each for each in listed if isinstance(each, str)}


@pytest.mark.parametrize("case, kind", table(CASES, USUAL))
def test_a_broken_response_names_the_call_and_a_suggestion(broken, calls_of, case, kind):
    for operation in calls_of(case):
        broken(case, kind, operation)


def test_an_empty_result_names_the_call_and_a_suggestion(broken, calls_of):
    """Every call, in the first case that makes it: modules share what reads it."""
    tried = set()
    for case in READERS:
        for operation in set(calls_of(case)) - tried:
            broken(case, "empty-result", operation)
        tried.update(calls_of(case))
    assert len(tried) > 30


@pytest.fixture(name="broken")
def _broken(aws, controller, readers):
    """Runs a case in which one operation is answered like this."""

    def broken(case, kind, operation):
        module, options = readers[case]
        # In every region: if all regions are read, one that fails is only listed as incomplete.
        aws.answer(operation.partition(":")[2], count=None, **fault_of(kind, operation))
        run = controller.module(module, "--check", **options, **ONE_TRY)
        aws.clear_faults()
        if (case, operation) in DISPENSABLE:
            assert DISPENSABLE[case, operation] in run.output
            return
        error = run.last.get("error")
        assert run.returncode and error, f"{operation}: {run.output}"
        assert "Traceback" not in run.output, run.output
        assert (error["operation"], bool(error["target"])) == (operation, True)
        assert error["code"] == ("ConnectionClosed" if kind == "closed" else "UnexpectedAnswer")
        assert run.last["msg"].startswith("Could not ")
        assert "the option endpoint_url if it is set" in run.last["msg"]

    return broken


# An empty result is PutRolePolicy's usual response.
@pytest.mark.parametrize(
    "kind, operation",
    [*(("page", each) for each in ("CreateRole", "CreateInstanceProfile", "PutRolePolicy")), ("empty-result", "CreateRole")],
)
def test_a_write_whose_response_is_lost_is_completed_by_the_next_run(aws, controller, kind, operation):
    options = {"name": f"lost-{kind}-{operation}", "inline_policies": {"p": DOCUMENT}, **ONE_TRY}
    aws.answer(operation, when="after", **fault_of(kind, f"iam:{operation}"))
    run = controller.module("iam_ec2_role", **options)
    assert (run.last["error"]["operation"], run.last["error"]["code"]) == (f"iam:{operation}", "UnexpectedAnswer")
    assert run.last["msg"].endswith("and run again.")
    second = controller.module("iam_ec2_role", **options).succeeded()
    assert operation not in [call["operation"] for call in second.writes]
    assert not controller.module("iam_ec2_role", **options).succeeded().changed


def test_a_lost_response_for_one_instance_does_not_stop_the_others(aws, controller):
    aws.make_profile("lost")
    ids = aws.run_instances(3)
    aws.answer("AssociateIamInstanceProfile", when="after", **fault_of("empty-result", "ec2:AssociateIamInstanceProfile"))
    run = controller.module("instance_profile_attach", instance_ids=ids, instance_profile="lost", **ONE_TRY)
    rows = run.last["instances"]
    assert sorted(row["action"] for row in rows) == ["associated", "associated", "failed"]
    (failed,) = [row for row in rows if row["action"] == "failed"]
    assert failed["reason"] == "UnexpectedAnswer"
    assert f"instance {failed['instance_id']}" in failed["msg"] and "and run again" in failed["msg"]
    assert {aws.profile_of(each) for each in ids} == {"lost"}
