# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""launch_profile_attach_info: what the next instance gets, and what is wrong with it."""

from __future__ import annotations

import base64
from dataclasses import replace
from types import MappingProxyType, SimpleNamespace

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import AwsError
from ansible_collections.keyless.ec2.plugins.module_utils._launch.info import gather
from ansible_collections.keyless.ec2.plugins.module_utils._values.instances import Instance, InstanceSnapshot
from ansible_collections.keyless.ec2.plugins.module_utils._values.launch import Fleet, Group, SpotRequest, TemplateReference
from ansible_collections.keyless.ec2.tests.unit.factories import association, group, template, template_data, trusted
from ansible_collections.keyless.ec2.tests.unit.factories import fleet as ec2_fleet
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._attachment.memory_ec2 import OLD, WEB

KINDS = ("auto_scaling_groups", "fleets", "spot_requests", "launch_templates")
EMPTY = replace(WEB, name="empty", roles=())
PROFILES = {
    "web": trusted(WEB),
    "old": trusted(OLD),
    "empty": trusted(EMPTY),
    "closed": trusted(replace(WEB, name="closed", roles=("no",)), {"Version": "2012-10-17", "Statement": []}),
}
IMAGES = {"ami-1": "", "ami-2": "v2.0"}
SAFE = {"MetadataOptions": {"HttpTokens": "required"}}


def data(profile="web", **others):
    return template_data(profile, **{"ImageId": "ami-1", **SAFE, **others})


class Region:
    """The launch sources of a region with the profiles above, and the calls that were made."""

    def __init__(self, groups=(), fleets=(), requests=(), templates=(), configurations=None, instances=None, defaults=MappingProxyType({})):
        self.groups, self.fleets, self.requests = list(groups), list(fleets), list(requests)
        self.by_key = {key: each for each in templates for key in (each.template_id, each.name)}
        self.configurations, self.instances = configurations or {}, instances or {}
        self.defaults = defaults
        self.asked = []

    def look(self, names=None, filters=None):
        profiles = SimpleNamespace(find_trusted=self.find_trusted)
        scaling = SimpleNamespace(list_groups=self.list_groups, launch_configurations=self.launch_configurations)
        templates = SimpleNamespace(list=lambda: self.note("templates", self.by_key), with_used=lambda listed, uses: self.used(uses))
        fleets = SimpleNamespace(list=lambda: self.note("fleets", self.fleets), spot_requests=lambda: self.note("requests", self.requests))
        iam = SimpleNamespace(instance_profiles=profiles)
        ec2 = SimpleNamespace(read_instances=self.read_instances, imds_support=self.imds_support)
        gateways = {"auto_scaling": scaling, "launch_templates": templates, "fleets": fleets, "ec2": ec2, "iam": iam}
        clients = SimpleNamespace(**gateways, metadata_defaults=SimpleNamespace(read=self.metadata_defaults))
        return gather(clients, names, filters)

    def metadata_defaults(self):
        self.asked.append("defaults")
        if self.defaults is None:
            raise AwsError("ec2:GetInstanceMetadataDefaults", "*", "read the defaults", "UnauthorizedOperation", "no")
        return self.defaults

    def imds_support(self, image_ids):
        self.asked.append(("images", sorted(image_ids)))
        return {key: each for key, each in IMAGES.items() if key in image_ids}

    def note(self, what, found):
        self.asked.append(what)
        return found

    def list_groups(self, filters=None):
        return self.note(("groups", filters), self.groups)

    def launch_configurations(self, names):
        return {name: self.configurations[name] for name in names if name in self.configurations}

    def used(self, uses):
        self.asked.append(("used", sorted({use.template_id for use in uses})))
        return self.by_key

    def read_instances(self, ids):
        self.asked.append(("instances", ids))
        instances = {key: Instance(key, "terminated" if held == "gone" else "running") for key, held in self.instances.items()}
        held = {key: (association(each, key),) for key, each in self.instances.items() if each and each != "gone"}
        return InstanceSnapshot(instances, held)

    def find_trusted(self, names):
        names = sorted(names)
        self.asked.append(("profiles", names))
        return {name.lower(): PROFILES[name.lower()] for name in names if name.lower() in PROFILES}


def codes(row):
    return [each["code"] for each in row["problems"]]


