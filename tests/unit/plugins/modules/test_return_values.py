# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Return values have the same names and types in all modules, as decided for 1.0.0."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any, Iterator, NamedTuple, Optional

import pytest
import yaml

from ansible_collections.keyless.ec2.plugins.plugin_utils._report.page import figures
from ansible_collections.keyless.ec2.plugins.plugin_utils._report.report import report_of
from ansible_collections.keyless.ec2.plugins.plugin_utils._report.severities import problem_kind
from ansible_collections.keyless.ec2.tests.unit.plugins.plugin_utils.estates import TAKEN, estate, instance, kept

ROOT = Path(__file__).resolve().parents[4]
MODULES = sorted((ROOT / "plugins" / "modules").glob("*.py"))
FILTERS = sorted((ROOT / "plugins" / "filter").glob("*.yml"))
PUBLIC_FILTERS = {"escalations", "estate_report", "operator_policy", "trust_policy"}
README = (ROOT / "README.md").read_text(encoding="utf-8")
TEXTS = {"problems": {"code", "message", "fix"}, "incomplete": {"target", "reason", "message"}}
TYPES = {
    "access_keys": "list of dict",
    "accounts": "list of dict",
    "changed": "bool",
    "counts": "dict",
    "diff": "dict",
    "error": "dict",
    "imdsv1_allowed": "bool",
    "msg": "str",
    "undo": "dict",
    "actions": "list of dict",
    "incomplete": "list of dict",
    "launched_by": "list of dict",
    "problems": "list of dict",
}
# Names of return values, reasons and states that were replaced before 1.0.0, and the ones that they became
REPLACED = {
    "advice": "fix",
    "mend": "fix",
    "next_step": "fix",
    "remedy": "fix",
    "imdsv1_open": "imdsv1_allowed",
    "keys": "access_keys",
    "not_read": "incomplete",
    "regions_not_read": "incomplete",
    "old_aside": "aside",
    "profile_made_again": "profile_recreated",
}
# Names with two meanings, and the two meanings
MAY_DIFFER = {
    **dict.fromkeys(("inline_policies", "instance_profile", "instance_profiles", "managed_policies", "roles"), "names, or whole resources"),
    **dict.fromkeys(("after", "before"), "ARNs of instances, or whole states"),
    "credentials": "of the host's role, or found in files",
    "last_used": "a date, or IAM's date and region",
}


class Value(NamedTuple):
    """A documented return value: its module, its path, and its documentation."""

    module: str
    path: tuple[str, ...]
    documentation: dict[str, Any]

    @property
    def name(self) -> str:
        return self.path[-1]

    @property
    def type(self) -> str:
        elements = self.documentation.get("elements")
        return f"{self.documentation['type']} of {elements}" if elements else self.documentation["type"]

    @property
    def contains(self) -> dict[str, Any]:
        return self.documentation.get("contains") or {}

    def __str__(self) -> str:
        return f"{self.module}:{'.'.join(self.path)}"


def returned_by(module: Path) -> dict[str, Any]:
    """The RETURN block of a module."""
    assignments = (node for node in ast.parse(module.read_text(encoding="utf-8")).body if isinstance(node, ast.Assign))
    (block,) = (node.value for node in assignments if isinstance(node.targets[0], ast.Name) and node.targets[0].id == "RETURN")
    return yaml.load(ast.literal_eval(block), Loader=yaml.CSafeLoader)


def values_in(module: str, documented: Optional[dict[str, Any]], path: tuple[str, ...] = ()) -> Iterator[Value]:
    for name, documentation in (documented or {}).items():
        value = Value(module, (*path, name), documentation)
        yield value
        yield from values_in(module, value.contains, value.path)


VALUES = [value for path in MODULES for value in values_in(path.stem, returned_by(path))]


@pytest.mark.parametrize("value", [value for value in VALUES if value.name in TYPES], ids=str)
def test_common_names_have_one_type(value):
    assert value.type == TYPES[value.name]


@pytest.mark.parametrize("value", [value for value in VALUES if value.name in TEXTS], ids=str)
def test_problems_and_incomplete_consist_of_texts(value):
    assert {name: each["type"] for name, each in value.contains.items()} == dict.fromkeys(TEXTS[value.name], "str")


@pytest.mark.parametrize("value", [value for value in VALUES if value.name == "launched_by"], ids=str)
def test_launched_by_lists_launch_sources(value):
    assert set(value.contains) == {"kind", "name", "region"}


@pytest.mark.parametrize("value", [value for value in VALUES if value.name.endswith("_count")], ids=str)
def test_counts_are_numbers(value):
    assert value.type == "int"


def test_replaced_names_are_not_returned():
    assert [str(value) for value in VALUES if value.name in REPLACED] == []


@pytest.mark.parametrize("value", [value for value in VALUES if value.name in ("code", "reason")], ids=str)
def test_replaced_reasons_are_not_documented(value):
    assert not set(REPLACED) & set(re.findall(r"V\((\w+)\)", str(value.documentation["description"])))


def test_what_replaced_them_is_returned():
    documented = {name for value in VALUES for name in (value.name, *re.findall(r"V\((\w+)\)", str(value.documentation["description"])))}
    assert set(REPLACED.values()) <= documented


def test_the_report_calls_an_instance_without_a_problem_ok():
    found = figures(report_of(kept(estate(instances=[instance(0), instance(1, "no_profile")])), TAKEN))
    states = {state for bar in found.accounts for state, *_number in bar.parts}
    assert found.states["ok"] == 1 and states == {"ok", problem_kind("no_profile").severity}


@pytest.mark.parametrize("path", FILTERS, ids=lambda path: path.stem)
def test_only_these_filters_are_public(path):
    documentation = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)["DOCUMENTATION"]
    assert documentation["short_description"].startswith("Internal to this collection") == (path.stem not in PUBLIC_FILTERS)
    assert path.stem in PUBLIC_FILTERS or f"keyless.ec2.{path.stem}" not in README


def test_every_name_has_one_type_in_all_modules():
    types: dict[str, set[str]] = {}
    for value in VALUES:
        types.setdefault(value.name, set()).add(value.type)
    assert {name for name, found in types.items() if len(found) > 1} == set(MAY_DIFFER)


@pytest.mark.parametrize("name", ["instance_id", "instance_ids", "profile_name", "role_name", "account_id", "region"])
def test_ids_and_names_are_texts_or_lists_of_texts(name):
    expected = "list of str" if name.endswith("s") else "str"
    assert {value.type for value in VALUES if value.name == name} <= {expected}
