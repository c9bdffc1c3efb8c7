# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""launch_profile_attach from reading to the last call, in a region in memory."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import OptionError
from ansible_collections.keyless.ec2.plugins.module_utils._launch import job as job_file
from ansible_collections.keyless.ec2.plugins.module_utils._launch.job import LaunchJob
from ansible_collections.keyless.ec2.plugins.module_utils._launch.spec import LaunchSpec
from ansible_collections.keyless.ec2.plugins.module_utils._launch.undo import UndoJob
from ansible_collections.keyless.ec2.plugins.module_utils._policy.permission_diff import LostPermission
from ansible_collections.keyless.ec2.plugins.module_utils._values.launch import Group, Version
from ansible_collections.keyless.ec2.tests.unit.factories import fleet, group
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._attachment.memory_ec2 import OLD, WEB
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._launch.region import Region, data, template

NEW_VERSION, SET_DEFAULT = "CreateLaunchTemplateVersion", "ModifyLaunchTemplate"
UPDATE_GROUP = "UpdateAutoScalingGroup"
OWN_TEMPLATE, OWN_GROUP = "launch-template/lt-1", "autoScalingGroup/a"
FILTERS = [{"Name": "tag:team", "Values": ["x"]}]


def spec(**options):
    """The options: the group a with the profile web, unless others are given."""
    return LaunchSpec(**{"groups": ("a",), "profile": "web", **options})


def run(region, **options):
    """A whole job: its result, the plan's warnings, and the changes that were reported as done."""
    job = LaunchJob(spec(**options), region.clients)
    return finish(job)


def finish(job):
    plan = job.plan(job.read())
    done = []
    outcome = job.apply(plan, done.append)
    return {"msg": outcome.summary(False), **job.result(outcome)}, plan.warnings, done


def row_of(result, kind="auto_scaling_groups"):
    (row,) = result[kind]
    return row


def asked(region, kind):
    return [rest[0] if len(rest) == 1 else tuple(rest) for found, *rest in region.asked if found == kind]


# Groups and their templates


def test_a_group_launches_from_a_new_version_and_its_members_get_the_profile(clock):
    region = Region(clock, [group(instance_ids=("i-1",))], [template()], instances=["i-1"])
    result, warnings, done = run(region)
    assert region.calls == [(NEW_VERSION, OWN_TEMPLATE), (UPDATE_GROUP, OWN_GROUP)]
    assert [change.operation for change in done] == [NEW_VERSION, UPDATE_GROUP, "ReplaceIamInstanceProfileAssociation"]
    assert region.templates["lt-1"].versions[2].data == data("web")
    row = row_of(result)
    assert (row["action"], row["after"]["version"], row["after"]["instance_profile"]) == ("updated", "2", "web")
    assert [each["action"] for each in result["instances"]] == ["replaced"]
    assert (result["failed"], warnings) == (False, ())
    assert result["msg"] == "1 group updated, 1 instance replaced."


def test_undo_restores_everything(clock):
    region = Region(clock, [group(version="$Default", instance_ids=("i-1",))], [template()], instances=["i-1"])
    result, _warnings, _done = run(region)
    assert result["undo"] == {
        "account": "123456789012",
        "region": "eu-central-1",
        "collection_version": "1.0.0",
        "launch_templates": {"lt-1": {"default_version": "1", "latest_version": "1"}},
        "auto_scaling_groups": {},
        "fleets": {},
        "instances": {"i-1": OLD.arn},
    }
    assert (region.templates["lt-1"].default, region.templates["lt-1"].latest) == (2, 2)
    back, _warnings, _done = finish(UndoJob(LaunchSpec(undo=result["undo"]), region.clients))
    after = region.templates["lt-1"]
    assert (after.default, after.newest, after.versions[3].data) == (1, 3, data("old"))
    assert row_of(back, "launch_templates")["action"] == "updated" and row_of(back, "instances")["action"] == "replaced"


@pytest.mark.parametrize("members, actions", [(True, ["replaced"]), (False, [])])
def test_members_can_be_left_alone(clock, members, actions):
    region = Region(clock, [group(instance_ids=("i-1",))], [template()], instances=["i-1"])
    result, _warnings, _done = run(region, members=members)
    assert [each["action"] for each in result["instances"]] == actions


