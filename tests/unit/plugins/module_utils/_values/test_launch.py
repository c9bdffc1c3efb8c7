# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Launch templates, and the groups and fleets that refer to them."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._values.launch import (
    INTERIM,
    Fleet,
    Group,
    SpotRequest,
    Template,
    TemplateReference,
    Version,
    profile_name_of,
    with_profile,
)

ARN = "arn:aws:iam::123456789012:instance-profile/team/web"
OWN = {"LaunchTemplateId": "lt-1", "Version": "$Latest"}
OTHER = {"LaunchTemplateSpecification": {"LaunchTemplateId": "lt-2"}}


def template(description=""):
    versions = {1: Version(1, {}), 2: Version(2, {}), 3: Version(3, {}, description)}
    return Template("lt-1", "web", 2, 3, versions)


@pytest.mark.parametrize("written, number", [("$Latest", 3), ("$Default", 2), ("1", 1)])
def test_the_number_of_a_version(written, number):
    assert template().number_of(written) == template().version(written).number == number


def test_latest_is_the_version_that_an_interim_one_names():
    assert template(f"As version 2. {INTERIM.format(number=1)}").latest == 1
    assert template("Interim, and more.").latest == 3


@pytest.mark.parametrize(
    "data, name",
    [({}, None), ({"IamInstanceProfile": {}}, None), ({"IamInstanceProfile": {"Name": "web"}}, "web"), ({"IamInstanceProfile": {"Arn": ARN}}, "web")],
)
def test_the_profile_of_a_version(data, name):
    assert Version(1, data).profile_name == SpotRequest("sir-1", data).profile_name == name


@pytest.mark.parametrize("configuration, name", [({}, None), ({"IamInstanceProfile": "web"}, "web"), ({"IamInstanceProfile": ARN}, "web")])
def test_the_profile_of_a_launch_configuration(configuration, name):
    assert profile_name_of(configuration) == name


@pytest.mark.parametrize(
    "before, name, after",
    [
        ({}, "web", {"Name": "web"}),
        ({"Name": "old"}, "web", {"Name": "web"}),
        ({"Arn": "old"}, "web", {"Arn": ARN}),
        ({"Name": "old"}, None, None),
    ],
)
def test_a_profile_is_replaced_by_name_or_arn(before, name, after):
    data = {"ImageId": "ami-1", "IamInstanceProfile": before}
    assert with_profile(data, name, ARN) == {"ImageId": "ami-1", **({"IamInstanceProfile": after} if after else {})}


def test_the_references_of_a_group():
    policy = {"LaunchTemplate": {"LaunchTemplateSpecification": OWN, "Overrides": [{"InstanceType": "t3.micro"}, OTHER]}}
    assert Group("web", launch_template=OWN).references == (TemplateReference("lt-1", "$Latest"),)
    assert Group("web", mixed_instances_policy=policy).references == (TemplateReference("lt-1", "$Latest"), TemplateReference("lt-2", "$Default", 1))
    assert Group("web", launch_configuration_name="web").references == ()


@pytest.mark.parametrize(
    "overrides, launching",
    [
        ([], [("lt-1", None)]),
        ([OTHER], [("lt-2", 0)]),
        ([OTHER, OTHER], [("lt-2", 0), ("lt-2", 1)]),
        ([OTHER, {}], [("lt-1", None), ("lt-2", 0)]),
    ],
)
def test_the_own_template_is_not_used_if_every_override_has_one(overrides, launching):
    group = Group("web", mixed_instances_policy={"LaunchTemplate": {"LaunchTemplateSpecification": OWN, "Overrides": overrides}})
    assert [(use.template_id, use.override) for use in group.launching_references] == launching


@pytest.mark.parametrize(
    "group", [Group("web", launch_template=OWN), Group("web", mixed_instances_policy={"LaunchTemplate": {"LaunchTemplateSpecification": OWN}})]
)
def test_the_own_template_is_used_without_overrides(group):
    assert group.launching_references == group.references == (TemplateReference("lt-1", "$Latest"),)


@pytest.mark.parametrize(
    "fleet, sort",
    [
        (Fleet("EC2 Fleet", "fleet-1"), None),
        (Fleet("EC2 Fleet", "fleet-1", type="request"), "EC2 Fleets of the type request"),
        (Fleet("Spot Fleet", "sfr-1", specifications=({},)), "Spot Fleets with launch specifications"),
    ],
)
def test_immutable_fleets(fleet, sort):
    assert fleet.immutable_kind == sort


def test_names_of_templates_are_replaced_with_ids():
    fleet = Fleet("EC2 Fleet", "fleet-1", (TemplateReference("web", "1", 0), TemplateReference("lt-2", "2", 1)))
    assert fleet.with_ids({"web": "lt-1"}).references == (TemplateReference("lt-1", "1", 0), TemplateReference("lt-2", "2", 1))
