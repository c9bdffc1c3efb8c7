# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role attach without batches: groups and instances, and the undo of both."""

from __future__ import annotations

import json

from ansible_collections.keyless.ec2.tests.integration.support.aws import HERE

LAUNCH = "keyless.ec2.attach : Update groups and launch templates: all"
INSTANCES = "keyless.ec2.attach : Attach the instance profile to instances: all"
REPORT = "keyless.ec2.attach : Report the result"
MANIFEST = "keyless.ec2.attach : Set the undo manifest"
TASKS = 10  # that the role prints; each costs every user time and a line
# As a survey sends questions without an answer
UNANSWERED = dict.fromkeys(
    (
        *("attach_instance_ids", "attach_filters", "attach_attachments", "attach_manifest"),
        *("attach_auto_scaling_groups", "attach_auto_scaling_group_filters", "attach_launch_templates"),
    ),
    "",
)


def attach(controller, *arguments, **variables):
    return controller.run("keyless.ec2.attach", *arguments, variables={**UNANSWERED, **variables})


def manifest_of(run):
    return run.of(MANIFEST)["ansible_facts"]["attach_undo_manifest"]


def test_groups_and_instances_are_changed_once_and_restored(groups, controller, aws):
    """All variables are text, as from a survey.  The filters match the group's instance too, which is not changed twice."""
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
    assert len(run.results) <= TASKS
    assert check.results[-1]["task"] == run.results[-1]["task"] == REPORT
    assert check.of(REPORT)["msg"] == "1 to attach, 1 to replace, 1 group to update."
    assert run.of(REPORT)["msg"] == "1 attached, 1 replaced, 1 group updated."
    for task in (LAUNCH, INSTANCES):
        assert check.of(task)["actions"] == run.of(task)["actions"] != []
    assert manifest_of(check) == manifest_of(run)
    assert [call["operation"] for call in run.writes] == [
        *("CreateLaunchTemplateVersion", "UpdateAutoScalingGroup", "ReplaceIamInstanceProfileAssociation"),
        "AssociateIamInstanceProfile",
    ]
    assert [row["instance_id"] for row in run.of(INSTANCES)["instances"]] == [alone]
    assert (groups.profiles(name), aws.profile_of(alone)) == (["web"], "web")

    attach(controller, attach_manifest=json.dumps(manifest_of(run))).succeeded()
    assert (groups.profiles(name), aws.profile_of(alone)) == (["old"], None)
    assert groups.replace_one(name) == "old"


def test_the_undo_manifest_is_set_after_a_failure(groups, controller, aws):
    """It has nothing from an earlier use of the role in the same play."""
    (alone,) = aws.run_instances()
    template = groups.template(profile=None)
    asked = {"attach_instance_profile": "web"}
    uses = [
        {"attach_attachments": {alone: "web"}},
        {**asked, "attach_instance_ids": [alone], "attach_launch_templates": ["nobody", template]},
    ]
    run = controller.play([use_of(each) for each in uses])
    assert run.returncode != 0 and "no such launch template" in run.output
    assert manifest_of(run) == {**HERE, "launch_templates": {template: {"default_version": "1", "latest_version": "1"}}}


def test_a_manifest_that_is_given_with_e_is_refused_before_its_templates_run(controller, tmp_path):
    """Anybody who may name a launch configuration writes into the manifest."""
    trace, file = tmp_path / "PWNED", tmp_path / "undo.json"
    hostile = {"auto_scaling_groups": {"web": {"LaunchConfigurationName": "{{lookup('pipe','touch " + str(trace) + "')}}web"}}}
    file.write_text(json.dumps({"attach_undo": {**HERE, **hostile}}), encoding="utf-8")
    run = controller.run("keyless.ec2.attach", "-e", f"@{file}")
    assert run.returncode == 2 and "attach_undo: is not a variable of this role." in run.output and run.calls == []
    asked = controller.run("keyless.ec2.attach", "-e", f"attach_manifest={file}")
    assert "web: there is no such Auto Scaling group in this region" in asked.output and asked.writes == []
    assert not trace.exists()


def use_of(variables):
    return {"ansible.builtin.include_role": {"name": "keyless.ec2.attach"}, "vars": variables}


NOBODY = "i-0123456789abcdef9"
INVALID = {
    "Nothing is selected. Set at least one of attach_instance_ids, attach_filters, ": UNANSWERED,
    "attach_instance_ids, attach_manifest: can't be combined.": {"attach_manifest": {"instances": {NOBODY: None}}, "attach_instance_ids": NOBODY},
    "attach_batches: '10x' is not a batch size.": {"attach_instance_ids": NOBODY, "attach_batches": "1,10x,50%"},
    "attach_health_check: /nowhere.yml does not exist.": {"attach_instance_ids": NOBODY, "attach_batches": 1, "attach_health_check": "/nowhere.yml"},
    "attach_undo_file: 'undo.json' must be an absolute path.": {"attach_instance_ids": NOBODY, "attach_undo_file": "undo.json"},
    "attach_manifest: the file /nowhere.json does not exist.": {"attach_manifest": "/nowhere.json"},
}


def test_invalid_variables_fail_before_any_call(controller):
    """The errors themselves are tested with plugin_utils/_rollout."""
    run = controller.play([{"block": [use_of(each)], "rescue": [{"ansible.builtin.debug": {}}]} for each in INVALID.values()])
    assert run.calls == []
    messages = [each["result"]["msg"] for each in run.results if each["result"].get("msg") and each["status"] == "failed"]
    assert [each for each, begin in zip(messages, INVALID) if not each.startswith(begin)] == [] and len(messages) == len(INVALID)
