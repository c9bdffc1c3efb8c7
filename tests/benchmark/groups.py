# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Auto Scaling groups that get another instance profile, with their instances, and again with nothing to do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ansible_collections.keyless.ec2.tests.integration.support.aws import IMAGE, REGION

from .comparison import judged, run_peer
from .figures import ATTACH, GROUPS_LIMIT, NOTHING, Figure
from .fleet import LATENCY_MILLISECONDS, PROFILE, Fleet
from .peers import Peer

MEMBERS = 10  # in each group
BEFORE = "old"
# How the groups name their template version, in turn. It is the older version for the first two.
VERSIONS = ("1", "$Default", "$Latest")


def compare_groups(fleet: Fleet, peers: Sequence[Peer], count: int) -> list[Figure]:
    """Returns the figures for this many groups, by the number of their instances."""
    return [figure for peer in peers for figure in _given_twice(fleet, peer, count)]


def _given_twice(fleet: Fleet, peer: Peer, count: int) -> Iterator[Figure]:
    """Runs the job twice, unless the first run did not end in time."""
    _populate(fleet, count)
    first = _measure(fleet, peer, ATTACH)
    yield first
    if first.holds:
        yield _measure(fleet, peer, NOTHING)


def _measure(fleet: Fleet, peer: Peer, job: str) -> Figure:
    fleet.slow_down(LATENCY_MILLISECONDS)
    ending, calls = run_peer(fleet, peer, GROUPS_LIMIT)
    fleet.slow_down(0)
    return judged(Figure(peer.name, job, len(fleet.instance_ids), calls=len(calls)), ending, _missing(fleet), calls)


def _populate(fleet: Fleet, count: int) -> None:
    """Resets the emulator, and creates this many groups, each with its own launch template of two versions."""
    fleet.empty()
    fleet.profile_arn = fleet.make_profile(PROFILE)
    fleet.make_profile(BEFORE)
    fleet.group_names = [f"group-{number:03}" for number in range(count)]
    for number, name in enumerate(fleet.group_names):
        _make_group(fleet, name, VERSIONS[number % len(VERSIONS)])
    fleet.instance_ids = [each["InstanceId"] for group in _groups(fleet) for each in group["Instances"]]


def _make_group(fleet: Fleet, name: str, version: str) -> None:
    data = {"ImageId": IMAGE, "InstanceType": "t3.micro", "IamInstanceProfile": {"Name": BEFORE}}
    fleet.ec2.create_launch_template(LaunchTemplateName=name, LaunchTemplateData=data)
    fleet.ec2.create_launch_template_version(LaunchTemplateName=name, LaunchTemplateData=data)
    fleet.client("autoscaling").create_auto_scaling_group(
        AutoScalingGroupName=name,
        LaunchTemplate={"LaunchTemplateName": name, "Version": version},
        AvailabilityZones=[f"{REGION}a"],
        MinSize=0,
        MaxSize=MEMBERS,
        DesiredCapacity=MEMBERS,
        Tags=[{"Key": "Name", "Value": "fleet", "PropagateAtLaunch": True}],
    )


def _groups(fleet: Fleet) -> list[dict]:
    pages = fleet.client("autoscaling").get_paginator("describe_auto_scaling_groups").paginate()
    return [group for page in pages for group in page["AutoScalingGroups"]]


def _missing(fleet: Fleet) -> str:
    """Returns what still launches or runs without the profile."""
    groups = sum(not _launches_right(fleet, group["LaunchTemplate"]) for group in _groups(fleet))
    instances = fleet.lacking()
    return f"{groups} groups and {instances} instances without the profile" if groups or instances else ""


def _launches_right(fleet: Fleet, used: dict) -> bool:
    (version,) = fleet.ec2.describe_launch_template_versions(LaunchTemplateId=used["LaunchTemplateId"], Versions=[used["Version"]])[
        "LaunchTemplateVersions"
    ]
    profile = version["LaunchTemplateData"]["IamInstanceProfile"]
    return profile in ({"Name": PROFILE}, {"Arn": fleet.profile_arn})
