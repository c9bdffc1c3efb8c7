# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Warm pools: waiting instances, and groups that scale out with them."""

from __future__ import annotations

from typing import Any

HOUR = 3600


def test_a_warm_pool_has_stopped_instances(groups: Any) -> None:
    groups.create()
    groups.take(pending=HOUR)
    groups.client.put_warm_pool(AutoScalingGroupName="g", MinSize=2, MaxGroupPreparedCapacity=2)

    def warm() -> list[dict[str, Any]]:
        return groups.client.describe_warm_pool(AutoScalingGroupName="g")["Instances"]

    assert [each["LifecycleState"] for each in warm()] == ["Warmed:Pending"] * 2
    groups.wait(HOUR + 1)
    assert [each["LifecycleState"] for each in warm()] == ["Warmed:Stopped"] * 2
    ids = [each["InstanceId"] for each in warm()]
    assert [groups.profile_of(each) for each in ids] == ["old"] * 2
    assert len(groups.members()) == 1 and groups.show()["WarmPoolSize"] == 2
    listed = groups.client.describe_auto_scaling_instances()["AutoScalingInstances"]
    assert {each["InstanceId"] for each in listed} == {*groups.members(), *ids}


def test_a_group_scales_out_with_its_warm_pool(groups: Any) -> None:
    groups.create()
    groups.client.put_warm_pool(AutoScalingGroupName="g", MinSize=1, MaxGroupPreparedCapacity=1)
    (warm,) = groups.client.describe_warm_pool(AutoScalingGroupName="g")["Instances"]
    groups.client.set_desired_capacity(AutoScalingGroupName="g", DesiredCapacity=2)
    assert warm["InstanceId"] in groups.members()
    (other,) = groups.client.describe_warm_pool(AutoScalingGroupName="g")["Instances"]
    assert other["InstanceId"] != warm["InstanceId"]
    groups.client.delete_warm_pool(AutoScalingGroupName="g")
    assert groups.aws.instance(other["InstanceId"])["State"]["Name"] == "terminated"
