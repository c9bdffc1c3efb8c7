# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rulebook answers the events of launches without an instance profile, and no others.

ansible-rulebook reads the condition; what it means is evaluated here, for its own engine needs Java. Where that is, it has its say too.
"""

from __future__ import annotations

import copy
import json
import os
import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
import yaml

parser = pytest.importorskip("ansible_rulebook.condition_parser")
visit_condition = pytest.importorskip("ansible_rulebook.json_generator").visit_condition

ROOT = Path(__file__).resolve().parents[3]
RULEBOOK = ROOT / "extensions" / "eda" / "rulebooks" / "launched_without_profile.yml"
EVENTS = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in (Path(__file__).parent / "events").glob("*.json")}
MISSING = object()
EXAMPLES = ROOT / "docs" / "examples" / "awx"
VARIABLES = yaml.safe_load((EXAMPLES / "rulebook_variables.yml").read_text(encoding="utf-8"))
(ROLE,) = VARIABLES["launchers"]
USER = "arn:aws:iam::123456789012:user/deploy"
VARIABLES["launchers"].append(USER)


def launched(**changed):
    """A launch without a profile, with other values at these paths, in which __ stands for a dot."""
    event = copy.deepcopy(EVENTS["without_profile"])
    for path, value in changed.items():
        *parents, last = path.split("__")
        found = event
        for each in parents:
            found = found[each]
        found[last] = value
    return event


SESSION = EVENTS["without_profile"]["detail"]["userIdentity"]["sessionContext"]["sessionIssuer"]
BY = "detail__userIdentity"
OTHERS = {
    "another_account": launched(account="210987654321"),
    "another_region": launched(region="eu-west-1"),
    "another_role": launched(**{f"{BY}__sessionContext__sessionIssuer": {**SESSION, "arn": f"{ROLE}-other"}}),
    "a_session_named_like_it": launched(**{f"{BY}__sessionContext__sessionIssuer": {**SESSION, "arn": f"{ROLE}-x"}, f"{BY}__arn": f"{ROLE}/x"}),
    "another_user": launched(**{BY: {"type": "IAMUser", "arn": f"{USER}-other"}}),
    "nobody": launched(**{BY: {"type": "AWSService", "invokedBy": "x.amazonaws.com"}}),
    "without_identity": launched(**{BY: {}}),
    "without_account": {key: value for key, value in launched().items() if key != "account"},
}


@pytest.fixture(name="ruleset")
def _ruleset():
    (ruleset,) = yaml.safe_load(RULEBOOK.read_text(encoding="utf-8"))
    return ruleset


@pytest.fixture(name="rule")
def _rule(ruleset):
    (rule,) = ruleset["rules"]
    return rule


@cache
def parse(condition):
    return parser.parse_condition(condition)


def value_of(path, event):
    """What the event has at a path such as event.body.items[0].id."""
    found = {"event": event}
    for step in re.findall(r"[^.\[\]]+", path):
        try:
            found = found[int(step) if isinstance(found, list) else step]
        except (KeyError, IndexError, TypeError):
            return MISSING
    return found


def holds(node, event):
    """Whether a condition is true of an event, as far as the rulebook's language is used."""
    node = getattr(node, "value", node)  # of parentheses
    left, operator, right = node.left, node.operator, node.right
    if operator in ("and", "or"):
        return (all if operator == "and" else any)(holds(each, event) for each in (left, right))
    found = value_of(left.value, event)
    if operator == "in":
        return found in VARIABLES[right.value.removeprefix("vars.")]
    if operator in ("is", "is not"):
        assert right.value == "defined"
        return (found is not MISSING) == (operator == "is")
    assert operator == "=="
    return found == (VARIABLES[right.value.removeprefix("vars.")] if str(right.value).startswith("vars.") else right.value)


