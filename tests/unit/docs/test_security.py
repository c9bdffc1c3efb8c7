# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each promise in SECURITY.md names tests that exist and run for every change."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
UTILS = ROOT / "tests" / "unit" / "plugins" / "module_utils"
HEADER = "| Promise | Tested in |"
CELL = re.compile(r"`([\w/]+\.py)`: ((?:`test_\w+`(?:, )?)+)")
# What keeps a test, or some of its cases, out of `make test` or out of all runs
LEFT_OUT = re.compile(r"exhaustive|\btable\(|\bmark\.skip\b")


def promises() -> dict[str, list[tuple[str, str]]]:
    """Returns each promise with its tests: the path of a file, and the name of a function."""
    tables = (ROOT / "SECURITY.md").read_text(encoding="utf-8").split(HEADER)[1:]
    rows = [line for each in tables for line in each.split("\n\n")[0].splitlines() if line.startswith("| ") and "---" not in line]
    found = {}
    for row in rows:
        _start, promise, tests, _end = row.split("|")
        found[promise.strip()] = [(file, name) for file, names in CELL.findall(tests) for name in re.findall(r"test_\w+", names)]
        assert CELL.sub("", tests).replace("<br>", "").strip() == "", f"{tests} is more than files and tests"
    return found


PROMISES = promises()


@cache
def parse(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))


def test_all_tables_are_read():
    text = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    assert len(PROMISES) == text.count("\n| ") - 2 * text.count(HEADER)


@pytest.mark.parametrize("promise", PROMISES)
def test_each_promise_has_tests_that_run_for_every_change(promise):
    assert PROMISES[promise], "no test"
    for path, name in PROMISES[promise]:
        file = (UTILS if path.startswith("_") else ROOT) / path
        tree = parse(file)
        (test,) = [each for each in tree.body if isinstance(each, ast.FunctionDef) and each.name == name]
        module = [ast.unparse(each) for each in tree.body if isinstance(each, ast.Assign) and ast.unparse(each.targets[0]) == "pytestmark"]
        marks = [*map(ast.unparse, test.decorator_list), *module]
        assert not any(LEFT_OUT.search(mark) for mark in marks), f"{path}: {name} is not run at every change"


def test_tests_that_do_not_run_for_every_change_are_noticed():
    for mark in ("pytest.mark.exhaustive", "pytest.mark.parametrize('case', table(CASES, USUAL))", "pytest.mark.skip", "pytest.mark.skip(reason='')"):
        assert LEFT_OUT.search(mark), mark
    assert not LEFT_OUT.search("pytest.mark.parametrize('case', CASES)")
    assert not LEFT_OUT.search("pytest.mark.parametrize('on_conflict', ['fail', 'skip'])")
