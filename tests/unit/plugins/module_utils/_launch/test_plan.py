# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is planned for Auto Scaling groups and launch templates, and what is told of it."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._attachment.plan import AttachmentPlan, Desired
from ansible_collections.keyless.ec2.plugins.module_utils._launch.plan import (
    LaunchPlan,
    first_rows,
    new_templates,
    plan_versions,
    skipped,
    with_versions,
)
from ansible_collections.keyless.ec2.plugins.module_utils._launch.row import LaunchRow
from ansible_collections.keyless.ec2.plugins.module_utils._launch.spec import LaunchSpec, Wanted
from ansible_collections.keyless.ec2.plugins.module_utils._launch.state import LaunchState
from ansible_collections.keyless.ec2.plugins.module_utils._launch_sources.launch_configuration import template_data
from ansible_collections.keyless.ec2.plugins.module_utils._values.instance_profile import InstanceProfile
from ansible_collections.keyless.ec2.plugins.module_utils._values.launch import Group, Template, Version

WEB = InstanceProfile("web", "/", ("web",), {}, "arn:aws:iam::123456789012:instance-profile/web", "AIPA1", "2026")
WANTED = Wanted(WEB)
CONFIGURATION = {"ImageId": "ami-1", "IamInstanceProfile": "old"}


def data(profile, image="ami-1"):
    return {"ImageId": image, "IamInstanceProfile": {"Name": profile}}


def template(template_id="lt-1", name="workers", default=1, **versions):
    found = {1: Version(1, data("old")), 2: Version(2, data("web", "ami-2")), **{int(key[1:]): each for key, each in versions.items()}}
    return Template(template_id, name, default, 2, found)


def group(name="group", version="1", template_id="lt-1"):
    return Group(name, launch_template={"LaunchTemplateId": template_id, "Version": version})


def configured(name="group", configuration="first"):
    return Group(name, launch_configuration_name=configuration)


def state(*groups, templates=(), **others):
    configurations = dict.fromkeys(("first", "second"), CONFIGURATION)
    there = {each.template_id: each for each in (template(), *templates)}
    return LaunchState({each.name: each for each in groups}, there, configurations, profile=WEB, **others)


def rows_of(found, *names, wanted=WANTED, **options):
    """The rows of the groups, and of the templates that are asked for."""
    return first_rows(LaunchSpec(groups=names, **options), found, wanted)


def plan_of(groups=(), templates=(), members=(), notes=(), versions=None, found=None):
    return LaunchPlan(
        found or state(), WANTED, tuple(groups), tuple(templates), (), versions or {}, AttachmentPlan(tuple(members), Desired({})), notes=notes
    )


def test_groups_are_asked_for_by_name_and_by_filter_and_each_has_one_row():
    (rows, _rest) = rows_of(state(group("a"), group("b"), matched=("b", "a")), "b", "b")
    assert [row.name for row in rows] == ["b", "a"]


@pytest.mark.parametrize("name, says", [("grop", "in this region. Did you mean group?"), ("zzz", "in this region")])
def test_a_group_that_is_not_there(name, says):
    ((row,), _rest) = rows_of(state(group()), name)
    assert (row.action, row.reason, row.uses) == ("failed", "not_found", ()) and row.msg.endswith(says.rstrip("."))


def test_a_group_whose_template_is_gone():
    ((row,), _rest) = rows_of(state(group(template_id="lt-9")), "group")
    assert (row.action, row.reason) == ("failed", "not_found") and "template lt-9 is not there any more" in row.msg


def test_a_template_goes_by_its_id_or_its_name_with_its_default_and_its_latest_version():
    _rest, (row, lost) = rows_of(state(named={"workers": "lt-1", "lt-9": None}), templates=("workers", "workers", "lt-9"))
    assert (row.name, row.action, [use.version for use in row.uses]) == ("workers", "updated", ["$Default"])
    assert row.before == {"launch_template_id": "lt-1", "launch_template_name": "workers", "version": "1", "instance_profile": "old"}
    assert (lost.name, lost.action, lost.reason) == ("lt-9", "failed", "not_found")


def test_a_group_launches_from_the_version_that_is_made():
    found = state(group("a"), group("b"), group("c", "2"))
    rows, _rest = rows_of(found, "a", "c")
    versions = plan_versions(rows, found, WANTED)
    pinned, kept = (with_versions(row, found, versions, WANTED, ("a", "c")) for row in rows)
    assert [(each.source, each.number) for each in versions["lt-1"].new] == [(1, 3)]
    assert pinned.after == {**pinned.before, "version": "3", "instance_profile": "web"}
    assert pinned.also_used_by == ("b",)
    assert [step.operation for step in pinned.steps] == ["UpdateAutoScalingGroup"]
    assert (kept.action, kept.steps, kept.also_used_by) == ("unchanged", (), ())


@pytest.mark.parametrize(
    "other, made", [(group("b", "$Latest"), [(1, 3), (2, 4)]), (group("b", "$Default"), [(1, 3)]), (group("b", "$Latest", "lt-2"), [(1, 3)])]
)
def test_what_somebody_launches_as_the_latest_stays_the_latest(other, made):
    found = state(group("a"), other, templates=[template("lt-2", "others")])
    rows, _rest = rows_of(found, "a")
    assert [(each.source, each.number) for each in plan_versions(rows, found, WANTED)["lt-1"].new] == made