def test_other_launches_are_left_alone(rule):
    """Whoever may launch instances somewhere would get the role."""
    tree = parse(rule["condition"]).value
    assert [name for name, event in OTHERS.items() if holds(tree, {"body": event})] == []
    by_user = launched(**{BY: {"type": "IAMUser", "arn": USER}})
    assert holds(tree, {"body": by_user})


@pytest.mark.parametrize("name", ["account", "launch_regions", "launchers"])
def test_a_variable_that_is_missing_stops_the_rulebook(rule, name):
    """A condition that is left out would count every launch."""
    others = {key: value for key, value in VARIABLES.items() if key != name}
    visit_condition(parse(rule["condition"]), VARIABLES)
    with pytest.raises(Exception, match=name):
        visit_condition(parse(rule["condition"]), others)


def test_it_is_a_rulebook():
    from ansible_rulebook.validators import Validate

    Validate.rulebook(yaml.safe_load(RULEBOOK.read_text(encoding="utf-8")))


def test_eventbridge_sends_calls_of_run_instances_alone():
    pattern = json.loads((EXAMPLES / "event_pattern.json").read_text(encoding="utf-8"))
    sent = {name for name, event in EVENTS.items() if matches(pattern, event)}
    assert sent == {"without_profile", "with_profile", "refused"}


def matches(pattern, event):
    """Whether EventBridge's pattern fits, which has lists of values only."""
    return all(matches(wanted, event.get(name, {})) if isinstance(wanted, dict) else event.get(name) in wanted for name, wanted in pattern.items())


@pytest.mark.parametrize("name", sorted(EVENTS))
def test_the_condition_holds_for_a_launch_without_a_profile_alone(rule, name):
    tree = parse(rule["condition"]).value
    assert holds(tree, {"body": EVENTS[name]}) == (name == "without_profile")


def test_the_job_template_has_the_variables_of_the_event(rule):
    from ansible_rulebook.util import substitute_variables

    job = rule["action"]["run_job_template"]
    context = {"event": {"body": EVENTS["without_profile"]}, "instance_profile": "web"}
    assert substitute_variables(job["job_args"]["extra_vars"], context) == {
        "attach_instance_ids": "i-0123456789abcdef0,i-0123456789abcdef1",
        "attach_instance_profile": "web",
        "attach_on_conflict": "skip",
        "attach_region": "eu-central-1",
    }
    pattern = json.loads((ROOT / "extensions/patterns/ec2_identity/meta/pattern.json").read_text(encoding="utf-8"))
    surveys = {each["name"]: each["survey"]["spec"] for each in pattern["aap_resources"]["controller_job_templates"]}
    assert set(job["job_args"]["extra_vars"]) <= {question["variable"] for question in surveys[job["name"]]}


@pytest.mark.exhaustive
@pytest.mark.skipif(not shutil.which("java"), reason="the engine of ansible-rulebook needs Java")
def test_the_engine_itself_agrees(ruleset, rule, tmp_path):
    ruleset["sources"] = [{"eda.builtin.generic": {"payload": [{"name": name, "body": event} for name, event in {**EVENTS, **OTHERS}.items()]}}]
    rule["action"] = {"debug": {"msg": "fixed {{ event.name }}"}}
    (tmp_path / "rulebook.yml").write_text(yaml.safe_dump([ruleset]), encoding="utf-8")
    (tmp_path / "inventory.yml").write_text("all: {hosts: {localhost: {}}}", encoding="utf-8")
    command = [str(Path(sys.executable).with_name("ansible-rulebook")), "--rulebook", "rulebook.yml", "--inventory", "inventory.yml"]
    (tmp_path / "vars.yml").write_text(yaml.safe_dump(VARIABLES), encoding="utf-8")
    command += ["--vars", "vars.yml"]
    environment = {**os.environ, "HOME": str(tmp_path), "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    finished = subprocess.run(command, cwd=tmp_path, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert re.findall(r"fixed (\w+)", finished.stdout) == ["without_profile"]