def test_the_warm_pool_counts_among_the_members(clock):
    groups = [group(instance_ids=("i-1",), has_warm_pool=True), group("b", has_warm_pool=True), group("c")]
    region = Region(clock, groups, [template()], warm={"a": ["i-2"], "b": []}, instances=["i-1", "i-2"])
    result, _warnings, _done = run(region, groups=("a", "c"))
    assert asked(region, "warm") == ["a"]
    assert [each["instance_id"] for each in result["instances"]] == ["i-1", "i-2"]


def test_without_members_no_instance_is_read(clock):
    region = Region(clock, [group()], [template()])
    run(region)
    assert region.ec2.reads == 0


def test_groups_are_found_by_name_and_by_filters(clock):
    region = Region(clock, [group(), group("b", tags={"team": "x"}), group("c")], [template()])
    result, _warnings, _done = run(region, filters=FILTERS)
    assert [row["name"] for row in result["auto_scaling_groups"]] == ["a", "b"]
    assert sorted(map(str, asked(region, "groups"))) == sorted(map(str, [None, FILTERS]))
    assert row_of(run(Region(clock, [group()], [template()]))[0])["name"] == "a"


def test_the_nearest_name_is_suggested_for_a_template_that_does_not_exist(clock):
    region = Region(clock, templates=[template(name="workers")])
    (row,) = run(region, templates=["wrkers"], groups=[])[0]["launch_templates"]
    assert row["action"] == "failed" and row["msg"].endswith("Did you mean workers?")
    assert ("all templates", None) in region.asked
    region = Region(clock, templates=[template(name="workers")])
    run(region, templates=["workers"], groups=[])
    assert ("all templates", None) not in region.asked


def test_without_filters_the_groups_are_read_once(clock):
    region = Region(clock, [group()], [template()])
    run(region)
    assert asked(region, "groups") == [None]


@pytest.mark.parametrize("profile, says", [("none", "'none' in account 123456789012"), ("empty", "'empty' has no role")])
def test_a_profile_that_no_instance_could_use_is_refused(clock, profile, says):
    with pytest.raises(OptionError, match=says) as caught:
        run(Region(clock, [group()], [template()]), profile=profile)
    assert caught.value.option == "instance_profile"


def test_a_profile_is_found_by_its_arn(clock):
    region = Region(clock, [group()], [template()])
    run(region, profile=WEB.arn)
    assert asked(region, "profile") == ["web"]


def test_without_a_profile_the_current_one_is_removed(clock):
    region = Region(clock, [group(instance_ids=("i-1",))], [template()], instances=["i-1"])
    result, _warnings, _done = run(region, profile=None)
    assert asked(region, "profile") == []
    assert region.templates["lt-1"].versions[2].data == data(None)
    assert row_of(result)["after"]["instance_profile"] is None and row_of(result, "instances")["action"] == "detached"


@pytest.mark.parametrize("only, actions", [("old", ["updated", "detached"]), ("web", ["unchanged", "unchanged"])])
def test_only_the_given_profile_is_removed(clock, only, actions):
    region = Region(clock, [group(instance_ids=("i-1",))], [template()], instances=["i-1"])
    result, _warnings, _done = run(region, profile=None, only=only)
    assert [row_of(result)["action"], row_of(result, "instances")["action"]] == actions
    assert bool(region.calls) == (only == "old")


@pytest.mark.parametrize("on_conflict, action, instance", [("replace", "updated", ["replaced"]), ("skip", "skipped", []), ("fail", "failed", [])])
def test_another_profile_is_a_conflict(clock, on_conflict, action, instance):
    region = Region(clock, [group(instance_ids=("i-1",))], [template()], instances=["i-1"])
    result, _warnings, _done = run(region, on_conflict=on_conflict)
    assert (row_of(result)["action"], result["failed"]) == (action, on_conflict == "fail")
    assert [row["action"] for row in result["instances"]] == instance


def test_a_member_that_keeps_its_profile_is_skipped(clock):
    region = Region(clock, [group(instance_ids=("i-1",))], [template(profiles=["web"])], instances=["i-1"])
    result, _warnings, _done = run(region, on_conflict="skip")
    assert (row_of(result)["action"], row_of(result, "instances")["action"]) == ("unchanged", "skipped")


