# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""launch_profile_attach with fleets: those that change, those that can't, and undo."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.tests.integration.support.aws import HERE, IMAGE, as_actions, without_targets
from ansible_collections.keyless.ec2.tests.integration.support.fleets import EC2, KINDS, MODIFY, SPOT, Fleets
from ansible_collections.keyless.ec2.tests.integration.support.groups import DATA, NUMBERS, SECRET

CREATE, MOVE = "CreateLaunchTemplateVersion", "ModifyLaunchTemplate"
# What a change has to leave as it is
OVERRIDES = [{"InstanceType": "t3.small", "WeightedCapacity": 1.0, "Priority": 2.0}, {"InstanceType": "t3.large"}]
of_both_kinds = pytest.mark.parametrize("kind", KINDS)


@pytest.fixture(name="fleets")
def _fleets(aws, groups):
    yield Fleets(aws)
    aws.clear_conditions()


def attach(controller, *arguments, **options):
    return controller.module("launch_profile_attach", *arguments, **{"instance_profile": "web", **options})


def writes(run):
    return [call["operation"] for call in run.writes]


def row_of(run, fleet):
    (row,) = [row for row in run.last["fleets"] if row["name"] == fleet]
    return row


@of_both_kinds
def test_a_fleet_gets_the_new_version_and_undo_restores_the_old_one(fleets, groups, controller, kind):
    template, other = groups.template(), groups.template()
    more = [{"LaunchTemplateSpecification": {"LaunchTemplateId": other, "Version": "1"}}]
    fleet = fleets.make(kind, template, overrides=OVERRIDES, more=more)
    before = fleets.configs(fleet)
    planned = attach(controller, "--check", "--diff", launch_templates=[template]).succeeded()
    assert planned.writes == [] and fleets.configs(fleet) == before
    run = attach(controller, "--diff", launch_templates=[template]).succeeded()
    assert writes(run) == [CREATE, MOVE, MODIFY[kind]]
    for key in ("actions", "diff", "fleets", "launch_templates", "counts", "undo"):
        assert planned.last[key] == run.last[key], key
    made = as_actions(run.writes)
    for action in made:
        action["parameters"].pop("ClientToken", None)  # botocore's own
    assert without_targets(run.last["actions"]) == made and SECRET not in run.output
    row = row_of(run, fleet)
    assert (row["action"], row["before"]["version"], row["after"]["version"]) == ("updated", "1", "2")
    assert run.last["launch_templates"][0]["also_used_by"] == [] and run.last["counts"]["fleets"]["updated"] == 1
    after = fleets.configs(fleet)
    assert [each["LaunchTemplateSpecification"]["Version"] for each in after] == ["2", "1"]
    after[0]["LaunchTemplateSpecification"]["Version"] = "1"
    assert after == before and fleets.replaced(fleet) == "web"
    again = attach(controller, launch_templates=[template]).succeeded()
    assert (again.last["changed"], again.writes, row_of(again, fleet)["action"]) == (False, [], "unchanged")
    assert len(again.calls) <= 6
    back = controller.module("launch_profile_attach", undo=run.last["undo"]).succeeded()
    assert fleets.configs(fleet) == before and fleets.replaced(fleet) == "old"
    assert row_of(back, fleet)["action"] == "updated"
    assert controller.module("launch_profile_attach", undo=run.last["undo"]).succeeded().writes == []
    fleets.end(fleet)


@of_both_kinds
@pytest.mark.parametrize("version, named", [("$Latest", True), ("$Default", False)])
def test_a_fleet_that_uses_an_alias_is_not_modified(fleets, groups, controller, kind, version, named):
    template = groups.template()
    name = groups.aws.ec2.describe_launch_templates(LaunchTemplateIds=[template])["LaunchTemplates"][0]["LaunchTemplateName"]
    fleet = fleets.make(kind, name if named else template, version)
    run = attach(controller, launch_templates=[template]).succeeded()
    assert writes(run) == [CREATE, MOVE]
    assert row_of(run, fleet)["action"] == "updated" and run.last["undo"]["fleets"] == {}
    assert fleets.versions(fleet) == [version] and fleets.replaced(fleet) == "web"
    fleets.end(fleet)


