# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The job templates and their surveys match the playbooks and the roles' argument specs."""

from __future__ import annotations

import importlib
import json
import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
PATTERN = json.loads((ROOT / "extensions/patterns/ec2_identity/meta/pattern.json").read_text(encoding="utf-8"))
TEMPLATES = PATTERN["aap_resources"]["controller_job_templates"]
KINDS = {"text": str, "textarea": str, "multiplechoice": str}


@pytest.fixture(name="patterns")
def _patterns(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "tools")
    return importlib.import_module("patterns")


def questions():
    return {question["variable"]: question for template in TEMPLATES for question in template["survey"]["spec"]}


def test_the_committed_files_match_the_argument_specs(patterns):
    for path, text in patterns.files().items():
        assert path.read_text(encoding="utf-8") == text, f"{path.relative_to(ROOT)}: run .venv/bin/python tools/patterns.py"


def test_every_playbook_has_a_job_template():
    assert [template["playbook"] for template in TEMPLATES] == sorted(path.name for path in (ROOT / "playbooks").glob("*.yml"))
    assert [template["playbook"] for template in TEMPLATES if template.get("primary")] == ["attach.yml"]


def test_every_job_template_is_in_the_readme():
    readme = (ROOT / "extensions/patterns/ec2_identity/README.md").read_text(encoding="utf-8")
    assert sorted(re.findall(r"^\| `(keyless.ec2 \w+)`", readme, re.MULTILINE)) == [template["name"] for template in TEMPLATES]


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template["playbook"])
def test_a_survey_has_no_more_than_eight_questions_and_asks_for_what_is_required(patterns, template):
    role = template["playbook"].removesuffix(".yml")
    options = patterns.spec_of(role)["options"]
    asked = [question["variable"] for question in template["survey"]["spec"]]
    assert 0 < len(asked) <= 8, "choose what it asks for in ASKED of tools/patterns.py"
    assert len(set(asked)) == len(asked) and set(asked) <= options.keys() - patterns.NOT_ASKED - patterns.NOT_FOR_WHOEVER_LAUNCHES
    required = {name for name, option in options.items() if option.get("required")} | (patterns.REQUIRED & options.keys())
    assert required <= set(asked)


# What a variable is called if it can make Ansible run something, or choose whom a host talks to, or a file of the control node
DANGEROUS = re.compile(
    r"_(actions|check|restart|command|cmd|shell|script|tasks|endpoint|url|file|directory|estate|since|waivers|manifest"
    r"|accounts|external_id|organization_role_name)$"
)


def test_whoever_may_launch_a_job_can_not_choose_commands_servers_or_files():
    assert [name for name in questions() if DANGEROUS.search(name)] == []
    assert {"migrate_keys_check", "migrate_keys_restart"}.isdisjoint(questions())


def test_a_job_takes_no_variable_that_its_survey_does_not_ask_for():
    """AWX drops all other extra variables of a launch, unless the template asks for variables."""
    assert [template["name"] for template in TEMPLATES if template.get("ask_variables_on_launch")] == []


# What awx.awx.job_template calls the prompts
PROMPT = re.compile(r"^ask_\w+_on_launch$")


def test_whoever_may_launch_a_job_chooses_no_hosts_credentials_or_branch():
    """Variables of hosts can be commands, and ansible-playbook prints each line of the file in a limit like @/etc/passwd as an unknown host."""
    assert [(template["name"], name) for template in TEMPLATES for name in template if PROMPT.match(name)] == []
    [play] = yaml.safe_load((ROOT / "extensions/awx/job_templates.yml").read_text(encoding="utf-8"))
    [options] = [task["awx.awx.job_template"] for task in play["tasks"] if "awx.awx.job_template" in task]
    prompts = {name: value for name, value in options.items() if PROMPT.match(name)}
    assert {name for name, value in prompts.items() if value is not False} == {"ask_job_type_on_launch", "ask_diff_mode_on_launch"}
    # None is left out, so that a second run turns off those of a template that exists.
    assert {
        f"ask_{name}_on_launch" for name in ("inventory", "limit", "credential", "variables", "tags", "skip_tags", "scm_branch")
    } <= prompts.keys()


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template["playbook"])
def test_awx_accepts_the_survey(template):
    """AWX's rules for a survey: known types, defaults of that type, and choices that include the default."""
    for question in template["survey"]["spec"]:
        assert question["type"] in {*KINDS, "integer"}
        assert question["question_name"] and question["question_description"]
        assert not any(mark in question["question_description"] for mark in ("O(", "V(", "C(", "M("))
        if "default" in question:
            assert isinstance(question["default"], KINDS[question["type"]])
        if question["type"] == "multiplechoice":
            assert question.get("default", question["choices"][0]) in question["choices"]


@pytest.mark.parametrize(
    "variable, shape",
    [
        ("launch_name", {"type": "text", "required": True}),
        ("launch_instance_profile", {"type": "text", "required": True}),
        ("attach_region", {"type": "text", "required": False}),
        ("launch_instance_type", {"type": "text", "required": True, "default": "t3.micro"}),
        ("launch_count", {"type": "integer", "required": False}),
        ("retire_although_used", {"type": "multiplechoice", "required": True, "choices": ["true", "false"], "default": "false"}),
        ("attach_state", {"type": "multiplechoice", "required": True, "choices": ["present", "absent"], "default": "present"}),
        ("attach_instance_ids", {"type": "textarea", "required": False}),
        ("ec2_role_tags", {"type": "textarea", "required": False}),
    ],
)
def test_the_type_of_a_question_is_that_of_the_variable(variable, shape):
    question = questions()[variable]
    assert {key: value for key, value in question.items() if not key.startswith("question") and key != "variable"} == shape
