# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files whose docstring says "Pure." import neither boto3 nor Ansible, and do no I/O."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

PLUGINS = Path(__file__).resolve().parents[3] / "plugins"
OURS = "ansible_collections.keyless.ec2.plugins."
FILES = sorted(path for folder in ("module_utils", "plugin_utils") for path in (PLUGINS / folder).rglob("*.py") if path.name != "__init__.py")
CLIENTS = {"boto3", "botocore", "ansible", "ansible_collections"}
INPUT_AND_OUTPUT = {
    "http",
    "io",
    "pathlib",
    "pkgutil",
    "shutil",
    "socket",
    "ssl",
    "subprocess",
    "tempfile",
    "threading",
    "concurrent",
    "urllib.request",
}
# Files with these names only decide, so they must be pure.
DECIDING = {"changes", "options", "plan", "problems", "spec"}
WRITING = {"module_utils._static_credentials.changes"}  # writes files


def name_of(path):
    return ".".join(path.relative_to(PLUGINS).with_suffix("").parts)


@cache
def tree_of(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def is_pure(path):
    return "Pure." in (ast.get_docstring(tree_of(path)) or "")


@cache
def imported_by(path):
    """The full names of what a file imports."""
    return frozenset(_imported_by(path))


def _imported_by(path):
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            package = ".".join(path.relative_to(PLUGINS).parts[: -node.level]) if node.level else ""
            yield f"{OURS}{package}.{node.module}" if node.level else str(node.module)


@cache
def needed_by(path):
    """The files of ours that a file imports, directly or not, and itself."""
    needed, left = set(), {path}
    while left:
        needed.add(one := left.pop())
        ours = (PLUGINS / f"{name[len(OURS) :].replace('.', '/')}.py" for name in imported_by(one) if name.startswith(OURS))
        left |= {each for each in ours if each.exists()} - needed
    return needed


def outside(path):
    return {name for name in imported_by(path) if not name.startswith(OURS)}


def test_pure_files_need_no_client_and_do_no_input_or_output():
    pure = [path for path in FILES if is_pure(path)]
    assert len(pure) > 100
    own = [(name_of(path), name) for path in pure for name in outside(path)]
    assert [pair for pair in own if pair[1] in INPUT_AND_OUTPUT or pair[1].partition(".")[0] in INPUT_AND_OUTPUT] == []
    needed = [(name_of(path), name_of(each), name) for path in pure for each in needed_by(path) for name in outside(each)]
    assert [each for each in needed if each[-1].partition(".")[0] in CLIENTS] == []


def test_files_that_decide_are_pure():
    deciding = [path for path in FILES if path.stem in DECIDING or path.parent.name == "_values"]
    assert len(deciding) > 20 and {name_of(path) for path in deciding if not is_pure(path)} == WRITING
