# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gateway to launch templates: its calls, what it returns, and templates that do not exist."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._aws.launch_templates import ABSENT, FEW, LaunchTemplates
from ansible_collections.keyless.ec2.plugins.module_utils._common.change import Change
from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import AwsError
from ansible_collections.keyless.ec2.plugins.module_utils._values.launch import INTERIM, Template, Version
from ansible_collections.keyless.ec2.plugins.module_utils._values.launch import TemplateReference as reference
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._aws.memory_client import Client, one_after_the_other, refuse, refused

DESCRIBE = "describe_launch_template_versions"
PAGE = {"PaginationConfig": {"PageSize": 200}}


class Region:
    """Templates by id, with names like their ids: the numbers of their versions, the first of which is the default."""

    def __init__(self, interim=None, **numbers):
        self.templates = {f"lt-{key}": list(each) for key, each in numbers.items()}
        self.interim = interim or {}
        self.client = Client((DESCRIBE,), **{DESCRIBE: self.response})
        self.gateway = LaunchTemplates(self.client)

    def response(self, PaginationConfig, Versions=(), MinVersion=None, LaunchTemplateId=None, LaunchTemplateName=None):
        wanted = LaunchTemplateId or (LaunchTemplateName and f"lt-{LaunchTemplateName}")
        if wanted and wanted not in self.templates:
            raise refused("InvalidLaunchTemplateId.NotFound")
        rows = []
        for key in [wanted] if wanted else self.templates:
            numbers = self.templates[key]
            meant = {"$Default": numbers[0], "$Latest": max(numbers)}
            asked = [meant.get(each) or int(each) for each in Versions] or [each for each in numbers if each >= int(MinVersion)]
            rows += [self.row(key, number) for number in dict.fromkeys(asked) if number in numbers]
        return {"LaunchTemplateVersions": rows}

    def row(self, key, number):
        described = {
            "LaunchTemplateId": key,
            "LaunchTemplateName": key[3:],
            "VersionNumber": number,
            "DefaultVersion": number == self.templates[key][0],
        }
        of = self.interim.get(number)
        return {**described, "LaunchTemplateData": {"ImageId": f"ami-{number}"}, **({"VersionDescription": INTERIM.format(number=of)} if of else {})}

    def asked(self):
        """The requested versions by template."""
        calls = [asked for _method, asked in self.client.asked]
        return [(each.get("LaunchTemplateId") or each.get("LaunchTemplateName"), each.get("Versions") or each["MinVersion"]) for each in calls]


def numbers(templates):
    return {key: (each.template_id, each.default, each.newest, sorted(each.versions)) for key, each in templates.items()}


def test_a_few_templates_take_one_call_each():
    region = Region(a=[1, 2, 3], b=[1])
    found = region.gateway.read({"lt-a": ["2"], "b": [], "lt-gone": []})
    assert numbers(found) == {"lt-a": ("lt-a", 1, 3, [1, 2, 3]), "b": ("lt-b", 1, 1, [1])}
    assert found["b"] == Template("lt-b", "b", 1, 1, {1: Version(1, {"ImageId": "ami-1"})})
    assert found["b"].versions[1].data.__class__ is dict
    assert sorted(region.asked()) == [("b", ["$Default", "$Latest"]), ("lt-a", ["$Default", "$Latest", "2"]), ("lt-gone", ["$Default", "$Latest"])]
    assert all(asked["PaginationConfig"] == {"PageSize": 200} for _method, asked in region.client.asked)


@pytest.mark.parametrize("count, lists", [(FEW - 1, False), (FEW, True)])
def test_many_templates_take_calls_only_for_other_versions(count, lists):
    keys = "abcdefgh"[:count]
    region = Region(**dict.fromkeys(keys, [1, 2, 3]))
    found = region.gateway.read({f"lt-{key}": ["2"] if key == "a" else ["3"] for key in keys})
    assert sorted(found["lt-a"].versions) == [1, 2, 3] and sorted(found["lt-b"].versions) == ([1, 3])
    assert len(region.asked()) == (2 if lists else count)
    assert ((None, ["$Default", "$Latest"]) in region.asked()) == lists


