# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tasks of the roles pass their variables to the modules. The files in integration/variables test what each has an effect on."""

from __future__ import annotations

import ast
import re
import subprocess
from functools import cache
from importlib.resources import files
from pathlib import Path

import pytest
import yaml

from ansible_collections.keyless.ec2.plugins.module_utils._aws.ec2 import LIVING_STATES

ROLES = Path(__file__).resolve().parents[2] / "roles"
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the fast one, if there is one
MODULE = re.compile(r"(keyless\.ec2|amazon\.aws)\.(\w+)")
# Options that a task does not need although a variable has their name, by the role and by how the task's name begins
DESIRED_PROFILE = {"auto_scaling_groups", "convert_launch_configurations", "filters", "include_managed", "instance_profile", "launch_templates"}
DESIRED_OPTIONS = {"auto_scaling_groups", "filters", "include_managed", "instance_ids", "launch_templates", "on_use", "unused_days"}
LEFT_OUT = {
    # The tasks are repeated until the timeout, or ask once.
    ("attach", "Ask the hosts of the batch"): {"wait", "wait_timeout"},
    ("require_imdsv2", "Ask the hosts which"): {"wait_timeout"},
    ("require_imdsv2", "Prove on the hosts"): {"wait_timeout"},
    # The undo value has what is wanted.
    ("attach", "Roll back"): DESIRED_PROFILE | {"members", "on_conflict", "on_loss", "state"},
    ("require_imdsv2", "Restore the former"): DESIRED_OPTIONS,
    ("require_imdsv2", "Roll back"): DESIRED_OPTIONS,
    # Instances and what launches them have tasks of their own.
    ("require_imdsv2", "Require IMDSv2 on instances"): {"auto_scaling_groups", "launch_templates"},
    ("require_imdsv2", "Require IMDSv2 of the next"): {"filters", "instance_ids"},
    # The template only has what makes instances Spot Instances, and the group's instances get the groups of the subnets' interface.
    ("launch", "Create the launch template"): {"image_id", "instance_type", "key_name", "security_groups", "user_data"},
    ("launch_group", "Create or update the launch template"): {"security_groups"},
    ("launch_group", "Read the Auto Scaling group"): {"tags"},
    # The attachments have the profile. A plan has nothing to wait for, and the former profile replaces the new one in any case.
    ("migrate_keys", "Identify the instance"): {"expected_role", "wait_timeout"},
    ("migrate_keys", "Plan the change"): {"exclude", "instance_profile", "wait_timeout"},
    ("migrate_keys", "Attach the instance profile"): {"exclude", "instance_profile"},
    ("migrate_keys", "Attach the former"): {"exclude", "instance_profile", "on_conflict", "wait_timeout"},
    ("migrate_keys", "Put the files back"): {"exclude"},
    ("retire", "Compare the quarantine policy"): {"state"},
    ("retire", "Read the role again"): {"regions"},
    **{
        ("retire", name): {"regions", "state"}
        for name in (*("Remove the quarantine tag", "Deny the role", "Write the quarantine", "Detach the", "Put back the policies and tags"),)
    },
    ("retire", "Put the role back into its instance profiles"): {"state"},
    ("launch_group", "Delete the new launch template"): {"image_id", "instance_type", "key_name", "security_groups", "user_data"},
    ("launch_group", "Restore the launch template"): {"instance_profile", "on_conflict"},
}
# These delete something, whatever the variable of that name says.
OWN_STATE = {("retire", name) for name in ("Remove the quarantine policy", "Delete the role", "Delete the instance profile of the deleted role")}


@cache
def load(path):
    return yaml.load(path.read_text(encoding="utf-8"), Loader=LOADER)


def variables_of(role):
    return list(load(ROLES / role / "meta" / "argument_specs.yml")["argument_specs"]["main"]["options"])


