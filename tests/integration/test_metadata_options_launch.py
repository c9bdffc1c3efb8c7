# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""instance_metadata_options for launch templates, their fleets, and Auto Scaling groups."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.tests.integration.support.aws import as_actions, without_targets
from ansible_collections.keyless.ec2.tests.integration.support.fleets import EC2, Fleets
from ansible_collections.keyless.ec2.tests.integration.support.groups import DATA
from ansible_collections.keyless.ec2.tests.integration.support.known import needs_defaults

MODULE = "instance_metadata_options"
REQUIRED = {"http_tokens": "required"}
OPEN = {"HttpTokens": "optional", "HttpPutResponseHopLimit": 2}
CREATE, MOVE, UPDATE = "CreateLaunchTemplateVersion", "ModifyLaunchTemplate", "UpdateAutoScalingGroup"


def old_group(aws, groups, template, version="1", **options):
    """A group whose instances have run for 20 days."""
    aws.let_time_pass(-20 * 86400)
    try:
        return groups.group(template, version, **options)
    finally:
        aws.let_time_pass(0)


def actions_in(run, kind):
    return [(row["action"], row["reason"]) for row in run.last[kind]]


@pytest.mark.parametrize("version, calls", [("1", [CREATE, UPDATE]), ("$Default", [CREATE, MOVE]), ("$Latest", [CREATE])])
def test_the_next_instances_of_a_group_get_the_options(aws, groups, controller, version, calls):
    """Whatever version the group uses; the other options stay, and the undo restores what was launched."""
    template = groups.template(None, MetadataOptions=OPEN)
    name = old_group(aws, groups, template, version)
    check = controller.module(MODULE, "--check", "--diff", auto_scaling_groups=[name], **REQUIRED).succeeded()
    run = controller.module(MODULE, "--diff", auto_scaling_groups=[name], **REQUIRED).succeeded()
    assert check.writes == [] and [call["operation"] for call in run.writes] == calls
    for key in ("actions", "diff", "auto_scaling_groups", "undo"):
        assert check.last[key] == run.last[key], key
    made = as_actions(run.writes)
    for action in made:
        action["parameters"].pop("ClientToken", None)  # botocore's own
    assert made == without_targets(run.last["actions"])
    (row,) = run.last["auto_scaling_groups"]
    assert (row["before"]["metadata_options"], row["after"]["metadata_options"]) == ({"http_tokens": "optional"}, REQUIRED)
    assert row["msg"] == "http_tokens is required instead of optional"
    assert groups.versions(template)[2] == {**groups.versions(template)[1], "MetadataOptions": {**OPEN, "HttpTokens": "required"}}
    again = controller.module(MODULE, auto_scaling_groups=[name], **REQUIRED).succeeded()
    assert again.writes == [] and actions_in(again, "auto_scaling_groups") == [("unchanged", None)]
    controller.module(MODULE, undo=run.last["undo"]).succeeded()
    shown = groups.shown(name)["LaunchTemplate"]["Version"]
    used = {"$Default": groups.default(template), "$Latest": max(groups.versions(template))}.get(shown) or int(shown)
    assert groups.versions(template)[used]["MetadataOptions"] == OPEN


