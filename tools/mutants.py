# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes mutants of files with cosmic-ray's operators and of texts in tables, for mutation.py. It runs in cosmic-ray's environment.

Usage: .venv-mutation/bin/python tools/mutants.py EACH SEED FILE …

It prints a line of JSON for each mutant: the file, the line, and the whole text of the file with the change.
"""

from __future__ import annotations

import contextlib
import json
import random
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import table_texts

# Tests can't notice these: that a value is frozen, how many calls run at once, and code that only mypy reads.
POINTLESS = ("@dataclass", "if TYPE_CHECKING:", "WORKERS = ", "CONCURRENCY = ")
# These operators make mutants that no test or every test notices: `is` between equal strings, which are mostly the same object, and replacements of
# `**`, which is only used for unpacking here and then does not compile.
UNFIT = re.compile("Operator_Pow_|Operator_Eq_Is|Operator_NotEq_Is|Operator_Is_Eq|Operator_IsNot_NotEq")
TABLE_TEXT = "text in a table"


class Change(NamedTuple):
    """A possible change. Changes are drawn in this order."""

    row: int
    column: int
    operator: str
    occurrence: int


def main() -> None:
    each, seed, *paths = sys.argv[1:]
    for path in paths:
        code = Path(path).read_text(encoding="utf-8")
        for change in draw(changes_of(code), code.splitlines(), int(each), int(seed)):
            text = mutant(code, change)
            if text is not None:
                print(json.dumps({"path": path, "row": change.row, "text": text}))


def operators() -> Iterator[tuple[str, Any]]:
    """Returns the operators that need no arguments, by name."""
    from cosmic_ray import plugins

    for name in plugins.operator_names():
        operator = plugins.get_operator(name)
        if not operator.arguments():
            yield name, operator()


def changes_of(code: str) -> list[Change]:
    """Returns all changes that the operators can make, and those of texts in tables."""
    from cosmic_ray.ast import ast_nodes, get_ast

    nodes = list(ast_nodes(get_ast(code)))
    changes = [Change(row, column, TABLE_TEXT, 0) for row, column in table_texts.positions(code)]
    for name, operator in operators():
        positions = (start for node in nodes for start, _end in operator.mutation_positions(node))
        changes += [Change(start[0], start[1], name, occurrence) for occurrence, start in enumerate(positions)]
    return changes


def draw(changes: Iterable[Change], lines: Sequence[str], each: int, seed: int) -> list[Change]:
    """Draws this many changes at random, at most one for each place: some operators have up to eleven changes for a place."""
    lot = random.Random(seed)
    places: dict[tuple[int, int], list[Change]] = {}
    for change in sorted(changes):
        if not UNFIT.search(change.operator) and not lines[change.row - 1].strip().startswith(POINTLESS):
            places.setdefault((change.row, change.column), []).append(change)
    return [lot.choice(found) for found in lot.sample(list(places.values()), min(each, len(places)))]


def mutant(code: str, change: Change) -> str | None:
    """Returns the code with the change, or None if cosmic-ray can't make it: it offers to replace an exception with a dotted name, and then fails."""
    from cosmic_ray.mutating import mutate_code

    if change.operator == TABLE_TEXT:
        return table_texts.changed(code, change.row, change.column)
    text: str | None = None
    with contextlib.suppress(AttributeError):
        text = mutate_code(code, dict(operators())[change.operator], change.occurrence)
    return text


if __name__ == "__main__":
    main()