@cache
def options_of(module):
    """The options of a module."""
    collection, name = MODULE.fullmatch(module).groups()
    text = (files(f"ansible_collections.{collection}") / "plugins" / "modules" / f"{name}.py").read_text(encoding="utf-8")
    given = {
        each.targets[0].id: each.value for each in ast.parse(text).body if isinstance(each, ast.Assign) and isinstance(each.targets[0], ast.Name)
    }
    if "ARGUMENT_SPEC" in given:
        names = {key.value for key in given["ARGUMENT_SPEC"].keys}
    else:
        names = set(yaml.load(given["DOCUMENTATION"].value, Loader=LOADER)["options"])
    return {*names, *(["region"] if "amazon.aws.region.modules" in given["DOCUMENTATION"].value else [])}


def tasks_of(found):
    """All tasks in a list, and those of their blocks."""
    for task in found or ():
        yield task
        for part in ("block", "rescue", "always"):
            yield from tasks_of(task.get(part))


def module_tasks(role):
    """The name, the module and the arguments of each task of a role that runs a module."""
    for path in sorted(ROLES.glob(f"{role}/tasks/*.yml")):
        for task in tasks_of(load(path)):
            yield from ((task["name"], each, task[each]) for each in task if MODULE.fullmatch(each))


def options_with_variables(role):
    """Each task that runs a module, and each of the module's options that has the name of a variable, with what the task passes in it."""
    names = [each.removeprefix(f"{role}_") for each in variables_of(role)]
    return [(task, name, arguments.get(name)) for task, module, arguments in module_tasks(role) for name in names if name in options_of(module)]


def row_of(role, task):
    """The row of LEFT_OUT for a task."""
    return next((each for each in LEFT_OUT if each[0] == role and task.startswith(each[1])), None)


@pytest.fixture(params=sorted(path.name for path in ROLES.iterdir()), name="role")
def _role(request):
    return request.param


def test_every_module_gets_what_it_has_an_option_for(role):
    missing = {row: set() for row in LEFT_OUT if row[0] == role}
    for task, option, value in options_with_variables(role):
        if value is None:
            missing.setdefault(row_of(role, task) or (role, task), set()).add(option)
    assert missing == {row: options for row, options in LEFT_OUT.items() if row[0] == role}


def test_an_option_gets_the_variable_of_its_name(role):
    """Directly, or as the filter decides."""
    for task, option, value in options_with_variables(role):
        if value is not None and (role, task) not in OWN_STATE:
            assert re.search(rf"\b{role}_{option}\b|\b__{role}_", str(value)), f"{task}: {option}"


def test_every_variable_is_used_by_a_task_or_the_filter(role):
    texts = [path.read_text(encoding="utf-8") for folder in ("tasks", "vars") for path in sorted(ROLES.glob(f"{role}/{folder}/*.yml"))]
    assert [name for name in variables_of(role) if not any(re.search(rf"\b{name}\b", text) for text in texts)] == []


def arguments_of(role, beginning):
    """The arguments of the task whose name begins like this."""
    [found] = [arguments for task, _module, arguments in module_tasks(role) if task.startswith(beginning)]
    return found


def test_the_instances_that_launch_finds_are_all_that_live():
    found = arguments_of("launch", "Find the existing instances")["filters"]
    assert set(found["instance-state-name"]) == LIVING_STATES and found["tag:Name"] == "{{ launch_name }}"


@pytest.mark.parametrize(
    "task, stays",
    [
        ("Deny the role", {"inline_policies", "policies"}),
        ("Write the quarantine tag", {"tags"}),
        ("Remove the quarantine tag", set()),
        ("Detach", set()),
    ],
)
def test_a_quarantine_keeps_what_the_role_has(task, stays):
    """A purge would remove everything that the task does not name. Those that remove something name the rest."""
    found = arguments_of("retire", task)
    assert {each.removeprefix("purge_") for each, value in found.items() if each.startswith("purge_") and value is False} == stays
    assert found["create_instance_profile"] is False


