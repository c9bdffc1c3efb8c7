# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan for Auto Scaling groups and launch templates, and its messages."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._attachment.plan import AttachmentPlan, Desired
from ansible_collections.keyless.ec2.plugins.module_utils._common.origin import Origin
from ansible_collections.keyless.ec2.plugins.module_utils._launch.plan import (
    NOTHING_SELECTED,
    LaunchPlan,
    plan_launch,
    plan_new_templates,
    plan_versions,
    with_versions,
)
from ansible_collections.keyless.ec2.plugins.module_utils._launch.row import LaunchRow, LaunchRows
from ansible_collections.keyless.ec2.plugins.module_utils._launch.selection import select
from ansible_collections.keyless.ec2.plugins.module_utils._launch.spec import LaunchSpec
from ansible_collections.keyless.ec2.plugins.module_utils._launch.state import LaunchState
from ansible_collections.keyless.ec2.plugins.module_utils._launch.wanted import WantedProfile
from ansible_collections.keyless.ec2.plugins.module_utils._launch_sources.launch_configuration import template_data
from ansible_collections.keyless.ec2.plugins.module_utils._values.launch import Group, Template, Version
from ansible_collections.keyless.ec2.tests.unit.factories import group, instance_profile
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._launch.region import data

WEB = instance_profile("web", "web")
WANTED = WantedProfile(WEB)
CONFIGURATION = {"ImageId": "ami-1", "IamInstanceProfile": "old"}


def template(template_id="lt-1", name="workers", default=1, **versions):
    found = {1: Version(1, data("old")), 2: Version(2, data("web", "ami-2")), **{int(key[1:]): each for key, each in versions.items()}}
    return Template(template_id, name, default, 2, found)


def configured(name="group", configuration="first"):
    return Group(name, launch_configuration_name=configuration)


def state(*groups, templates=(), **others):
    configurations = dict.fromkeys(("first", "second"), CONFIGURATION)
    there = {each.template_id: each for each in (template(), *templates)}
    return LaunchState({each.name: each for each in groups}, there, configurations, **{"profile": WEB, **others})


def rows_of(found, *names, **options):
    """The rows of these groups, and of the selected templates."""
    return select(LaunchSpec(**options), replace(found, group_names=names))


def plan_of(groups=(), templates=(), members=(), notes=(), versions=None, found=None):
    rows = LaunchRows(tuple(groups), tuple(templates))
    return LaunchPlan(found or state(), WANTED, rows, versions or {}, AttachmentPlan(tuple(members), Desired({})), notes=notes)


@pytest.mark.parametrize("name, says", [("grop", "in this region. Did you mean group?"), ("zzz", "; check the name and the option region")])
def test_a_group_that_does_not_exist(name, says):
    (row,) = rows_of(state(group("group")), name).groups
    assert (row.action, row.reason, row.references) == ("failed", "not_found", ()) and row.msg.endswith(says.rstrip("."))


@pytest.mark.parametrize(
    "origin, place",
    [
        (None, "this region"),
        (Origin(None, "eu-central-1"), "eu-central-1"),
        (Origin("123456789012", "eu-central-1"), "eu-central-1 of account 123456789012"),
    ],
)
def test_the_message_says_where_the_group_was_looked_for(origin, place):
    (row,) = rows_of(state(origin=origin), "web").groups
    assert row.msg == f"there is no such Auto Scaling group in {place}; check the name and the option region"


def test_in_check_mode_what_does_not_exist_is_planned():
    found = replace(state(group("group"), plans_missing=True), template_ids={"new": None})
    rows = rows_of(found, "other")
    plan = plan_of(rows.groups, rows.templates, found=found)
    assert [(row.name, row.action, row.reason) for row in rows] == [("other", "skipped", "not_found"), ("new", "skipped", "not_found")]
    assert plan.warnings == (
        "The Auto Scaling group other does not exist; planned as if an earlier task had created it.",
        "The launch template new does not exist; planned as if an earlier task had created it.",
    )
    assert [each["message"] for each in plan.as_result()["missing"]] == [
        "other: there is no such Auto Scaling group in this region; check the name and the option region",
        "new: there is no such launch template in this region; check the name and the option region",
    ]


