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
    MAX_LISTED,
    ProfileUser,
    ProfileUserFinder,
    ProfileUsers,
    RegionLaunchSource,
    check_unused,
    listed,
    profile_user_finder,
)
from ansible_collections.keyless.ec2.tests.unit.factories import instance_profile
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._aws.memory_client import Client
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._launch_sources.sources import source

WEB = instance_profile("web", "web")


DENIED = "UnauthorizedOperation"


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
        if self.users == [DENIED]:
            raise AwsError("ec2:DescribeInstances", "instance/*", f"list {self.name}", DENIED, "You are not authorized.")
        return [(WEB.arn, user) for user in self.users]


@pytest.fixture(name="find")
def _find():
    Region.asked = []

    def find(users, regions=None):
        return ProfileUserFinder(lambda region: SimpleNamespace(ec2=Region(region, users.get(region, ()))), regions)

    return find


def test_no_users(find):
    assert find({}).find_instances([WEB.arn]) == ([], [], ())
    assert sorted(Region.asked) == ["eu-central-1", "list", "us-east-1"]


def test_instances_are_listed_with_their_region(find):
    with pytest.raises(OptionError, match=r"^state: absent would remove .* of instances .* web: i-1 \(us-east-1\)") as error:
        check_unused(find({"us-east-1": ["i-1", "i-2"]}).find_instances([WEB.arn]), [WEB])
    assert "force" in str(error.value)


def test_without_users_nothing_is_raised():
    check_unused(ProfileUsers(), [WEB])


def test_only_some_of_many_instances_are_listed(find):
    users = [f"i-{number}" for number in range(MAX_LISTED + 3)]
    with pytest.raises(OptionError, match="and 3 more"):
        check_unused(find({"us-east-1": users}).find_instances([WEB.arn]), [WEB])


def test_regions_are_read_in_parallel():
    together = threading.Barrier(2, timeout=600)

    class Waiting(Region):
        def instances_with(self, arns):
            together.wait()
            return super().instances_with(arns)

    ProfileUserFinder(lambda region: SimpleNamespace(ec2=Waiting(region)), None).find_instances([WEB.arn])


def test_only_selected_regions_are_read(find):
    assert find({"us-east-1": ["i-1"]}, ["eu-central-1"]).find_instances([WEB.arn]) == ([], [], ())
    assert Region.asked == ["eu-central-1"]


def test_an_unread_region_does_not_hide_the_others(find):
    users = find({"eu-central-1": [DENIED], "us-east-1": ["i-1"]}).find_instances([WEB.arn])
    assert [(user.instance_id, user.region) for user in users.instances] == [("i-1", "us-east-1")]
    assert users.incomplete == [("eu-central-1", DENIED, "You are not authorized.")]
    with pytest.raises(OptionError, match="absent would remove the credentials"):
        check_unused(users, [WEB])


def test_an_unread_region_may_contain_users(find):
    users = find({"eu-central-1": [DENIED]}).find_instances([WEB.arn])
    with pytest.raises(OptionError, match=rf"web: access is denied in eu-central-1 \({DENIED}\)\. Set the option regions"):
        check_unused(users, [WEB])


@pytest.mark.parametrize("regions", [["eu-central-1"], ["us-east-1", "eu-central-1"], None])
def test_a_read_error_in_a_selected_region_or_in_all_is_raised(find, regions):
    closed = {"eu-central-1": [DENIED], "us-east-1": [DENIED] if regions is None else []}
    with pytest.raises(AwsError, match="Could not list eu-central-1: UnauthorizedOperation"):
        find(closed, regions).find_instances([WEB.arn])


class Sources:
    """The launch sources of one region, or a read error."""

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
    """Connects to regions with these launch sources."""
    monkeypatch.setattr(users_file, "read_all", lambda clients: clients.sources.read())

    def connect(sources, ec2=Region):
        return lambda region: SimpleNamespace(ec2=ec2(region), sources=sources.get(region))

    return connect


