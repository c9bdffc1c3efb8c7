# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Gathering roles: which calls it takes, what uses the roles, and problems."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._common.incomplete import Incomplete
from ansible_collections.keyless.ec2.plugins.module_utils._role.info import LISTED, MIN_FOR_LISTS, RoleInfo, gather, with_trusting_roles
from ansible_collections.keyless.ec2.plugins.module_utils._role.profile_users import ProfileUser, ProfileUsers, RegionLaunchSource
from ansible_collections.keyless.ec2.tests.unit.factories import instance_profile, role
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._role.roles import LAMBDA, TRUST

ROOT = "arn:aws:iam::123456789012:"


class Iam:
    """Roles, each with a profile of the same name; records the calls."""

    def __init__(self, *roles):
        self.all = {each.name: each for each in roles}
        self.asked = []
        self.roles = SimpleNamespace(find=self.find, list=self.list, trust_policies=self.trust_policies)
        self.instance_profiles = SimpleNamespace(of_role=self.of_role, by_role=self.by_role, find_each=self.find_each)

    @staticmethod
    def profile(of_both, tags=None):
        return instance_profile(of_both, of_both, tags=tags)

    def find(self, name):
        self.asked.append(("role", name))
        return self.all.get(name)

    def of_role(self, name):
        return [self.profile(name)] if name in self.all else []

    def list(self, path):
        self.asked.append(("roles", path))
        return list(self.all.values())

    def by_role(self):
        return {name: [self.profile(name)] for name in self.all}

    def trust_policies(self):
        self.asked.append("trust")
        return {name: each.trust_policy for name, each in self.all.items()}

    def find_each(self, names):
        names = list(names)
        self.asked.append(("profiles", names))
        return {name: None if name == "gone" else self.profile(name, tags={"a": "1"}) for name in names}


class Finder:
    """Returns these users; records the ARNs that it is asked about."""

    def __init__(self, users):
        self.users, self.asked = users, []

    def find_instances(self, arns):
        self.asked.append(arns)
        return self.users

    def with_launch_sources(self, users, arns):
        self.asked.append(arns)
        return users


def names(result):
    return [each["role_name"] for each in result["iam_roles"]]


def test_few_roles_are_read_by_name_in_that_order():
    iam = Iam(role("b"), role("a"))
    result = gather(iam, ["b", "gone", "a"], None)
    assert names(result) == ["b", "a"] and sorted(iam.asked) == [("role", "a"), ("role", "b"), ("role", "gone")]
    assert [each["instance_profile_name"] for each in result["iam_roles"][0]["instance_profiles"]] == ["b"]
    assert set(result) == {"iam_roles"} and "instances" not in result["iam_roles"][0] and "trusting_roles" not in result["iam_roles"][0]


@pytest.mark.parametrize("count, lists", [(MIN_FOR_LISTS - 1, False), (MIN_FOR_LISTS, True)])
def test_many_roles_are_read_from_lists(count, lists):
    iam = Iam(*(role(name) for name in "abcdefgh"))
    wanted = [name.upper() if lists else name for name in "hgfedcba"[:count]]
    assert names(gather(iam, wanted, None)) == [name.lower() for name in wanted]
    assert (iam.asked == [("roles", "/")]) == lists


def test_missing_roles_are_left_out():
    found = gather(Iam(role("a")), list("abcdef"), None)
    assert (names(found), found[LISTED]) == (["a"], ["a"])


@pytest.mark.parametrize("given, path", [(None, "/"), ("/", "/"), ("/team/", "/team/")])
def test_all_roles_under_a_path_are_sorted(given, path):
    iam = Iam(role("b"), role("a"))
    assert names(gather(iam, None, given)) == ["a", "b"] and iam.asked == [("roles", path)]


def test_the_tags_of_profiles_are_read_on_request():
    iam = Iam(role("web"), role("gone"))
    web, gone = gather(iam, ["web", "gone"], None, include_tags=True)["iam_roles"]
    assert [web["instance_profiles"][0]["tags"], gone["instance_profiles"][0]["tags"]] == [{"a": "1"}, None]
    assert ("profiles", ["web", "gone"]) in iam.asked


def trusting(principal):
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "sts:AssumeRole"}]}


