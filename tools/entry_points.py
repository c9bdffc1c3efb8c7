# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Finds a few files of plugins/ whose imports import all others, too.

ansible-test imports each file on its own, with everything that the file imports, and compiles all of that anew each time.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path

from unchanged import imported, reachable

# What ansible-test imports as on a managed host. It imports everything else as on a controller.
OF_MODULES = ("plugins/modules/", "plugins/module_utils/")


def entry_points(root: Path, files: Iterable[str]) -> list[str]:
    """Returns files that import all files of plugins/, those of modules by files of modules."""
    contents = {name: (root / name).read_bytes() for name in files if name.startswith("plugins/") and name.endswith(".py")}
    kinds: dict[bool, set[str]] = {True: set(), False: set()}
    for name in contents:
        kinds[name.startswith(OF_MODULES)].add(name)
    return sorted(each for kind in kinds.values() for each in cover({name: imports(name, contents[name]) & kind for name in kind}))


def cover(graph: dict[str, set[str]]) -> Iterator[str]:
    """Yields files from which all others are reachable, those that reach most first."""
    reached = {name: reachable(name, graph) for name in graph}
    covered: set[str] = set()
    for name in sorted(graph, key=lambda each: (-len(reached[each]), each)):
        if name not in covered:
            covered |= reached[name]
            yield name


def imports(name: str, content: bytes) -> set[str]:
    """Returns the files that importing a file imports, and not only a function in it or a type checker."""
    return {found for node in ast.parse(content).body for found in imported(name, node)}
