# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each option of the inventory plugin has its effect: on the groups and variables of hosts, or on the clients that call AWS."""

from __future__ import annotations

import importlib
import os
from pathlib import Path
from types import SimpleNamespace
from typing import NamedTuple

import boto3
import pytest
import yaml
from ansible import constants as C
from ansible.errors import AnsibleError
from ansible.inventory.data import InventoryData
from ansible.parsing.dataloader import DataLoader
from ansible.plugins import inventory as inventory_plugins
from ansible.template import trust_as_template

from ansible_collections.keyless.ec2.plugins.inventory import ec2_identity
from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import AwsError

NAME = "keyless.ec2.ec2_identity"
FIRST, SECOND = (f"i-{number:017x}" for number in (1, 2))
KEYS = {"access_key": "AKIAOFTHEOPTIONS0000", "secret_key": "secret of the options", "session_token": "token of the options"}
PROBLEM = {"code": "no_profile", "message": "", "fix": ""}


def plugin_of(module):
    """The plugin, with its own options and those of its fragments.

    Ansible's loader can't do this in a process that has imported collections without it, as pytest has.
    """
    documentation = yaml.load(module.DOCUMENTATION, Loader=yaml.CSafeLoader)
    options = dict(documentation["options"])
    for fragment in documentation["extends_documentation_fragment"]:
        *collection, name = fragment.removesuffix(".plugins").split(".")
        package = ".".join(["ansible_collections", *collection] if collection else ["ansible"])
        loaded = importlib.import_module(f"{package}.plugins.doc_fragments.{name}").ModuleDocFragment
        text = getattr(loaded, "PLUGINS" if fragment.endswith(".plugins") else "DOCUMENTATION", "{}")
        options.update(yaml.load(text, Loader=yaml.CSafeLoader).get("options", {}))
    for option in options.values():
        if isinstance(option.get("default"), str):
            option["default"] = trust_as_template(option["default"])
    C.config.initialize_plugin_configuration_definitions("inventory", NAME, options)
    plugin = module.InventoryModule()
    plugin._load_name = plugin.ansible_name = NAME  # pylint: disable=protected-access
    plugin._redirected_names = [NAME]  # pylint: disable=protected-access
    return plugin


class Client(NamedTuple):
    """Records how a boto3 client was made; only supports AssumeRole."""

    service: str
    profile: str
    options: dict

    @property
    def keys(self):
        return [self.options.get(f"aws_{name}") for name in ("access_key_id", "secret_access_key", "session_token")]

    def assume_role(self, **given):
        return {"Credentials": {"AccessKeyId": given["RoleArn"], "SecretAccessKey": "secret of the role", "SessionToken": "token of the role"}}


