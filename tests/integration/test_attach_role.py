# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role attach: groups and instances at once, and the way back from both."""

from __future__ import annotations

import json

LAUNCHING = "keyless.ec2.attach : Have the Auto Scaling groups and launch templates launch with it, or without"
INSTANCES = "keyless.ec2.attach : Attach the instance profile to the instances, or detach it"
MANIFEST = "keyless.ec2.attach : Say what puts back all of it"
# As a survey sends what was not answered
UNANSWERED = dict.fromkeys(
    (
        *("attach_instance_ids", "attach_filters", "attach_attachments", "attach_undo"),
        *("attach_auto_scaling_groups", "attach_auto_scaling_group_filters", "attach_launch_templates"),
    ),
    "",
)


def attach(controller, *arguments, **variables):
    return controller.run("keyless.ec2.attach", *arguments, variables={**UNANSWERED, **variables})


def manifest_of(run):
    return run.of(MANIFEST)["ansible_facts"]["attach_undo_manifest"]


def test_groups_and_instances_at_once_and_back(groups, controller, aws):
    """All as texts, as a survey sends them; the filters find the group's instance too, which is not done twice."""
    name = groups.group(groups.template())
    (alone,) = aws.run_instances()
    member = groups.shown(name)["Instances"][0]["InstanceId"]
    variables = {
        "attach_instance_profile": "web",
        "attach_auto_scaling_groups": name,
        "attach_filters": json.dumps({"instance-id": [alone, member]}),
        "attach_members": "yes",
    }
    check = attach(controller, "--check", **variables).succeeded()
    assert check.writes == []
    run = attach(controller, **variables).succeeded()
    for task in (LAUNCHING, INSTANCES):
        assert check.of(task)["actions"] == run.of(task)["actions"] != []
    assert manifest_of(check) == manifest_of(run)
    assert [call["operation"] for call in run.writes] == [
        *("CreateLaunchTemplateVersion", "UpdateAutoScalingGroup", "ReplaceIamInstanceProfileAssociation"),
        "AssociateIamInstanceProfile",
    ]
    assert [row["instance_id"] for row in run.of(INSTANCES)["instances"]] == [alone]
    assert (groups.profiles(name), aws.profile_of(alone)) == (["web"], "web")

    attach(controller, attach_undo=json.dumps(manifest_of(run))).succeeded()
    assert (groups.profiles(name), aws.profile_of(alone)) == (["old"], None)
    assert groups.replace_one(name) == "old"


def test_a_failure_keeps_what_puts_back_what_was_done(groups, controller, aws):
    """And an earlier use of the role in the same play has no part in it."""
    (alone,) = aws.run_instances()
    template = groups.template(profile=None)
    asked = {"attach_instance_profile": "web"}
    uses = [
        {"attach_attachments": {alone: "web"}},
        {**asked, "attach_instance_ids": [alone], "attach_launch_templates": ["nobody", template]},
    ]
    run = controller.play([use_of(each) for each in uses])
    assert run.returncode != 0 and "no such launch template" in run.output
    assert manifest_of(run) == {"launch_templates": {template: {"default_version": "1", "latest_version": "1"}}}


def use_of(variables):
    return {"ansible.builtin.include_role": {"name": "keyless.ec2.attach"}, "vars": variables}


WRONG = {
    "Nothing is chosen. Give at least one of attach_instance_ids, attach_filters, ": UNANSWERED,
    "attach_instance_ids, attach_undo: can't be combined.": {"attach_undo": {"instances": {}}, "attach_instance_ids": "i-1"},
    "attach_instance_ids, attach_filters: can't be combined.": {"attach_instance_ids": "i-1", "attach_filters": {"vpc-id": "vpc-1"}},
    "attach_attachments, attach_undo: can't be combined.": {"attach_undo": {"instances": {}}, "attach_attachments": {"i-1": None}},
    "attach_batches: '10x' is neither a number nor a percentage.": {"attach_instance_ids": "i-1", "attach_batches": "1,10x,50%"},
    "attach_batches: '0' is neither a number nor a percentage.": {"attach_instance_ids": "i-1", "attach_batches": 0},
    "attach_max_failures: -1 is negative.": {"attach_instance_ids": "i-1", "attach_batches": [1], "attach_max_failures": -1},
    "attach_max_failures, attach_health_check: is for a rollout in batches.": {
        "attach_instance_ids": "i-1",
        "attach_batches": "",
        "attach_max_failures": "5",
        "attach_health_check": "healthy.yml",
    },
    "attach_health_check: there is no file /nowhere.yml.": {"attach_instance_ids": "i-1", "attach_batches": 1, "attach_health_check": "/nowhere.yml"},
    "attach_undo_file: 'undo.json' is relative": {"attach_instance_ids": "i-1", "attach_undo_file": "undo.json"},
}


def test_what_is_chosen_wrong_is_told_before_anything_is_asked(controller):
    run = controller.play([{"block": [use_of(each)], "rescue": [{"ansible.builtin.debug": {}}]} for each in WRONG.values()])
    assert run.calls == []
    said = [each["result"]["msg"] for each in run.results if each["result"].get("msg") and each["status"] == "failed"]
    assert [each for each, begin in zip(said, WRONG) if not each.startswith(begin)] == [] and len(said) == len(WRONG)
