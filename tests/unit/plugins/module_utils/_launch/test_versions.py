# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which versions of a launch template are created, in which order, and what $Latest is afterwards."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.keyless.ec2.plugins.module_utils._launch.versions import differences, plan_template, sendable
from ansible_collections.keyless.ec2.plugins.module_utils._launch.wanted import WantedProfile
from ansible_collections.keyless.ec2.plugins.module_utils._values.launch import Version, with_profile
from ansible_collections.keyless.ec2.tests.unit import factories
from ansible_collections.keyless.ec2.tests.unit.factories import instance_profile, template_data

WEB = instance_profile("web", "web")
ARN = WEB.arn
WANTED, NONE = WantedProfile(WEB), WantedProfile()


def template(*images, default=1, profile="old"):
    """A template with a version for each image."""
    datas = (template_data(profile, ImageId=image) for image in images)
    return factories.template(*datas, default=default, name="web")


def made(plan):
    """The template after the plan's calls."""
    before = plan.template
    new = {each.number: Version(each.number, each.data, each.change().parameters["VersionDescription"]) for each in plan.new}
    versions = {**before.versions, **new}
    return replace(before, versions=versions, newest=max(versions), default=plan.default or before.default)


@pytest.mark.parametrize(
    "sources, latest_is_used, expected",
    [
        ({2}, False, [(2, 3)]),
        ({2}, True, [(2, 3)]),
        ({1}, False, [(1, 3)]),
        ({1}, True, [(1, 3), (2, 4)]),
        ({1, 2}, False, [(1, 3), (2, 4)]),
        (set(), True, []),
    ],
)
def test_the_latest_version_is_created_last(sources, latest_is_used, expected):
    plan = plan_template(template("a", "b"), sources, WANTED, False, latest_is_used)
    assert [(each.source, each.number) for each in plan.new] == expected


@pytest.mark.parametrize(
    "images, sources, latest_is_used, expected",
    [
        ("aa", {1, 2}, True, []),
        ("aa", {1, 2}, False, []),
        ("baa", {1, 2, 3}, False, [(1, 5)]),
        # Otherwise the new version would be what $Latest stands for.
        ("baa", {1, 2, 3}, True, [(1, 5), (3, 6)]),
    ],
)
def test_the_version_of_a_killed_run_is_used_if_it_is_what_the_latest_one_needs(images, sources, latest_is_used, expected):
    last = len(images)
    profiles = ["old"] * (last - 1) + ["other"]
    before = factories.template(*(template_data(profile, ImageId=image) for profile, image in zip(profiles, images)), name="web")
    whole = plan_template(before, {last - 1}, WANTED, False, True)
    killed = made(replace(whole, new=whole.new[:1]))
    assert (killed.latest, killed.newest) == (last, last + 1)
    plan = plan_template(killed, sources, WANTED, False, latest_is_used)
    assert [(each.source, each.number) for each in plan.new] == expected


def test_the_default_version_moves_if_it_is_used():
    assert plan_template(template("a", "b"), {1}, WANTED, True, False).default == 3
    assert plan_template(template("a", "b"), {1}, WANTED, False, False).default is None


def test_a_profile_overrides_the_source_version_and_is_removed_with_a_full_copy():
    (attached,) = plan_template(template("a"), {1}, WANTED, False, False).new
    assert attached.change().parameters["SourceVersion"] == "1"
    assert attached.change().parameters["LaunchTemplateData"] == {"IamInstanceProfile": {"Name": "web"}}
    (detached,) = plan_template(template("a"), {1}, NONE, False, False).new
    assert "SourceVersion" not in detached.change().parameters
    assert detached.change().parameters["LaunchTemplateData"] == {"ImageId": "a"}


def test_a_profile_keeps_its_form():
    assert with_profile({"IamInstanceProfile": {"Arn": "x"}}, "web", ARN) == {"IamInstanceProfile": {"Arn": ARN}}
    assert with_profile({}, "web", ARN) == {"IamInstanceProfile": {"Name": "web"}}


@given(
    st.lists(st.sampled_from("ab"), min_size=1, max_size=4),
    st.data(),
    st.sampled_from([WANTED, NONE]),
    st.booleans(),
    st.integers(min_value=0, max_value=4),
)
def test_a_killed_run_is_completed_by_the_next_one(images, data, wanted, latest_is_used, killed_after):
    """What $Latest stands for stays the same except for the profile, at any point."""
    before = template(*images, default=data.draw(st.integers(1, len(images))))
    sources = data.draw(st.sets(st.sampled_from(sorted(before.versions)), min_size=1))
    whole = plan_template(before, sources, wanted, True, latest_is_used)
    after = made(whole)
    killed = made(replace(whole, new=whole.new[:killed_after], default=None))
    rest = plan_template(killed, sources, wanted, True, latest_is_used)
    again = made(rest)
    for source in sources:
        assert again.versions[rest.numbers[source]].data == after.versions[whole.numbers[source]].data
    assert len(again.versions) == len(after.versions)
    if latest_is_used:
        meant = with_profile(before.versions[before.newest].data, wanted.name, ARN if wanted.profile else None)
        kept = before.versions[before.newest].data
        assert again.versions[again.newest].data == (meant if before.newest in sources else kept)
        assert killed.latest == before.newest or killed.versions[killed.newest].data in (meant, kept)


def test_numbers_can_be_higher_than_expected():
    plan = plan_template(template("a", "b"), {1, 2}, WANTED, True, True).renumbered(2)
    assert [each.number for each in plan.new] == [5, 6]
    assert plan.numbers == {1: 5, 2: 6} and plan.default == 5


def test_members_that_aws_only_returns_are_not_sent():
    data = {
        "MetadataOptions": {"State": "applied", "HttpTokens": "required"},
        "Operator": {"Managed": False, "Principal": "x"},
        "NetworkInterfaces": [{"Ipv6Addresses": [{"Ipv6Address": "::1", "IsPrimaryIpv6": True}]}],
    }
    assert sendable(data) == {
        "MetadataOptions": {"HttpTokens": "required"},
        "Operator": {"Principal": "x"},
        "NetworkInterfaces": [{"Ipv6Addresses": [{"Ipv6Address": "::1"}]}],
    }
    assert data["MetadataOptions"]["State"] == "applied"


@pytest.mark.parametrize(
    "wanted, found, different",
    [
        ({"A": "1"}, {"A": "1", "B": [], "C": None, "D": ""}, []),
        ({"A": "1"}, {"A": "2"}, ["A"]),
        ({"A": "1", "B": "2"}, {"A": "1"}, ["B"]),
        ({"A": {"B": [1, 2]}}, {"A": {"B": [2, 1]}}, ["A"]),
    ],
)
def test_the_members_that_differ_are_named(wanted, found, different):
    assert differences(wanted, found) == different