def test_a_fleet_can_name_its_template_and_use_an_old_version(fleets, groups, controller):
    """Its version is neither the default nor the latest, and these stay the same."""
    template = groups.template(InstanceType="t3.small")
    for kind in ("t3.medium", "t3.large"):
        groups.version(template, InstanceType=kind, IamInstanceProfile={"Name": "web"})
    groups.aws.ec2.modify_launch_template(LaunchTemplateId=template, DefaultVersion="2")
    name = groups.aws.ec2.describe_launch_templates(LaunchTemplateIds=[template])["LaunchTemplates"][0]["LaunchTemplateName"]
    made = [fleets.make(EC2, name), fleets.make(SPOT, template)]
    run = attach(controller, launch_templates=[name]).succeeded()
    assert run.last["launch_templates"][0]["action"] == "unchanged"
    assert sorted(writes(run)) == [CREATE, CREATE, *sorted(MODIFY.values())]
    versions = groups.versions(template)
    assert [versions[number]["InstanceType"] for number in (4, 5)] == ["t3.small", "t3.large"]
    assert groups.default(template) == 2 and versions[5] == versions[3]
    assert [fleets.versions(each) for each in made] == [["4"], ["4"]]
    assert "LaunchTemplateId" not in fleets.configs(made[0])[0]["LaunchTemplateSpecification"]
    assert [fleets.replaced(each) for each in made] == ["web", "web"]
    assert attach(controller, launch_templates=[name]).succeeded().writes == []
    fleets.end(*made)


@of_both_kinds
def test_an_immutable_fleet_is_listed_with_a_fix(fleets, groups, controller, kind):
    template = groups.template()
    fixed, current = (fleets.make(kind, template, version, Type="request") for version in ("1", "$Latest"))
    run = attach(controller, launch_templates=[template]).succeeded()
    assert run.last["fleets"] == [] and writes(run) == [CREATE, MOVE]
    assert run.last["launch_templates"][0]["also_used_by"] == sorted([fixed, current])
    notes = [str(each) for each in run.last["warnings"] if "Create a new one" in str(each)]
    assert len(notes) == 1 and fixed in notes[0] and f"{kind}s of the type request" in notes[0]
    fleets.end(fixed, current)


def test_fleets_of_other_templates_and_of_groups_are_left_alone(fleets, groups, controller):
    template = groups.template()
    own = {"ImageId": IMAGE, "InstanceType": "t3.micro", "IamInstanceProfile": {"Name": "old"}}
    made = [fleets.make(EC2, template), fleets.make(SPOT, template), fleets.make(SPOT, specifications=[own])]
    run = attach(controller, auto_scaling_groups=[groups.group(template)], launch_templates=[groups.template()]).succeeded()
    assert not set(MODIFY.values()) & set(writes(run)) and run.last["fleets"] == []
    assert run.last["auto_scaling_groups"][0]["also_used_by"] == sorted(made[:2])
    assert [fleets.replaced(each) for each in made] == ["old"] * 3
    fleets.end(*made)


def test_on_conflict_applies_to_fleets(fleets, groups, controller):
    template = groups.template()
    fleet = fleets.make(EC2, template)
    kept = attach(controller, launch_templates=[template], on_conflict="skip").succeeded()
    assert (row_of(kept, fleet)["action"], kept.writes) == ("skipped", [])
    taken = attach(controller, launch_templates=[template], instance_profile="old", state="absent").succeeded()
    assert row_of(taken, fleet)["after"]["instance_profile"] is None and fleets.replaced(fleet) is None
    assert groups.versions(template)[2] == DATA
    fleets.end(fleet)


