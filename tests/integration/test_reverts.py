# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""reverts_on_replacement: instances whose Auto Scaling group launches replacements with another instance profile."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.tests.integration.support.aws import IMAGE
from ansible_collections.keyless.ec2.tests.integration.support.controller import Task
from ansible_collections.keyless.ec2.tests.integration.support.fleets import EC2, SPOT, Fleets
from ansible_collections.keyless.ec2.tests.integration.support.groups import NUMBERS
from ansible_collections.keyless.ec2.tests.integration.support.permissions import user_with

CODE = "reverts_on_replacement"
INFO, ATTACH, LAUNCH = "instance_profile_attach_info", "instance_profile_attach", "launch_profile_attach"
WEB = {"IamInstanceProfile": {"Name": "web"}}


def pinned(groups):
    template = groups.template()
    groups.version(template, **WEB)
    return groups.group(template, "1")


def by_name_of_version(groups, version):
    return groups.group(groups.template(), version)


def bare(groups):
    return groups.group(groups.template(profile=None))


def mixed(groups):
    """A group whose template has the profile, and one of whose overrides launches with another."""
    override = {"LaunchTemplateId": groups.template(InstanceType="t4g.micro"), "Version": "1"}
    policy = {
        "LaunchTemplateSpecification": {"LaunchTemplateId": groups.template(profile="web"), "Version": "$Latest"},
        "Overrides": [{"InstanceType": "t3.micro"}, {"InstanceType": "t4g.micro", "LaunchTemplateSpecification": override}],
    }
    return groups.group(MixedInstancesPolicy={"LaunchTemplate": policy})


def configured(groups, profile="old"):
    name = f"configuration-{next(NUMBERS)}"
    options = {"ImageId": IMAGE, "InstanceType": "t3.micro", "IamInstanceProfile": profile}
    groups.client.create_launch_configuration(LaunchConfigurationName=name, **options)
    return groups.group(LaunchConfigurationName=name)


def managed(groups):
    return groups.group(groups.template(), tags={"eks:nodegroup-name": "x"})


def right(groups):
    """A group pinned to a template version with the profile; the other versions have another."""
    template = groups.template(profile="web")
    groups.version(template, IamInstanceProfile={"Name": "old"})
    return groups.group(template, "1")


def without_template(groups):
    template = groups.template()
    name = groups.group(template)
    groups.aws.ec2.delete_launch_template(LaunchTemplateId=template)
    return name


GIVE = "Run keyless.ec2.launch_profile_attach with auto_scaling_groups={} and instance_profile=web"
OLD = "launches the next instance with old, not with web."
# The message about a group, and the fix
KINDS = {
    "pinned": (pinned, OLD, f"{GIVE}, if all instances"),
    "latest": (lambda groups: by_name_of_version(groups, "$Latest"), OLD, GIVE),
    "default": (lambda groups: by_name_of_version(groups, "$Default"), OLD, GIVE),
    "bare": (bare, "launches the next instance without an instance profile, not with web.", GIVE),
    "mixed": (mixed, "may launch the next instance with old, not with web.", GIVE),
    "configured": (configured, OLD, f"{GIVE} and convert_launch_configurations=true"),
    "managed": (managed, OLD, "Set the instance profile in the node role of the node group: Amazon EKS"),
    "right": (right, None, None),
    "right-configured": (lambda groups: configured(groups, "web"), None, None),
    "without-template": (without_template, None, None),
}
REVERTING = [kind for kind, (_make, says, _fix) in KINDS.items() if says]


def members(groups, name):
    return [each["InstanceId"] for each in groups.shown(name)["Instances"]]


@pytest.fixture(scope="module", name="made")
def _made(groups):
    """The group's name and its instance, by kind."""
    names = {kind: make(groups) for kind, (make, _says, _fix) in KINDS.items()}
    return {kind: (name, members(groups, name)[0]) for kind, name in names.items()}


