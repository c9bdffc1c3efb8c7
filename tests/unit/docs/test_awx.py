# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The examples in the guide to AWX are what the tests run: the files of docs/examples/awx, and commands with existing variables."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import yaml

from ansible_collections.keyless.ec2.tests.integration.support.pages import blocks_of, read, tables_of

ROOT = Path(__file__).resolve().parents[3]
PAGE, ACCOUNTS = "guide_awx", "guide_accounts"
EXAMPLES = ROOT / "docs" / "examples" / "awx"
JOB_TEMPLATES = ROOT / "extensions" / "awx" / "job_templates.yml"


def blocks(language):
    return [block.text for block in blocks_of(PAGE) if block.language == language]


def test_every_file_on_the_page_is_an_example_that_runs():
    shown = {path.read_text(encoding="utf-8").split("\n---\n")[-1] for path in EXAMPLES.iterdir()}
    assert {*blocks("yaml"), *blocks("json"), *(block.text for block in blocks_of(ACCOUNTS) if (EXAMPLES / block.caption).is_file())} == shown
    assert {block.language for block in blocks_of(PAGE)} == {"yaml", "json", "shell"}


def test_every_variable_of_the_job_templates_is_in_the_table_and_no_other():
    [play] = yaml.safe_load(JOB_TEMPLATES.read_text(encoding="utf-8"))
    wanted = {name for name in play["vars"] if name.startswith("awx_")}
    [table] = [table for table in tables_of(read(PAGE)) if table[0][0] == "Variable"]
    assert set(re.findall(r"`(\w+)`", " ".join(row[0] for row in table))) == wanted


def test_the_commands_name_existing_files_and_variables():
    making, navigating = blocks("shell")
    assert JOB_TEMPLATES.relative_to(ROOT).as_posix() in making
    assert set(re.findall(r"-e (\w+)=", making)) <= set(yaml.safe_load(JOB_TEMPLATES.read_text(encoding="utf-8"))[0]["vars"])
    assert all((EXAMPLES / name).exists() for name in re.findall(r"\w+\.yml", navigating))


def test_every_example_is_used_by_a_test_that_runs_it():
    folders = (ROOT / "tests" / "integration" / "awx", ROOT / "tests" / "unit" / "extensions")
    tests = "".join(path.read_text(encoding="utf-8") for folder in folders for path in folder.glob("test_*.py"))
    unused = {path.name for path in EXAMPLES.iterdir() if path.name not in tests}
    assert unused == {"ansible-navigator.yml"}  # ansible-navigator looks for its settings by this name.


def test_the_guide_names_every_variable_that_no_survey_asks_for(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "tools")
    patterns = importlib.import_module("patterns")
    text = read(PAGE)
    assert [name for name in patterns.NOT_FOR_WHOEVER_LAUNCHES if name not in text] == []


def play_of(path):
    [play] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return play


def test_jobs_that_run_on_hosts_get_the_inventory_of_the_hosts():
    on_hosts = {path.name for path in (ROOT / "playbooks").glob("*.yml") if play_of(path)["hosts"] != "localhost"}
    assert set(play_of(JOB_TEMPLATES)["vars"]["__on_hosts"]) == on_hosts


def test_a_workflow_checks_then_waits_for_approval_and_then_runs():
    [task] = (each for each in play_of(JOB_TEMPLATES)["tasks"] if "awx.awx.workflow_job_template" in each)
    nodes = task["awx.awx.workflow_job_template"]["workflow_nodes"]
    after = [[each["identifier"] for each in node.get("related", {}).get("success_nodes", [])] for node in nodes]
    assert [(node["identifier"], node.get("job_type"), following) for node, following in zip(nodes, after)] == [
        ("check", "check", ["approve"]),
        ("approve", None, ["run"]),
        ("run", "run", []),
    ]
    assert nodes[1]["unified_job_template"]["type"] == "workflow_approval" and set(nodes[0]) - set(nodes[2]) == {"diff_mode", "related"}
    skipped = play_of(JOB_TEMPLATES)["vars"]["__without_approval"]
    assert skipped == ["verify.yml", "report.yml", "operator_policy.yml"] and "rejectattr('playbook', 'in', __without_approval)" in task["loop"]
