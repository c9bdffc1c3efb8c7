# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values that an example compares a return value with are values that the module's documentation names."""

from __future__ import annotations

import re

import pytest
import yaml

from ansible_collections.keyless.ec2.tests.integration.support.pages import ROOT

FILES = [*sorted(ROOT.glob("docs/docsite/rst/*.rst")), *sorted(ROOT.glob("plugins/modules/*.py")), ROOT / "README.md"]
FILTERED = re.compile(r"(?:select|reject)attr\('(?P<member>action|answer|decision|reason|code)', '(?:in|eq|equalto)', (?P<values>[^)]*)\)")
COMPARED = re.compile(r"\.(?P<member>action|answer|decision|reason) (?:==|!=|in|not in) (?P<values>'\w+'|\[[^]]*\])")


def documented():
    """The values in V() of each return value, by its name."""
    found = {}

    def visit(members):
        for name, described in (members or {}).items():
            text = " ".join(map(str, [described.get("description", ""), described.get("sample", ""), described.get("choices", "")]))
            found.setdefault(name, set()).update(re.findall(r"\b\w+\b", text))
            visit(described.get("contains"))

    for path in (ROOT / "plugins" / "modules").glob("*.py"):
        visit(yaml.load(re.search(r'RETURN = r"""(.*?)"""', path.read_text(encoding="utf-8"), re.DOTALL)[1], Loader=yaml.CSafeLoader))
    return found


def literals():
    for path in FILES:
        for pattern in (FILTERED, COMPARED):
            for found in pattern.finditer(path.read_text(encoding="utf-8")):
                for value in re.findall(r"'(\w+)'", found["values"]):
                    yield path.name, found["member"], value


@pytest.mark.parametrize(("page", "member", "value"), sorted(set(literals())))
def test_every_value_exists(page, member, value):
    assert value in documented()[member]


def test_a_value_that_does_not_exist_would_be_found():
    assert "attached" not in documented()["action"] and len(set(literals())) > 3