def test_only_the_default_version_moves_the_default():
    found = state(group("a"), group("b", "$Default"))
    for name, default in (("a", None), ("b", 3)):
        rows, _rest = rows_of(found, name)
        versions = plan_versions(rows, found, WANTED)
        assert versions["lt-1"].default == default
        assert len(with_versions(rows[0], found, versions, WANTED).steps) == (name == "a")


def test_a_launch_configuration_gives_way_only_where_that_is_allowed():
    ((row,), _rest) = rows_of(state(configured()), "group")
    assert (row.action, row.reason) == ("failed", "launch_configuration") and "convert_launch_configurations" in row.msg
    ((row,), _rest) = rows_of(state(configured()), "group", convert=True)
    assert (row.action, row.before) == ("updated", {"launch_configuration_name": "first", "instance_profile": "old"})
    assert row.after == {"launch_template_name": "first", "version": "1", "instance_profile": "web"}
    assert row.steps[0].parameters["LaunchTemplate"] == {"LaunchTemplateName": "first", "Version": "1"}
    assert row.msg == "web takes the place of old; the launch template first is made for it"


@pytest.mark.parametrize("convert", [True, False])
def test_a_launch_configuration_with_the_right_profile_stays(convert):
    ((row,), _rest) = rows_of(state(configured()), "group", wanted=Wanted(InstanceProfile("old", "/", (), {})), convert=convert)
    assert (row.action, row.steps, row.after) == ("unchanged", (), row.before)


def test_a_template_of_the_name_and_data_of_the_configuration_is_taken():
    there = template("lt-2", "first", default=7, v7=Version(7, {**template_data(CONFIGURATION, "web"), "KeyName": ""}))
    found = state(configured(), templates=[there])
    ((row,), _rest) = rows_of(found, "group", convert=True)
    assert (row.action, row.after["version"]) == ("updated", "7")
    assert new_templates([row], found, WANTED) == {}


def test_another_template_of_the_name_of_the_configuration_is_a_conflict():
    ((row,), _rest) = rows_of(state(configured(), templates=[template("lt-2", "first")]), "group", convert=True)
    assert (row.action, row.reason, row.steps) == ("failed", "conflict", ()) and "another launch template first" in row.msg


def test_groups_of_one_launch_configuration_share_the_template():
    found = state(configured("a"), configured("b"), configured("c", "second"), group("d"))
    rows, _rest = rows_of(found, "a", "b", "c", "d", convert=True)
    made = new_templates(rows, found, WANTED)
    assert {name: change.parameters["LaunchTemplateData"] for name, change in made.items()} == {"first": data("web"), "second": data("web")}


def test_what_something_else_looks_after_is_left():
    row = skipped(LaunchRow("a", "updated", {"version": "1"}, {"version": "2"}), "Amazon EKS", "there")
    assert (row.action, row.reason, row.managed_by, row.after) == ("skipped", "managed", "Amazon EKS", {"version": "1"})


def test_nothing_to_work_on_is_a_warning():
    (warning,) = plan_of().warnings
    assert warning.startswith("There is nothing to work on")
    assert plan_of(notes=("A note.",)).warnings == ("A note.", warning)
    row = LaunchRow("a", "unchanged")
    assert plan_of([row], notes=("A note.",)).warnings == plan_of(templates=[row], notes=("A note.",)).warnings == ("A note.",)


def test_the_diff_has_what_changes():
    rows = [LaunchRow("a", "updated", {"version": "1"}, {"version": "2"}), LaunchRow("b", "unchanged", {"version": "1"}, {"version": "1"})]
    assert plan_of(rows).diff() == {"before": {"a": {"version": "1"}}, "after": {"a": {"version": "2"}}}


def test_the_summary_counts_and_tells_the_first_failures():
    failed = [LaunchRow(name, "failed", msg="it is odd") for name in "abcd"]
    assert plan_of().summary() == "Nothing to work on."
    assert (
        plan_of([LaunchRow("x", "updated")], [LaunchRow("y", "unchanged")]).summary()
        == "Auto Scaling groups: 1 updated; launch templates: 1 unchanged."
    )
    assert plan_of(failed[:3]).summary() == "Auto Scaling groups: 3 failed. a: it is odd; b: it is odd; c: it is odd"
    assert plan_of(failed).summary() == "Auto Scaling groups: 4 failed. a: it is odd; b: it is odd; c: it is odd; and 1 more"


def test_undo_has_what_was_there_of_what_changes():
    found = state(group("a"), group("c", "2"))
    first, _rest = rows_of(found, "a", "c")
    versions = plan_versions(first, found, WANTED)
    undo = plan_of([with_versions(row, found, versions, WANTED) for row in first], versions=versions, found=found).undo()
    assert undo["launch_templates"] == {"lt-1": {"default_version": "1", "latest_version": "2"}}
    assert set(undo["auto_scaling_groups"]) == {"a"} and undo["fleets"] == {}
