# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever a call raises, launch_profile_attach returns what it did, and an undo value that takes all of it back."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.keyless.ec2.plugins.module_utils._aws.region_clients import RegionClients
from ansible_collections.keyless.ec2.plugins.module_utils._launch.job import LaunchJob
from ansible_collections.keyless.ec2.plugins.module_utils._launch.spec import LaunchSpec
from ansible_collections.keyless.ec2.plugins.module_utils._launch.undo import UndoJob
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils import raising_aws
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._attachment.memory_ec2 import OLD
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils.raising_aws import (
    IDS,
    RaisingAws,
    any_error,
    check_account,
    each_call_raises,
    run_to_the_end,
)

GROUPS = {"by-number": ("lt-1", "1"), "by-default": ("lt-2", "$Default"), "by-latest": ("lt-3", "$Latest")}
TEMPLATES = ("lt-1", "lt-2", "lt-3", "lt-4")
CALLS = 45


class Region(RaisingAws):
    """Three groups with members, which name versions in three ways; and the fleets and templates of the region."""

    def __init__(self, raised):
        super().__init__(raised, OLD.arn)
        self.groups = {name: {"LaunchTemplateId": key, "Version": version} for name, (key, version) in GROUPS.items()}
        self.versions = {key: {1: {"ImageId": "ami-1", "IamInstanceProfile": {"Name": "old"}}} for key in TEMPLATES}
        self.defaults = dict.fromkeys(TEMPLATES, 1)
        self.fleet = {"LaunchTemplateId": "lt-4", "Version": "1"}

    def launched(self):
        """What the groups, the fleet and the default versions launch, and the profiles of the members."""
        specifications = {**self.groups, "fleet": self.fleet, **{key: {"LaunchTemplateId": key, "Version": "$Default"} for key in TEMPLATES}}
        data = {name: self.versions[each["LaunchTemplateId"]][self._number(**each)] for name, each in specifications.items()}
        return data, dict(self.profiles)

    def _number(self, LaunchTemplateId, Version):
        aliases = {"$Default": self.defaults[LaunchTemplateId], "$Latest": max(self.versions[LaunchTemplateId])}
        return aliases.get(Version) or int(Version)

    def _describe_auto_scaling_groups(self, **_others):
        members = dict(zip(self.groups, ([IDS[0]], [IDS[1]], IDS[2:])))
        return {
            "AutoScalingGroups": [
                {"AutoScalingGroupName": name, "LaunchTemplate": each, "Instances": [{"InstanceId": one} for one in members[name]]}
                for name, each in self.groups.items()
            ]
        }

    def _describe_launch_configurations(self, **_others):
        return {"LaunchConfigurations": []}

    def _describe_fleets(self, **_others):
        return {"Fleets": []}

    def _describe_spot_fleet_requests(self, **_others):
        config = {"LaunchTemplateConfigs": [{"LaunchTemplateSpecification": self.fleet}], "Type": "maintain"}
        return {"SpotFleetRequestConfigs": [{"SpotFleetRequestId": "sfr-1", "SpotFleetRequestState": "active", "SpotFleetRequestConfig": config}]}

    def _describe_launch_template_versions(self, LaunchTemplateId, Versions=(), MinVersion="0", **_others):
        wanted = {self._number(LaunchTemplateId, each) for each in Versions} or set(self.versions[LaunchTemplateId])
        return {
            "LaunchTemplateVersions": [
                {
                    "LaunchTemplateId": LaunchTemplateId,
                    "LaunchTemplateName": f"name-{LaunchTemplateId}",
                    "VersionNumber": number,
                    "DefaultVersion": number == self.defaults[LaunchTemplateId],
                    "LaunchTemplateData": self.versions[LaunchTemplateId][number],
                }
                for number in sorted(wanted)
                if number >= int(MinVersion)
            ]
        }

    def _create_launch_template_version(self, LaunchTemplateId, LaunchTemplateData, SourceVersion="", **_others):
        versions = self.versions[LaunchTemplateId]
        number = max(versions) + 1
        versions[number] = {**(versions[int(SourceVersion)] if SourceVersion else {}), **LaunchTemplateData}
        self.wrote("CreateLaunchTemplateVersion", f"launch-template/{LaunchTemplateId}")
        return {"LaunchTemplateVersion": {"VersionNumber": number}}

    def _modify_launch_template(self, LaunchTemplateId, DefaultVersion):
        self.defaults[LaunchTemplateId] = int(DefaultVersion)
        self.wrote("ModifyLaunchTemplate", f"launch-template/{LaunchTemplateId}")
        return {"LaunchTemplate": {}}

    def _update_auto_scaling_group(self, AutoScalingGroupName, LaunchTemplate):
        self.groups[AutoScalingGroupName] = LaunchTemplate
        self.wrote("UpdateAutoScalingGroup", f"autoScalingGroup/{AutoScalingGroupName}")
        return {}

    def _modify_spot_fleet_request(self, SpotFleetRequestId, LaunchTemplateConfigs):
        self.fleet = LaunchTemplateConfigs[0]["LaunchTemplateSpecification"]
        self.wrote("ModifySpotFleetRequest", f"spot-fleet-request/{SpotFleetRequestId}")
        return {"Return": True}


def clients(aws):
    return RegionClients(lambda _service: aws, 3)


def attach(aws, wait=False):
    spec = LaunchSpec(groups=tuple(GROUPS), templates=("lt-4",), profile="web", on_conflict="replace", on_loss="ignore", wait=wait, wait_timeout=1)
    return run_to_the_end(lambda: LaunchJob(spec, clients(aws)))


def undo(aws, value):
    return run_to_the_end(lambda: UndoJob(LaunchSpec(undo=value, wait=False, wait_timeout=1), clients(aws)))


@any_error
@each_call_raises(CALLS, wait=True)
@given(raised=raising_aws.raised(CALLS), wait=st.booleans())
def test_the_module_always_returns_what_it_did_and_what_takes_it_back(raised, wait):
    aws = Region(raised)
    before = aws.launched()
    found = attach(aws, wait)
    check_account(found, aws)
    if "undo" in found:
        changed = {each for each, profile in aws.profiles.items() if profile != OLD.arn}
        assert {each["instance_id"] for each in found["instances"] if each["changed"]} == changed
        aws.raised = {}
        assert not undo(aws, found["undo"]).get("failed")
    assert aws.launched() == before


@any_error
@each_call_raises(25)
@given(raised=raising_aws.raised(25))
def test_an_undo_always_returns_what_it_did_and_can_be_repeated(raised):
    aws = Region({})
    before = aws.launched()
    value = attach(aws)["undo"]
    aws.writes, aws.raised = [], {number + aws._calls: error for number, error in raised.items()}
    found = undo(aws, value)
    check_account(found, aws)
    aws.raised = {}
    assert not undo(aws, value).get("failed")
    assert aws.launched() == before


def test_without_errors_everything_launches_with_the_profile():
    aws = Region({})
    found = attach(aws, True)
    assert not found.get("failed") and aws._calls <= CALLS
    data, profiles = aws.launched()
    assert {data[name]["IamInstanceProfile"]["Name"] for name in (*GROUPS, "fleet", "lt-4")} == {"web"}
    assert {each.rsplit("/")[-1] for each in profiles.values()} == {"web"}
