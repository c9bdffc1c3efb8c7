# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The policy that is printed for a role is sufficient to run it, and allows nothing that is not needed."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from ansible_collections.keyless.ec2.tests.integration.support.aws import IMAGE, REGION
from ansible_collections.keyless.ec2.tests.integration.support.controller import Controller, Run, Task
from ansible_collections.keyless.ec2.tests.integration.support.fleets import EC2, KINDS, Fleets
from ansible_collections.keyless.ec2.tests.integration.support.groups import DATA, ZONES, Groups
from ansible_collections.keyless.ec2.tests.integration.support.hosts import LOCAL
from ansible_collections.keyless.ec2.tests.integration.support.keyholder import key_on_host, migration
from ansible_collections.keyless.ec2.tests.integration.support.known import UNKNOWN_CALLS
from ansible_collections.keyless.ec2.tests.integration.support.permissions import (
    ACCOUNT,
    NAMES,
    NEEDS_NO_PERMISSION,
    TAGS,
    actions_of,
    features_of,
    own_actions,
    policy_of,
    user_with,
)

# The emulator has no load balancers.
TARGET_GROUPS = {
    "autoscaling:AttachLoadBalancerTargetGroups",
    "autoscaling:DetachLoadBalancerTargetGroups",
    "elasticloadbalancing:DescribeTargetGroups",
    "elasticloadbalancing:DescribeTargetHealth",
}
# Only amazon.aws before 12 writes unchanged metrics.
METRICS = {"autoscaling:DisableMetricsCollection", "autoscaling:EnableMetricsCollection"}
# Only after a failure, of which there is a test of its own
ROLLBACK = {"autoscaling:DeleteTags", "ec2:DeleteLaunchTemplate", "ec2:DeleteLaunchTemplateVersions"}
# Permissions without a call of that name: passing a role, tagging on creation, and SSM parameters that EC2 reads
WITHOUT_A_CALL = {
    "ec2_role": {"iam:PassRole"},
    "attach": {"iam:PassRole", "ec2:RunInstances", "ec2:CreateTags"},
    "launch": {"ec2:CreateTags", "ssm:GetParameters"},
    "launch_group": {"ssm:GetParameters", *METRICS, *TARGET_GROUPS, *ROLLBACK},
    "migrate_keys": set(),
    "require_imdsv2": {"iam:PassRole", "ec2:RunInstances", "ec2:CreateTags"},
    "retire": set(),
    "report": set(),
    "verify": set(),
}
DOCUMENT = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]}'
POLICIES = ["AmazonS3ReadOnlyAccess", "AmazonEC2ReadOnlyAccess"]
MANY = [
    *("AdministratorAccess", "ReadOnlyAccess", "SecurityAudit", "PowerUserAccess", "IAMReadOnlyAccess", "IAMFullAccess"),
    *("AmazonS3FullAccess", "AmazonEC2FullAccess", "AmazonVPCReadOnlyAccess", "AmazonSQSFullAccess", "AmazonSNSFullAccess"),
]
BOUNDARY = "arn:aws:iam::aws:policy/PowerUserAccess"


@dataclass(frozen=True)
class Operator:
    """Runs playbooks and modules with its own access key."""

    controller: Controller
    access_key_id: str

    def run(self, playbook: str, *steps: dict, inventory: Path | None = None) -> Run:
        """Runs the playbook once for each of these variables, in one run."""
        file = self.folder / "steps.yml"
        plays = [{"ansible.builtin.import_playbook": f"keyless.ec2.{playbook}", "vars": variables} for variables in steps]
        file.write_text(yaml.safe_dump(plays), encoding="utf-8")
        hosts = ("-i", str(inventory)) if inventory else ()
        return self.controller.run(*hosts, str(file), AWS_ACCESS_KEY_ID=self.access_key_id)

    def module(self, module: str, options: dict) -> dict:
        """The result of a module, for roles that add no calls to it."""
        return self.controller.modules([Task(module, module, options, self.access_key_id)]).last

    @property
    def folder(self) -> Path:
        return self.controller.folder

    def called(self) -> set[str]:
        """The actions of all calls."""
        return {f"{call['service']}:{call['operation']}" for call in self.controller.aws.calls(self.access_key_id)}


