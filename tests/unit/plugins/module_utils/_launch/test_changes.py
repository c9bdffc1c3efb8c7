# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The calls that change launch sources: what changes, and that everything else is sent unchanged."""

from __future__ import annotations

import copy

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._launch.changes import (
    FLEET_CALLS,
    NewVersion,
    as_parameter,
    configs_of,
    create_template,
    set_default,
    source_of,
    source_with,
    template_name,
    update_fleet,
    update_group,
    update_source,
)
from ansible_collections.keyless.ec2.plugins.module_utils._values.launch import Fleet, Group
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._launch.region import data, template

OWN = {"LaunchTemplateId": "lt-1", "LaunchTemplateName": "workers", "Version": "1"}
NAMED = {"LaunchTemplateName": "workers", "Version": "1"}


def policy():
    """A mixed instances policy: the group's own template, an override with another one, and one without."""
    other = {"LaunchTemplateId": "lt-2", "LaunchTemplateName": "other", "Version": "$Latest"}
    overrides = [{"InstanceType": "m5.large"}, {"InstanceType": "m6g.large", "LaunchTemplateSpecification": other}]
    return {
        "LaunchTemplate": {"LaunchTemplateSpecification": dict(OWN), "Overrides": overrides},
        "InstancesDistribution": {"OnDemandBaseCapacity": 1},
    }


MIXED = Group("a", mixed_instances_policy=policy())


def sent(own, other):
    """The policy as it is sent, with these versions."""
    expected = policy()
    expected["LaunchTemplate"]["LaunchTemplateSpecification"] = {"LaunchTemplateId": "lt-1", "Version": own}
    expected["LaunchTemplate"]["Overrides"][1]["LaunchTemplateSpecification"] = {"LaunchTemplateId": "lt-2", "Version": other}
    return {"MixedInstancesPolicy": expected}


@pytest.mark.parametrize("numbers, own, other", [({None: 7}, "7", "$Latest"), ({1: 8}, "1", "8"), ({None: 7, 1: 8}, "7", "8"), ({}, "1", "$Latest")])
def test_only_the_versions_of_a_mixed_instances_policy_change(numbers, own, other):
    assert source_with(MIXED, numbers) == sent(own, other)
    assert MIXED.mixed_instances_policy == policy()


def test_what_a_group_launches_from():
    assert source_of(Group("a", OWN)) == {"LaunchTemplate": {"LaunchTemplateId": "lt-1", "Version": "1"}}
    assert source_of(Group("a", NAMED)) == {"LaunchTemplate": NAMED}
    assert source_of(MIXED) == sent("1", "$Latest") and MIXED.mixed_instances_policy == policy()
    assert source_of(Group("a", launch_configuration_name="first")) == {"LaunchConfigurationName": "first"}
    assert source_with(Group("a", OWN), {None: 4}) == {"LaunchTemplate": {"LaunchTemplateId": "lt-1", "Version": "4"}}


def test_a_policy_without_overrides():
    bare = {"LaunchTemplate": {"LaunchTemplateSpecification": dict(OWN)}}
    assert as_parameter(bare) == {"LaunchTemplate": {"LaunchTemplateSpecification": {"LaunchTemplateId": "lt-1", "Version": "1"}}}


def test_the_calls_of_a_group_and_of_a_template():
    change = update_group(Group("a", OWN), {"LaunchTemplate": OWN})
    assert (change.permission, change.target) == ("autoscaling:UpdateAutoScalingGroup", "autoScalingGroup/a")
    assert change.parameters == {"AutoScalingGroupName": "a", "LaunchTemplate": OWN} and "Auto Scaling group a" in change.summary
    change = set_default(template(), 3)
    assert (change.permission, change.target) == ("ec2:ModifyLaunchTemplate", "launch-template/lt-1")
    assert change.parameters == {"LaunchTemplateId": "lt-1", "DefaultVersion": "3"}
    assert change.summary == "make version 3 the default of the launch template name-of-lt-1"


