# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import threading

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import OptionError
from ansible_collections.keyless.ec2.plugins.module_utils._role.users import NAMED, RoleUsers, refuse_users
from ansible_collections.keyless.ec2.plugins.module_utils._values.instance_profile import InstanceProfile

WEB = InstanceProfile("web", "/", ("web",), {}, "arn:aws:iam::123456789012:instance-profile/web", "AIPA1", "2026")


class Region:
    """EC2 of one region."""

    asked = []

    def __init__(self, name, users=()):
        self.name = name
        self.users = list(users)

    def list_regions(self):
        self.asked.append("list")
        return ["eu-central-1", "us-east-1"]

    def users_of(self, arns):
        assert arns == [WEB.arn]
        self.asked.append(self.name)
        return [(WEB.arn, user) for user in self.users]


@pytest.fixture(name="look")
def _look():
    Region.asked = []

    def look(users, regions=None):
        return RoleUsers(lambda region: Region(region, users.get(region, ())), regions)

    return look


def test_nobody_uses_it(look):
    assert look({}).of([WEB.arn]) == []
    assert sorted(Region.asked) == ["eu-central-1", "list", "us-east-1"]


def test_instances_are_named_with_their_region(look):
    with pytest.raises(OptionError, match=r"^state: absent would take .* from 2 instances .* web: i-1 \(us-east-1\)") as error:
        refuse_users(look({"us-east-1": ["i-1", "i-2"]}).of([WEB.arn]), [WEB])
    assert "force" in str(error.value)


def test_nobody_is_refused_for_nothing():
    refuse_users([], [WEB])


def test_not_all_of_a_fleet_are_named(look):
    users = [f"i-{number}" for number in range(NAMED + 3)]
    with pytest.raises(OptionError, match="and 3 more"):
        refuse_users(look({"us-east-1": users}).of([WEB.arn]), [WEB])


def test_regions_are_asked_side_by_side():
    together = threading.Barrier(2, timeout=600)

    class Waiting(Region):
        def users_of(self, arns):
            together.wait()
            return super().users_of(arns)

    RoleUsers(Waiting, None).of([WEB.arn])


def test_regions_can_be_narrowed(look):
    assert look({"us-east-1": ["i-1"]}, ["eu-central-1"]).of([WEB.arn]) == []
    assert Region.asked == ["eu-central-1"]
