# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows fail if AWS would delete members that botocore does not know."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._launch.job import LaunchJob
from ansible_collections.keyless.ec2.plugins.module_utils._launch.spec import LaunchSpec
from ansible_collections.keyless.ec2.plugins.module_utils._values.launch import Version
from ansible_collections.keyless.ec2.plugins.module_utils._values.unknown_members import UNKNOWN, unknown_members, would_lose
from ansible_collections.keyless.ec2.tests.unit.factories import group
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._launch.region import Region, data, template

MARK = {UNKNOWN: {"New": "digest"}}


@pytest.mark.parametrize(
    "value, paths",
    [
        (None, []),
        ({"a": [{"b": 1}]}, []),
        (MARK, ["New"]),
        ({"a": [{}, {**MARK, "b": MARK}]}, ["a[1].New", "a[1].b.New"]),
    ],
)
def test_paths(value, paths):
    assert unknown_members(value) == paths


def test_the_message_says_what_to_install():
    said = would_lose(["A", "B.C"], "1.34.0")
    assert "botocore 1.34.0 does not know A, B.C" in said and "pip install --upgrade boto3 botocore" in said


def with_data(*datas):
    """A template of these versions; the first is the default."""
    found = template(profiles=["old"] * len(datas))
    return replace(found, versions={number: Version(number, each) for number, each in enumerate(datas, 1)})


def actions(region, **options):
    """The action of each row, and the calls that are planned."""
    job = LaunchJob(LaunchSpec(members=False, **options), region.clients)
    plan = job.plan(job.read())
    return {row.name: row.action for row in plan.rows}, [change.operation for change in plan.changes]


CREATE, MOVE, UPDATE = "CreateLaunchTemplateVersion", "ModifyLaunchTemplate", "UpdateAutoScalingGroup"


@pytest.mark.parametrize(
    "datas, options, expected",
    [
        ([data("old")], {"profile": "web"}, [CREATE, MOVE]),
        # AWS copies the source version
        ([{**data("old"), **MARK}], {"profile": "web"}, [CREATE, MOVE]),
        # unless the profile is removed
        ([{**data("old"), **MARK}], {}, []),
        ([data("old")], {}, [CREATE, MOVE]),
        # or the unknown member is in the profile itself
        ([{**data("old"), "IamInstanceProfile": {"Name": "old", **MARK}}], {"profile": "web"}, []),
        # the latest version stays, and would be sent as a whole, although only the default one changes
        ([data("old"), {**data(None), **MARK}], {}, []),
        ([data("old"), {"ImageId": "ami-2", **MARK}], {}, []),
    ],
)
def test_a_template(clock, datas, options, expected):
    region = Region(clock, templates=[with_data(*datas)])
    rows, calls = actions(region, templates=("lt-1",), **options)
    assert calls == expected and rows == {"name-of-lt-1": "updated" if expected else "failed"}


@pytest.mark.parametrize("version, expected", [("1", []), ("$Default", [CREATE, MOVE])])
def test_a_group_is_sent_only_for_a_version_with_a_number(clock, version, expected):
    of = {"LaunchTemplateId": "lt-1", "Version": version, **MARK}
    region = Region(clock, groups=[replace(group("shop"), launch_template=of)], templates=[with_data(data("old"))])
    rows, calls = actions(region, groups=("shop",), profile="web")
    assert calls == expected and rows == {"shop": "updated" if expected else "failed"}


def test_only_the_row_that_would_lose_something_fails(clock):
    of = {"LaunchTemplateId": "lt-1", "Version": "1"}
    groups = [replace(group("shop"), launch_template={**of, **MARK}), replace(group("other"), launch_template=of)]
    rows, calls = actions(Region(clock, groups=groups, templates=[with_data(data("old"))]), groups=("shop", "other"), profile="web")
    assert rows == {"shop": "failed", "other": "updated"} and calls == [CREATE, UPDATE]


def test_a_version_with_other_unknown_members_is_not_used_again(clock):
    datas = [{**data("old"), UNKNOWN: {"New": "one"}}, {**data("web"), UNKNOWN: {"New": "other"}}]
    region = Region(clock, groups=[group("shop", "1")], templates=[with_data(*datas)])
    _rows, calls = actions(region, groups=("shop",), profile="web")
    assert calls == [CREATE, UPDATE]
