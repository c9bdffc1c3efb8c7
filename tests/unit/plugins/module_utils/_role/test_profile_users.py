# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import threading
from dataclasses import replace
from types import SimpleNamespace

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import AwsError, OptionError
from ansible_collections.keyless.ec2.plugins.module_utils._role import profile_users as users_file
from ansible_collections.keyless.ec2.plugins.module_utils._role.profile_users import (
    NAMED,
    RegionLaunchSource,
    RoleUsers,
    Sweep,
    User,
    listed,
    refuse_users,
    role_users,
)
from ansible_collections.keyless.ec2.plugins.module_utils._values.instance_profile import InstanceProfile
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._aws.answering import Client
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._launch_sources.sources import source

WEB = InstanceProfile("web", "/", ("web",), {}, "arn:aws:iam::123456789012:instance-profile/web", "AIPA1", "2026")


CLOSED = "UnauthorizedOperation"


class Region:
    """EC2 of one region."""

    asked = []

    def __init__(self, name, users=()):
        self.name = name
        self.users = list(users)

    def list_regions(self):
        self.asked.append("list")
        return ["eu-central-1", "us-east-1"]

    def instances_with(self, arns):
        assert arns == [WEB.arn]
        self.asked.append(self.name)
        if self.users == [CLOSED]:
            raise AwsError("ec2:DescribeInstances", "instance/*", f"list {self.name}", CLOSED, "You are not authorized.")
        return [(WEB.arn, user) for user in self.users]


@pytest.fixture(name="look")
def _look():
    Region.asked = []

    def look(users, regions=None):
        return RoleUsers(lambda region: SimpleNamespace(ec2=Region(region, users.get(region, ()))), regions)

    return look


def test_nobody_uses_it(look):
    assert look({}).of([WEB.arn]) == ([], [], ())
    assert sorted(Region.asked) == ["eu-central-1", "list", "us-east-1"]


def test_instances_are_named_with_their_region(look):
    with pytest.raises(OptionError, match=r"^state: absent would take .* from 2 instances .* web: i-1 \(us-east-1\)") as error:
        refuse_users(look({"us-east-1": ["i-1", "i-2"]}).of([WEB.arn]), [WEB])
    assert "force" in str(error.value)


def test_nobody_is_refused_for_nothing():
    refuse_users(Sweep(), [WEB])


def test_not_all_of_a_fleet_are_named(look):
    users = [f"i-{number}" for number in range(NAMED + 3)]
    with pytest.raises(OptionError, match="and 3 more"):
        refuse_users(look({"us-east-1": users}).of([WEB.arn]), [WEB])


def test_regions_are_asked_side_by_side():
    together = threading.Barrier(2, timeout=600)

    class Waiting(Region):
        def instances_with(self, arns):
            together.wait()
            return super().instances_with(arns)

    RoleUsers(lambda region: SimpleNamespace(ec2=Waiting(region)), None).of([WEB.arn])


def test_regions_can_be_narrowed(look):
    assert look({"us-east-1": ["i-1"]}, ["eu-central-1"]).of([WEB.arn]) == ([], [], ())
    assert Region.asked == ["eu-central-1"]


def test_a_closed_region_does_not_hide_the_others(look):
    sweep = look({"eu-central-1": [CLOSED], "us-east-1": ["i-1"]}).of([WEB.arn])
    assert [(user.instance_id, user.region) for user in sweep.users] == [("i-1", "us-east-1")]
    assert sweep.incomplete == [("eu-central-1", CLOSED, "You are not authorized.")]
    with pytest.raises(OptionError, match="from 1 instances"):
        refuse_users(sweep, [WEB])


def test_nothing_is_deleted_while_a_region_is_unknown(look):
    sweep = look({"eu-central-1": [CLOSED]}).of([WEB.arn])
    with pytest.raises(OptionError, match=rf"web: access is denied in eu-central-1 \({CLOSED}\)\. .* option regions"):
        refuse_users(sweep, [WEB])


@pytest.mark.parametrize("regions", [["eu-central-1"], ["us-east-1", "eu-central-1"], None])
def test_who_may_look_nowhere_or_not_where_the_user_says_is_told(look, regions):
    closed = {"eu-central-1": [CLOSED], "us-east-1": [CLOSED] if regions is None else []}
    with pytest.raises(AwsError, match="Could not list eu-central-1: UnauthorizedOperation"):
        look(closed, regions).of([WEB.arn])