def prefixed(role: str, options: dict) -> dict:
    """The options as variables of the role."""
    return {f"{role}_{name}": value for name, value in options.items()}


def with_launch_configuration(aws, name):
    """Launch configurations are only read if a group has one."""
    groups = Groups(aws)
    groups.client.create_launch_configuration(LaunchConfigurationName=name, ImageId=IMAGE, InstanceType="t3.micro")
    groups.group(LaunchConfigurationName=name, size=0)


def ec2_role(aws, operator):
    aws.iam.create_policy(PolicyName="ours", Path="/team/", PolicyDocument=DOCUMENT)
    aws.make_role("rights-former")
    aws.make_profile("rights-2", "rights-former")
    with_launch_configuration(aws, "rights")
    everything = {
        "description": "d",
        "managed_policies": ["ours", *POLICIES],
        "inline_policies": {"a": json.loads(DOCUMENT)},
        "validate": True,
        "permissions_boundary": BOUNDARY,
        "tags": {"a": "1"},
    }
    changed = {
        "description": "e",
        "assume_role_policy_document": {
            "Version": "2012-10-17",
            "Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ecs.amazonaws.com"}},
        },
        "managed_policies": POLICIES[:1],
        "inline_policies": {},
        "tags": {"b": "2"},
    }
    aws.make_role("rights-bare")
    boundary = {"name": "rights-bare", "permissions_boundary": BOUNDARY, "create_instance_profile": False}
    adopted = {"instance_profile_name": "rights-2", "replace_profile_role": True}
    # More than the default quota of attached policies, so that the account's own quota is read
    too_many = {"managed_policies": MANY, "purge_policies": False}
    operator.run("ec2_role", prefixed("ec2_role", {"name": "rights", **everything})).succeeded()
    user = aws.iam.create_user(UserName="rights-trusted")["User"]["UserId"]
    role = aws.iam.get_role(RoleName="rights-former")["Role"]["RoleId"]
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": [user, role]}}
    trusting = {"assume_role_policy_document": {"Version": "2012-10-17", "Statement": statement}}
    for options in (changed, trusting, boundary, adopted, too_many, {"state": "absent"}):
        result = operator.module("iam_ec2_role", {"name": "rights", **options})
        assert result.get("failed", False) == (options is too_many), result


def attach(aws, operator):
    aws.make_profile("rights-one")
    aws.make_profile("rights-two")
    ids = aws.run_instances(1, **TAGS)
    for options in ({"instance_profile": "rights-one"}, {"instance_profile": "rights-two"}, {"state": "absent"}):
        result = operator.module("instance_profile_attach", {"instance_ids": ids, **options})
        assert result["changed"] and not result.get("failed"), result
    aws.make_role("rights-role")
    mistaken = operator.module("instance_profile_attach", {"instance_ids": ids, "instance_profile": "rights-role"})
    assert "The role rights-role exists, but is in no instance profile." in mistaken["msg"]


def attach_groups(aws, operator):
    """One launch source of each kind that needs every permission, and the undo."""
    for name in ("rights-launching", "rights-other"):
        aws.make_profile(name)
    groups = Groups(aws)
    tags = [{"ResourceType": "instance", "Tags": [{"Key": "team", "Value": NAMES}]}]
    templates = [groups.template(profile, TagSpecifications=tags) for profile in (None, "rights-other")]
    tagging, other = (groups.group(template, tags=TAGS) for template in templates)
    groups.client.put_warm_pool(AutoScalingGroupName=tagging, MinSize=1, MaxGroupPreparedCapacity=1)
    template = groups.template(profile=None)
    fleets = [Fleets(aws).make(kind, template, size=0) for kind in KINDS]
    aws.tag(template, *templates, *fleets, **TAGS)
    configured = groups.configured(None, tags=TAGS)
    aws.tag(*(each["InstanceId"] for name in (tagging, other, configured) for each in groups.shown(name)["Instances"]), **TAGS)
    forward = {
        "attach_instance_profile": "rights-launching",
        "attach_auto_scaling_groups": [tagging, other, configured],
        "attach_launch_templates": [template],
        "attach_convert_launch_configurations": True,
    }
    operator.run("attach", forward, {"attach_manifest": "{{ attach_undo_manifest }}"}).succeeded()


