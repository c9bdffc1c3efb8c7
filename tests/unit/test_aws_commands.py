# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands of the AWS CLI that messages, reports and pages print: the operations and options exist."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import botocore.session
import pytest
from botocore import xform_name

CHECKOUT = Path(__file__).resolve().parents[2]
CODE, PAGES = ("plugins/**/*.py",), ("README.md", "docs/docsite/rst/*.rst", "roles/**/*.md", "roles/**/*.yml", "playbooks/*.yml", "plugins/**/*.yml")
COMMAND = re.compile(r"(?<![\w.-])aws (?P<service>[a-z][a-z0-9-]*) (?P<operation>[a-z][a-z0-9-]+)(?P<rest>.*?)(?=`|\"|\. |, or |\baws |\n|$)")
OPTION = re.compile(r"(?<= )--([a-z][a-z0-9-]*)")
OF_ALL = {"region", "profile", "output", "query", "endpoint-url", "cli-input-json", "no-cli-pager"}
# Commands that the CLI has without an operation of AWS behind them
OWN = {("sso", "login"), ("configure", "sso"), ("configure", "list")}
SESSION = botocore.session.Session()
SERVICES = set(SESSION.get_available_services())


@cache
def options_of(service, operation):
    """The options of a command; None if there is no such operation."""
    model = SESSION.get_service_model(service)
    names = {xform_name(each, "-"): each for each in model.operation_names}
    if operation not in names:
        return None
    members = model.operation_model(names[operation]).input_shape.members
    options = {xform_name(name, "-") for name in members}
    return options | {f"no-{xform_name(name, '-')}" for name, shape in members.items() if shape.type_name == "boolean"}


def texts_in_code(path):
    """The strings in a file, with empty braces in place of what is put into them."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.JoinedStr):
            yield "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "aws_command":
            operation, options = node.args
            yield " ".join([f"aws {operation.value}", *(f"--{key.value} {{}}" for key in options.keys)])


def texts():
    for path in sorted(path for pattern in CODE for path in CHECKOUT.glob(pattern)):
        yield from ((path, text) for text in texts_in_code(path))
    for path in sorted(path for pattern in PAGES for path in CHECKOUT.glob(pattern)):
        yield path, re.sub(r"\\\n\s*", " ", path.read_text(encoding="utf-8"))


def commands(text):
    """Each command of the AWS CLI: the service, the operation, and the options.  Prose such as "amazon.aws in a loop" is none."""
    for found in COMMAND.finditer(text):
        options = tuple(OPTION.findall(found["rest"]))
        if (found["service"] in SERVICES or options) and (found["service"], found["operation"]) not in OWN:
            yield found["service"], found["operation"], options


def wrong(service, operation, options):
    """What the CLI would refuse."""
    known = options_of(service, operation) if service in SERVICES else None
    return [f"aws {service} {operation}"] if known is None else [f"--{each}" for each in options if each not in known | OF_ALL]


PRINTED = sorted({(str(path.relative_to(CHECKOUT)), *command) for path, text in texts() for command in commands(text)})


@pytest.mark.parametrize("path, service, operation, options", PRINTED)
def test_a_printed_command_exists_with_its_options(path, service, operation, options):
    assert wrong(service, operation, options) == [], path


def test_commands_are_found():
    """Of the code, with a value in between, of a role's messages, and of the pages."""
    found = {(service, operation) for _path, service, operation, _options in PRINTED}
    assert {("iam", "update-access-key"), ("sts", "get-caller-identity"), ("ec2", "modify-launch-template")} <= found and len(PRINTED) > 10


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Run `aws iam update-access-key --user x --status Active`.", ["--user"]),
        ("aws iam update-accesskey --user-name {}", ["aws iam update-accesskey"]),
        ("aws imm get-role --role-name {}", ["aws imm get-role"]),
        ("aws ec2 run-instances --no-dry-run --region {} --image-id x, or aws ec2 stop-instances --id x", ["--id"]),
        ("with amazon.aws in a loop, aws 12 returns it, and aws sso login", []),
    ],
)
def test_what_the_cli_would_refuse_is_noticed(text, expected):
    assert [each for command in commands(text) for each in wrong(*command)] == expected
