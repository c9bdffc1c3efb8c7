# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading what replaces instances: the calls, the result, and refused calls."""

from __future__ import annotations

from contextlib import ExitStack

import boto3
import pytest
from botocore.stub import Stubber

from ansible_collections.keyless.ec2.plugins.module_utils._aws.fleets import Fleets
from ansible_collections.keyless.ec2.plugins.module_utils._aws.region_clients import RegionClients
from ansible_collections.keyless.ec2.plugins.module_utils._launch_sources.reading import read_replacing
from ansible_collections.keyless.ec2.plugins.module_utils._launch_sources.source import GROUP, ReplacingSources
from ansible_collections.keyless.ec2.plugins.module_utils._values.instances import Instance
from ansible_collections.keyless.ec2.plugins.module_utils._values.launch import Fleet, Group, TemplateReference

CREDENTIALS = {"region_name": "us-east-1", "aws_access_key_id": "AKIAUNITTESTS0000000", "aws_secret_access_key": "secret"}
ARN = "arn:aws:iam::123456789012:instance-profile/team/"


class Stubs:
    """Both clients; the number of clients of Auto Scaling that were created."""

    def __init__(self, stack):
        self.ec2_client, self.auto_scaling_client = (boto3.client(name, **CREDENTIALS) for name in ("ec2", "autoscaling"))
        self.ec2, self.auto_scaling = (stack.enter_context(Stubber(client)) for client in (self.ec2_client, self.auto_scaling_client))
        self.made = 0

    def make(self, service):
        self.made += service == "autoscaling"
        return self.auto_scaling_client if service == "autoscaling" else self.ec2_client

    def found(self, *names):
        return self.of(*({"auto_scaling_group": name} for name in names))

    def of(self, *tagged):
        instances = [Instance(f"i-{number}", "running", **each) for number, each in enumerate(tagged)]
        return read_replacing(RegionClients(self.make), instances)


def described_sources(found):
    """Each source by its instance: its kind, name and profiles, and what else it has."""
    return {
        key: (each.kind, each.name, each.profile_names, each.managed_by, each.has_launch_configuration, each.template_ids)
        for key, each in found.by_instance.items()
    }


@pytest.fixture(name="stubs")
def _stubs():
    with ExitStack() as stack:
        yield Stubs(stack)


def described(name, **source):
    needed = {"MinSize": 0, "MaxSize": 1, "DesiredCapacity": 0, "DefaultCooldown": 0, "AvailabilityZones": ["us-east-1a"]}
    more = {"HealthCheckType": "EC2", "CreatedTime": 0}
    return {"AutoScalingGroupName": name, **needed, **more, **source}


def version(template, number, profile, default=False):
    data = {"IamInstanceProfile": {"Arn": ARN + profile}} if profile else {}
    named = {"LaunchTemplateId": template, "LaunchTemplateName": f"template-{template}"}
    return {**named, "VersionNumber": number, "DefaultVersion": default, "LaunchTemplateData": data}


def uses(template, number):
    return {"LaunchTemplateId": template, "LaunchTemplateName": f"template-{template}", "Version": number}


def test_instances_without_a_group_take_no_call(stubs):
    assert stubs.found("", "") == ReplacingSources()
    assert stubs.made == 0


def test_each_group_comes_with_everything_that_it_may_launch(stubs):
    override = {"InstanceType": "t4g.micro", "LaunchTemplateSpecification": uses("lt-1", "$Default")}
    policy = {
        "LaunchTemplateSpecification": uses("lt-1", "1"),
        "Overrides": [override, {"InstanceType": "t3.micro"}],
    }
    tags = [{"Key": "eks:nodegroup-name", "Value": "x"}]
    groups = [
        described("mixed", MixedInstancesPolicy={"LaunchTemplate": policy}, Tags=tags),
        described("configured", LaunchConfigurationName="lc"),
    ]
    asked = {"AutoScalingGroupNames": ["configured", "mixed"]}
    stubs.auto_scaling.add_response("describe_auto_scaling_groups", {"AutoScalingGroups": groups}, asked)
    rows = [version("lt-1", 1, None), version("lt-1", 2, "web", default=True)]
    stubs.ec2.add_response("describe_launch_template_versions", {"LaunchTemplateVersions": rows})
    configuration = {"LaunchConfigurationName": "lc", "ImageId": "ami-1", "InstanceType": "m1.small", "CreatedTime": 0}
    configurations = [{**configuration, "IamInstanceProfile": ARN + "old"}]
    stubs.auto_scaling.add_response("describe_launch_configurations", {"LaunchConfigurations": configurations})
    mixed = (GROUP, "mixed", (None, "web"), "Amazon EKS", False, ("lt-1",))
    configured = (GROUP, "configured", ("old",), "", True, ())
    found = stubs.found("mixed", "configured", "", "mixed")
    assert (described_sources(found), found.read_errors) == ({"i-0": mixed, "i-1": configured, "i-3": mixed}, ())


