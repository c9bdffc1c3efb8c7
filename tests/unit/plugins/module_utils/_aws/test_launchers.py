# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All that would launch an instance with a profile: each kind is found, by any of its profile's names, and nothing else."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._aws.launchers import Launchers, Launching
from ansible_collections.keyless.ec2.plugins.module_utils._values.launch import Fleet, Group, SpotRequest, Template, Use, Version

ARN = "arn:aws:iam::123456789012:instance-profile/team/"
WEB = {"IamInstanceProfile": {"Name": "web"}}
OTHER = {"IamInstanceProfile": {"Arn": ARN + "other"}}


def template(name="t", default=2, **datas):
    versions = {int(key[1:]): Version(int(key[1:]), data) for key, data in datas.items()}
    return Template(f"lt-{name}", name, default, max(versions), versions)


def launchers(groups=(), fleets=(), templates=(), requests=(), used=(), configurations=None):
    """The region, of which ``used`` are templates with the versions that somebody uses; and the configurations that were asked for."""
    asked = []
    listed = {key: each for each in templates for key in (each.template_id, each.name)}

    def look_up(names):
        asked.extend(names)
        return configurations or {}

    found = Launchers(None, None)
    found._auto_scaling = SimpleNamespace(list_groups=lambda: list(groups), launch_configurations=look_up)
    found._fleets = SimpleNamespace(list=lambda: list(fleets), spot_requests=lambda: list(requests))
    more = {each.template_id: each for each in used}
    found._templates = SimpleNamespace(list=lambda: listed, with_used=lambda known, uses: {**known, **more} if list(uses) else known)
    return found, asked


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
    ({"fleets": [Fleet("EC2 Fleet", "fleet-1", (Use("lt-t", "1", 0),))], "used": [OLD_VERSION]}, "EC2 Fleet", "fleet-1"),
    ({"fleets": [Fleet("Spot Fleet", "sfr-1", specifications=(OTHER, WEB))]}, "Spot Fleet", "sfr-1"),
    ({"requests": [SpotRequest("sir-1", WEB)]}, "Spot Instance request", "sir-1"),
]


@pytest.mark.parametrize("region, kind, name", FOUND)
@pytest.mark.parametrize("given, is_found", [("web", True), ("WEB", True), ("we", False), ("", False)])
def test_each_kind_is_found_by_the_profile_s_name(region, kind, name, given, is_found):
    found, _asked = launchers(**region)
    expected = [Launching("web", kind, name)] if is_found else []
    assert [each for each in found.launching_with([given, "zzz"]) if given] == expected


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


@pytest.mark.parametrize("region", NOTHING)
def test_what_launches_with_another_profile_or_none_is_not_found(region):
    assert launchers(**region)[0].launching_with(["web"]) == []


def test_each_is_found_once_and_configurations_are_asked_for_by_their_groups():
    groups = [Group("a", launch_configuration_name="c"), Group("b", {"LaunchTemplateId": "lt-t", "Version": "2"})]
    found, asked = launchers(groups, templates=[template(v2=WEB), template("other", v2=OTHER)])
    assert found.launching_with(["web", "other"]) == [
        Launching("other", "launch template", "other"),
        Launching("web", "Auto Scaling group", "b"),
        Launching("web", "launch template", "t"),
    ]
    assert asked == ["c"]