def test_templates_their_fleets_overrides_and_instances_in_one_task(aws, groups, controller):
    """Also a template without options, a group with a launch configuration, a managed group, and one that does not exist."""
    bare, other, managed = (groups.template(MetadataOptions={}), groups.template(MetadataOptions=OPEN), groups.template(MetadataOptions=OPEN))
    fleet = Fleets(aws).make(EC2, bare, "1")
    mixed = groups.mixed(other, bare, size=0)
    node = groups.group(managed, tags={"eks:cluster-name": "x"})
    configured = groups.configured(MetadataOptions={"HttpTokens": "optional"})
    (instance,) = aws.run_instances_earlier(20)
    run = controller.module(
        MODULE, launch_templates=[bare, "lt-0123456789abcdef0"], auto_scaling_groups=[mixed, node, configured], instance_ids=[instance], **REQUIRED
    )
    assert run.returncode
    assert actions_in(run, "launch_templates") == [("updated", None), ("failed", "not_found")]
    assert actions_in(run, "auto_scaling_groups") == [("updated", None), ("skipped", "managed"), ("failed", "launch_configuration")]
    assert actions_in(run, "fleets") == [("updated", None)]
    assert actions_in(run, "instances") == [("modified", None)]
    assert aws.metadata_options(instance)["HttpTokens"] == "required"
    assert {each["MetadataOptions"]["HttpTokens"] for each in (groups.versions(bare)[2], groups.versions(other)[2])} == {"required"}
    assert groups.versions(bare)[2] == {**DATA, "IamInstanceProfile": {"Name": "old"}, "MetadataOptions": {"HttpTokens": "required"}}
    undone = controller.module(MODULE, undo=run.last["undo"], on_use="ignore").succeeded()
    assert set(undone.last["undo"]) >= {"launch_templates", "auto_scaling_groups", "fleets", "instances"}
    assert aws.metadata_options(instance)["HttpTokens"] == "optional"
    assert fleet


@needs_defaults
def test_what_the_defaults_already_give_is_not_set(aws, groups, controller):
    """The account's default, and ImdsSupport of the image, decide what a template without tokens launches."""
    template = groups.template(MetadataOptions={"HttpPutResponseHopLimit": 2})
    required = {"launch_templates": [template], **REQUIRED}
    aws.ec2.modify_instance_metadata_defaults(HttpTokens="required")
    run = controller.module(MODULE, **required).succeeded()
    assert run.writes == [] and run.last["launch_templates"][0]["before"]["metadata_options"] == REQUIRED
    aws.ec2.modify_instance_metadata_defaults(HttpTokens="no-preference")
    aws.fail("GetInstanceMetadataDefaults", "UnauthorizedOperation")
    unknown = controller.module(MODULE, "--check", **required).succeeded()
    assert actions_in(unknown, "launch_templates") == [("updated", None)]
    assert "instead of the default" in unknown.last["launch_templates"][0]["msg"]


def test_a_group_whose_instances_use_imdsv1_is_skipped(aws, groups, controller):
    """The next instance would run the same software.  One call reads the metric of all members and of the other instances."""
    used, young, idle = (groups.template(None, MetadataOptions=OPEN) for _number in range(3))
    names = [old_group(aws, groups, used, size=2), groups.group(young), old_group(aws, groups, idle)]
    member = groups.shown(names[0])["Instances"][0]["InstanceId"]
    aws.use_imdsv1(member, days_ago=1)
    (instance,) = aws.run_instances_earlier(20)
    run = controller.module(MODULE, "--check", auto_scaling_groups=names, instance_ids=[instance], **REQUIRED).succeeded()
    assert actions_in(run, "auto_scaling_groups") == [("skipped", "in_use"), ("skipped", "use_unknown"), ("updated", None)]
    assert actions_in(run, "instances") == [("modified", None)]
    assert run.last["auto_scaling_groups"][0]["msg"].startswith(f"of its instances, {member}: it still uses IMDSv1: 1 request")
    assert [call["operation"] for call in run.calls].count("GetMetricData") == 1
    failed = controller.module(MODULE, auto_scaling_groups=names[:1], on_use="fail", **REQUIRED)
    assert failed.returncode and failed.writes == [] and actions_in(failed, "auto_scaling_groups") == [("failed", "in_use")]
    ignored = controller.module(MODULE, auto_scaling_groups=names[:2], on_use="ignore", **REQUIRED).succeeded()
    assert actions_in(ignored, "auto_scaling_groups") == [("updated", None)] * 2
    # Members that require tokens already need no look at their use.
    aws.ec2.modify_instance_metadata_options(InstanceId=groups.shown(names[2])["Instances"][0]["InstanceId"], HttpTokens="required")
    closed = controller.module(MODULE, auto_scaling_groups=names[2:], **REQUIRED).succeeded()
    assert actions_in(closed, "auto_scaling_groups") == [("updated", None)] and "GetMetricData" not in [call["operation"] for call in closed.calls]
