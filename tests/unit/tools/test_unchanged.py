# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which files a linter checks again: changed ones, and all that import them."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

TOOLS = Path(__file__).resolve().parents[3] / "tools"
UTILS = "ansible_collections.keyless.ec2.plugins.module_utils"
FILES = {
    "plugins/module_utils/__init__.py": "",
    "plugins/module_utils/_a/__init__.py": "",
    "plugins/module_utils/_a/one.py": "import json\n",
    "plugins/module_utils/_a/two.py": "from . import one\n",
    "plugins/module_utils/_a/three.py": "from .two import (\n    name,\n)\n",
    "plugins/module_utils/_b/four.py": "from .._a.one import name\n",
    "plugins/modules/by_module.py": f"from {UTILS}._a.one import name\n",
    "plugins/modules/by_package.py": f"def f():\n    from {UTILS}._a import one\n",
    "plugins/modules/by_import.py": f"import {UTILS}._a.three as three\n",
    "plugins/modules/alone.py": "one = 'one'\n",
    "tools/one.py": "",
    "tools/beside.py": "import sys, one\n",
    "tools/around.py": "import beside\nimport circle\n",
    "tools/circle.py": "import around\n",
    "tools/broken.py": "def\n",
}


@pytest.fixture(name="changes")
def _changes(monkeypatch, tmp_path):
    """Returns the files to check after one file was changed or removed."""
    monkeypatch.syspath_prepend(TOOLS)
    unchanged = importlib.import_module("unchanged")
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")

    def look(settings="some"):
        names = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.*"))
        return unchanged.Unchanged(tmp_path, names, settings, tmp_path / "memory")

    def changes(name="", text=None, settings="some"):
        assert look().changed() == sorted(FILES)
        look().remember()
        assert look().changed() == []
        if text is not None:
            (tmp_path / name).write_text(text, encoding="utf-8")
        elif name:
            (tmp_path / name).unlink()
        return set(look(settings).changed())

    return changes


ONE = "plugins/module_utils/_a/one.py"
USERS_OF_TWO = {"plugins/module_utils/_a/three.py", "plugins/modules/by_import.py"}
USERS_OF_ONE = {
    *("plugins/module_utils/_a/two.py", "plugins/module_utils/_b/four.py", "plugins/modules/by_module.py", "plugins/modules/by_package.py"),
    *USERS_OF_TWO,
}


@pytest.mark.parametrize(
    ("name", "others"),
    [
        (ONE, USERS_OF_ONE),
        ("plugins/module_utils/_a/two.py", USERS_OF_TWO),
        ("plugins/module_utils/_a/three.py", {"plugins/modules/by_import.py"}),
        ("plugins/module_utils/_a/__init__.py", {ONE, *USERS_OF_ONE}),
        ("plugins/modules/alone.py", set()),
        ("tools/one.py", {"tools/beside.py", "tools/around.py", "tools/circle.py"}),
        ("tools/around.py", {"tools/circle.py"}),
        ("tools/broken.py", set()),
    ],
)
def test_files_that_import_a_changed_file_are_checked(changes, name, others):
    assert changes(name, "changed = 1\n") == {name, *others}


def test_files_that_imported_a_removed_file_are_checked(changes):
    assert changes(ONE) == USERS_OF_ONE


def test_files_that_import_a_new_file_are_checked(changes):
    """Until now, it was a module of Python's own."""
    assert changes("tools/sys.py", "") == {"tools/sys.py", "tools/beside.py", "tools/around.py", "tools/circle.py"}


def test_with_other_settings_all_files_are_checked(changes):
    assert changes(settings="others") == set(FILES)