def test_a_template_that_is_not_listed_is_read():
    region = Region(**dict.fromkeys("abcde", [1]))
    found = region.gateway.read({**{f"lt-{key}": [] for key in "abcde"}, "lt-gone": []})
    assert len(found) == 5 and [key for key, _versions in region.asked()] == [None, "lt-gone"]


def test_the_version_that_an_interim_one_names_is_read_too():
    region = Region(interim={3: 2}, a=[1, 2, 3])
    (found,) = region.gateway.read({"lt-a": []}).values()
    assert (found.latest, found.newest, sorted(found.versions)) == (2, 3, [1, 2, 3])
    assert region.asked()[1:] == [("lt-a", ["$Default", "$Latest", "2"])]


@pytest.mark.parametrize("code", sorted(ABSENT))
def test_a_template_that_does_not_exist_is_left_out(code):
    assert LaunchTemplates(Client(**{DESCRIBE: refuse(code)})).read({"a": []}) == {}


def test_another_refusal_is_an_error():
    with pytest.raises(AwsError, match="Could not read the launch template a: UnauthorizedOperation"):
        LaunchTemplates(Client(**{DESCRIBE: refuse("UnauthorizedOperation")})).read({"a": []})


def test_a_template_without_versions_is_left_out():
    assert LaunchTemplates(Client(**{DESCRIBE: {"LaunchTemplateVersions": []}})).read({"a": []}) == {}


def test_templates_that_are_used_in_other_versions_are_read():
    region = Region(a=[1, 2, 3], b=[1])
    listed = region.gateway.list()
    assert sorted(listed) == ["a", "b", "lt-a", "lt-b"] and listed["a"] is listed["lt-a"]
    assert region.gateway.with_used(listed, [reference("lt-a", "$Latest"), reference("lt-a", "1")]) == listed and len(region.asked()) == 1
    found = region.gateway.with_used(listed, [reference("lt-a", "2"), reference("lt-a", "3"), reference("lt-b", "1"), reference("lt-gone", "1")])
    assert sorted(found["lt-a"].versions) == [1, 2, 3] and "lt-gone" not in found and found["lt-b"] is listed["lt-b"]
    assert [key for key, _versions in region.asked()[1:]] == ["lt-a", "lt-gone"]


def test_a_template_that_is_named_like_the_id_of_another_one_does_not_hide_it():
    """Whoever may create a launch template chooses its name."""
    region = Region(a=[1])
    region.templates["lt-lt-a"] = [2]
    found = region.gateway.list()
    assert (found["lt-a"].template_id, found["lt-lt-a"].template_id, found["lt-lt-a"].name) == ("lt-a", "lt-lt-a", "lt-a")


def test_versions_from_a_number_on():
    region = Region(a=[1, 2, 3])
    (template,) = region.gateway.read({"lt-a": []}).values()
    assert region.gateway.read_since(template, 2) == {2: Version(2, {"ImageId": "ami-2"}), 3: Version(3, {"ImageId": "ami-3"})}
    assert region.asked()[1:] == [("lt-a", "2")]


ROW = {"LaunchTemplateId": "lt-a", "LaunchTemplateName": "a", "VersionNumber": 2, "DefaultVersion": False, "LaunchTemplateData": {}}


@pytest.mark.parametrize("code, tries", [("InvalidLaunchTemplateId.VersionNotFound", 2), ("Odd", 1)])
def test_a_new_version_is_read_until_it_is_visible(clock, code, tries):
    client = Client(**{DESCRIBE: one_after_the_other(refused(code), {"LaunchTemplateVersions": [{**ROW, "VersionDescription": "d"}]})})
    if tries == 2:
        assert LaunchTemplates(client).read_back("lt-a", 2) == Version(2, {}, "d")
    else:
        with pytest.raises(AwsError, match="Could not read version 2 of the launch template lt-a: Odd"):
            LaunchTemplates(client).read_back("lt-a", 2)
    assert client.asked == [(DESCRIBE, {**PAGE, "LaunchTemplateId": "lt-a", "Versions": ["2"]})] * tries


def test_a_change_is_sent_as_planned():
    client = Client(modify_launch_template={"x": 1})
    assert LaunchTemplates(client).make(Change("ec2", "ModifyLaunchTemplate", "launch-template/lt-1", {"A": 1}, "x")) == {"x": 1}
    assert client.asked == [("modify_launch_template", {"A": 1})]