class Listed:
    """Parses an inventory of two hosts with the plugin, and records its reads."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.clients: list[Client] = []
        self.reads: list[tuple[str, tuple[str, ...]]] = []
        self.warnings: list[str] = []
        self.error: AwsError | None = None
        self.extra_vars: dict[str, str] = {}
        self._monkeypatch = monkeypatch

    def parse(self, **options) -> InventoryData:
        """The inventory after the plugin has parsed a file with these options."""
        file = self.folder / "ec2_identity.yml"
        file.write_text(yaml.safe_dump({"plugin": NAME, "region": "eu-central-1", **options}), encoding="utf-8")
        plugin = plugin_of(ec2_identity)
        monkeypatch = self._monkeypatch
        monkeypatch.setattr(ec2_identity, "gather", self._gather)
        monkeypatch.setattr(ec2_identity, "RegionClients", lambda make, _concurrency: SimpleNamespace(ec2=make("ec2"), iam=make("iam")))
        monkeypatch.setattr(boto3.session.Session, "client", lambda session, service, **given: Client(service, session.profile_name, given))
        monkeypatch.setattr(plugin, "warn", self.warnings.append)
        monkeypatch.setattr(inventory_plugins, "load_extra_vars", lambda _loader: self.extra_vars)
        inventory = InventoryData()
        for name, instance_id, region in (("first", FIRST, "eu-west-1"), ("second", SECOND, None)):
            inventory.add_host(name)
            variables = {
                "instance_id": instance_id,
                "other_id": SECOND if name == "first" else "",
                "placement": {"region": region},
                "zone": "us-west-2",
            }
            for key, value in variables.items():
                inventory.set_variable(name, key, value)
        plugin.parse(inventory, DataLoader(), str(file), cache=True)
        if options.get("cache"):
            plugin.update_cache_if_changed()  # as Ansible does after it
        return inventory

    def _gather(self, aws, instance_ids, _filters, _warn):
        self.clients.append(aws.ec2)
        self.reads.append((aws.ec2.options["region_name"], tuple(instance_ids)))
        if self.error:
            raise self.error
        rows = {FIRST: ("web", []), SECOND: (None, [PROBLEM])}
        return {"instances": [{"instance_id": each, "role_name": rows[each][0], "problems": rows[each][1]} for each in instance_ids]}


@pytest.fixture(name="listed")
def _listed(tmp_path, monkeypatch):
    for name in [each for each in os.environ if each.startswith(("AWS_", "ANSIBLE_", "BOTO"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    (tmp_path / "config").write_text("[profile a-profile]\naws_access_key_id = AKIAOFTHEPROFILE0000\naws_secret_access_key = s\n", encoding="utf-8")
    return Listed(tmp_path, monkeypatch)


def groups(inventory):
    return {name: [host.name for host in group.hosts] for name, group in inventory.groups.items() if name not in ("all", "ungrouped")}


def plugin(listed):
    with pytest.raises(AnsibleError, match="plugin"):
        listed.parse(plugin="keyless.ec2.another")


def instance_id(listed):
    listed.parse(**KEYS, instance_id="other_id")
    assert listed.reads == [("eu-west-1", (SECOND,))]


def instance_region(listed):
    listed.parse(**KEYS, instance_region="zone")
    assert listed.reads == [("us-west-2", (FIRST, SECOND))]


def region(listed):
    """For hosts without a region of their own."""
    listed.parse(**KEYS, region="sa-east-1")
    assert listed.reads == [("eu-west-1", (FIRST,)), ("sa-east-1", (SECOND,))]


def role_prefix(listed):
    assert groups(listed.parse(**KEYS)) == {"role_web": ["first"], "problem_no_profile": ["second"]}
    assert groups(listed.parse(**KEYS, role_prefix="iam")) == {"iam_web": ["first"], "problem_no_profile": ["second"]}
    assert groups(listed.parse(**KEYS, role_prefix="")) == {"problem_no_profile": ["second"]}


def problem_prefix(listed):
    assert groups(listed.parse(**KEYS, problem_prefix="wrong")) == {"role_web": ["first"], "wrong_no_profile": ["second"]}
    assert groups(listed.parse(**KEYS, problem_prefix="")) == {"role_web": ["first"]}


def strict_permissions(listed):
    listed.error = AwsError("ec2:DescribeInstances", "instances", "list the instances", "UnauthorizedOperation", "No.")
    assert groups(listed.parse(**KEYS, strict_permissions=False)) == {} and len(listed.warnings) == 2
    with pytest.raises(AnsibleError, match="DescribeInstances|list the instances"):
        listed.parse(**KEYS)


def compose(listed):
    assert listed.parse(**KEYS, compose={"own": "ec2_identity.role_name"}).get_host("first").get_vars()["own"] == "web"


def of_expressions(listed):
    assert groups(listed.parse(**KEYS, groups={"own": "ec2_identity.role_name == 'web'"}))["own"] == ["first"]


def keyed_groups(listed):
    assert groups(listed.parse(**KEYS, keyed_groups=[{"key": "ec2_identity.role_name", "prefix": "own"}]))["own_web"] == ["first"]


def leading_separator(listed):
    keyed = [{"key": "ec2_identity.role_name", "prefix": ""}]
    assert "_web" in groups(listed.parse(**KEYS, keyed_groups=keyed))
    assert "web" in groups(listed.parse(**KEYS, keyed_groups=keyed, leading_separator=False))


def strict(listed):
    wrong = {"compose": {"own": "nothing.of_this.name"}}
    assert "own" not in listed.parse(**KEYS, **wrong).get_host("first").get_vars()
    with pytest.raises(AnsibleError):
        listed.parse(**KEYS, **wrong, strict=True)


def use_extra_vars(listed):
    listed.extra_vars = {"given": "on the command line"}
    assert "own" not in listed.parse(**KEYS, compose={"own": "given"}).get_host("first").get_vars()
    assert listed.parse(**KEYS, compose={"own": "given"}, use_extra_vars=True).get_host("first").get_vars()["own"] == "on the command line"


def cached(listed, **options):
    """Parses twice with a cache; returns the options and the cache file."""
    given = {**KEYS, "cache": True, "cache_plugin": "jsonfile", "cache_connection": str(listed.folder / "cache"), **options}
    assert groups(listed.parse(**given)) == groups(listed.parse(**given))
    (file,) = (listed.folder / "cache").iterdir()
    return given, file


def cache(listed):
    listed.parse(**KEYS)
    listed.parse(**KEYS)
    assert len(listed.reads) == 4
    cached(listed)
    assert len(listed.reads) == 6


def cache_prefix(listed):
    _given, file = cached(listed, cache_prefix="a-prefix-")
    assert file.name.startswith("a-prefix-")


def cache_timeout(listed):
    given, file = cached(listed, cache_timeout=60)
    reads = len(listed.reads)
    os.utime(file, (0, file.stat().st_mtime - 100))
    listed.parse(**given)
    assert len(listed.reads) == reads + 2


def keys(listed):
    listed.parse(**KEYS)
    assert [each.keys for each in listed.clients] == [list(KEYS.values())] * 2


def profile(listed):
    listed.parse(profile="a-profile")
    assert [each.profile for each in listed.clients] == ["a-profile"] * 2


def endpoint_url(listed):
    listed.parse(**KEYS, endpoint_url="http://127.0.0.1:9")
    assert {each.options["endpoint_url"] for each in listed.clients} == {"http://127.0.0.1:9"}


def assume_role_arn(listed):
    listed.parse(**KEYS, assume_role_arn="arn:aws:iam::123456789012:role/audit")
    assert {each.keys[0] for each in listed.clients} == {"arn:aws:iam::123456789012:role/audit"}


EFFECTS = {
    "plugin": plugin,
    "instance_id": instance_id,
    "instance_region": instance_region,
    "role_prefix": role_prefix,
    "problem_prefix": problem_prefix,
    "strict_permissions": strict_permissions,
    "compose": compose,
    "groups": of_expressions,
    "keyed_groups": keyed_groups,
    "leading_separator": leading_separator,
    "strict": strict,
    "use_extra_vars": use_extra_vars,
    "cache": cache,
    "cache_plugin": cache_prefix,
    "cache_connection": cache_prefix,
    "cache_prefix": cache_prefix,
    "cache_timeout": cache_timeout,
    "access_key": keys,
    "secret_key": keys,
    "session_token": keys,
    "profile": profile,
    "endpoint_url": endpoint_url,
    "region": region,
    "assume_role_arn": assume_role_arn,
}


# Those of the fragments come and go with the versions of ansible-core and amazon.aws, so only its own options must have a row.
DOCUMENTED = yaml.load(ec2_identity.DOCUMENTATION, Loader=yaml.CSafeLoader)["options"]


@pytest.mark.parametrize("option", [*DOCUMENTED, *(each for each in EFFECTS if each not in DOCUMENTED)])
def test_each_option_has_its_effect(listed, option):
    assert option in EFFECTS, f"{option} has no row in EFFECTS: add a function that checks what another value changes"
    EFFECTS[option](listed)
