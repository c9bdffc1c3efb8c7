# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""launch_profile_attach with delays and errors of AWS, and after a killed run."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.tests.integration.support.controller import Task
from ansible_collections.keyless.ec2.tests.integration.support.groups import DATA, NUMBERS
from ansible_collections.keyless.ec2.tests.integration.support.tables import table

UPDATE = "UpdateAutoScalingGroup"


@pytest.fixture(autouse=True)
def _kind_again(aws):
    yield
    aws.clear_conditions()
    aws.let_time_pass(0)


def attach(controller, *arguments, **options):
    return controller.module("launch_profile_attach", *arguments, **{"instance_profile": "web", **options})


def writes(run):
    return [call["operation"] for call in run.writes]


@pytest.mark.parametrize("version", table(["1", "$Default", "$Latest"], ["1"]))
def test_a_killed_run_is_completed_by_the_next_one(groups, controller, version):
    """Killed before the first write, after each, or after all: the end is the same, and no version is created twice."""
    ends = []
    for killed_after in range(4):
        template = groups.template()
        groups.version(template, InstanceType="t3.large")
        names = [groups.group(template, version), groups.group(template, "$Latest")]
        key = f"AKIAKILLEDGROUP{next(NUMBERS):05d}"
        groups.aws.kill_after(killed_after, key)
        once = {"retries": {"total_max_attempts": 1}}  # a dead run does not try again
        options = {"auto_scaling_groups": names[:1], "instance_profile": "web", "members": False, "aws_config": once}
        controller.play([{"keyless.ec2.launch_profile_attach": options}], AWS_ACCESS_KEY_ID=key)
        groups.aws.clear_faults()
        attach(controller, auto_scaling_groups=names[:1], members=False).succeeded()
        found = groups.versions(template)
        launched = [found[groups_version(groups, name, template, max(found))] for name in names]
        ends.append((len(found), launched))
    assert all(end == ends[-1] for end in ends), ends


@pytest.mark.parametrize("killed_after", table(range(8), [1, 4, 6]))
def test_a_run_can_be_killed_after_any_write(groups, controller, killed_after):
    """A mixed instances policy with two templates, a launch configuration that is converted, and the members of both."""
    templates = [groups.template(), groups.template(InstanceType="t4g.micro")]
    names = [groups.mixed(*templates), groups.configured()]
    key = f"AKIAKILLEDMIXED{next(NUMBERS):05d}"
    options = {"auto_scaling_groups": names, "instance_profile": "web", "convert_launch_configurations": True}
    groups.aws.kill_after(killed_after, key)
    once = {"aws_config": {"retries": {"total_max_attempts": 1}}}
    killed = controller.modules([Task("killed", "launch_profile_attach", {**options, **once}, key)])
    assert killed.last["failed"]
    groups.aws.clear_faults()
    attach(controller, **options).succeeded()
    assert [sorted(groups.versions(each)) for each in templates] == [[1, 2], [1, 2]]
    assert list(groups.versions(groups.shown(names[1])["LaunchTemplate"]["LaunchTemplateId"])) == [1]
    for name in names:
        assert (groups.profiles(name), groups.replace_one(name)) == (["web"], "web")


def groups_version(groups, name, template, latest):
    written = groups.shown(name)["LaunchTemplate"].get("Version") or "$Default"
    return {"$Latest": latest, "$Default": groups.default(template)}.get(written) or int(written)


def test_updates_wait_until_ec2_sees_the_profile(groups, controller, aws):
    template = groups.template()
    name = groups.group(template)
    aws.fail(UPDATE, "ValidationError", message=NOT_YET, count=1)
    run = attach(controller, auto_scaling_groups=[name]).succeeded()
    assert writes(run).count(UPDATE) == 2 and groups.replace_one(name) == "web"


NOT_YET = (
    "You must use a valid fully-formed launch template. Value (web) for parameter iamInstanceProfile.name is invalid. "
    "Invalid IAM Instance Profile name"
)


LOOK = "DescribeLaunchTemplateVersions"
# What EC2 has made of the new version: all but the instance profile
WITHOUT_PROFILE = """
<DescribeLaunchTemplateVersionsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><launchTemplateVersionSet><item>
  <launchTemplateId>{template}</launchTemplateId><versionNumber>2</versionNumber>
  <launchTemplateData>
    <imageId>{ImageId}</imageId><instanceType>{InstanceType}</instanceType><userData>{UserData}</userData>
    <metadataOptions><httpTokens>required</httpTokens></metadataOptions>
  </launchTemplateData>
</item></launchTemplateVersionSet></DescribeLaunchTemplateVersionsResponse>
"""


def test_no_group_launches_from_a_version_without_the_profile(groups, controller, aws):
    """The new version is read back, because AWS may not keep what it accepted."""
    template = groups.template()
    name = groups.group(template)
    looks = [call["operation"] for call in attach(controller, "--check", auto_scaling_groups=[name], members=False).succeeded().calls].count(LOOK)
    aws.answer(LOOK, after=looks, body=WITHOUT_PROFILE.format(template=template, **DATA))
    run = attach(controller, auto_scaling_groups=[name], members=False)
    assert run.returncode != 0 and writes(run) == ["CreateLaunchTemplateVersion"]
    assert "it differs from what was sent in IamInstanceProfile. No group or fleet that names a version number uses it" in run.last["msg"]
    assert groups.shown(name)["LaunchTemplate"]["Version"] == "1"


def test_a_refused_group_does_not_stop_others(groups, controller, aws):
    names = [groups.group(groups.template()) for _group in range(2)]
    aws.fail(UPDATE, "AccessDenied", count=1)
    run = attach(controller, auto_scaling_groups=names)
    assert run.returncode != 0
    assert sorted(row["action"] for row in run.last["auto_scaling_groups"]) == ["failed", "updated"]
    assert "Allow autoscaling:UpdateAutoScalingGroup" in run.last["msg"]
    attach(controller, auto_scaling_groups=names).succeeded()
    assert [groups.replace_one(name) for name in names] == ["web"] * 2


def test_a_failure_after_an_unexpected_version_number_reports_the_actions(groups, controller, aws):
    """AWS does not reuse the numbers of deleted versions, so the next number is not known beforehand."""
    template = groups.template()
    aws.ec2.delete_launch_template_versions(LaunchTemplateId=template, Versions=[groups.version(template)])
    name = groups.group(template, "$Default")
    aws.fail("ModifyLaunchTemplate", "UnauthorizedOperation", count=1)
    run = attach(controller, auto_scaling_groups=[name], members=False)
    assert run.returncode != 0
    assert [action["operation"] for action in run.last["actions"]] == ["ec2:CreateLaunchTemplateVersion"]
    attach(controller, auto_scaling_groups=[name], members=False).succeeded()
    assert sorted(groups.versions(template)) == [1, 3] and groups.default(template) == 3


OTHER_ACCOUNT, OTHER_PATH = "arn:aws:iam::210987654321:instance-profile/web", "arn:aws:iam::123456789012:instance-profile/other/web"


@pytest.mark.parametrize("profile", table([OTHER_ACCOUNT, OTHER_PATH], [OTHER_ACCOUNT]))
def test_the_profile_of_another_account_or_path_is_refused(groups, controller, profile):
    """Otherwise the profile of that name in this account would be used."""
    run = attach(controller, auto_scaling_groups=[groups.group(groups.template())], instance_profile=profile)
    says = "belongs to account 210987654321" if profile == OTHER_ACCOUNT else "no instance profile"
    assert run.last["failed"] and run.writes == [] and says in run.last["msg"]
