# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What root on a host returns as facts, with any module, is taken for no variable: Ansible prefers facts to the inventory and to defaults."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.vars.manager import VariableManager

from ansible_collections.keyless.ec2.plugins.filter.role_variables import FilterModule as RoleVariables
from ansible_collections.keyless.ec2.plugins.filter.rollout import FilterModule as Rollout

ROLE = Path(__file__).resolve().parents[2] / "roles" / "migrate_keys"
FIRST = "Read the variables"
I = "i-0123456789abcdef0"  # noqa: E741
OTHER = "i-0123456789abcdef1"


def tasks_of(found):
    for task in found or ():
        yield task
        for part in ("block", "rescue", "always"):
            yield from tasks_of(task.get(part))


def tasks():
    files = [ROLE / "tasks" / "main.yml", *sorted(path for path in ROLE.glob("tasks/*.yml") if path.name != "main.yml")]
    return [task for path in files for task in tasks_of(yaml.safe_load(path.read_text(encoding="utf-8")))]


@pytest.fixture(name="seen")
def _seen(tmp_path):
    """The variables of a host that has returned these facts after the tasks that set others."""

    def seen(facts, **set_before):
        (tmp_path / "hosts.yml").write_text(yaml.safe_dump({"all": {"hosts": {"evil": {"instance_id": I}}}}), encoding="utf-8")
        inventory = InventoryManager(DataLoader(), str(tmp_path / "hosts.yml"))
        manager = VariableManager(DataLoader(), inventory)
        if set_before:
            manager.set_nonpersistent_facts("evil", set_before)
        manager.set_host_facts("evil", facts)
        return manager.get_vars(host=inventory.get_host("evil"), include_hostvars=False)

    return seen


def test_no_result_of_migrate_keys_and_none_of_its_options_can_come_from_the_host(seen):
    """Otherwise, root on a host could choose its instance profile, what it is put back to, and which keys are deactivated."""
    first, *others = tasks()
    assert first["name"] == FIRST
    registered = {task["register"] for task in others if "register" in task and task["register"] != "__migrate_keys_rollback_directory"}
    private = {name for name in registered if name.startswith("__migrate_keys_")} - {"__migrate_keys_systemd", "__migrate_keys_checked"}
    forged = {name: {"forged": True} for name in (*private, "__migrate_keys_given", "__migrate_keys_name", "__migrate_keys_comparison")}
    assert seen(forged)["__migrate_keys_attachment"] == {"forged": True}, "Ansible takes facts for variables"
    found = seen({**forged, "instance_id": OTHER}, **first["ansible.builtin.set_fact"])
    assert found["instance_id"] == OTHER, "even before those of the inventory"
    assert [name for name in forged if found[name] == {"forged": True}] == []


def test_what_migrate_keys_does_in_aws_depends_on_no_variable_that_a_host_can_return():
    """The options are read once, before anything runs on the host."""
    given = yaml.safe_load((ROLE / "vars" / "main.yml").read_text(encoding="utf-8"))
    assert given["__migrate_keys_options"]["given"] == "{{ __migrate_keys_given | default(__migrate_keys_variables) }}"
    assert [name for name, value in given["__migrate_keys_options"].items() if re.search(r"\b(?:migrate_keys_\w+|instance_id)", str(value))] == []
    in_aws = [task for task in tasks() if task.get("delegate_to") == "localhost"]
    used = {name for task in in_aws for name in re.findall(r"(?<!_)migrate_keys_\w+", str(task))}
    assert len(in_aws) >= 8 and used == {"migrate_keys_wait_timeout"}
    assert (
        given["__migrate_keys_host"]
        == "{{ hostvars | keyless.ec2.key_migration(__migrate_keys_options, __migrate_keys_name | default(inventory_hostname)) }}"
    )
    assert [task["name"] for task in tasks() if "inventory_hostname" in str(task)] == [FIRST], "the facts of another host decided"


@pytest.mark.parametrize("role", ["migrate_keys", "verify"])
def test_a_host_that_has_returned_a_variable_before_the_role_is_refused(seen, role):
    found = seen({f"{role}_expected_role": "x", f"__{role}_given": {}, "instance_id": OTHER, "inventory_hostname": "good", "distribution": "x"})
    assert found["inventory_hostname"] == "good", "Ansible takes facts even for this"
    facts = found["ansible_facts"]
    errors = RoleVariables().filters()["role_variables"]([], role, None, facts)
    assert [each.partition(":")[0] for each in errors] == [f"__{role}_given, instance_id, inventory_hostname, {role}_expected_role"]
    assert "Root on the host may have chosen the value." in errors[0]
    assert RoleVariables().filters()["role_variables"]([], role, None, {"distribution": "x"}) == []
    text = (ROLE.parent / role / "vars" / "main.yml").read_text(encoding="utf-8")
    assert re.search(rf"__{role}_errors: .*, ansible_facts\)", text)


def test_a_host_can_not_return_that_it_is_the_host_of_another_instance(seen):
    """It would be asked in place of the other one's host, and could say that all is well."""
    request = {"tasks": "in_batches.yml", "verify": True}
    hosts = {"evil": seen({"instance_id": OTHER}), "good": {"instance_id": OTHER}, "own": seen({})}
    for order in (hosts, dict(reversed(hosts.items()))):
        found = Rollout().filters()["rollout"](request, "hosts", order)
        assert {key: each["name"] for key, each in found.items()} == {OTHER: "good", I: "own"}