class Sources:
    """The gateways of one region, and the sources in it that launch with the profile, or the error of a refused read."""

    def __init__(self, found=(), error=None):
        self.found, self.error = found, error

    def read(self):
        if self.error:
            raise self.error
        return self

    def with_profiles(self, names):
        assert list(names) == ["web"]
        return self.found


@pytest.fixture(name="connect")
def _connect(monkeypatch):
    """Connects to regions that have these sources."""
    monkeypatch.setattr(users_file, "read_all", lambda clients: clients.sources.read())

    def connect(sources, ec2=Region):
        return lambda region: SimpleNamespace(ec2=ec2(region), sources=sources.get(region))

    return connect


REFUSED = AwsError("autoscaling:DescribeAutoScalingGroups", "autoScalingGroup/*", "list the groups", CLOSED, "Not you.")
GROUP = ("web", source(name="servers"))


@pytest.fixture(name="look_at_all")
def _look_at_all(connect):
    def look_at_all(sources, regions=None):
        users = RoleUsers(connect(sources), regions)
        return users.with_launch_sources(users.of([WEB.arn]), [WEB.arn])

    return look_at_all


def test_what_would_launch_is_a_use(look_at_all):
    sweep = look_at_all({"eu-central-1": Sources([GROUP]), "us-east-1": Sources()})
    assert sweep.launch_sources == [("web", "Auto Scaling group", "servers", "eu-central-1")]
    with pytest.raises(OptionError, match=r"without it: Auto Scaling group servers \(eu-central-1\)\. .*launch_profile_attach"):
        refuse_users(sweep, [WEB])


def test_where_nobody_may_look_for_what_launches_is_told(look_at_all):
    sweep = look_at_all({"eu-central-1": Sources(error=REFUSED), "us-east-1": Sources([GROUP])})
    assert [each.target for each in sweep.incomplete] == ["eu-central-1"]
    for regions in (["eu-central-1"], None):
        with pytest.raises(AwsError, match="Could not list the groups"):
            look_at_all({region: Sources(error=REFUSED) for region in ("eu-central-1", "us-east-1")}, regions)


@pytest.mark.parametrize("count, said", [(1, "0"), (10, "0, 1, 2, 3, 4, 5, 6, 7, 8, 9"), (11, "0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 1 more")])
def test_ten_names_are_told_and_how_many_more_there_are(count, said):
    assert listed([str(number) for number in range(count)]) == said


def test_a_region_where_nobody_may_look_twice_is_told_once(connect):
    class Closed(Region):
        def instances_with(self, arns):
            if self.name == "eu-central-1":
                raise AwsError("ec2:DescribeInstances", "instance/*", "list", CLOSED, "You are not authorized.")
            return []

    sources = {"eu-central-1": Sources(error=REFUSED), "us-east-1": Sources()}
    users = RoleUsers(connect(sources, Closed), None)
    sweep = users.with_launch_sources(users.of([WEB.arn]), [WEB.arn])
    assert sweep.incomplete == [("eu-central-1", CLOSED, "You are not authorized.")]
    sources["us-east-1"] = Sources(error=REFUSED)
    sources["eu-central-1"] = Sources()
    sweep = users.with_launch_sources(users.of([WEB.arn]), [WEB.arn])
    assert [each.target for each in sweep.incomplete] == ["eu-central-1", "us-east-1"]


@pytest.mark.parametrize(
    "sweep, says", [(Sweep(users=[("a", "i-1", "r")]), "web or db"), (Sweep(launch_sources=[("web", "k", "n", "r")]), "web or db")]
)
def test_all_profiles_are_named(sweep, says):
    sweep = Sweep([User(*each) for each in sweep.users], (), [RegionLaunchSource(*each) for each in sweep.launch_sources])
    with pytest.raises(OptionError, match=f"the instance profile {says}") as caught:
        refuse_users(sweep, [WEB, replace(WEB, name="db")])
    assert caught.value.option == "state"


@pytest.mark.parametrize("named", [None, ["eu-west-1"]])
def test_users_are_looked_for_with_the_module_s_credentials(monkeypatch, named):
    made = []

    def client(module, service, region=None):
        made.append((module, service, region))
        paged = {"describe_regions": {"Regions": [{"RegionName": "eu-west-1"}]}}
        return Client((), **paged)

    monkeypatch.setattr(users_file, "client_anywhere", client)
    found = role_users("module", named)
    assert list(found._regions) == ["eu-west-1"]
    assert made == ([("module", "ec2", None)] if named is None else [])
    assert found._connect("eu-west-3").auto_scaling
    assert made[-2:] == [("module", "ec2", "eu-west-3"), ("module", "autoscaling", "eu-west-3")]