@pytest.fixture(scope="module", name="attached")
def _attached(controller, made):
    """The results of attaching web to all of the instances: in check mode, in a run, and in a second run."""
    options = {"instance_ids": [instance for _name, instance in made.values()], "instance_profile": "web"}
    return [controller.module(ATTACH, *flags, **options).succeeded() for flags in (("--check",), (), ())]


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_group_has_a_fix(controller, made, attached, kind):
    name, instance = made[kind]
    _make, says, fix = KINDS[kind]
    (row,) = controller.module(INFO, instance_ids=[instance]).succeeded().last["instances"]
    found = [each for each in row["problems"] if each["code"] == CODE]
    rows = [each for each in attached[1].last[CODE] if each["auto_scaling_group"] == name]
    assert [each["instance_ids"] for each in rows] == ([[instance]] if says else [])
    assert [(each["message"], each["fix"]) for each in rows] == [(each["message"], each["fix"]) for each in found]
    assert bool(found) is bool(says)
    for each in found:
        assert each["message"] == f"The Auto Scaling group {name} {says}"
        assert fix.format(name) in each["fix"]


def test_the_info_module_counts_all(controller, made):
    run = controller.module(INFO, instance_ids=[instance for _name, instance in made.values()]).succeeded()
    assert run.last["affected"][CODE] == [made[kind][1] for kind in REVERTING]
    assert run.last["counts"][CODE] == len(REVERTING)


def test_check_mode_the_run_and_the_next_run_report_the_same(attached):
    check, run, again = attached
    assert check.last[CODE] == run.last[CODE] == again.last[CODE]
    assert (check.writes, again.writes, again.last["changed"]) == ([], [], False)
    for each in attached:
        (warning,) = each.last["warnings"]
        assert "These groups and fleets launch with another instance profile" in str(warning)
        assert f" {len(REVERTING)} {CODE}: " in each.last["msg"]


def test_a_replacement_reverts_and_the_fix_prevents_it(groups, controller):
    name = by_name_of_version(groups, "1")
    attach = {"instance_ids": members(groups, name), "instance_profile": "web"}
    assert controller.module(ATTACH, **attach).succeeded().last[CODE]
    assert groups.replace_one(name) == "old"
    ids = [each for each in members(groups, name) if groups.aws.state(each) == "running"]
    controller.module(ATTACH, instance_ids=ids, instance_profile="web").succeeded()
    controller.module(LAUNCH, auto_scaling_groups=[name], instance_profile="web").succeeded()
    again = controller.module(ATTACH, instance_ids=ids, instance_profile="web").succeeded()
    assert (again.last[CODE], again.last.get("warnings", [])) == ([], [])
    assert controller.module(INFO, instance_ids=ids).succeeded().last["counts"][CODE] == 0
    assert groups.replace_one(name) == "web"


def test_a_replacement_of_a_detached_instance_has_a_profile(groups, controller):
    name = by_name_of_version(groups, "1")
    ids = members(groups, name)
    run = controller.module(ATTACH, instance_ids=ids, state="absent").succeeded()
    assert "and state=absent, if no instance" in run.last[CODE][0]["fix"]
    (row,) = controller.module(INFO, instance_ids=ids).succeeded().last["instances"]
    assert [each["code"] for each in row["problems"]] == ["no_profile"]
    assert f"or have it replaced: the Auto Scaling group {name} launches the next instance with old." in row["problems"][0]["fix"]


def test_skipped_instances_are_not_reported(groups, controller):
    ids = [each for _group in range(2) for each in members(groups, groups.group(groups.template(profile=None)))]
    groups.aws.ec2.create_tags(Resources=ids[:1], Tags=[{"Key": "eks:nodegroup-name", "Value": "x"}])
    controller.module(ATTACH, instance_ids=ids, instance_profile="old").succeeded()
    run = controller.module(ATTACH, filters={"instance-id": ids}, instance_profile="web", on_conflict="fail")
    assert {row["instance_id"]: row["reason"] for row in run.last["instances"]} == dict(zip(ids, ["managed", "conflict"]))
    assert run.last[CODE] == []


