# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page that follows an option through the code names files and functions that exist."""

from __future__ import annotations

import ast

import pytest

from ansible_collections.keyless.ec2.tests.integration.support.pages import ROOT, read, tables_of

UTILS = ROOT / "plugins" / "module_utils"
[(_HEAD, *STEPS)] = tables_of(read("option_to_result"))


def names_in(source: str) -> set[str]:
    """Returns the functions, classes, methods and variables of a Python file. A method's name includes its class."""
    names = set()
    for node in ast.parse(source).body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            names.add(node.name)
        if isinstance(node, ast.ClassDef):
            names |= {f"{node.name}.{each.name}" for each in node.body if isinstance(each, ast.FunctionDef)}
        if isinstance(node, ast.Assign):
            names |= {each.id for each in node.targets if isinstance(each, ast.Name)}
    return names


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step[0])
def test_each_step_names_an_existing_function(step):
    _title, file, name, _text = (cell.strip("`") for cell in step)
    source = (UTILS if file.startswith("_") else ROOT).joinpath(file).read_text(encoding="utf-8")
    assert name in (names_in(source) if file.endswith(".py") else source)
