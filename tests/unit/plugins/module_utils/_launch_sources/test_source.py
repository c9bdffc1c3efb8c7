# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What launches instances: each kind is found by the name of its profile, and what replaces an instance."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._launch_sources.build import (
    fleet_source,
    group_source,
    spot_request_source,
    template_source,
)
from ansible_collections.keyless.ec2.plugins.module_utils._launch_sources.source import LaunchSources, is_replaced_by_fleet
from ansible_collections.keyless.ec2.plugins.module_utils._values.instances import Instance
from ansible_collections.keyless.ec2.plugins.module_utils._values.launch import Fleet, Group, SpotRequest, Template, TemplateReference, Version
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._launch_sources.sources import source

ARN = "arn:aws:iam::123456789012:instance-profile/team/"
WEB = {"IamInstanceProfile": {"Name": "web"}}
OTHER = {"IamInstanceProfile": {"Arn": ARN + "other"}}


def template(name="t", default=2, **datas):
    versions = {int(key[1:]): Version(int(key[1:]), data) for key, data in datas.items()}
    return Template(f"lt-{name}", name, default, max(versions), versions)


def region(groups=(), fleets=(), templates=(), requests=(), used=(), configurations=None):
    """The region's sources; ``used`` are templates with the versions that are in use."""
    by_id = {each.template_id: each for each in (*templates, *used)}
    return LaunchSources(
        tuple(group_source(each, by_id, configurations or {}) for each in groups),
        tuple(fleet_source(each, by_id) for each in fleets),
        tuple(map(spot_request_source, requests)),
        tuple(map(template_source, templates)),
    )


def with_profiles(sources, *names):
    return [(name, each.kind, each.name) for name, each in sources.with_profiles(names)]


OLD_VERSION = template(v1=WEB, v2=OTHER)
FOUND = [
    ({"templates": [template(v2=WEB)]}, "launch template", "t"),  # both its default and its newest
    ({"templates": [template(default=1, v1=WEB, v2=OTHER)]}, "launch template", "t"),
    ({"templates": [template(default=1, v1=OTHER, v2=WEB)]}, "launch template", "t"),
    ({"groups": [Group("g", {"LaunchTemplateId": "lt-t", "Version": "1"})], "used": [OLD_VERSION]}, "Auto Scaling group", "g"),
    (
        {"groups": [Group("g", launch_configuration_name="c")], "configurations": {"c": {"IamInstanceProfile": ARN + "web"}}},
        "Auto Scaling group",
        "g",
    ),
    ({"fleets": [Fleet("EC2 Fleet", "fleet-1", (TemplateReference("lt-t", "1", 0),))], "used": [OLD_VERSION]}, "EC2 Fleet", "fleet-1"),
    ({"fleets": [Fleet("Spot Fleet", "sfr-1", specifications=(OTHER, WEB))]}, "Spot Fleet", "sfr-1"),
    ({"requests": [SpotRequest("sir-1", WEB)]}, "Spot Instance request", "sir-1"),
]


@pytest.mark.parametrize("there, kind, name", FOUND)
@pytest.mark.parametrize("given, is_found", [("web", True), ("WEB", True), ("we", False), ("", False)])
def test_each_kind_is_found_by_the_name_of_its_profile(there, kind, name, given, is_found):
    assert with_profiles(region(**there), given, "zzz") == ([("web", kind, name)] if is_found else [])


NOTHING = [
    {"templates": [template(v2=OTHER)]},
    {"templates": [template(v2={})]},
    {"templates": [template(v1=WEB, v2=OTHER, v3=OTHER)]},  # neither its default nor its newest
    {"groups": [Group("g", {"LaunchTemplateId": "lt-gone", "Version": "1"})]},
    {"groups": [Group("g", {"LaunchTemplateId": "lt-t", "Version": "7"})], "used": [OLD_VERSION]},
    {"groups": [Group("g", {"LaunchTemplateId": "lt-t", "Version": "2"})], "used": [OLD_VERSION]},
    {"groups": [Group("g", launch_configuration_name="gone")]},
    {"groups": [Group("g", launch_configuration_name="c")], "configurations": {"c": {}}},
    {"fleets": [Fleet("Spot Fleet", "sfr-1", specifications=({},))]},
    {"requests": [SpotRequest("sir-1", {})]},
]


@pytest.mark.parametrize("there", NOTHING)
def test_a_source_with_another_profile_or_none_is_not_found(there):
    assert with_profiles(region(**there), "web") == []


def test_each_source_is_found_once():
    groups = [Group("a", launch_configuration_name="c"), Group("b", {"LaunchTemplateId": "lt-t", "Version": "2"})]
    found = region(groups, templates=[template(v2=WEB), template("other", v2=OTHER)])
    assert with_profiles(found, "web", "other") == [
        ("other", "launch template", "other"),
        ("web", "Auto Scaling group", "b"),
        ("web", "launch template", "t"),
    ]


@pytest.mark.parametrize("kept, others", [("web", [None, "db"]), ("WEB", [None, "db"]), ("db", ["web", None]), (None, ["web", "db"])])
def test_the_next_instance_may_get_another_profile(kept, others):
    assert source("web", None, "db", "web").other_profile_names(kept) == others


@pytest.mark.parametrize("kind, is_group", [("Auto Scaling group", True), ("EC2 Fleet", False)])
def test_a_fleet_is_not_a_group(kind, is_group):
    assert source(kind=kind).is_group is is_group


def test_a_missing_template_has_no_known_profile():
    (gone,) = region([Group("g", {"LaunchTemplateId": "lt-gone", "Version": "1"})])
    assert (gone.profile_names, gone.launches[0].missing, gone.template_ids) == ((), "lt-gone", ())
    (gone,) = region([Group("g", {"LaunchTemplateId": "lt-t", "Version": "7"})], used=[OLD_VERSION])
    assert (gone.profile_names, gone.launches[0].missing, gone.template_ids) == ((), "t (version 7)", ("lt-t",))
    (gone,) = region([Group("g", launch_configuration_name="gone")])
    assert (gone.profile_names, gone.replaces_instances, gone.has_launch_configuration) == ((), False, True)


@pytest.mark.parametrize(
    "tags, replacing",
    [
        ({}, None),
        ({"auto_scaling_group": "shop"}, "shop"),
        ({"auto_scaling_group": "gone"}, None),
        ({"fleet_id": "fleet-maintain"}, "fleet-maintain"),
        ({"fleet_id": "fleet-request"}, None),
        ({"fleet_id": "fleet-gone"}, None),
        ({"fleet_id": "fleet-maintain", "auto_scaling_group": "shop"}, "shop"),
        ({"fleet_id": "fleet-maintain", "auto_scaling_group": "gone"}, None),
        ({"fleet_id": "fleet-maintain", "managed_by": "Karpenter"}, None),
    ],
)
def test_what_replaces_an_instance(tags, replacing):
    fleets = tuple(source("web", kind="EC2 Fleet", name=f"fleet-{each}", type=each) for each in ("maintain", "request"))
    instance = Instance("i-1", "running", **tags)
    found = LaunchSources((source("web"),), fleets).replacing([instance])
    assert {key: each.name for key, each in found.items()} == ({"i-1": replacing} if replacing else {})
    assert is_replaced_by_fleet(instance) is (set(tags) == {"fleet_id"})