def attach_losses(aws, operator):
    """A batch that loses permissions and is rolled back."""
    ours = aws.iam.create_policy(PolicyName="rights-losses", PolicyDocument=DOCUMENT)["Policy"]["Arn"]
    aws.make_role("rights-losing", (ours,), PermissionsBoundary=BOUNDARY)
    aws.iam.put_role_policy(RoleName="rights-losing", PolicyName="a", PolicyDocument=DOCUMENT)
    aws.make_profile("rights-losing", "rights-losing")
    aws.make_profile("rights-poor")
    unhealthy = operator.folder / "unhealthy.yml"
    unhealthy.write_text("- ansible.builtin.fail:\n", encoding="utf-8")
    ids = aws.run_instances(1, profile="rights-losing", **TAGS)
    options = {"instance_ids": ids, "instance_profile": "rights-poor", "on_loss": "warn", "batches": 1, "health_check": str(unhealthy)}
    run = operator.run("attach", prefixed("attach", options))
    assert "1 instance loses permissions" in run.output and "All changes were rolled back." in run.output, run.output


def require_imdsv2(aws, operator):
    """A run, and its undo."""
    ids = aws.run_instances_earlier(20, 2, **TAGS)
    undo = {"require_imdsv2_manifest": "{{ require_imdsv2_undo_manifest }}"}
    operator.run("require_imdsv2", prefixed("require_imdsv2", {"instance_ids": ids}), undo).succeeded()
    assert {aws.metadata_options(each)["HttpTokens"] for each in ids} == {"optional"}


def require_imdsv2_of_groups(aws, operator):
    """One launch source of each kind that needs every permission, and the undo."""
    aws.make_profile("rights-tokens")
    groups = Groups(aws)
    tags = [{"ResourceType": "instance", "Tags": [{"Key": "team", "Value": NAMES}]}]
    # The second one leaves tokens to the defaults.
    options = ({"HttpTokens": "optional"}, {"HttpPutResponseHopLimit": 2})
    of_group, of_fleets = (groups.template("rights-tokens", TagSpecifications=tags, MetadataOptions=each) for each in options)
    names = [groups.group(of_group, size=0, tags=TAGS), groups.configured(None, MetadataOptions={"HttpTokens": "required"}, tags=TAGS)]
    fleets = [Fleets(aws).make(kind, of_fleets, size=0) for kind in KINDS]
    aws.tag(of_group, of_fleets, *fleets, **TAGS)
    forward = prefixed("require_imdsv2", {"auto_scaling_groups": names, "launch_templates": [of_fleets]})
    operator.run("require_imdsv2", forward, {"require_imdsv2_manifest": "{{ require_imdsv2_undo_manifest }}"}).succeeded()


def retire(aws, operator):
    """A role within the boundary: a quarantine, a restored role, and a deletion."""
    retire_role(aws, operator, "rights-retired", PermissionsBoundary=BOUNDARY)


def retire_by_policy(aws, operator):
    """The same with a managed policy, for a role without a boundary."""
    denial = DOCUMENT.replace("Allow", "Deny").replace("s3:Get*", "*")
    aws.iam.create_policy(PolicyName="rights-quarantine", PolicyDocument=denial)
    retire_role(aws, operator, "rights-denied", {"quarantine_policy": "rights-quarantine"})


def retire_role(aws, operator, name, common=None, **options):
    aws.make_role(name, (BOUNDARY,), **options)
    aws.make_profile(name, name)
    aws.iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=DOCUMENT)
    with_launch_configuration(aws, name)
    steps = ({}, {"state": "restored"}, {}, {"after_days": 0})
    operator.run("retire", *(prefixed("retire", {"role_name": name, **(common or {}), **step}) for step in steps)).succeeded()


