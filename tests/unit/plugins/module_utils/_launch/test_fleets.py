# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which fleets are changed, what is sent, and what is told of those that can't be."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._launch.changes import configs_of, moved
from ansible_collections.keyless.ec2.plugins.module_utils._launch.fleets import fleet_rows, notes_of_fixed
from ansible_collections.keyless.ec2.plugins.module_utils._launch.plan import plan_versions, with_versions
from ansible_collections.keyless.ec2.plugins.module_utils._launch.spec import Wanted
from ansible_collections.keyless.ec2.plugins.module_utils._launch.state import LaunchState
from ansible_collections.keyless.ec2.plugins.module_utils._values.instance_profile import InstanceProfile
from ansible_collections.keyless.ec2.plugins.module_utils._values.launch import Fleet, Template, Use, Version

WEB = InstanceProfile("web", "/", ("web",), {}, "arn:aws:iam::123456789012:instance-profile/web", "AIPA1", "2026")
WANTED = Wanted(WEB)
OLD, NEW = ({"ImageId": image, "IamInstanceProfile": {"Name": name}} for image, name in (("a", "old"), ("b", "web")))
OTHER = {"LaunchTemplateSpecification": {"LaunchTemplateId": "lt-2", "Version": "7"}, "Overrides": [{"MaxPrice": "0.1"}]}


def config(version, **named):
    named = named or {"LaunchTemplateId": "lt-1", "LaunchTemplateName": "workers"}
    return {"LaunchTemplateSpecification": {**named, "Version": version}, "Overrides": []}


def fleet(*versions, kind="EC2 Fleet", name="fleet-1", **options):
    uses = (*(Use("lt-1", version, index) for index, version in enumerate(versions)), Use("lt-2", "7", len(versions)))
    return Fleet(kind, name, uses, configs=(*map(config, versions), OTHER), **options)


def state(*fleets, default=2):
    """A template whose version 1 launches with another profile, and whose version 2 with the wanted one."""
    template = Template("lt-1", "workers", default, 2, {1: Version(1, OLD), 2: Version(2, NEW)})
    return LaunchState({}, {"lt-1": template}, named={"workers": "lt-1"}, fleets=tuple(fleets), profile=WEB)


def planned(found):
    rows = fleet_rows(found, WANTED)
    versions = plan_versions(rows, found, WANTED)
    return versions, [with_versions(row, found, versions, WANTED) for row in rows]


def test_a_fleet_is_sent_the_new_number_and_all_else_as_it_was():
    versions, (row,) = planned(state(fleet("1", "2")))
    (change,) = row.steps
    assert (change.operation, change.target, set(change.parameters)) == ("ModifyFleet", "fleet/fleet-1", {"FleetId", "LaunchTemplateConfigs"})
    first, second, other = change.parameters["LaunchTemplateConfigs"]
    assert first == config("3", LaunchTemplateId="lt-1") and second == config("2", LaunchTemplateId="lt-1")
    assert other == OTHER
    # $Latest of a template that is asked for stays what it was, whoever uses it.
    assert [(each.source, each.number) for each in versions["lt-1"].new] == [(1, 3), (2, 4)]


def test_fleets_share_the_version_that_is_made():
    spot = fleet("1", kind="Spot Fleet", name="sfr-1")
    versions, rows = planned(state(fleet("1"), spot))
    assert [row.steps[0].operation for row in rows] == ["ModifyFleet", "ModifySpotFleetRequest"]
    assert {row.after["version"] for row in rows} == {"3"} and len(versions["lt-1"].new) == 2


@pytest.mark.parametrize("version, steps", [("1", 1), ("2", 0), ("$Latest", 0), ("$Default", 0)])
def test_only_numbers_of_versions_with_another_profile_are_changed(version, steps):
    _versions, (row,) = planned(state(fleet(version)))
    assert len(row.steps) == steps


def test_what_was_called_by_its_name_stays_called_by_it():
    named = Fleet("EC2 Fleet", "fleet-1", (Use("workers", "1", 0),), configs=(config("1", LaunchTemplateName="workers"),))
    found = state().with_fleets([named])
    assert found.fleets[0].uses == (Use("lt-1", "1", 0),)
    _versions, (row,) = planned(found)
    assert row.steps[0].parameters["LaunchTemplateConfigs"] == [config("3", LaunchTemplateName="workers")]


def test_of_a_zone_and_its_id_one_is_sent():
    override = {"AvailabilityZone": "us-east-1a", "AvailabilityZoneId": "use1-az1", "WeightedCapacity": 2.0}
    one = Fleet("EC2 Fleet", "fleet-1", configs=({**config("1"), "Overrides": [override, {"AvailabilityZoneId": "use1-az2"}]},))
    (sent,) = configs_of(one)
    assert sent["Overrides"] == [{"AvailabilityZone": "us-east-1a", "WeightedCapacity": 2.0}, {"AvailabilityZoneId": "use1-az2"}]
    assert "AvailabilityZoneId" in override and moved(one, {0: 2}).parameters["LaunchTemplateConfigs"][0]["Overrides"] == sent["Overrides"]


@pytest.mark.parametrize("fleet_type", ["request", "instant"])
def test_what_cannot_be_changed_has_no_row_but_a_note(fleet_type):
    found = state(fleet("1", type=fleet_type), fleet("$Latest", name="fleet-2", type=fleet_type))
    assert fleet_rows(found, WANTED) == ()
    (note,) = notes_of_fixed(found, WANTED)
    assert note.startswith("fleet-1 launches from version 1 of workers. ") and f"EC2 Fleets of the type {fleet_type}" in note
    assert list(notes_of_fixed(found, replace(WANTED, on_conflict="skip"))) == []


def test_a_version_that_is_not_there_is_told_and_stops_nothing():
    (row,) = fleet_rows(state(fleet("9")), WANTED)
    assert (row.action, row.reason, row.steps, row.uses) == ("skipped", "not_found", (), ())
    assert "version 9 of its launch template" in row.msg
    assert list(notes_of_fixed(state(fleet("9", type="request")), WANTED)) == []


def test_a_fleet_with_specifications_can_never_be_changed():
    assert Fleet("Spot Fleet", "sfr-1", specifications=({},)).fixed == "Spot Fleets with launch specifications"
    assert Fleet("Spot Fleet", "sfr-1").fixed is None
