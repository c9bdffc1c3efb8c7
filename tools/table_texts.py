# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes texts in tables, such as states and error codes, for mutants.py: cosmic-ray's operators leave texts alone."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

# No sentences, which people read
VALUE = re.compile(r"[\w.:*$/-]+")
TABLES = (ast.Set, ast.Tuple, ast.List, ast.Dict)
DOCUMENTATION = ("DOCUMENTATION", "EXAMPLES", "RETURN", "ARGUMENT_SPEC")  # sanity tests compare these


def positions(code: str) -> list[tuple[int, int]]:
    """Returns the line and column of each text in a table that the module or a class defines."""
    return [(text.lineno, text.col_offset) for table in tables(ast.parse(code)) for text in texts(table)]


def tables(tree: ast.Module | ast.ClassDef) -> Iterator[ast.expr]:
    """Yields the values of the assignments outside functions that have brackets."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            yield from tables(node)
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value and not is_documentation(node):
            yield from (each for each in ast.walk(node.value) if isinstance(each, TABLES))


def is_documentation(node: ast.Assign | ast.AnnAssign) -> bool:
    [target, *_others] = node.targets if isinstance(node, ast.Assign) else [node.target]
    return isinstance(target, ast.Name) and target.id in DOCUMENTATION


def texts(table: ast.AST) -> Iterator[ast.Constant]:
    """Yields the texts directly in the table."""
    for each in ast.iter_child_nodes(table):
        if isinstance(each, ast.Constant) and isinstance(each.value, str) and VALUE.fullmatch(each.value):
            yield each


def changed(code: str, row: int, column: int) -> str:
    """Returns the code with another text at this position."""
    lines = [line.encode() for line in code.splitlines(keepends=True)]
    line = lines[row - 1]
    quote = column + min(at for at in (line[column:].find(b"'"), line[column:].find(b'"')) if at >= 0)
    lines[row - 1] = line[: quote + 1] + b"x" + line[quote + 1 :]
    return b"".join(lines).decode()
