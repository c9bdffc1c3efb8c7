# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files whose imports import all others."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

TOOLS = Path(__file__).resolve().parents[3] / "tools"
COLLECTION = "ansible_collections.keyless.ec2.plugins"


@pytest.fixture(name="points")
def _points(monkeypatch, tmp_path):
    monkeypatch.syspath_prepend(TOOLS)
    module = importlib.import_module("entry_points")

    def points(**texts):
        files = {f"plugins/{name.replace('__', '/')}.py": text for name, text in texts.items()}
        for name, text in files.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text, encoding="utf-8")
        return module.entry_points(tmp_path, [*files, "tests/a.py", "plugins/a.yml"])

    return points


def test_what_another_file_imports_is_left_out(points):
    found = points(
        modules__m=f"from {COLLECTION}.module_utils._a.job import run",
        module_utils___a__job="from ..b import c\nimport os",
        module_utils__b__c="",
        module_utils__alone="",
    )
    assert found == ["plugins/module_utils/alone.py", "plugins/modules/m.py"]


def test_a_file_that_is_imported_only_on_controllers_is_also_imported_as_on_a_host(points):
    assert points(filter__f=f"from {COLLECTION}.module_utils import a", module_utils__a="") == ["plugins/filter/f.py", "plugins/module_utils/a.py"]


@pytest.mark.parametrize("text", ["def f():\n    from . import a", "if TYPE_CHECKING:\n    from . import a"])
def test_imports_that_are_not_made_at_once_do_not_count(points, text):
    assert points(module_utils__a="", module_utils__b=text) == ["plugins/module_utils/a.py", "plugins/module_utils/b.py"]


def test_a_circle_has_an_entry_point(points):
    assert points(module_utils__a="from . import b", module_utils__b="from . import a") == ["plugins/module_utils/a.py"]