PRIVATE = {
    ("attach", "Add to the undo manifest"): "0600",
    ("migrate_keys", "Create the directory for the rollback file"): "0700",
    ("migrate_keys", "Write the rollback file"): "0600",
    ("operator_policy", "Write the file"): "0644",
    ("report", "Create the directory"): "0700",
    ("report", "Write the files"): "0600",
    ("require_imdsv2", "Add to the undo manifest"): "0600",
}


def test_only_their_owner_can_read_the_files_of_the_roles(role):
    """Everybody may read a policy."""
    found = {}
    for path in sorted(ROLES.glob(f"{role}/tasks/*.yml")):
        for task in tasks_of(load(path)):
            for module in ("ansible.builtin.copy", "ansible.builtin.file", "ansible.builtin.template"):
                if task.get(module, {}).get("state") != "absent" and module in task:
                    found[role, task["name"]] = task[module].get("mode")
    assert found == {key: mode for key, mode in PRIVATE.items() if key[0] == role}


MANIFEST = '{"x": 1}\n'


@pytest.mark.parametrize("role", ["attach", "require_imdsv2"])
@pytest.mark.parametrize("there", ["nothing", "file", "link", "link to nothing", "directory"])
def test_a_manifest_is_created_exclusively(role, there, tmp_path):
    """Another run, or somebody who may write the directory, was faster."""
    file, other = tmp_path / "undo.json", tmp_path / "other"
    made = {"file": lambda: file.write_text("theirs"), "directory": file.mkdir, "nothing": lambda: None}
    links = {"link": lambda: (other.write_text("theirs"), file.symlink_to(other)), "link to nothing": lambda: file.symlink_to(other)}
    {**made, **links}[there]()
    [task] = [each for each in tasks_of(load(ROLES / role / "tasks" / "plan.yml")) if each["name"] == "Create the undo manifest"]
    argv = task["ansible.builtin.command"]["argv"]
    ran = subprocess.run([*argv[:-1], str(file)], input=MANIFEST, text=True, capture_output=True, check=False, umask=0)
    assert (ran.returncode == 0) == (there == "nothing")
    if there == "nothing":
        assert (file.read_text(encoding="utf-8"), file.stat().st_mode & 0o777) == (MANIFEST, 0o600)
    else:
        assert not other.exists() or other.read_text(encoding="utf-8") == "theirs"
        assert not file.is_file() or file.read_text(encoding="utf-8") == "theirs"


@pytest.mark.parametrize(
    "role, task, probes",
    [
        ("require_imdsv2", "Ask the hosts which", {"hop_limit", "sdks"}),
        ("require_imdsv2", "Prove on the hosts", {"hop_limit", "imdsv1", "sdks"}),
        ("attach", "Ask the hosts of the batch", set()),
        ("migrate_keys", "Identify the instance", set()),
    ],
)
def test_hosts_are_asked_what_the_decision_needs(role, task, probes):
    assert {name for name, value in arguments_of(role, task).items() if name.startswith("probe_") and value is True} == {
        f"probe_{each}" for each in probes
    }


@pytest.mark.parametrize("task, active", [("Deactivate the keys", False), ("Activate the keys again", True)])
def test_keys_are_deactivated_and_after_a_failure_activated(task, active):
    assert arguments_of("migrate_keys", task)["active"] is active


ONCE = {
    "migrate_keys": {
        *("Find the owners of the keys", "Get the role in the instance profile", "Get what the keys were used for", "Show the keys"),
        *("Show why requested keys stay active, and what was not searched", "Deactivate the keys", "Activate the keys again"),
        "Report the deactivated keys",
    },
    "verify": {"Show the table of all hosts", "Ask the policy simulator about the roles of the hosts"},
}


def test_what_is_about_all_hosts_is_done_once(role):
    tasks = [task for path in sorted(ROLES.glob(f"{role}/tasks/*.yml")) for task in tasks_of(load(path))]
    assert {task["name"] for task in tasks if task.get("run_once")} == ONCE.get(role, set())
