# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Instance refreshes: progress, cancellation, rollback and failure."""

from __future__ import annotations

from typing import Any

import pytest

HOUR = 3600


def _refreshes(groups: Any) -> list[tuple[str, int]]:
    found = groups.client.describe_instance_refreshes(AutoScalingGroupName="g")["InstanceRefreshes"]
    return [(each["Status"], each["InstancesToUpdate"]) for each in found]


def _desired(groups: Any) -> dict[str, Any]:
    return {"LaunchTemplate": {"LaunchTemplateId": groups.template, "Version": groups.version("web")}}


def test_a_refresh_replaces_one_instance_after_the_other(groups: Any, refused: Any) -> None:
    groups.create(size=2)
    groups.take(replacing=HOUR)
    groups.client.start_instance_refresh(AutoScalingGroupName="g", DesiredConfiguration=_desired(groups))
    assert _refreshes(groups) == [("InProgress", 2)]
    with refused("InstanceRefreshInProgress"):
        groups.client.start_instance_refresh(AutoScalingGroupName="g")
    groups.wait(HOUR + 1)
    assert _refreshes(groups) == [("InProgress", 1)] and sorted(groups.profiles()) == ["old", "web"]
    groups.wait(4 * HOUR)
    groups.members()
    groups.wait(6 * HOUR)
    assert _refreshes(groups) == [("Successful", 0)] and groups.profiles() == ["web"] * 2
    assert groups.show()["LaunchTemplate"]["Version"] == "2"


@pytest.mark.parametrize("call, status", [("cancel_instance_refresh", "Cancelled"), ("rollback_instance_refresh", "RollbackSuccessful")])
def test_a_refresh_can_be_ended(groups: Any, refused: Any, call: str, status: str) -> None:
    groups.create(size=2)
    groups.take(replacing=HOUR)
    groups.client.start_instance_refresh(AutoScalingGroupName="g", DesiredConfiguration=_desired(groups))
    groups.wait(HOUR + 1)
    groups.members()
    getattr(groups.client, call)(AutoScalingGroupName="g")
    for hours in (4, 8, 12):
        groups.wait(hours * HOUR)
        groups.members()
    assert [each for each, _left in _refreshes(groups)] == [status]
    assert sorted(groups.profiles()) == (["old", "web"] if status == "Cancelled" else ["old", "old"])
    assert groups.show()["LaunchTemplate"]["Version"] == "1"
    with refused("ActiveInstanceRefreshNotFound"):
        getattr(groups.client, call)(AutoScalingGroupName="g")


@pytest.mark.parametrize("rolls_back", [False, True])
def test_a_refresh_that_can_not_launch_fails_or_rolls_back(groups: Any, rolls_back: bool) -> None:
    groups.create(size=2)
    groups.take(replacing=HOUR)
    groups.client.start_instance_refresh(AutoScalingGroupName="g", DesiredConfiguration=_desired(groups), Preferences={"AutoRollback": rolls_back})
    groups.aws.iam.remove_role_from_instance_profile(InstanceProfileName="web", RoleName="web")
    for hours in (2, 4, 6, 8, 10):
        groups.wait(hours * HOUR)
        groups.members()
    (found,) = groups.client.describe_instance_refreshes(AutoScalingGroupName="g")["InstanceRefreshes"]
    assert found["Status"] == ("RollbackSuccessful" if rolls_back else "Failed")
    assert "could not launch" in found["StatusReason"]
    if rolls_back:
        assert groups.profiles() == ["old"] * 2
