# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever a resource is called, what people paste passes its name on and runs nothing."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings, strategies

from ansible_collections.keyless.ec2.plugins.module_utils._common.visible import is_visible
from ansible_collections.keyless.ec2.plugins.plugin_utils._migrate.deactivation import Decision
from ansible_collections.keyless.ec2.plugins.plugin_utils._quoting.ansible_yaml import Template, tasks_as_yaml, tasks_on_one_line
from ansible_collections.keyless.ec2.plugins.plugin_utils._quoting.commands import extra_variables, playbook_command
from ansible_collections.keyless.ec2.plugins.plugin_utils._quoting.csv_cells import csv_cell
from ansible_collections.keyless.ec2.plugins.plugin_utils._report.fixes import fix_tasks, fix_tasks_on_one_line
from ansible_collections.keyless.ec2.plugins.plugin_utils._report.report import report_of
from ansible_collections.keyless.ec2.plugins.plugin_utils._retire.uses import describe_uses, uses_of
from ansible_collections.keyless.ec2.tests.unit.plugins.plugin_utils.estates import TAKEN, estate, instance, kept, launch_source
from ansible_collections.keyless.ec2.tests.unit.plugins.plugin_utils.pasting import (
    ATTACKS,
    PIPE,
    names,
    nothing_ran,
    run_command,
    run_tasks,
    variables_of,
)

VARIABLES = {"instance_profile": "p", "role_name": "r", "launch_template": "t", "trust_policy": {}}

