# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Imports between the folders go one way."""

from __future__ import annotations

import ast
import sys
from functools import cache
from pathlib import Path

import pytest

PLUGINS = Path(__file__).resolve().parents[4] / "plugins"
UTILS = PLUGINS / "module_utils"
OURS = "ansible_collections.keyless.ec2.plugins.module_utils."

# The other folders that each folder may import
MAY_IMPORT = {
    "_common": set(),
    "_values": {"_common"},
    "_policy": {"_common", "_values"},
    "_aws": {"_common", "_values"},
    "_launch_sources": {"_common", "_values", "_aws"},
    "_role": {"_common", "_values", "_policy", "_aws", "_launch_sources"},
    # What all modules that change instances have in common
    "_instances": {"_common", "_values", "_aws"},
    "_attachment": {"_common", "_values", "_policy", "_aws", "_instances", "_launch_sources"},
    # Launch sources get metadata options as they get instance profiles.
    "_metadata_options": {"_common", "_values", "_aws", "_instances", "_launch", "_launch_sources"},
    # Instances of a group get their profile like all others, and keys in user data are found like keys in files.
    "_launch": {"_common", "_values", "_policy", "_aws", "_attachment", "_launch_sources", "_static_credentials"},
    "_access_key": {"_common", "_values", "_policy", "_aws"},
    # It combines what the others return.
    "_estate": {"_common", "_values", "_policy", "_aws", "_role", "_attachment", "_launch", "_launch_sources"},
    "_metadata_defaults": {"_common", "_values", "_aws", "_launch_sources"},
    "_identity": {"_common"},
    "_static_credentials": {"_common"},
}
FEATURES = {
    *("_role", "_attachment", "_metadata_options", "_launch", "_access_key", "_estate", "_metadata_defaults", "_identity", "_static_credentials"),
}
ON_HOSTS = {"_common", "_identity", "_static_credentials"}
ALLOWED_ON_HOSTS = {"ansible.module_utils.basic"}

FILES = sorted(path for path in UTILS.rglob("*.py") if path.name != "__init__.py")
MODULES = sorted(path for path in PLUGINS.glob("*/*.py") if path.parent not in (UTILS, PLUGINS / "doc_fragments"))


def name_of(path):
    """The name that others import a file by, without the common prefix: ``_policy.trust_policy``."""
    return ".".join(path.relative_to(UTILS).with_suffix("").parts)


def folder_of(name):
    return name.partition(".")[0]


@cache
def imported_by(path):
    """The full names of what a file imports; ours begin with OURS."""
    return frozenset(_imported_by(path))


def _imported_by(path):
    tree = ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 7) if is_for_hosts(path) else None)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module
        elif isinstance(node, ast.ImportFrom):
            package = path.relative_to(UTILS).parts[: -node.level]
            yield OURS + ".".join([*package, node.module])


def is_for_hosts(path):
    return UTILS in path.parents and folder_of(name_of(path)) in ON_HOSTS


def ours(path):
    return {name[len(OURS) :] for name in imported_by(path) if name.startswith(OURS)}


@cache
def needed_by(name):
    """All of our files that a file imports, directly or not, and itself."""
    needed, left = set(), {name}
    while left:
        needed.add(one := left.pop())
        left |= ours(UTILS / f"{one.replace('.', '/')}.py") - needed
    return needed


def test_every_folder_has_a_rule():
    assert {path.name for path in UTILS.iterdir() if path.is_dir() and path.name != "__pycache__"} == set(MAY_IMPORT)
    assert not list(UTILS.glob("*.py"))


def test_imports_go_one_way():
    pairs = [(name_of(path), name) for path in FILES for name in ours(path)]
    assert [pair for pair in pairs if (one := folder_of(pair[0])) != (other := folder_of(pair[1])) and other not in MAY_IMPORT[one]] == []


def test_there_are_no_import_cycles():
    pairs = [(name_of(path), name) for path in FILES for name in ours(path)]
    assert len(pairs) > 500 and [(one, other) for one, other in pairs if one in needed_by(other)] == []


def test_files_for_managed_hosts_need_only_python():
    files = [path for path in FILES if is_for_hosts(path)]
    imported = [(name_of(path), name) for path in files for name in imported_by(path) if not name.startswith(OURS)]
    assert len(files) > 50 and [each for each in imported if each[1].partition(".")[0] not in sys.stdlib_module_names] == []
    # Annotations are then never evaluated, so they can use the syntax of newer versions of Python.
    assert [name_of(path) for path in files if "from __future__ import annotations\n" not in path.read_text(encoding="utf-8")] == []


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_a_module_has_one_feature(path):
    folders = {folder_of(name) for name in ours(path)}
    assert len(folders & FEATURES) <= 1
    if folders & {"_identity", "_static_credentials"}:
        others = {name for name in imported_by(path) if not name.startswith(OURS)}
        assert {name for name in others if name.partition(".")[0] not in sys.stdlib_module_names} <= ALLOWED_ON_HOSTS