def test_a_group_whose_template_was_deleted():
    (row,) = rows_of(state(group("group", template_id="lt-9")), "group").groups
    assert (row.action, row.reason) == ("failed", "not_found") and "template lt-9 no longer exists" in row.msg


def test_a_template_is_selected_with_its_default_and_its_latest_version():
    row, lost = rows_of(state(template_ids={"workers": "lt-1", "lt-9": None})).templates
    assert (row.name, row.action, [use.version for use in row.references]) == ("workers", "updated", ["$Default"])
    assert row.before == {"launch_template_id": "lt-1", "launch_template_name": "workers", "version": "1", "instance_profile": "old"}
    assert (lost.name, lost.action, lost.reason) == ("lt-9", "failed", "not_found")


def test_a_group_launches_from_the_new_version():
    found = state(group("a"), group("b"), group("c", "2"))
    rows = rows_of(found, "a", "c")
    versions = plan_versions(rows, found, WANTED)
    pinned, kept = rows.map(lambda row: with_versions(row, found, versions, WANTED, ("a", "c"))).groups
    assert [(each.source, each.number) for each in versions["lt-1"].new] == [(1, 3)]
    assert pinned.after == {**pinned.before, "version": "3", "instance_profile": "web"}
    assert pinned.also_used_by == ("b",)
    assert [step.operation for step in pinned.steps] == ["UpdateAutoScalingGroup"]
    assert (kept.action, kept.steps, kept.also_used_by) == ("unchanged", (), ())


@pytest.mark.parametrize(
    "other, made", [(group("b", "$Latest"), [(1, 3), (2, 4)]), (group("b", "$Default"), [(1, 3)]), (group("b", "$Latest", "lt-2"), [(1, 3)])]
)
def test_what_is_launched_as_the_latest_version_stays_the_latest(other, made):
    found = state(group("a"), other, templates=[template("lt-2", "others")])
    rows = rows_of(found, "a")
    assert [(each.source, each.number) for each in plan_versions(rows, found, WANTED)["lt-1"].new] == made


def test_only_the_default_version_moves_the_default():
    found = state(group("a"), group("b", "$Default"))
    for name, default in (("a", None), ("b", 3)):
        rows = rows_of(found, name)
        versions = plan_versions(rows, found, WANTED)
        assert versions["lt-1"].default == default
        assert len(with_versions(rows.groups[0], found, versions, WANTED).steps) == (name == "a")


def test_a_launch_configuration_is_replaced_only_if_that_is_allowed():
    (row,) = rows_of(state(configured()), "group").groups
    assert (row.action, row.reason) == ("failed", "launch_configuration") and "convert_launch_configurations" in row.msg
    (row,) = rows_of(state(configured()), "group", convert=True).groups
    assert (row.action, row.before) == ("updated", {"launch_configuration_name": "first", "instance_profile": "old"})
    assert row.after == {"launch_template_name": "first", "version": "1", "instance_profile": "web"}
    assert row.steps[0].parameters["LaunchTemplate"] == {"LaunchTemplateName": "first", "Version": "1"}
    assert row.msg == "web replaces old; the launch template first is created for it"


@pytest.mark.parametrize("convert", [True, False])
def test_a_launch_configuration_with_the_right_profile_stays(convert):
    (row,) = rows_of(state(configured(), profile=instance_profile("old")), "group", convert=convert).groups
    assert (row.action, row.steps, row.after) == ("unchanged", (), row.before)


def test_a_template_with_the_name_and_data_of_the_configuration_is_used():
    there = template("lt-2", "first", default=7, v7=Version(7, {**template_data(CONFIGURATION, "web"), "KeyName": ""}))
    found = state(configured(), templates=[there])
    (row,) = rows_of(found, "group", convert=True).groups
    assert (row.action, row.after["version"]) == ("updated", "7")
    assert plan_new_templates([row], found, WANTED) == {}