def report(aws, operator):
    """A report on the organization's accounts, with something to read in each."""
    aws.make_profile("rights-reported")
    with_launch_configuration(aws, "rights-reported")
    aws.run_instances(1, **TAGS)
    organizations = aws.client("organizations")
    organizations.create_organization(FeatureSet="ALL")
    organizations.create_account(AccountName="other", Email="other@example.com", RoleName="rights-audit")
    options = {"directory": str(operator.folder / "report"), "organization_role_name": "rights-audit", "regions": REGION}
    operator.run("report", prefixed("report", options)).succeeded()


def verify(aws, operator):
    """With an action that is simulated."""
    aws.make_profile("rights-verified")
    aws.iam.put_role_policy(RoleName="rights-verified", PolicyName="a", PolicyDocument=DOCUMENT)
    (instance,) = aws.run_instances(profile="rights-verified")
    aws.ec2.modify_instance_metadata_options(InstanceId=instance, HttpTokens="required")
    options = {"hosts": "localhost", "endpoint": f"{aws.endpoint}/imds/{instance}", "aws_endpoint": aws.endpoint}
    operator.run("verify", prefixed("verify", {**options, "actions": ["sts:GetCallerIdentity", "ec2:DescribeVpcs"]})).succeeded()


def launch(aws, operator):
    aws.make_profile("rights-launched")
    common = {"name": "rights", "instance_profile": "rights-launched", "tags": TAGS, "security_groups": ["default"]}
    steps = ({"count": 1}, {"count": 2, "spot": True})
    operator.run("launch", *(prefixed("launch", {**common, **options}) for options in steps)).succeeded()


def launch_group(aws, operator):
    for name in ("rights-first", "rights-second"):
        aws.make_profile(name)
    subnet = aws.ec2.describe_subnets()["Subnets"][0]
    filters = [{"Name": "vpc-id", "Values": [subnet["VpcId"]]}, {"Name": "group-name", "Values": ["default"]}]
    (group,) = aws.ec2.describe_security_groups(Filters=filters)["SecurityGroups"]
    placed = {"subnet_ids": [subnet["SubnetId"]], "security_groups": [group["GroupId"]]}
    common = {"name": "rights", "instance_type": "t3.small", "max_size": 2, "tags": TAGS}
    second = {"instance_profile": "rights-second", "on_conflict": "replace"}
    steps = [
        {"instance_profile": "rights-first"},
        {**second, "min_size": 0},
        {**second, **placed, "instance_type": "t3.large", "min_size": 2, "tags": {**TAGS, "a": "b"}},
    ]
    first, then, last = (prefixed("launch_group", {**common, **options}) for options in steps)
    operator.run("launch_group", first).succeeded()
    # An administrator looks at the new launch template, and tags it.
    aws.tag(*(each["LaunchTemplateId"] for each in aws.ec2.describe_launch_templates()["LaunchTemplates"]), **TAGS)
    operator.run("launch_group", then).succeeded()
    # The group keeps its metrics, and follows the default version, which is changed.
    client, named = Groups(aws).client, {"AutoScalingGroupName": "rights"}
    client.enable_metrics_collection(**named, Granularity="1Minute", Metrics=["GroupMinSize"])
    client.update_auto_scaling_group(**named, LaunchTemplate={"LaunchTemplateName": "rights", "Version": "$Default"})
    operator.run("launch_group", last).succeeded()


def migrate_keys(aws, operator):
    """Two hosts that are rolled back, one of them to another instance profile, and one whose key is deactivated."""
    for name in ("rights-before", "rights-migrated"):
        aws.make_profile(name)
    # With policies of both kinds, which the usage of the keys is compared with
    aws.iam.put_role_policy(RoleName="rights-migrated", PolicyName="own", PolicyDocument=DOCUMENT)
    aws.iam.attach_role_policy(RoleName="rights-migrated", PolicyArn="arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess")
    hosts, keys = {}, {}
    for name, profile, check in (("bare", None, "false"), ("old", "rights-before", "false"), ("well", None, "true")):
        root = operator.folder / name
        (instance,) = aws.run_instances(profile=profile, **TAGS)
        keys[name] = key_on_host(aws, root, f"rights-{name}")
        hosts[name] = migration(aws, root, instance, "rights-migrated", keys[name], check)
    inventory = operator.folder / "hosts.yml"
    inventory.write_text(yaml.safe_dump({"all": {"hosts": hosts, "vars": LOCAL}}), encoding="utf-8")
    variables = {"migrate_keys_hosts": "all", "migrate_keys_deactivate": list(keys.values())}
    run = operator.run("migrate_keys", variables, inventory=inventory)
    assert run.returncode == 2, run.output
    users = {name: aws.iam.list_access_keys(UserName=f"rights-{name}")["AccessKeyMetadata"][0]["Status"] for name in keys}
    assert users == {"bare": "Active", "old": "Active", "well": "Inactive"}, run.output