READ_ERROR = AwsError("autoscaling:DescribeAutoScalingGroups", "autoScalingGroup/*", "list the groups", DENIED, "Not you.")
GROUP = ("web", source(name="servers"))


@pytest.fixture(name="find_all")
def _find_all(connect):
    def find_all(sources, regions=None):
        finder = ProfileUserFinder(connect(sources), regions)
        return finder.with_launch_sources(finder.find_instances([WEB.arn]), [WEB.arn])

    return find_all


def test_launch_sources_are_users(find_all):
    users = find_all({"eu-central-1": Sources([GROUP]), "us-east-1": Sources()})
    assert users.launch_sources == [("web", "Auto Scaling group", "servers", "eu-central-1")]
    with pytest.raises(OptionError, match=r"profile web: Auto Scaling group servers \(eu-central-1\)\. .*launch_profile_attach"):
        check_unused(users, [WEB])


def test_a_read_error_of_launch_sources(find_all):
    users = find_all({"eu-central-1": Sources(error=READ_ERROR), "us-east-1": Sources([GROUP])})
    assert [each.target for each in users.incomplete] == ["eu-central-1"]
    for regions in (["eu-central-1"], None):
        with pytest.raises(AwsError, match="Could not list the groups"):
            find_all({region: Sources(error=READ_ERROR) for region in ("eu-central-1", "us-east-1")}, regions)


@pytest.mark.parametrize("count, expected", [(1, "0"), (10, "0, 1, 2, 3, 4, 5, 6, 7, 8, 9"), (11, "0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 1 more")])
def test_ten_names_are_listed_and_the_others_counted(count, expected):
    assert listed([str(number) for number in range(count)]) == expected


def test_a_region_with_two_read_errors_is_listed_once(connect):
    class Closed(Region):
        def instances_with(self, arns):
            if self.name == "eu-central-1":
                raise AwsError("ec2:DescribeInstances", "instance/*", "list", DENIED, "You are not authorized.")
            return []

    sources = {"eu-central-1": Sources(error=READ_ERROR), "us-east-1": Sources()}
    finder = ProfileUserFinder(connect(sources, Closed), None)
    users = finder.with_launch_sources(finder.find_instances([WEB.arn]), [WEB.arn])
    assert users.incomplete == [("eu-central-1", DENIED, "You are not authorized.")]
    sources["us-east-1"] = Sources(error=READ_ERROR)
    sources["eu-central-1"] = Sources()
    users = finder.with_launch_sources(finder.find_instances([WEB.arn]), [WEB.arn])
    assert [each.target for each in users.incomplete] == ["eu-central-1", "us-east-1"]


@pytest.mark.parametrize(
    "users, says", [(ProfileUsers(instances=[("a", "i-1", "r")]), "web or db"), (ProfileUsers(launch_sources=[("web", "k", "n", "r")]), "web or db")]
)
def test_the_error_names_all_profiles(users, says):
    users = ProfileUsers([ProfileUser(*each) for each in users.instances], (), [RegionLaunchSource(*each) for each in users.launch_sources])
    with pytest.raises(OptionError, match=f"the instance profile {says}") as caught:
        check_unused(users, [WEB, replace(WEB, name="db")])
    assert caught.value.option == "state"


@pytest.mark.parametrize("selected", [None, ["eu-west-1"]])
def test_the_finder_has_the_module_s_credentials(monkeypatch, selected):
    made = []

    def client(module, service, region=None):
        made.append((module, service, region))
        paged = {"describe_regions": {"Regions": [{"RegionName": "eu-west-1"}]}}
        return Client((), **paged)

    monkeypatch.setattr(users_file, "client_anywhere", client)
    found = profile_user_finder("module", selected)
    assert list(found._regions) == ["eu-west-1"]
    assert made == ([("module", "ec2", None)] if selected is None else [])
    assert found._connect("eu-west-3").auto_scaling
    assert made[-2:] == [("module", "ec2", "eu-west-3"), ("module", "autoscaling", "eu-west-3")]
