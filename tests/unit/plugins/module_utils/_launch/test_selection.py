# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which fleets change, what is sent, and the warnings about those that can't change."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._launch.changes import configs_of, update_source
from ansible_collections.keyless.ec2.plugins.module_utils._launch.plan import plan_versions, with_versions
from ansible_collections.keyless.ec2.plugins.module_utils._launch.row import LaunchRows
from ansible_collections.keyless.ec2.plugins.module_utils._launch.selection import immutable_fleet_warnings, select
from ansible_collections.keyless.ec2.plugins.module_utils._launch.spec import LaunchSpec
from ansible_collections.keyless.ec2.plugins.module_utils._launch.state import LaunchState
from ansible_collections.keyless.ec2.plugins.module_utils._launch.wanted import WantedProfile
from ansible_collections.keyless.ec2.plugins.module_utils._values.launch import Fleet, TemplateReference
from ansible_collections.keyless.ec2.tests.unit.factories import instance_profile, template, template_data

WEB = instance_profile("web", "web")
WANTED = WantedProfile(WEB)
OLD, NEW = template_data("old", ImageId="a"), template_data("web", ImageId="b")
OTHER = {"LaunchTemplateSpecification": {"LaunchTemplateId": "lt-2", "Version": "7"}, "Overrides": [{"MaxPrice": "0.1"}]}


def config(version, **named):
    named = named or {"LaunchTemplateId": "lt-1", "LaunchTemplateName": "workers"}
    return {"LaunchTemplateSpecification": {**named, "Version": version}, "Overrides": []}


def fleet(*versions, kind="EC2 Fleet", name="fleet-1", **options):
    references = (
        *(TemplateReference("lt-1", version, index) for index, version in enumerate(versions)),
        TemplateReference("lt-2", "7", len(versions)),
    )
    return Fleet(kind, name, tuple(references), configs=(*map(config, versions), OTHER), **options)


def state(*fleets, default=2):
    """A template whose version 1 launches with another profile, and whose version 2 with the wanted one."""
    return LaunchState({}, {"lt-1": template(OLD, NEW, default=default)}, template_ids={"workers": "lt-1"}, fleets=tuple(fleets), profile=WEB)


def fleet_rows(found):
    return select(LaunchSpec(profile="web"), found).fleets


def planned(found):
    """The plan of the fleets alone."""
    rows = LaunchRows(fleets=fleet_rows(found))
    versions = plan_versions(rows, found, WANTED)
    return versions, [with_versions(row, found, versions, WANTED) for row in rows]


def test_only_the_version_of_a_fleet_changes():
    versions, (row,) = planned(state(fleet("1", "2")))
    (change,) = row.steps
    assert (change.operation, change.target, set(change.parameters)) == ("ModifyFleet", "fleet/fleet-1", {"FleetId", "LaunchTemplateConfigs"})
    first, second, other = change.parameters["LaunchTemplateConfigs"]
    assert first == config("3", LaunchTemplateId="lt-1") and second == config("2", LaunchTemplateId="lt-1")
    assert other == OTHER
    # $Latest of a selected template stays what it was, even if nothing uses it.
    assert [(each.source, each.number) for each in versions["lt-1"].new] == [(1, 3), (2, 4)]


def test_fleets_share_the_new_version():
    spot = fleet("1", kind="Spot Fleet", name="sfr-1")
    versions, rows = planned(state(fleet("1"), spot))
    assert [row.steps[0].operation for row in rows] == ["ModifyFleet", "ModifySpotFleetRequest"]
    assert {row.after["version"] for row in rows} == {"3"} and len(versions["lt-1"].new) == 2


@pytest.mark.parametrize("version, steps", [("1", 1), ("2", 0), ("$Latest", 0), ("$Default", 0)])
def test_only_numbers_of_versions_with_another_profile_are_changed(version, steps):
    _versions, (row,) = planned(state(fleet(version)))
    assert len(row.steps) == steps


def test_a_template_that_a_fleet_names_stays_named():
    named = Fleet("EC2 Fleet", "fleet-1", (TemplateReference("workers", "1", 0),), configs=(config("1", LaunchTemplateName="workers"),))
    found = state().with_fleets([named])
    assert found.fleets[0].references == (TemplateReference("lt-1", "1", 0),)
    _versions, (row,) = planned(found)
    assert row.steps[0].parameters["LaunchTemplateConfigs"] == [config("3", LaunchTemplateName="workers")]


def test_only_one_of_a_zone_and_its_id_is_sent():
    override = {"AvailabilityZone": "us-east-1a", "AvailabilityZoneId": "use1-az1", "WeightedCapacity": 2.0}
    one = Fleet("EC2 Fleet", "fleet-1", configs=({**config("1"), "Overrides": [override, {"AvailabilityZoneId": "use1-az2"}]},))
    (sent,) = configs_of(one)
    assert sent["Overrides"] == [{"AvailabilityZone": "us-east-1a", "WeightedCapacity": 2.0}, {"AvailabilityZoneId": "use1-az2"}]
    assert "AvailabilityZoneId" in override and update_source(one, {0: 2}).parameters["LaunchTemplateConfigs"][0]["Overrides"] == sent["Overrides"]


@pytest.mark.parametrize("fleet_type", ["request", "instant"])
def test_an_immutable_fleet_has_a_warning_instead_of_a_row(fleet_type):
    found = state(fleet("1", type=fleet_type), fleet("$Latest", name="fleet-2", type=fleet_type))
    assert fleet_rows(found) == ()
    (note,) = immutable_fleet_warnings(found, WANTED)
    assert note.startswith("fleet-1 launches from version 1 of workers. ") and f"EC2 Fleets of the type {fleet_type}" in note
    assert list(immutable_fleet_warnings(found, replace(WANTED, on_conflict="skip"))) == []


def test_a_fleet_with_a_deleted_version_is_skipped():
    (row,) = fleet_rows(state(fleet("9")))
    assert (row.action, row.reason, row.steps, row.references) == ("skipped", "not_found", (), ())
    assert "version 9 of its launch template" in row.msg
    assert list(immutable_fleet_warnings(state(fleet("9", type="request")), WANTED)) == []


def test_a_fleet_with_specifications_can_never_be_changed():
    assert Fleet("Spot Fleet", "sfr-1", specifications=({},)).immutable_kind == "Spot Fleets with launch specifications"
    assert Fleet("Spot Fleet", "sfr-1").immutable_kind is None
