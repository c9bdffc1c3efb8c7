# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Modules, options, roles, playbooks and variables on a page exist, and values are among the choices."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from functools import cache

import pytest
import yaml
from ansible_collections.amazon.aws.plugins.module_utils.modules import aws_argument_spec

from ansible_collections.keyless.ec2.tests.integration.support.effects import ROLES, options_of
from ansible_collections.keyless.ec2.tests.integration.support.pages import GUIDES, ROOT, Block, blocks_of

READMES = sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("roles/*/README.md"))
# The benchmark has programs of others, whose variables have other names.
PAGES = [*sorted({path.stem for path in GUIDES.glob("*.rst")} - {"benchmark"}), "README.md", *READMES]
PREFIX = "keyless.ec2."
MODULES, PLAYBOOKS = (
    {path.stem for path in (ROOT / folder).glob(f"*.{ending}")} for folder, ending in (("plugins/modules", "py"), ("playbooks", "yml"))
)
ROLE_NAMES = {path.name for path in ROLES.iterdir()}
INCLUDES = ("ansible.builtin.include_role", "ansible.builtin.import_role")
TEMPLATE = re.compile(r"\{[{%]")


def wrong_names(block: Block) -> Iterator[str]:
    """What a block names of ours, but does not exist."""
    if block.language == "yaml":
        for entry in yaml.safe_load_all(block.text):
            yield from _wrong_in(entry)
    for command in block.commands if block.language == "shell" else ():
        yield from (name for name in re.findall(rf"ansible-playbook .*?{PREFIX}(\w+)", command) if name not in PLAYBOOKS)
        yield from (name for name in re.findall(r"(?:-e '?|\")(\w+?)(?:=|\": )", command) if not _is_variable(name))
        yield from (name for name in re.findall(rf" -m {PREFIX}(\w+)", command) if name not in MODULES)


def _wrong_in(entry: object) -> Iterator[str]:
    if isinstance(entry, list):
        for each in entry:
            yield from _wrong_in(each)
    elif isinstance(entry, dict):
        for name, value in entry.items():
            yield from _wrong_entry(str(name), value)
            yield from _wrong_in(value)


def _wrong_entry(name: str, value: object) -> Iterator[str]:
    if name.startswith(PREFIX):
        yield from _wrong_options(name.removeprefix(PREFIX), value or {})
    if name == "role" or name in INCLUDES:
        role = str(value["name"] if isinstance(value, dict) else value)
        yield from [role] if role.startswith(PREFIX) and role.removeprefix(PREFIX) not in ROLE_NAMES else []
    if name == "ansible.builtin.import_playbook" and str(value).startswith(PREFIX):
        yield from [str(value)] if str(value).removeprefix(PREFIX) not in PLAYBOOKS else []
    if not _is_variable(name):
        yield name


def _wrong_options(module: str, given: object) -> Iterator[str]:
    if module not in MODULES:
        yield module
        return
    spec = {**aws_argument_spec(), **importlib.import_module(f"ansible_collections.{PREFIX}plugins.modules.{module}").ARGUMENT_SPEC}
    options = {alias: option for name, option in spec.items() for alias in (name, *option.get("aliases", ()))}
    for name, value in given.items() if isinstance(given, dict) else ():
        choices = options.get(name, {}).get("choices")
        if name not in options or (choices and not TEMPLATE.search(str(value)) and value not in choices):
            yield f"{module}: {name}={value}"


def _is_variable(name: str) -> bool:
    """Whether it is a variable or result of a role, or has not the prefix of any."""
    roles = [role for role in ROLE_NAMES if name.startswith(f"{role}_")]
    return not roles or any(name in options_of(role) for role in roles) or name in _used()


@cache
def _used() -> set[str]:
    """Names that tasks, playbooks and rulebooks set, or use without documentation of the role, such as the hosts of a playbook."""
    files = (*ROLES.glob("*/tasks/*.yml"), *ROOT.glob("playbooks/*.yml"), *ROOT.glob("extensions/eda/rulebooks/*.yml"))
    return {name for path in files for name in re.findall(r"\b[a-z]\w+", path.read_text(encoding="utf-8"))}


@pytest.mark.parametrize("page", PAGES)
def test_names_exist(page):
    assert [f"{block}: {name}" for block in blocks_of(page) for name in wrong_names(block)] == []


@pytest.mark.parametrize(
    ("language", "text", "found"),
    [
        ("yaml", "- keyless.ec2.iam_ec2_rol:\n    name: web", ["iam_ec2_rol"]),
        ("yaml", "- keyless.ec2.iam_ec2_role:\n    nam: web", ["iam_ec2_role: nam=web"]),
        ("yaml", "- keyless.ec2.iam_ec2_role:\n    name: web\n    state: gone", ["iam_ec2_role: state=gone"]),
        ("yaml", "- keyless.ec2.iam_ec2_role:\n    name: web\n    state: '{{ state }}'", []),
        ("yaml", "- roles:\n    - role: keyless.ec2.lunch\n      vars:\n        launch_nam: web", ["keyless.ec2.lunch", "launch_nam"]),
        ("yaml", "- ansible.builtin.import_playbook: keyless.ec2.lunch", ["keyless.ec2.lunch"]),
        ("shell", "ansible-playbook keyless.ec2.lunch -e launch_nam=web", ["lunch", "launch_nam"]),
        ("shell", "ansible-playbook keyless.ec2.launch -e '{\"launch_nam\": 1}'", ["launch_nam"]),
        ("shell", "ansible localhost -m keyless.ec2.iam_role", ["iam_role"]),
    ],
)
def test_names_that_do_not_exist_are_found(language, text, found):
    assert list(wrong_names(Block("page", 1, language, text))) == found