def with_its_role(aws, operator):
    """With a role that is created first."""
    role = {"ec2_role_name": "rights-of-launch", "ec2_role_permissions_boundary": BOUNDARY, "launch_create_role": True}
    operator.run("launch", {"launch_name": "rights-of-launch", "launch_tags": TAGS, **role}).succeeded()


LAUNCH_FEATURES = ["launch_spot", "launch_security_groups"]
# What to run, the role, and the features that are used
CASES = {
    "ec2_role": (ec2_role, "ec2_role", None),
    "attach": (attach, "attach", []),
    "attach groups": (attach_groups, "attach", features_of("attach", "attach_on_loss")),
    "attach losses": (attach_losses, "attach", ["attach_on_loss"]),
    "launch": (launch, "launch", LAUNCH_FEATURES),
    "launch with its role": (with_its_role, "launch", ["launch_create_role"]),
    "launch_group": (launch_group, "launch_group", ["launch_group_subnet_ids", "launch_group_security_groups", "launch_group_target_group_arns"]),
    "migrate_keys": (migrate_keys, "migrate_keys", None),
    "require_imdsv2": (require_imdsv2, "require_imdsv2", []),
    "require_imdsv2 groups": (require_imdsv2_of_groups, "require_imdsv2", features_of("require_imdsv2")),
    "retire": (retire, "retire", []),
    "retire by a policy": (retire_by_policy, "retire", ["retire_quarantine_policy"]),
    "report": (report, "report", None),
    "verify": (verify, "verify", None),
}
# Other cases use the rest of these permissions.
PARTS = ("attach", "launch with its role", "require_imdsv2")
# These cases are for a few features.
ONLY = {case: CASES[case][2] for case in ("attach groups", "attach losses", "require_imdsv2 groups", "retire by a policy")}
# Another case is for this feature.
EXCEPT = {"retire": ["retire_quarantine_policy"]}


@pytest.mark.parametrize("case", CASES)
def test_the_printed_permissions_are_exactly_the_needed_ones(aws, controller, case):
    work, role, features = CASES[case]
    policy = policy_of(role, features, TAGS)
    operator = Operator(controller, user_with(aws, policy))
    work(aws, operator)
    called = operator.called() - {NEEDS_NO_PERMISSION}
    assert called <= actions_of(policy), "it continues without this permission: is it needed?"
    own = own_actions(role, ONLY.get(case)) - own_actions(role, EXCEPT.get(case, []))
    assert case in PARTS or own <= called | WITHOUT_A_CALL[role] | UNKNOWN_CALLS