def test_everything_in_a_region():
    config = {"LaunchTemplateSpecification": {"LaunchTemplateId": "lt-1", "Version": "1"}}
    region = Region(
        [group("g", tags={"eks:cluster-name": "x"})],
        [Fleet("EC2 Fleet", "fleet-1", (TemplateReference("lt-1", "1", 0),), "request", configs=(config,), tags={"karpenter.sh/nodepool": "x"})],
        [SpotRequest("sir-1", data())],
        [template(data())],
    )
    result = region.look()
    assert result["msg"] == "4 launch sources, without a problem."
    (row,) = result["auto_scaling_groups"]
    launch = {"launch_template_id": "lt-1", "launch_template_name": "workers", "version": "1", "instance_profile": "web", "role_name": "r"}
    launch["imdsv1_allowed"] = False
    assert row == {"name": "g", "launches": [launch], "managed_by": row["managed_by"], "problems": []} and row["managed_by"]
    (fleet,) = result["fleets"]
    assert (fleet["name"], fleet["kind"], fleet["type"], fleet["launches"]) == ("fleet-1", "EC2 Fleet", "request", [launch]) and fleet["managed_by"]
    (request,) = result["spot_requests"]
    assert (request["name"], request["launches"][0]["version"], request["launches"][0]["launch_template_id"]) == ("sir-1", None, None)
    (own,) = result["launch_templates"]
    assert (own["name"], own["launches"], own["managed_by"]) == ("workers", [launch], None)
    assert set(result["counts"].values()) == {0} and result["affected"] == dict.fromkeys(result["counts"], dict.fromkeys(KINDS, []))
    assert ("used", ["lt-1"]) in region.asked and ("profiles", ["web"]) in region.asked
    assert not [each for each in region.asked if each[0] == "instances"]


@pytest.mark.parametrize("names, filters, found", [(["a"], None, ["a"]), (None, [{"x": 1}], ["a", "b"]), ([], None, [])])
def test_a_selection_of_groups_reads_nothing_else(names, filters, found):
    region = Region([group("a"), group("b")], templates=[template(data())])
    result = region.look(names, filters)
    assert [row["name"] for row in result["auto_scaling_groups"]] == found
    assert (result["fleets"], result["spot_requests"], result["launch_templates"]) == ([], [], [])
    assert region.asked[0] == ("groups", filters) and not [each for each in region.asked if each in ("fleets", "requests", "templates")]


KEYS = base64.b64encode(b"AKIAQ3EGTZ2ZK7Q4RVWX:wJalrXUtnFEMI/K7MDENG+bPxRfiCY3aQzT5hV8c\n").decode()


@pytest.mark.parametrize(
    "launched, expected",
    [
        (data(), []),
        (data("WEB"), []),
        (data(None), ["no_profile"]),
        (data("none"), ["missing_profile"]),
        (data("empty"), ["empty_profile"]),
        (data("closed"), ["role_not_assumable_by_ec2"]),
        (data(UserData=KEYS), ["keys_in_user_data"]),
        (data(MetadataOptions={"HttpTokens": "optional"}), ["imdsv1_allowed"]),
        (data(MetadataOptions={"HttpTokens": "optional", "HttpEndpoint": "disabled"}), []),
        (data(MetadataOptions={"HttpEndpoint": "enabled"}), ["imdsv1_allowed"]),
        (data(MetadataOptions={}), ["imdsv1_allowed"]),
        (data(None, UserData=KEYS, MetadataOptions={}), ["no_profile", "keys_in_user_data", "imdsv1_allowed"]),
    ],
)
def test_problems_of_what_is_launched(launched, expected):
    result = Region([group("g")], templates=[template(launched)]).look(["g"])
    (row,) = result["auto_scaling_groups"]
    assert codes(row) == expected
    affected = {code: found for code, found in result["affected"].items() if any(found.values())}
    assert affected == {code: {**dict.fromkeys(KINDS, []), "auto_scaling_groups": ["g"]} for code in expected}
    assert {code: count for code, count in result["counts"].items() if count} == dict.fromkeys(expected, 1)
    said = ", ".join(f"1 {code}" for code in expected)
    assert result["msg"] == f"1 launch source{f': {said}' if said else ', without a problem'}."


@pytest.mark.parametrize(
    "image, defaults, allowed, msg",
    [
        ("ami-2", {}, False, "without a problem"),
        ("ami-1", {"HttpTokens": "required"}, False, "without a problem"),
        ("ami-2", {"HttpTokens": "optional"}, True, "1 imdsv1_allowed"),
        ("ami-2", None, None, "imdsv1_allowed is not known for 1"),
        ("ami-9", {}, None, "imdsv1_allowed is not known for 1"),
        ("resolve:ssm:web", {}, None, "imdsv1_allowed is not known for 1"),
    ],
)
def test_the_account_and_the_image_decide_about_imdsv1(image, defaults, allowed, msg):
    region = Region([group("g")], templates=[template(data(ImageId=image, MetadataOptions={}))], defaults=defaults)
    result = region.look(["g"])
    (row,) = result["auto_scaling_groups"]
    assert (row["launches"][0]["imdsv1_allowed"], codes(row)) == (allowed, ["imdsv1_allowed"] if allowed else [])
    assert msg in result["msg"] and bool(result["incomplete"]) == (defaults is None)


def test_the_defaults_are_read_only_if_a_launch_needs_them():
    region = Region([group("g")], templates=[template(data())])
    assert region.look(["g"])["incomplete"] == [] and "defaults" not in region.asked


def test_the_image_of_an_override_counts():
    own = {"LaunchTemplateId": "lt-1", "Version": "1"}
    policy = {"LaunchTemplate": {"LaunchTemplateSpecification": own, "Overrides": [{"InstanceType": "t3.small"}, {"ImageId": "ami-1"}]}}
    region = Region([Group("g", mixed_instances_policy=policy)], templates=[template(data(ImageId="ami-2", MetadataOptions={}))])
    (row,) = region.look(["g"])["auto_scaling_groups"]
    assert codes(row) == ["imdsv1_allowed"] and ("images", ["ami-1", "ami-2"]) in region.asked