def test_deleted_groups_and_templates_replace_nothing(stubs):
    stubs.auto_scaling.add_response("describe_auto_scaling_groups", {"AutoScalingGroups": [described("shop", LaunchTemplate=uses("lt-1", "1"))]})
    stubs.ec2.add_client_error("describe_launch_template_versions", "InvalidLaunchTemplateId.NotFound")
    assert stubs.found("shop", "gone") == ReplacingSources()


@pytest.mark.parametrize("denied", ["describe_auto_scaling_groups", "describe_launch_template_versions", "describe_launch_configurations"])
def test_a_refused_read_is_reported_with_the_rest(stubs, denied):
    groups = [described("shop", LaunchTemplate=uses("lt-1", "1")), described("configured", LaunchConfigurationName="lc")]
    rows = [version("lt-1", 1, "web", default=True)]
    configuration = {"LaunchConfigurationName": "lc", "ImageId": "ami-1", "InstanceType": "m1.small", "CreatedTime": 0}
    answers = {
        "describe_auto_scaling_groups": {"AutoScalingGroups": groups},
        "describe_launch_template_versions": {"LaunchTemplateVersions": rows},
        "describe_launch_configurations": {"LaunchConfigurations": [configuration]},
    }
    for operation, answer in answers.items():
        stub = stubs.ec2 if "template" in operation else stubs.auto_scaling
        if operation == denied:
            stub.add_client_error(operation, "AccessDenied", "no")
        else:
            stub.add_response(operation, answer)
    found = stubs.found("shop", "configured")
    missing = {"describe_auto_scaling_groups": {"i-0", "i-1"}, "describe_launch_template_versions": {"i-0"}}
    assert set(found.by_instance) == {"i-0", "i-1"} - missing.get(denied, {"i-1"})
    (told,) = found.read_errors
    assert "AccessDenied: no. Allow " in told and denied.replace("_", "") in told.lower()


def test_groups_and_managers_replace_instances_of_their_fleets(stubs):
    stubs.auto_scaling.add_response("describe_auto_scaling_groups", {"AutoScalingGroups": []})
    of_group = {"auto_scaling_group": "gone", "fleet_id": "fleet-1"}
    assert stubs.of(of_group, {"managed_by": "Karpenter", "fleet_id": "fleet-2"}) == ReplacingSources()


def test_only_fleets_that_maintain_their_size_replace(stubs, monkeypatch):
    fleets = [Fleet("EC2 Fleet", f"fleet-{kind}", (TemplateReference("lt-1", "1"),), kind) for kind in ("maintain", "request")]
    specifications = ({"IamInstanceProfile": {"Arn": ARN + "old"}}, {})
    monkeypatch.setattr(Fleets, "list", lambda _self: [*fleets, Fleet("Spot Fleet", "sfr-1", specifications=specifications)])
    rows = [version("lt-1", 1, "web", default=True)]
    stubs.ec2.add_response("describe_launch_template_versions", {"LaunchTemplateVersions": rows})
    found = stubs.of(*({"fleet_id": each} for each in ("fleet-maintain", "fleet-request", "sfr-1", "fleet-gone")))
    ec2_fleet = ("EC2 Fleet", "fleet-maintain", ("web",), "", False, ("lt-1",))
    assert described_sources(found) == {"i-0": ec2_fleet, "i-2": ("Spot Fleet", "sfr-1", ("old", None), "", False, ())}
    assert stubs.made == 0


def test_names_are_sent_in_batches_of_fifty(stubs):
    names = [f"group-{number:03}" for number in range(120)]
    asked = []
    stubs.auto_scaling_client.meta.events.register(
        "provide-client-params.autoscaling.DescribeAutoScalingGroups",
        lambda params, **_others: asked.append(params["AutoScalingGroupNames"]),
    )
    for _call in range(3):
        stubs.auto_scaling.add_response("describe_auto_scaling_groups", {"AutoScalingGroups": []})
    stubs.found(*names, *names)
    assert sorted(map(len, asked)) == [20, 50, 50] and sorted(sum(asked, [])) == names


@pytest.mark.parametrize(
    "templates, launching",
    [([None], ["lt-own"]), (["lt-1", None], ["lt-own", "lt-1"]), (["lt-1", "lt-2"], ["lt-1", "lt-2"]), ([], ["lt-own"])],
)
def test_a_template_that_every_override_replaces_is_not_used(templates, launching):
    overrides = [{"LaunchTemplateSpecification": uses(each, "1")} if each else {"InstanceType": "t3.micro"} for each in templates]
    policy = {"LaunchTemplate": {"LaunchTemplateSpecification": uses("lt-own", "1"), "Overrides": overrides}}
    assert [use.template_id for use in Group("shop", mixed_instances_policy=policy).launching_references] == launching