def test_trusting_roles_without_the_role_itself():
    arn = role("web").arn
    iam = Iam(role("web", trusting(arn)), role("b", trusting(arn)), role("a", trusting([arn, f"{ROOT}role/x"])), role("other"))
    result = gather(iam, ["web", "other"], None, include_trusting_roles=True)
    assert [each["trusting_roles"] for each in result["iam_roles"]] == [["a", "b"], []]
    assert gather(Iam(), ["web"], None, include_trusting_roles=True) == {"iam_roles": []}
    assert with_trusting_roles([RoleInfo(replace(role(), arn=None), ())], {"a": trusting(arn)})[0].trusting_roles == ()


def test_simulation_and_usage_are_returned_for_each_role():
    reader = SimpleNamespace(read=lambda role: {"usage": role.name})
    result = gather(Iam(role("a"), role("b")), ["a", "b"], None, usage_reader=reader, simulate=lambda arn: [{"arn": arn}])
    assert [(each["usage"], each["simulated"]) for each in result["iam_roles"]] == [
        ("a", [{"arn": f"{ROOT}role/a"}]),
        ("b", [{"arn": f"{ROOT}role/b"}]),
    ]
    assert "simulated" not in gather(Iam(role("a")), ["a"], None)["iam_roles"][0]
    assert gather(Iam(role("a")), ["a"], None, simulate=lambda arn: [])["iam_roles"][0]["simulated"] == []


def test_instances_and_launch_sources_of_each_role():
    arns = [f"{ROOT}instance-profile/{name}" for name in "ab"]
    found = [ProfileUser(arns[1], "i-2", "eu-west-1"), ProfileUser(arns[0], "i-3", "x"), ProfileUser(arns[1], "i-1", "us-east-1")]
    launch_sources = [RegionLaunchSource("B", "Spot Fleet", "sfr-1", "eu-west-1"), RegionLaunchSource("b", "Auto Scaling group", "g", "eu-west-1")]
    finder = Finder(ProfileUsers(found, [Incomplete("eu-west-3", "Denied", "no")], launch_sources))
    result = gather(Iam(role("a"), role("b")), ["a", "b"], None, finder)
    a, b = result["iam_roles"]
    assert a["instances"] == [{"instance_id": "i-3", "region": "x"}] and a["launched_by"] == []
    assert b["instances"] == [{"instance_id": "i-1", "region": "us-east-1"}, {"instance_id": "i-2", "region": "eu-west-1"}]
    assert [each["name"] for each in b["launched_by"]] == ["sfr-1", "g"]
    assert b["launched_by"][0] == {"kind": "Spot Fleet", "name": "sfr-1", "region": "eu-west-1"}
    assert result["incomplete"] == [{"target": "eu-west-3", "reason": "Denied", "message": "no"}]
    assert finder.asked == [arns, arns]


def test_without_profiles_nothing_is_searched():
    iam, finder = Iam(role("a")), Finder(None)
    iam.instance_profiles.of_role = lambda name: []
    result = gather(iam, ["a"], None, finder)
    assert (result["iam_roles"][0]["instances"], result["incomplete"], finder.asked) == ([], [], [])


GONE = trusting("AROAEXAMPLEEXAMPLE123")


@pytest.mark.parametrize(
    "trust, profiles, codes",
    [
        (TRUST, (instance_profile("web", "web"),), []),
        (TRUST, (), ["no_profile"]),
        (LAMBDA, (), []),
        (LAMBDA, (instance_profile("web", "web"),), ["role_not_assumable_by_ec2"]),
        (GONE, (), ["deleted_principal"]),
        (GONE, (instance_profile("web", "web"),), ["deleted_principal", "role_not_assumable_by_ec2"]),
    ],
)
def test_problems(trust, profiles, codes):
    assert [each["code"] for each in RoleInfo(role(trust_policy=trust), profiles).problems()] == codes


def test_problems_name_the_principal_or_the_role():
    (gone,) = RoleInfo(role(trust_policy=GONE), ()).problems()
    (without,) = RoleInfo(role(), ()).problems()
    assert "AROAEXAMPLEEXAMPLE123" in gone["message"] and "name=web" in without["fix"]
