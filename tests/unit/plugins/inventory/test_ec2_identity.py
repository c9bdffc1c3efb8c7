# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory plugin keyless.ec2.ec2_identity: which hosts it reads, and which groups they get."""

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
    """The plugin ended with an error."""


class Plugin(InventoryModule):
    """The plugin with fixed options, and without files and caches."""

    region = "eu-central-1"

    def __init__(self, inventory, **options):
        super().__init__()
        self.inventory, self.templar = inventory, None
        self._given, self.warned, self.cached, self.stored = {**OPTIONS, **options}, [], (False, None), []

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
        self.stored.append(result)


def row(instance_id, role="web", *problems):
    return {"instance_id": instance_id, "role_name": role, "problems": [{"code": each} for each in problems]}


@pytest.fixture(name="parse")
def _parse(monkeypatch):
    """Parses an inventory with these hosts and rows; returns it with the plugin and the calls."""

    def parse(hosts, rows=(), cached=None, **options):
        inventory, reads = InventoryData(), []
        for name, variables in hosts.items():
            inventory.add_host(name)
            for key, value in variables.items():
                inventory.set_variable(name, key, value)
        plugin = Plugin(inventory, **options)
        if cached is not None:
            plugin.cached = (True, cached)

        def look(aws, ids, filters, warn):
            reads.append((aws.ec2, ids, filters))
            if isinstance(rows, AwsError):
                raise rows
            return {"instances": [each for each in rows if each["instance_id"] in ids]}

        monkeypatch.setattr(ec2_identity.AWSInventoryBase, "parse", lambda *_given, **_named: None)
        monkeypatch.setattr(ec2_identity, "RegionClients", lambda make, number: SimpleNamespace(ec2=make("ec2")))
        monkeypatch.setattr(ec2_identity, "gather", look)
        InventoryModule.parse(plugin, inventory, DataLoader(), "x.yml")
        return inventory, plugin, reads

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


def test_hosts_with_an_instance_id_are_read_by_region(parse):
    inventory, plugin, reads = parse(HOSTS, [row(A), row(B, None, "no_profile", "imdsv1_allowed"), row(C, "db")])
    assert reads == [("ec2 in eu-central-1", [B], []), ("ec2 in us-east-1", sorted([A, C]), [])]
    assert groups(inventory, "a") == ["role_web"] and groups(inventory, "c") == ["role_db"]
    assert groups(inventory, "b") == ["problem_imdsv1_allowed", "problem_no_profile"]
    assert groups(inventory, "d") == groups(inventory, "e") == groups(inventory, "f") == []
    assert inventory.get_host("a").get_vars()["ec2_identity"] == row(A) and "ec2_identity" not in inventory.get_host("d").get_vars()
    assert set(plugin.stored[0]) == {A, B, C} and plugin.warned == []


def test_a_host_without_a_row_does_not_change(parse):
    inventory, _plugin, _reads = parse({"a": HOSTS["a"]}, [])
    assert groups(inventory, "a") == [] and "ec2_identity" not in inventory.get_host("a").get_vars()


@pytest.mark.parametrize(
    "prefixes, found", [({"role_prefix": ""}, ["problem_x"]), ({"problem_prefix": ""}, ["role_web"]), ({"role_prefix": "r"}, ["problem_x", "r_web"])]
)
def test_an_empty_prefix_makes_no_groups(parse, prefixes, found):
    inventory, _plugin, _reads = parse({"a": HOSTS["a"]}, [row(A, "web", "x")], **prefixes)
    assert groups(inventory, "a") == found


def test_a_group_that_several_roles_share_is_named(parse):
    """Whoever may create the role prod.db must not get in secret what plays for prod_db."""
    rows = [row(A, "prod.db"), row(B, "prod_db"), row(C, "prod_db")]
    _inventory, plugin, _reads = parse(HOSTS, rows)
    (text,) = plugin.warned
    assert text == "keyless.ec2.ec2_identity: the group role_prod_db has hosts of several roles: prod.db, prod_db. Select by ec2_identity.role_name."
    assert parse(HOSTS, rows, role_prefix="")[1].warned == []
    assert parse(HOSTS, rows[1:])[1].warned == []


def test_cached_instances_are_not_read_again(parse):
    inventory, plugin, reads = parse(HOSTS, cached={A: row(A)})
    assert (reads, plugin.stored, groups(inventory, "a"), groups(inventory, "b")) == ([], [], ["role_web"], [])


def test_an_unreadable_region_is_an_error_or_a_warning(parse):
    with pytest.raises(Failed, match="Could not list: UnauthorizedOperation"):
        parse({"a": HOSTS["a"]}, DENIED)
    inventory, plugin, _reads = parse({"a": HOSTS["a"]}, DENIED, strict_permissions=False)
    (text,) = plugin.warned
    assert "the instances in us-east-1 get no groups" in text and groups(inventory, "a") == []


def test_constructed_groups_and_variables_see_the_row(parse, monkeypatch):
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
