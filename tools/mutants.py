# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the mutants of files with cosmic-ray's operators, for mutation.py; it runs in cosmic-ray's environment.

Usage: .venv-mutation/bin/python tools/mutants.py EACH SEED FILE …

Prints a line of JSON for each mutant: its file, the line, and the whole text of the file with the change.
"""

from __future__ import annotations

import json
import random
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

# Nobody can tell that a value is frozen without trying to break it, nor how many calls go side by side, and what is for mypy is not run.
POINTLESS = ("@dataclass", "if TYPE_CHECKING:", "WORKERS = ")
# What no test can tell, or every one: `is` for equal texts, which are mostly one object, and what is made of `**`, which here only
# unpacks and then does not compile.
UNFIT = re.compile("Operator_Pow_|Operator_Eq_Is|Operator_NotEq_Is")


class Change(NamedTuple):
    """A change that can be made, in the order in which changes are drawn."""

    row: int
    column: int
    operator: str
    occurrence: int


def main() -> None:
    each, seed, *paths = sys.argv[1:]
    for path in paths:
        code = Path(path).read_text(encoding="utf-8")
        for change in draw(changes_of(code), code.splitlines(), int(each), int(seed)):
            print(json.dumps({"path": path, "row": change.row, "text": mutant(code, change)}))


def operators() -> Iterator[tuple[str, Any]]:
    """Those that need no arguments, by name."""
    from cosmic_ray import plugins

    for name in plugins.operator_names():
        operator = plugins.get_operator(name)
        if not operator.arguments():
            yield name, operator()


def changes_of(code: str) -> list[Change]:
    """All changes that the operators can make."""
    from cosmic_ray.ast import ast_nodes, get_ast

    nodes = list(ast_nodes(get_ast(code)))
    changes = []
    for name, operator in operators():
        positions = (start for node in nodes for start, _end in operator.mutation_positions(node))
        changes += [Change(start[0], start[1], name, occurrence) for occurrence, start in enumerate(positions)]
    return changes


def draw(changes: Iterable[Change], lines: Sequence[str], each: int, seed: int) -> list[Change]:
    """So many of the changes, by lot, and of one place no more than one: an operator has up to eleven, another change one."""
    lot = random.Random(seed)
    places: dict[tuple[int, int], list[Change]] = {}
    for change in sorted(changes):
        if not UNFIT.search(change.operator) and not lines[change.row - 1].strip().startswith(POINTLESS):
            places.setdefault((change.row, change.column), []).append(change)
    return [lot.choice(found) for found in lot.sample(list(places.values()), min(each, len(places)))]


def mutant(code: str, change: Change) -> str:
    """The code with the change."""
    from cosmic_ray.mutating import mutate_code

    text: str = mutate_code(code, dict(operators())[change.operator], change.occurrence)
    return text


if __name__ == "__main__":
    main()