@pytest.mark.parametrize("kind", sorted(FLEET_CALLS))
def test_the_call_of_a_fleet(kind):
    operation, key, resource = {
        "EC2 Fleet": ("ModifyFleet", "FleetId", "fleet"),
        "Spot Fleet": ("ModifySpotFleetRequest", "SpotFleetRequestId", "spot-fleet-request"),
    }[kind]
    change = update_fleet(Fleet(kind, "f-1"), [{"a": 1}])
    assert (change.permission, change.target) == (f"ec2:{operation}", f"{resource}/f-1")
    assert change.parameters == {key: "f-1", "LaunchTemplateConfigs": [{"a": 1}]} and f"of {kind} f-1" in change.summary


def test_groups_and_fleets_have_calls_of_their_own():
    assert update_source(Group("a", OWN), {None: 4}) == update_group(
        Group("a", OWN), {"LaunchTemplate": {"LaunchTemplateId": "lt-1", "Version": "4"}}
    )
    fleet = Fleet("EC2 Fleet", "f-1", configs=({"LaunchTemplateSpecification": OWN},))
    assert update_source(fleet, {0: 4}) == update_fleet(fleet, [{"LaunchTemplateSpecification": {"LaunchTemplateId": "lt-1", "Version": "4"}}])


def test_only_the_given_versions_of_a_fleet_change():
    configs = (
        {"LaunchTemplateSpecification": OWN, "Overrides": [{"AvailabilityZone": "", "AvailabilityZoneId": "z"}]},
        {"LaunchTemplateSpecification": NAMED},
    )
    before = copy.deepcopy(configs)
    fleet = Fleet("EC2 Fleet", "f-1", configs=configs)
    own = {"LaunchTemplateId": "lt-1", "Version": "1"}
    overrides = [{"AvailabilityZone": "", "AvailabilityZoneId": "z"}]
    assert configs_of(fleet) == [{"LaunchTemplateSpecification": own, "Overrides": overrides}, {"LaunchTemplateSpecification": NAMED}]
    assert configs_of(fleet, {1: 5})[0]["LaunchTemplateSpecification"] == own
    assert configs_of(fleet, {1: 5})[1]["LaunchTemplateSpecification"] == {**NAMED, "Version": "5"}
    assert fleet.configs == before


@pytest.mark.parametrize(
    "profile, parameters",
    [
        ("web", {"SourceVersion": "4", "LaunchTemplateData": {"IamInstanceProfile": {"Name": "web"}}}),
        (None, {"LaunchTemplateData": {"ImageId": "ami-1"}}),
    ],
)
@pytest.mark.parametrize(
    "interim, described",
    [
        (None, "Copy of version 4, by keyless.ec2."),
        (6, "Copy of version 4, by keyless.ec2. Interim, $Latest stands for version 6."),
    ],
)
def test_the_call_of_a_new_version(profile, parameters, interim, described):
    change = NewVersion(template(), 4, 9, data(profile), interim).change()
    assert (change.permission, change.target) == ("ec2:CreateLaunchTemplateVersion", "launch-template/lt-1")
    assert change.parameters == {"LaunchTemplateId": "lt-1", "VersionDescription": described, **parameters}
    assert change.summary == "create a version of the launch template name-of-lt-1 from version 4"


@pytest.mark.parametrize(
    "given, name", [("web", "web"), ("web 1!", "web-1-"), ("a/b_(c).d", "a/b_(c).d"), ("ab", "ab-template"), ("x" * 200, "x" * 128)]
)
def test_a_template_has_the_name_of_the_configuration_in_valid_characters(given, name):
    assert template_name(given) == name


def test_the_call_names_the_template():
    change = create_template("web", {"ImageId": "ami-1"})
    assert (change.service, change.operation, change.target) == ("ec2", "CreateLaunchTemplate", "launch-template/web")
    assert change.parameters["LaunchTemplateName"] == "web" and change.parameters["LaunchTemplateData"] == {"ImageId": "ami-1"}
