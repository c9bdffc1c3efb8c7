# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""launch_profile_attach with on_loss: the permissions that new and running instances lose with another profile."""

from __future__ import annotations

import pytest

CORE = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
READ_ONLY = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"


@pytest.fixture(scope="module", autouse=True)
def _profiles(aws, groups):
    for name, policies in {"rich": (CORE, READ_ONLY), "poor": (READ_ONLY,)}.items():
        aws.make_role(name, policies)
        aws.make_profile(name, name)


def attach(controller, *flags, **options):
    return controller.module("launch_profile_attach", *flags, instance_profile="poor", **options)


def rows(run):
    kinds = ("auto_scaling_groups", "launch_templates", "instances")
    return {row.get("name", row.get("instance_id")): row for kind in kinds for row in run.last[kind]}


def test_permissions_are_not_compared_by_default(groups, controller):
    run = attach(controller, "--check", auto_scaling_groups=[groups.group(groups.template("rich"))]).succeeded()
    assert {each["operation"] for each in run.calls}.isdisjoint({"GetRole", "GetPolicyVersion"})
    assert {row["lost"] if row["lost"] else None for row in rows(run).values()} == {None}


@pytest.mark.parametrize("flags", [(), ("--check",)], ids=["run", "check"])
def test_lost_permissions_fail_a_row_and_the_others_continue(aws, groups, controller, flags):
    rich, bare, template = groups.group(groups.template("rich")), groups.group(groups.template(None)), groups.template("rich")
    run = attach(controller, *flags, auto_scaling_groups=[rich, bare], launch_templates=[template], on_loss="fail")
    assert run.returncode
    found = rows(run)
    for name in (rich, run.last["launch_templates"][0]["name"]):
        row = found[name]
        assert (row["action"], row["reason"], row["before"]) == ("failed", "permissions_lost", row["after"])
        assert "would lose the connection to Systems Manager (ssm:UpdateInstanceInformation and 10 more)" in row["msg"]
        assert row["lost"][0] == "ssm:UpdateInstanceInformation"
    (member,), (other,) = ([each["InstanceId"] for each in groups.shown(name)["Instances"]] for name in (rich, bare))
    assert member not in found and aws.profile_of(member) == "rich"
    assert (found[bare]["action"], found[other]["action"], found[bare]["lost"]) == ("updated", "associated", [])
    assert aws.profile_of(other) == (None if flags else "poor")
    assert not [action for action in run.last["actions"] if template in action["target"]]


def test_lost_permissions_are_a_warning(aws, groups, controller):
    group = groups.group(groups.template("rich"))
    run = attach(controller, "--diff", auto_scaling_groups=[group], on_loss="warn").succeeded()
    (member,) = [each["InstanceId"] for each in groups.shown(group)["Instances"]]
    found = rows(run)
    assert found[group]["lost"] == found[member]["lost"] and found[group]["lost"]
    assert aws.profile_of(member) == "poor"
    said = str(run.last["warnings"])
    assert f"The next instances of {group} lose permissions: the connection to Systems Manager" in said
    assert "1 instance loses permissions that rich gives and poor does not" in said
    assert run.last["diff"]["before"]["allowed by rich and not by poor"] == found[member]["lost"]
    again = attach(controller, auto_scaling_groups=[group], on_loss="fail").succeeded()
    assert not again.changed and {tuple(row["lost"]) for row in rows(again).values()} == {()}
