# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Draws the folders of plugins/module_utils and their imports, for the page "How it works inside".

Usage: .venv/bin/python tools/draw.py
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
PICTURE = CHECKOUT / "docs" / "docsite" / "rst" / "images" / "folders.svg"
PLUGINS = CHECKOUT / "plugins"
UTILS = PLUGINS / "module_utils"
PREFIX = "ansible_collections.keyless.ec2.plugins.module_utils."

WIDTH, MARGIN, GAP, BOX, FLOOR = 860, 60, 24, 34, 84
TITLE = "The folders of module_utils: an arrow points from who imports to what is imported"
STYLE = """
  text { font: 14px monospace; text-anchor: middle; fill: #1a1c1e }
  .box rect { fill: #eef3fb; stroke: #3b6cb4 }
  .box.host rect { fill: #eef7ee; stroke: #3d8b40 }
  line { stroke: #70757a; stroke-width: 1.3; marker-end: url(#arrow) }
"""

Edges = set[tuple[str, str]]
Place = tuple[float, float]


def picture() -> str:
    """Returns the picture as SVG. Importing folders are above imported ones, and folders that also go to managed hosts are green."""
    folders = direct(set(edges_of_folders()))
    names = sorted({name for edge in folders for name in edge})
    hosts = on_hosts(set(edges_of_modules()) | folders)
    places = place(names, folders)
    lines = [arrow(one, other, places) for one, other in sorted(folders)]
    boxes = [box(name, places[name], "box host" if name in hosts else "box") for name in names]
    height = max(y for _x, y in places.values()) + BOX + GAP
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">',
            f"<title>{TITLE}</title>",
            f"<style>{STYLE}</style>",
            '<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">',
            '<path d="M0,0 L8,4 L0,8 z" fill="#70757a"/></marker></defs>',
            f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
            *lines,
            *boxes,
            "</svg>\n",
        ]
    )


def on_hosts(edges: Edges) -> set[str]:
    """Returns the folders that run on managed hosts: what is imported by modules that call no AWS service."""
    modules = {one for one, _other in edges if not one.startswith("_")}
    without_aws = [name for name in modules if not needs(name, "_aws", edges)]
    return {other for edge in edges for other in edge if any(needs(name, other, edges) for name in without_aws)}


def place(names: list[str], edges: Edges) -> dict[str, Place]:
    """Returns the upper left corner of each box. Its floor is the length of its longest path down to a folder that imports nothing."""
    floors = defaultdict(list)
    for name in names:
        floors[height_of(name, edges)].append(name)
    top = max(floors)
    found: dict[str, Place] = {}
    for floor, members in floors.items():
        room = (WIDTH - 2 * MARGIN) / len(members)
        # Every other floor is shifted, so that an arrow over two floors does not cross a box.
        left = MARGIN * (2 if floor % 2 else 0)
        for at, name in enumerate(members):
            found[name] = (left + at * room + (room - width_of(name)) / 2, GAP + (top - floor) * FLOOR)
    return found


def height_of(name: str, edges: Edges) -> int:
    below = [other for one, other in edges if one == name]
    return 1 + max((height_of(other, edges) for other in below), default=-1)


def width_of(name: str) -> float:
    return 8.6 * (len(name) + 1) + 20


def box(name: str, at: Place, kind: str) -> str:
    x, y = at
    rect = f'<rect x="{x:.0f}" y="{y:.0f}" width="{width_of(name):.0f}" height="{BOX}" rx="6"/>'
    return f'<g class="{kind}">{rect}<text x="{x + width_of(name) / 2:.0f}" y="{y + 22:.0f}">{name}/</text></g>'


def arrow(one: str, other: str, places: dict[str, Place]) -> str:
    """Returns an arrow from the lower edge of one box to the upper edge of another."""
    (x1, y1), (x2, y2) = places[one], places[other]
    x1, x2 = x1 + width_of(one) / 2, x2 + width_of(other) / 2
    return f'<line x1="{x1:.0f}" y1="{y1 + BOX:.0f}" x2="{x2:.0f}" y2="{y2:.0f}"/>'


def edges_of_folders() -> Iterator[tuple[str, str]]:
    """Returns pairs of folders of which the first imports the second."""
    for path in UTILS.rglob("*.py"):
        parts = path.relative_to(UTILS).parts
        for name in imported_by(path, parts):
            if name != parts[0]:
                yield parts[0], name


def edges_of_modules() -> Iterator[tuple[str, str]]:
    """Returns pairs of a module and a folder that it imports."""
    for path in (PLUGINS / "modules").glob("*.py"):
        for name in imported_by(path, ()):
            yield path.stem, name


def imported_by(path: Path, parts: tuple[str, ...]) -> Iterator[str]:
    """Returns the folders that a file imports. ``parts`` is its path within module_utils."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.ImportFrom) or node.module is None:
            continue
        if node.level:
            yield [*parts[: -node.level], *node.module.split(".")][0]
        elif node.module.startswith(PREFIX):
            yield node.module[len(PREFIX) :].split(".")[0]


def direct(edges: Edges) -> Edges:
    """Returns the edges without those that follow from others."""
    return {
        (one, other) for one, other in edges if not any(needs(between, other, edges) for start, between in edges if start == one and between != other)
    }


def needs(one: str, other: str, edges: Edges) -> bool:
    """Tells whether one folder imports the other, directly or through others."""
    return one == other or any(needs(between, other, edges) for start, between in edges if start == one)


def main() -> None:
    """Writes the picture."""
    PICTURE.write_text(picture(), encoding="utf-8")


if __name__ == "__main__":
    main()