SPECIFIED = {"ImageId": IMAGE, "InstanceType": "t3.micro", "IamInstanceProfile": {"Name": "old"}}
GIVE_FLEET = "Run keyless.ec2.launch_profile_attach with launch_templates={} and instance_profile=web, if"
# Kind, what it launches from beside a template, and the fix
FLEETS = [
    (EC2, {}, GIVE_FLEET),
    (SPOT, {}, GIVE_FLEET),
    (SPOT, {"specifications": [SPECIFIED]}, "can't be changed: create a new one with web, and cancel this one."),
]


def test_fleets_are_reported(groups, controller):
    fleets, template = Fleets(groups.aws), groups.template()
    made = [fleets.make(kind, template, **more) for kind, more, _fix in FLEETS]
    ids = [each for fleet in (*made, fleets.make(EC2, template, Type="request")) for each in fleets.instances(fleet)]
    run = controller.module(ATTACH, instance_ids=ids, instance_profile="web").succeeded()
    assert controller.module(INFO, instance_ids=ids).succeeded().last["affected"][CODE] == ids[:-1]
    assert len(run.last[CODE]) == len(made)
    for fleet, instance, row, (kind, _more, fix) in zip(made, ids, run.last[CODE], FLEETS):
        assert (row["auto_scaling_group"], row["fleet"], row["instance_ids"]) == (None, fleet, [instance])
        assert row["message"] == f"The {kind} {fleet} launches the next instance with old, not with web."
        assert fix.format(template) in row["fix"]
    found = operations(run)
    assert found.count("DescribeFleets") == found.count("DescribeSpotFleetRequests") == 1
    assert "DescribeAutoScalingGroups" not in found
    controller.module(LAUNCH, launch_templates=[template], instance_profile="web").succeeded()
    again = controller.module(ATTACH, instance_ids=ids, instance_profile="web").succeeded()
    assert [row["fleet"] for row in again.last[CODE]] == made[2:]
    assert [fleets.replaced(fleet) for fleet in made] == ["web", "web", "old"]
    fleets.end(*made)


def operations(run):
    return sorted(call["operation"] for call in run.calls)


@pytest.mark.parametrize("module, options", [(ATTACH, {"instance_profile": "web"}), (INFO, {})])
def test_instances_without_a_group_need_no_extra_call(aws, groups, controller, module, options):
    ids = aws.run_instances(100, "web")
    run = controller.module(module, instance_ids=ids, **options).succeeded()
    assert operations(run) == ["DescribeIamInstanceProfileAssociations", "DescribeInstances", "GetInstanceProfile"]


@pytest.mark.parametrize("module, options", [(ATTACH, {"instance_profile": "old"}), (INFO, {})])
def test_groups_are_read_together(groups, controller, module, options):
    names = [groups.group(groups.template(), "$Latest") for _group in range(60)]
    ids = [each for name in names for each in members(groups, name)]
    run = controller.module(module, instance_ids=ids, **options).succeeded()
    found = operations(run)
    assert found.count("DescribeAutoScalingGroups") == 2
    # The list of all launch templates has two hundred versions a page.
    assert found.count("DescribeLaunchTemplateVersions") == 1
    assert len(found) == 6


@pytest.mark.parametrize("module, options", [(ATTACH, {"instance_profile": "web"}), (INFO, {})])
def test_a_missing_permission_to_read_groups_is_a_warning(aws, groups, controller, module, options):
    key = user_with(aws, {"Statement": [{"Effect": "Allow", "Action": ["ec2:*", "iam:*"], "Resource": "*"}]})
    task = Task(module, module, {"instance_ids": members(groups, pinned(groups)), **options}, key)
    found = controller.modules([task]).last
    assert not found.get("failed")
    (warning,) = found["warnings"]
    assert f"{CODE} is not known for all instances. Could not read the Auto Scaling groups " in str(warning)
    assert "Allow autoscaling:DescribeAutoScalingGroups on * " in str(warning)
    assert found.get(CODE, []) == []