pytestmark = pytest.mark.usefixtures("_in_sandbox")
in_sandbox = settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@pytest.fixture(name="_in_sandbox")
def _in_sandbox(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_the_sandbox_runs_what_is_not_quoted(tmp_path):
    run_tasks('- name: x\n  m:\n    a: "{{' + PIPE + '}}"\n', tmp_path)
    assert not nothing_ran(tmp_path)
    (tmp_path / "PWNED").unlink()
    assert variables_of(run_command('ansible-playbook x -e \'{"a": "{{' + PIPE.replace("'", "\\u0027") + "}}\"}'", tmp_path), tmp_path) == {"a": ""}
    assert not nothing_ran(tmp_path)
    (tmp_path / "PWNED").unlink()
    run_command("ansible-playbook $(touch PWNED)", tmp_path)
    assert not nothing_ran(tmp_path)


def test_values_of_types_of_ansibles_own_are_written_as_others():
    """Such as a path that the user gives: Ansible remembers in its type where it comes from."""
    kinds = {each: type(f"Tagged{each.__name__}", (each,), {}) for each in (str, int, float, list, dict)}
    tagged = kinds[dict]({"a b": kinds[list]([kinds[str]("/tmp/a b"), kinds[str]("{{ x }}"), kinds[int](1), kinds[float](1.5)])})
    plain = {"a b": ["/tmp/a b", "{{ x }}", 1, 1.5]}
    for write in (tasks_as_yaml, tasks_on_one_line):
        assert write([tagged]) == write([plain])
    assert extra_variables({"file": kinds[str]("/tmp/a b"), "name": kinds[str]("{{ x }}")}) == extra_variables(
        {"file": "/tmp/a b", "name": "{{ x }}"}
    )


@settings(in_sandbox, max_examples=40)
@given(names, names)
def test_a_task_passes_names_on(tmp_path, name, other):
    tasks = [{"name": f"Change {name}", "module": {"names": [name, other], "profile": Template("{{ profile }}"), "nested": {"name": other}}}]
    found = run_tasks(tasks_as_yaml(tasks), tmp_path, profile="web")
    assert found == [{"name": f"Change {name}", "module": {"names": [name, other], "profile": "web", "nested": {"name": other}}}]
    assert nothing_ran(tmp_path)


@in_sandbox
@given(names)
def test_a_task_shows_all_characters(name):
    text = tasks_as_yaml([{"name": name, "module": {"name": name}}])
    assert text.isascii() and all(map(is_visible, text.split("\n")))


@settings(in_sandbox, max_examples=30)
@given(strategies.lists(names, min_size=1, max_size=2), names)
def test_a_command_passes_names_on(tmp_path, several, one):
    several, one = [each.replace("\0", "") for each in several], one.replace("\0", "")
    arguments = run_command(playbook_command("attach", {"one": one, "several": several}), tmp_path)
    assert arguments[0] == "keyless.ec2.attach" and len(arguments) == 5
    assert variables_of(arguments, tmp_path) == {"one": one, "several": several}
    assert variables_of(run_command(f"ansible-playbook x {extra_variables({'one': one})}", tmp_path), tmp_path) == {"one": one}
    assert nothing_ran(tmp_path)


@pytest.mark.parametrize("kind", ["Auto Scaling group", "launch template"])
@pytest.mark.parametrize("name", ATTACKS)
def test_the_commands_of_retire_run_nothing(tmp_path, kind, name):
    name = name.replace("\0", "")
    described = describe_uses("web", uses_of({"launched_by": [{"kind": kind, "name": name, "region": "eu-central-1"}], "trusting_roles": [name]}), ())
    commands = [line.partition(": ")[2] for line in described.split("\n") if "ansible-playbook" in line and line.startswith("  Remove")]
    assert len(commands) == 2 and len(described.split("\n")) == 5
    detach, trust = (variables_of(run_command(each, tmp_path), tmp_path) for each in commands)
    assert [name] in detach.values() and trust["ec2_role_name"] == name
    assert nothing_ran(tmp_path)


def test_the_command_of_migrate_keys_runs_nothing(tmp_path):
    (sentence,) = Decision([], list(ATTACKS[:3]), []).suggestion()
    arguments = run_command(f"ansible-playbook x {sentence[sentence.index('-e ') :]}", tmp_path)
    assert variables_of(arguments, tmp_path) == {"migrate_keys_deactivate": list(ATTACKS[:3])}
    assert nothing_ran(tmp_path)


def rows_with(name):
    """A row for each kind of problem, in which everything that people may name has this name."""
    profile = {"arn": "arn:aws:iam::1:instance-profile/x", "name": name, "instance_profile_id": "AIPA1"}
    by = [{"kind": "Auto Scaling group", "name": name, "region": "eu-central-1"}]
    codes = ("missing_profile", "empty_profile", "role_not_assumable_by_ec2", "stale_profile", "reverts_on_replacement", "imdsv1_allowed")
    launches = [{"launch_template_id": "lt-1", "launch_template_name": name, "version": "1", "instance_profile": name, "role_name": name}]
    of_launch = ("no_profile", "missing_profile", "role_not_assumable_by_ec2", "members_differ", "missing_template", "imdsv1_allowed")
    found = estate(
        instances=[instance(1, *codes, instance_profile=profile, role_name=name, launched_by=by, region=name, account_id=name)],
        launch_templates=[launch_source(name, *of_launch[:-2], launches=launches)],
        auto_scaling_groups=[launch_source(name, *of_launch, launches=launches)],
    )
    return report_of(kept(found), TAKEN).rows


@pytest.mark.parametrize("name", ATTACKS)
def test_the_tasks_of_the_report_run_nothing(tmp_path, name):
    texts = [text for row in rows_with(name) for each in row.problems if (text := fix_tasks(row, each))]
    assert len(texts) == 16
    for text in texts:
        found = run_tasks(text, tmp_path, **VARIABLES)
        assert all(len(task.keys() - {"name", "vars"}) == 1 for task in found)
        assert not any("ansible.builtin.command" in task for task in found)
        assert name in _texts(found)
    assert nothing_ran(tmp_path)


@pytest.mark.parametrize("name", [*ATTACKS, "x;=', a: {=1", 'x;"=1'])
def test_a_task_can_be_pasted_from_a_cell_of_a_spreadsheet(tmp_path, name):
    """Only what a semicolon would make a formula has an apostrophe more."""
    tasks = [(fix_tasks(row, each), csv_cell(fix_tasks_on_one_line(row, each))) for row in rows_with(name) for each in row.problems]
    assert len([text for text, _cell in tasks if text]) == 16
    for text, cell in tasks:
        assert "\n" not in cell and bool(cell) == bool(text) and cell[:2] in ("", "[{")
        if cell:
            assert _without(";'", run_tasks(cell, tmp_path, **VARIABLES)) == _without(";'", run_tasks(text, tmp_path, **VARIABLES))
    assert nothing_ran(tmp_path)


def _without(added, value):
    return json.loads(json.dumps(value).replace(added, ";"))


def _texts(value):
    if isinstance(value, str):
        return [value]
    if isinstance(value, (dict, list)):
        return [text for each in (value.values() if isinstance(value, dict) else value) for text in _texts(each)]
    return []