@pytest.mark.exhaustive
def test_what_a_failed_run_of_launch_group_needs_to_roll_back(aws, controller):
    """A new launch template, a new version of one without a group, and a new tag of a group. Tags limit nothing here: new templates have none."""
    aws.make_profile("rights-back")
    operator = Operator(controller, user_with(aws, policy_of("launch_group", ["launch_group_target_group_arns"])))
    groups = Groups(aws)
    data = {key: each for key, each in {**DATA, "IamInstanceProfile": {"Name": "rights-back"}}.items() if key != "UserData"}
    templates = {name: aws.ec2.create_launch_template(LaunchTemplateName=name, LaunchTemplateData=data) for name in ("rights-version", "rights-tag")}
    ids = {name: each["LaunchTemplate"]["LaunchTemplateId"] for name, each in templates.items()}
    source = {"LaunchTemplateId": ids["rights-tag"], "Version": "1"}
    groups.client.create_auto_scaling_group(AutoScalingGroupName="rights-tag", MinSize=0, MaxSize=1, AvailabilityZones=ZONES, LaunchTemplate=source)
    common = {"instance_profile": "rights-back", "instance_type": "t3.large", "image_id": DATA["ImageId"], "availability_zones": ZONES, "tags": TAGS}
    refusals = {"rights-new": "CreateAutoScalingGroup", "rights-version": "CreateAutoScalingGroup", "rights-tag": "UpdateAutoScalingGroup"}
    for name, operation in refusals.items():
        aws.fail(operation, "LimitExceeded", access_key_id=operator.access_key_id)
        run = operator.run("launch_group", prefixed("launch_group", {**common, "name": name}))
        assert "all changes were rolled back." in run.output, run.output
    found = aws.ec2.describe_launch_templates(Filters=[{"Name": "launch-template-name", "Values": ["rights-*"]}])["LaunchTemplates"]
    defaults = {each["LaunchTemplateName"]: each["DefaultVersionNumber"] for each in found}
    assert [defaults.get(name) for name in refusals] == [None, 1, 1]
    assert list(groups.versions(ids["rights-version"])) == [1] and groups.shown("rights-tag")["Tags"] == []
    assert operator.called() >= ROLLBACK


def test_a_role_for_operators_with_the_printed_policy(aws, controller):
    """With strings, as a survey of AWX sends them."""
    texts = {
        "jobs": "attach\nretire",
        "features": "attach_launch_templates,",
        "role_names": "rights*",
        "tags": "team: rights",
        "permissions_boundary": "limits",
    }
    variables = {f"operator_policy_{name}": text for name, text in {**texts, "account": ACCOUNT, "region": REGION}.items()}
    printed = controller.run("keyless.ec2.operator_policy", variables=variables).succeeded()
    assert printed.calls == []
    (document,) = [each["result"]["operator_policy_document"] for each in printed.results if "operator_policy_document" in each["result"]]
    options = {"name": "operators", "trusted_entities": [{"account": ACCOUNT}], "create_instance_profile": False}
    made = controller.module("iam_ec2_role", **options, inline_policies={"keyless": document}, validate=True).succeeded()
    assert not made.last.get("warnings")
    assert aws.iam.get_role_policy(RoleName="operators", PolicyName="keyless")["PolicyDocument"] == document
    wrong = controller.run("keyless.ec2.operator_policy", variables={"operator_policy_jobs": ["atach"]})
    assert wrong.returncode != 0
    assert "'atach' is not a job. Did you mean attach? Valid jobs are attach, ec2_role, launch, " in " ".join(wrong.output.split())


MODULES = Path(__file__).resolve().parents[2] / "plugins" / "modules"
PERMISSION = re.compile(r"C\(((?:autoscaling|ec2|iam):\w+)\)")


@pytest.mark.parametrize("module", ["instance_profile_attach_info", "launch_profile_attach_info"])
def test_the_notes_of_info_modules_name_their_permissions(aws, controller, module):
    """Few instance profiles are read with other calls than many."""
    groups = Groups(aws)
    named = set(PERMISSION.findall((MODULES / f"{module}.py").read_text(encoding="utf-8")))
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": sorted(named), "Resource": "*"}]}
    key = user_with(aws, policy)
    names = [groups.configured(None)]
    for number in range(5):
        aws.make_profile(f"rights-{module}-{number}")
        names.append(groups.group(groups.template(profile=f"rights-{module}-{number}")))
    Fleets(aws).make(EC2, groups.template(profile=None))
    instances = [groups.shown(name)["Instances"][0]["InstanceId"] for name in names]
    few = {"auto_scaling_groups": names[:2]} if module == "launch_profile_attach_info" else {"instance_ids": instances[:2]}
    for options in (few, {}):
        assert "failed" not in controller.modules([Task(module, module, options, key)]).last
    called = {f"{call['service']}:{call['operation']}" for call in aws.calls(key)}
    assert called == named - UNKNOWN_CALLS