# What something else looks after

MANAGED = {"eks:cluster-name": "shop"}


@pytest.mark.parametrize("include, action, instances", [(False, "skipped", []), (True, "updated", ["replaced"])])
def test_a_managed_group_is_skipped_unless_included(clock, include, action, instances):
    region = Region(clock, [group(tags=MANAGED, instance_ids=("i-1",))], [template()], instances=["i-1"])
    result, _warnings, _done = run(region, include_managed=include)
    row = row_of(result)
    assert (row["action"], bool(row["managed_by"]), [each["action"] for each in result["instances"]]) == (action, True, instances)
    assert bool(region.calls) == include


def test_the_members_of_an_unchanged_managed_group_are_left_alone(clock):
    region = Region(clock, [group(tags=MANAGED, instance_ids=("i-1",))], [template(profiles=["web"])], instances=["i-1"])
    result, _warnings, _done = run(region)
    assert (row_of(result)["action"], result["instances"]) == ("unchanged", [])
    assert row_of(result)["managed_by"]


def test_a_group_that_does_not_exist_does_not_stop_the_others(clock):
    result, _warnings, _done = run(Region(clock, [group()], [template()]), groups=("a", "zzz"))
    assert [(row["name"], row["action"]) for row in result["auto_scaling_groups"]] == [("a", "updated"), ("zzz", "failed")]
    assert result["failed"] is True


# Templates and fleets


def test_the_fleets_of_a_selected_template_change_too(clock):
    region = Region(clock, templates=[template(profiles=["old", "web", "old"], default=3)], fleets=[fleet("1"), fleet("2", name="fleet-2")])
    result, _warnings, _done = run(region, groups=(), templates=("name-of-lt-1",))
    assert row_of(result, "launch_templates")["action"] == "updated"
    assert [(row["name"], row["action"]) for row in result["fleets"]] == [("fleet-1", "updated"), ("fleet-2", "unchanged")]
    assert [target for operation, target in region.calls if operation == "ModifyFleet"] == ["fleet/fleet-1"]
    assert result["undo"]["fleets"] == {"fleet-1": {"LaunchTemplateConfigs": [dict(fleet("1").configs[0])]}}
    # The default and the latest are read, then those that the fleets use, from the first of them on, and once.
    assert asked(region, "since")[0] == ("lt-1", 1) and asked(region, "fleets") == [None]


def test_a_managed_fleet_is_skipped(clock):
    region = Region(clock, templates=[template(profiles=["old", "old"])], fleets=[fleet(tags={"karpenter.sh/nodepool": "x"})])
    result, _warnings, _done = run(region, groups=(), templates=("lt-1",))
    assert row_of(result, "fleets")["action"] == "skipped" and "ModifyFleet" not in dict(region.calls)


def test_for_groups_fleets_are_listed_only_if_a_template_changes(clock):
    changing, unchanged = Region(clock, [group()], [template()], [fleet("$Latest")]), Region(clock, [group()], [template(profiles=["web"])])
    result, warnings, _done = run(changing)
    run(unchanged)
    assert (asked(changing, "fleets"), asked(unchanged, "fleets")) == ([None], [])
    assert (row_of(result)["also_used_by"], result["fleets"]) == (["fleet-1"], [])
    assert warnings == ("a shares its launch template with fleet-1.",)
    assert asked(unchanged, "since") == [] and asked(changing, "since") == [("lt-1", 1)]


def test_a_version_from_a_killed_run_is_used_again(clock):
    before = template(profiles=["old", "old", "other"])
    made = {**before.versions, 4: Version(4, data("web", "ami-1"))}
    there = type(before)("lt-1", "name", 1, 5, {**made, 5: Version(5, data("other", "ami-3"))})
    region = Region(clock, [group()], [there])
    result, _warnings, _done = run(region)
    assert region.calls == [(UPDATE_GROUP, OWN_GROUP)]
    assert row_of(result)["after"]["version"] == "4"