def test_messages_name_the_affected_resource():
    (row,) = Region([group("g")], templates=[template(data("closed"))]).look(["g"])["auto_scaling_groups"]
    assert "role no " in row["problems"][0]["message"] and "instance_profile_name=closed" in row["problems"][0]["fix"]
    (row,) = Region([group("g")], templates=[template(data(None))]).look(["g"])["auto_scaling_groups"]
    assert "auto_scaling_groups=g" in row["problems"][0]["fix"]
    (row,) = Region([group("g")], templates=[template(data(UserData=KEYS))]).look(["g"])["auto_scaling_groups"]
    assert "AKIAQ3EGTZ2ZK7Q4RVWX" in row["problems"][0]["message"]


@pytest.mark.parametrize("version, missing", [("1", "lt-9"), ("7", "workers (version 7)")])
def test_a_deleted_template_or_version(version, missing):
    of = group("g", version, "lt-9" if version == "1" else "lt-1")
    (row,) = Region([of], templates=[template(data())]).look(["g"])["auto_scaling_groups"]
    assert codes(row) == ["missing_template"] and missing in row["problems"][0]["message"] and "Give g another one" in row["problems"][0]["fix"]
    assert row["launches"][0]["launch_template_id"] == ("lt-9" if version == "1" else "lt-1")


@pytest.mark.parametrize(
    "instances, others",
    [
        ({"i-1": WEB}, ""),
        ({"i-1": OLD}, "i-1"),
        ({"i-1": None}, "i-1"),
        ({"i-1": "gone"}, ""),
        ({"i-2": OLD, "i-1": OLD, "i-3": WEB}, "i-1, i-2"),
        ({f"i-{number}": OLD for number in range(5)}, "i-0, i-1, i-2 and 2 more"),
    ],
)
def test_members_with_another_profile_than_the_next_one(instances, others):
    of = group("g", instance_ids=tuple(instances))
    region = Region([of], templates=[template(data("Web"))], instances=instances)
    (row,) = region.look(["g"])["auto_scaling_groups"]
    assert codes(row) == (["members_differ"] if others else [])
    assert not others or f": {others}." in row["problems"][0]["message"]
    assert ("instances", list(instances)) in region.asked


def test_members_are_not_compared_with_several_templates():
    override = {"LaunchTemplateSpecification": {"LaunchTemplateId": "lt-1", "Version": "2"}}
    specification = {"LaunchTemplateId": "lt-1", "Version": "1"}
    mixed = Group(
        "g", mixed_instances_policy={"LaunchTemplate": {"LaunchTemplateSpecification": specification, "Overrides": [override]}}, instance_ids=("i-1",)
    )
    region = Region([mixed], templates=[template(data("web"), data("old"))], instances={"i-1": OLD})
    (row,) = region.look(["g"])["auto_scaling_groups"]
    assert (codes(row), len(row["launches"])) == ([], 2)


def test_a_launch_configuration_is_reported_like_a_template():
    configured = Group("g", launch_configuration_name="c")
    (row,) = Region([configured], configurations={"c": {"IamInstanceProfile": "old", "ImageId": "ami-1"}}).look(["g"])["auto_scaling_groups"]
    assert (row["launches"][0]["instance_profile"], row["launches"][0]["version"], codes(row)) == ("old", None, ["imdsv1_allowed"])
    (row,) = Region([configured]).look(["g"])["auto_scaling_groups"]
    assert (codes(row), row["launches"][0]["imdsv1_allowed"]) == (["no_profile"], None)


def test_a_template_has_its_default_and_its_latest_version():
    result = Region(templates=[template(data("old"), data("none"), data("web"))]).look()
    (row,) = result["launch_templates"]
    assert [(each["version"], each["instance_profile"]) for each in row["launches"]] == [("1", "old"), ("3", "web")]
    (row,) = Region(templates=[template(data("old"))]).look()["launch_templates"]
    assert len(row["launches"]) == 1


def test_the_fix_of_an_immutable_source_is_a_new_one():
    spot = Fleet("Spot Fleet", "sfr-1", specifications=(data(None), data()))
    fleet = ec2_fleet("1")
    result = Region(fleets=[spot, fleet], requests=[SpotRequest("sir-1", data(None))], templates=[template(data(None))]).look()
    fixed, changeable = result["fleets"]
    assert "AWS cannot change what Spot Fleets with launch specifications launch. Create" in fixed["problems"][0]["fix"]
    assert "launch_templates=workers" in changeable["problems"][0]["fix"] and len(fixed["launches"]) == 2
    assert "AWS cannot change what Spot Instance requests launch. Create" in result["spot_requests"][0]["problems"][0]["fix"]
    assert "cancel sir-1" in result["spot_requests"][0]["problems"][0]["fix"]
    assert result["counts"]["no_profile"] == 4
