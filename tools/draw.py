# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Draws the folders of plugins/module_utils and what imports what into docs/architecture.md.

Usage: .venv/bin/python tools/draw.py
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
PAGE = CHECKOUT / "docs" / "architecture.md"
PLUGINS = CHECKOUT / "plugins"
UTILS = PLUGINS / "module_utils"
PREFIX = "ansible_collections.keyless.ec2.plugins.module_utils."
BLOCK = re.compile(r"(?<=```mermaid\n).*?(?=```)", re.DOTALL)

Edges = set[tuple[str, str]]


def picture() -> str:
    """The picture in Mermaid's language: an arrow points from who imports to what is imported."""
    edges = direct(set(edges_of_folders()) | set(edges_of_modules()))
    names = sorted({name for edge in edges for name in edge}, key=lambda name: (name.startswith("_"), name))
    without_aws = [name for name in names if not name.startswith("_") and not needs(name, "_aws", edges)]
    on_hosts = [name for name in names if any(needs(module, name, edges) for module in without_aws)]
    return "".join(
        [
            "flowchart TD\n",
            *frame("controller", "where AWS credentials are", [name for name in names if name not in on_hosts]),
            *frame("hosts", "on managed hosts too: nothing but Python", on_hosts),
            *(f"    {one} --> {other}\n" for one, other in sorted(edges)),
        ]
    )


def frame(name: str, title: str, members: list[str]) -> list[str]:
    """A frame around some of the nodes."""
    return [f'    subgraph {name}["{title}"]\n', *(f"        {each}\n" for each in members), "    end\n"]


def edges_of_folders() -> Iterator[tuple[str, str]]:
    """Pairs of folders, the first of which imports the second."""
    for path in UTILS.rglob("*.py"):
        parts = path.relative_to(UTILS).parts
        for name in imported_by(path, parts):
            if name != parts[0]:
                yield parts[0], name


def edges_of_modules() -> Iterator[tuple[str, str]]:
    """Pairs of a module and a folder that it imports."""
    for path in (PLUGINS / "modules").glob("*.py"):
        for name in imported_by(path, ()):
            yield path.stem, name


def imported_by(path: Path, parts: tuple[str, ...]) -> Iterator[str]:
    """The folders that a file imports; ``parts`` is its path within module_utils."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            yield [*parts[: -node.level], *node.module.split(".")][0]
        elif isinstance(node, ast.ImportFrom) and node.module.startswith(PREFIX):
            yield node.module[len(PREFIX) :].split(".")[0]


def direct(edges: Edges) -> Edges:
    """The edges without those that a longer way stands for."""
    return {
        (one, other) for one, other in edges if not any(needs(between, other, edges) for start, between in edges if start == one and between != other)
    }


def needs(one: str, other: str, edges: Edges) -> bool:
    """Whether a way leads from the one to the other."""
    return one == other or any(needs(between, other, edges) for start, between in edges if start == one)


def main() -> None:
    """Puts the picture into the page."""
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(BLOCK.sub(picture(), page), encoding="utf-8")


if __name__ == "__main__":
    main()
