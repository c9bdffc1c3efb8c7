# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The error that lists what uses a role, with a command for each use."""

from __future__ import annotations

import json

import pytest

from ansible_collections.keyless.ec2.plugins.plugin_utils._retire.uses import describe_uses, uses_of

IDS = ["i-0123456789abcdef0", "i-0123456789abcdef1"]
DETACH = "ansible-playbook keyless.ec2.attach -e attach_state=absent -e attach_region=eu-central-1"


def source(kind, name, region="eu-central-1"):
    return {"kind": kind, "name": name, "region": region}


def lines(incomplete=(), **uses):
    return describe_uses("web", uses_of(uses), incomplete).splitlines()


def test_instances_of_a_region_share_a_command():
    rows = [{"instance_id": each, "region": "eu-central-1"} for each in IDS]
    assert lines(instances=[*rows, {"instance_id": "i-2", "region": "us-west-2"}]) == [
        "retire_role_name: the role web is in use, so nothing was changed.",
        f"- Instances {', '.join(IDS)} (eu-central-1) use it.",
        f"""  Detach it: {DETACH} -e '{json.dumps({"attach_instance_ids": IDS})}'""",
        "- Instance i-2 (us-west-2) uses it.",
        f"""  Detach it: {DETACH.replace("eu-central-1", "us-west-2")} -e '{{"attach_instance_ids": ["i-2"]}}'""",
    ]


@pytest.mark.parametrize(
    ("kind", "suggestion"),
    [
        ("Auto Scaling group", f"""Remove it there: {DETACH} -e '{{"attach_auto_scaling_groups": ["shop"]}}'"""),
        ("launch template", f"""Remove it there: {DETACH} -e '{{"attach_launch_templates": ["shop"]}}'"""),
        ("EC2 Fleet", f"If its type is maintain, change its launch template: {DETACH} -e attach_launch_templates=ID. Otherwise cancel it."),
        ("Spot Fleet", f"If its type is maintain, change its launch template: {DETACH} -e attach_launch_templates=ID. Otherwise cancel it."),
        ("Spot Instance request", "A request can't be changed: cancel it."),
    ],
)
def test_each_kind_of_launch_source_has_its_suggestion(kind, suggestion):
    assert lines(launched_by=[source(kind, "shop")])[1:] == [f"- {kind} shop (eu-central-1) would launch instances with it.", f"  {suggestion}"]


def test_launch_sources_come_before_instances():
    found = lines(instances=[{"instance_id": "i-1", "region": "a"}], launched_by=[source("launch template", "b"), source("Auto Scaling group", "c")])
    assert [each.split()[1] for each in found if each.startswith("- ")] == ["Auto", "launch", "Instance"]


def test_a_trusting_role_has_its_command():
    assert lines(trusting_roles=["deploy"])[1:] == [
        "- Role deploy names it in its trust policy.",
        "  Remove it there, with a new ec2_role_trust_policy: "
        "ansible-playbook keyless.ec2.ec2_role -e ec2_role_create_instance_profile=false -e ec2_role_name=deploy",
    ]


def test_an_unread_region_is_a_possible_use():
    found = lines([{"target": "ap-south-1", "reason": "UnauthorizedOperation", "message": "No."}])
    assert found[0] == "retire_role_name: the role web may be in use, so nothing was changed."
    assert found[1] == "- Access denied in ap-south-1 (UnauthorizedOperation)."
    assert "retire_regions" in found[2]