def test_templates_are_read_in_the_versions_that_groups_use(clock):
    other = {"LaunchTemplateSpecification": {"LaunchTemplateId": "lt-2", "Version": "2"}}
    mixed = {"LaunchTemplate": {"LaunchTemplateSpecification": {"LaunchTemplateId": "lt-1", "Version": "1"}, "Overrides": [other]}}
    groups = [Group("a", mixed_instances_policy=mixed), group("b", "$Default"), group("c", "3")]
    region = Region(clock, groups, [template(profiles=["old"] * 3, default=3), template("lt-2", ["old", "web"])])
    run(region, groups=("a", "b"), templates=("lt-2",))
    assert asked(region, "templates") == [{"lt-2": ["2"], "lt-1": ["$Default", "1"]}]


def test_no_template_is_read_if_none_is_used(clock):
    region = Region(clock, [Group("a", launch_configuration_name="first")], configurations={"first": {"IamInstanceProfile": "web"}})
    result, _warnings, _done = run(region)
    assert (row_of(result)["action"], asked(region, "templates"), asked(region, "configurations")) == ("unchanged", [], [["first"]])


def test_a_launch_configuration_is_replaced_with_a_template(clock):
    region = Region(clock, [Group("a", launch_configuration_name="first")], configurations={"first": {"ImageId": "ami-1"}})
    result, _warnings, done = run(region, convert=True)
    assert region.calls == [("CreateLaunchTemplate", "launch-template/first"), (UPDATE_GROUP, OWN_GROUP)]
    assert [change.operation for change in done] == ["CreateLaunchTemplate", UPDATE_GROUP]
    assert row_of(result)["after"]["launch_template_name"] == "first" and asked(region, "templates") == [{"first": []}]


def test_a_launch_configuration_stays_by_default(clock):
    region = Region(clock, [Group("a", launch_configuration_name="first")], configurations={"first": {"ImageId": "ami-1"}})
    result, _warnings, _done = run(region)
    assert (row_of(result)["action"], row_of(result)["reason"], region.calls) == ("failed", "launch_configuration", [])


# What is lost


@pytest.fixture(name="losing")
def _losing(monkeypatch):
    """The profile web lacks a permission that old has; the pairs that were compared."""
    pairs = []

    def read_lost_permissions(_iam, wanted):
        wanted = [each for each in wanted if each]
        pairs.extend(wanted)
        return {pair: (LostPermission("s3:*", ("*",)),) if pair[0] == "old" else () for pair in wanted}

    monkeypatch.setattr(job_file, "read_lost_permissions", read_lost_permissions)
    return pairs


@pytest.mark.parametrize(
    "on_loss, actions, asks", [("ignore", ["updated", "replaced"], False), ("warn", ["updated", "replaced"], True), ("fail", ["failed"], True)]
)
def test_lost_permissions(clock, losing, on_loss, actions, asks):
    region = Region(clock, [group(instance_ids=("i-1",))], [template()], instances=["i-1"])
    result, warnings, _done = run(region, on_loss=on_loss)
    assert [row_of(result)["action"], *(row["action"] for row in result["instances"])] == actions
    assert bool(losing) == asks and set(losing) <= {("old", "web")}
    assert len(warnings) == (2 if on_loss == "warn" else 0)
    assert row_of(result)["lost"] == (["s3:*"] if asks else None)


def test_a_member_can_lose_permissions_although_its_group_does_not(clock, losing):
    region = Region(clock, [group(instance_ids=("i-1",))], [template(profiles=["web"])], instances=["i-1"])
    result, _warnings, _done = run(region, on_loss="fail")
    assert (row_of(result)["action"], row_of(result, "instances")["action"], set(losing)) == ("unchanged", "failed", {("old", "web")})


def test_groups_that_share_the_template_are_listed(clock):
    region = Region(clock, [group(), group("b"), group("c", template_id="lt-2")], [template(), template("lt-2")])
    result, warnings, _done = run(region)
    assert warnings == ("a shares its launch template with b.",)
    assert row_of(result)["also_used_by"] == ["b"]
    # Those that are asked for too are no news.
    assert run(Region(clock, [group(), group("b")], [template()]), groups=("a", "b"))[1] == ()


def test_a_fleet_that_changes_too_is_not_listed(clock):
    region = Region(clock, templates=[template(profiles=["old", "old"])], fleets=[fleet("1"), fleet("2", name="fleet-2")])
    _result, warnings, _done = run(region, groups=(), templates=("lt-1",))
    assert warnings == ()