def test_another_template_of_the_name_of_the_configuration_is_a_conflict():
    (row,) = rows_of(state(configured(), templates=[template("lt-2", "first")]), "group", convert=True).groups
    assert (row.action, row.reason, row.steps) == (
        "failed",
        "conflict",
        (),
    ) and row.msg.startswith("another launch template already has the name")


def test_groups_of_one_launch_configuration_share_the_template():
    found = state(configured("a"), configured("b"), configured("c", "second"), group("d"))
    made = plan_new_templates(rows_of(found, "a", "b", "c", "d", convert=True).groups, found, WANTED)
    assert {name: change.parameters["LaunchTemplateData"] for name, change in made.items()} == {"first": data("web"), "second": data("web")}


@pytest.mark.parametrize(
    "names, failing", [(("web-lc", "web:lc"), ["web:lc"]), (("web lc", "web:lc"), ["web lc", "web:lc"]), (("x" * 128, "x" * 129), ["x" * 129])]
)
def test_a_group_gets_no_launch_template_of_a_configuration_whose_name_is_only_similar(names, failing):
    """Names of launch configurations may have more characters.  Somebody else could choose one, and what the group then launches."""
    datas = {each: {**CONFIGURATION, "UserData": each} for each in names}
    found = replace(state(*(configured(each, each) for each in names)), configurations=datas)
    rows = rows_of(found, *names, convert=True).groups
    assert [row.name for row in rows if row.action == "failed" and row.reason == "conflict" and not row.steps] == failing
    made = {change.parameters["LaunchTemplateData"]["UserData"] for change in plan_new_templates(rows, found, WANTED).values()}
    assert made == set(names) - set(failing)


def test_an_empty_selection_is_a_warning():
    (warning,) = plan_of().warnings
    assert warning == NOTHING_SELECTED
    assert plan_of(notes=("A note.",)).warnings == ("A note.", warning)
    # An undo can have only instances.
    assert plan_of(members=[SimpleNamespace(action="replaced", cause=None, reason=None, missing=None)]).warnings == ()
    row = LaunchRow("a", "unchanged")
    assert plan_of([row], notes=("A note.",)).warnings == plan_of(templates=[row], notes=("A note.",)).warnings == ("A note.",)


def test_the_diff_has_what_changes():
    rows = [LaunchRow("a", "updated", {"version": "1"}, {"version": "2"}), LaunchRow("b", "unchanged", {"version": "1"}, {"version": "1"})]
    assert plan_of(rows).diff() == {"before": {"a": {"version": "1"}}, "after": {"a": {"version": "2"}}}


def test_the_summary_has_counts_and_the_first_failures():
    failed = [LaunchRow(name, "failed", msg="it is odd") for name in "abcd"]
    assert plan_of().summary(True) == NOTHING_SELECTED
    mixed = plan_of([LaunchRow("x", "updated")], [LaunchRow("y", "unchanged")])
    assert mixed.summary(True) == "1 group to update, 1 template unchanged."
    assert mixed.summary(False) == "1 group updated, 1 template unchanged."
    skipped = [LaunchRow("m", "skipped", managed_by="kops", reason="managed"), LaunchRow("c", "skipped", reason="conflict")]
    assert plan_of(skipped).summary(False) == "2 groups skipped (1 managed by kops, 1 with another profile)."
    assert plan_of(failed[:3]).summary(False) == "3 groups failed. a: it is odd; b: it is odd; c: it is odd."
    assert plan_of(failed).summary(True) == "4 groups that would fail. a: it is odd; b: it is odd; c: it is odd; and 1 more."


def test_undo_has_the_former_state_of_what_changes():
    found = state(group("a"), group("c", "2"))
    found = replace(found, group_names=("a", "c"))
    undo = plan_launch(LaunchSpec(), replace(found, rows=select(LaunchSpec(), found))).undo()
    assert undo["launch_templates"] == {"lt-1": {"default_version": "1", "latest_version": "2"}}
    assert set(undo["auto_scaling_groups"]) == {"a"} and undo["fleets"] == {}