def test_managed_fleets_are_skipped_unless_included(fleets, groups, controller):
    template = groups.template()
    fleet = fleets.make(EC2, template, tags=[{"Key": "aws:cloudformation:stack-name", "Value": "x"}])
    row = row_of(attach(controller, launch_templates=[template]).succeeded(), fleet)
    assert (row["action"], row["reason"], row["managed_by"]) == ("skipped", "managed", "AWS CloudFormation")
    assert fleets.versions(fleet) == ["1"]
    attach(controller, launch_templates=[template], include_managed=True).succeeded()
    assert fleets.replaced(fleet) == "web"
    fleets.end(fleet)


def test_a_fleet_with_a_deleted_version_does_not_stop_others(fleets, groups, controller):
    template = groups.template()
    groups.aws.ec2.modify_launch_template(LaunchTemplateId=template, DefaultVersion=groups.version(template))
    fleet, other = fleets.make(EC2, template), fleets.make(EC2, template, "2")
    groups.aws.ec2.delete_launch_template_versions(LaunchTemplateId=template, Versions=["1"])
    run = attach(controller, launch_templates=[template]).succeeded()
    assert (row_of(run, fleet)["reason"], row_of(run, other)["action"]) == ("not_found", "updated")
    fleets.end(fleet, other)


def test_a_refused_fleet_does_not_stop_others(fleets, groups, controller, aws):
    template = groups.template()
    made = [fleets.make(kind, template) for kind in KINDS]
    aws.fail(MODIFY[EC2], "UnauthorizedOperation", count=1)
    run = attach(controller, launch_templates=[template])
    assert run.returncode != 0 and "Allow ec2:ModifyFleet" in run.last["msg"]
    assert [row_of(run, each)["action"] for each in made] == ["failed", "updated"]
    attach(controller, launch_templates=[template]).succeeded()
    assert [fleets.replaced(each) for each in made] == ["web"] * 2
    fleets.end(*made)


def test_a_killed_run_is_completed_by_the_next_one(fleets, groups, controller, aws):
    """Killed before the first write, after each, or after all: the end is the same, and no version is created twice."""
    ends = []
    for killed_after in range(6):
        template = groups.template()
        groups.version(template, InstanceType="t3.large")
        made = [fleets.make(kind, template) for kind in KINDS]
        key = f"AKIAKILLEDFLEET{next(NUMBERS):05d}"
        aws.kill_after(killed_after, key)
        once = {"retries": {"total_max_attempts": 1}}  # a dead run does not try again
        options = {"launch_templates": [template], "instance_profile": "web", "aws_config": once}
        if killed_after == 3:
            controller.play([{"keyless.ec2.launch_profile_attach": options}], AWS_ACCESS_KEY_ID=key)
        else:
            controller.module("launch_profile_attach", **options, access_key=key, secret_key="secret")
        assert killed_after <= len(aws.writes(key)) <= killed_after + 1
        aws.clear_faults()
        attach(controller, launch_templates=[template]).succeeded()
        versions = groups.versions(template)
        ends.append((sorted(versions), versions[max(versions)], [fleets.versions(each) for each in made]))
        assert [fleets.replaced(each) for each in made] == ["web"] * 2
        fleets.end(*made)
    assert all(end == ends[-1] for end in ends), ends


@pytest.mark.parametrize("source", [{}, {"LaunchTemplateConfigs": {}}, {"LaunchTemplateConfigs": [], "Type": "maintain"}])
def test_an_invalid_undo_is_refused(controller, source):
    run = controller.module("launch_profile_attach", undo={**HERE, "fleets": {"fleet-1": source}})
    assert run.returncode != 0 and run.calls == []
    assert run.last["msg"].startswith("undo.fleets[fleet-1]: has an unexpected form")


def test_a_deleted_fleet_is_not_restored(controller):
    run = controller.module("launch_profile_attach", undo={**HERE, "fleets": {"fleet-1": {"LaunchTemplateConfigs": []}}})
    assert run.returncode != 0 and run.writes == []
    assert "there is no such fleet" in run.last["msg"]
