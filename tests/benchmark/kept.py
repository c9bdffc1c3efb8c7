# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The measured results, kept in results.yml. The documentation has no other figures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

FILE = Path(__file__).with_name("results.yml")
HEAD = """\
# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
---
# What was measured. tools/figures.py writes it into the pages; make bench, bench-parsing, bench-scan, bench-policies and
# page-speed write their parts of this file. The parts coverage and times are written by hand, after a run.
"""


class _Row(dict):
    """An item of a list that is written in one line."""


class _Dumper(yaml.SafeDumper):
    """Writes YAML with the indentation that yamllint wants."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


_Dumper.add_representer(_Row, lambda dumper, row: dumper.represent_mapping("tag:yaml.org,2002:map", row, flow_style=True))


def read() -> dict[str, Any]:
    """Returns all parts by name."""
    return yaml.safe_load(FILE.read_text(encoding="utf-8"))


def keep(**parts: Any) -> None:
    """Writes these parts, and keeps the others."""
    text = yaml.dump(_with_rows({**read(), **parts}), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=140)
    FILE.write_text(HEAD + text, encoding="utf-8")


def _with_rows(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _with_rows(each) for name, each in value.items()}
    return [_Row(each) if isinstance(each, dict) else each for each in value] if isinstance(value, list) else value
