# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory plugin keyless.ec2.ec2_identity: which hosts it asks about, and which groups they are put into."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from ansible.inventory.data import InventoryData
from ansible.parsing.dataloader import DataLoader

from ansible_collections.keyless.ec2.plugins.inventory import ec2_identity
from ansible_collections.keyless.ec2.plugins.inventory.ec2_identity import InventoryModule
from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import AwsError

A, B, C = (f"i-0123456789abcdef{letter}" for letter in "abc")
OPTIONS = {
    "instance_id": "ec2_id",
    "instance_region": "ec2_region",
    "role_prefix": "role",
    "problem_prefix": "problem",
    "strict": False,
    "strict_permissions": True,
    "compose": {},
    "groups": {},
    "keyed_groups": [],
}
DENIED = AwsError("ec2:DescribeInstances", "instance/*", "list", "UnauthorizedOperation", "no")


class Failed(Exception):
    """The plugin has ended with an error."""


class Plugin(InventoryModule):
    """The plugin with options of ours, and without files and caches."""

    region = "eu-central-1"

    def __init__(self, inventory, **options):
        super().__init__()
        self.inventory, self.templar = inventory, None
        self._given, self.warned, self.cached, self.kept = {**OPTIONS, **options}, [], (False, None), []

    def get_option(self, option, hostvars=None):
        return self._given[option]

    def _compose(self, template, variables, disable_lookups=True):
        return variables[template]

    def client(self, service, region=None):
        return f"{service} in {region}"

    def warn(self, message):
        self.warned.append(message)

    def fail_aws(self, text):
        raise Failed(text)

    def get_cached_result(self, path, cache):
        return self.cached

    def update_cached_result(self, path, cache, result):
        self.kept.append(result)


def row(instance_id, role="web", *problems):
    return {"instance_id": instance_id, "role_name": role, "problems": [{"code": each} for each in problems]}


@pytest.fixture(name="parse")
def _parse(monkeypatch):
    """Parses with these hosts, of which the region has these rows; the inventory, the plugin, and what was asked."""

    def parse(hosts, rows=(), cached=None, **options):
        inventory, asked = InventoryData(), []
        for name, variables in hosts.items():
            inventory.add_host(name)
            for key, value in variables.items():
                inventory.set_variable(name, key, value)
        plugin = Plugin(inventory, **options)
        if cached is not None:
            plugin.cached = (True, cached)

        def look(aws, ids, filters, warn):
            asked.append((aws.ec2, ids, filters))
            if isinstance(rows, AwsError):
                raise rows
            return {"instances": [each for each in rows if each["instance_id"] in ids]}

        monkeypatch.setattr(ec2_identity.AWSInventoryBase, "parse", lambda *_given, **_named: None)
        monkeypatch.setattr(ec2_identity, "RegionClients", lambda make, number: SimpleNamespace(ec2=make("ec2")))
        monkeypatch.setattr(ec2_identity, "look", look)
        InventoryModule.parse(plugin, inventory, DataLoader(), "x.yml")
        return inventory, plugin, asked

    return parse


def groups(inventory, host):
    return sorted(group.name for group in inventory.get_host(host).get_groups())


HOSTS = {
    "a": {"ec2_id": A, "ec2_region": "us-east-1"},
    "b": {"ec2_id": B},
    "c": {"ec2_id": C, "ec2_region": "us-east-1"},
    "d": {"ec2_id": "no id"},
    "e": {},
    "f": {"ec2_id": None},
}


def test_hosts_with_an_instance_id_are_asked_about_by_region(parse):
    inventory, plugin, asked = parse(HOSTS, [row(A), row(B, None, "no_profile", "imdsv1_allowed"), row(C, "db")])
    assert asked == [("ec2 in eu-central-1", [B], []), ("ec2 in us-east-1", sorted([A, C]), [])]
    assert groups(inventory, "a") == ["role_web"] and groups(inventory, "c") == ["role_db"]
    assert groups(inventory, "b") == ["problem_imdsv1_allowed", "problem_no_profile"]
    assert groups(inventory, "d") == groups(inventory, "e") == groups(inventory, "f") == []
    assert inventory.get_host("a").get_vars()["ec2_identity"] == row(A) and "ec2_identity" not in inventory.get_host("d").get_vars()
    assert set(plugin.kept[0]) == {A, B, C} and plugin.warned == []


def test_an_instance_of_which_nothing_is_known_stays_as_it_is(parse):
    inventory, _plugin, _asked = parse({"a": HOSTS["a"]}, [])
    assert groups(inventory, "a") == [] and "ec2_identity" not in inventory.get_host("a").get_vars()


@pytest.mark.parametrize(
    "prefixes, found", [({"role_prefix": ""}, ["problem_x"]), ({"problem_prefix": ""}, ["role_web"]), ({"role_prefix": "r"}, ["problem_x", "r_web"])]
)
def test_prefixes_make_groups_and_empty_ones_make_none(parse, prefixes, found):
    inventory, _plugin, _asked = parse({"a": HOSTS["a"]}, [row(A, "web", "x")], **prefixes)
    assert groups(inventory, "a") == found


def test_what_is_cached_is_not_asked_again(parse):
    inventory, plugin, asked = parse(HOSTS, cached={A: row(A)})
    assert (asked, plugin.kept, groups(inventory, "a"), groups(inventory, "b")) == ([], [], ["role_web"], [])


def test_a_region_that_can_not_be_read_fails_where_that_is_asked_for(parse):
    with pytest.raises(Failed, match="Could not list: UnauthorizedOperation"):
        parse({"a": HOSTS["a"]}, DENIED)
    inventory, plugin, _asked = parse({"a": HOSTS["a"]}, DENIED, strict_permissions=False)
    (text,) = plugin.warned
    assert "the instances in us-east-1 are in no group" in text and groups(inventory, "a") == []


def test_what_is_composed_sees_what_was_found(parse, monkeypatch):
    calls = []
    for name in ("_set_composite_vars", "_add_host_to_composed_groups", "_add_host_to_keyed_groups"):
        monkeypatch.setattr(
            InventoryModule,
            name,
            lambda self, what, variables, host, strict=None, name=name: calls.append((name, what, variables["ec2_identity"], host, strict)),
        )
    parse({"a": HOSTS["a"]}, [row(A)], compose={"x": 1}, groups={"y": 2}, keyed_groups=[3], strict=True)
    assert calls == [
        ("_set_composite_vars", {"x": 1}, row(A), "a", True),
        ("_add_host_to_composed_groups", {"y": 2}, row(A), "a", True),
        ("_add_host_to_keyed_groups", [3], row(A), "a", True),
    ]
