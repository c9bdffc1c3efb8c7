# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Finds the Python files that have changed since a linter last found nothing in them, or that import a changed file.

The linter's findings must depend only on these files and on the given settings.
"""

from __future__ import annotations

import ast
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

COLLECTION = "ansible_collections.keyless.ec2"


class Unchanged:
    """Remembers the state of each file and its imports in a file."""

    def __init__(self, root: Path, files: list[str], settings: str, memory: Path) -> None:
        self._memory = memory
        self._now = fingerprints(root, [name for name in files if name.endswith(".py")], settings)

    def changed(self) -> list[str]:
        """Returns the files to check."""
        known = json.loads(self._memory.read_text(encoding="utf-8")) if self._memory.exists() else {}
        return [name for name, fingerprint in self._now.items() if known.get(name) != fingerprint]

    def remember(self) -> None:
        """Remembers the current state. Call it when nothing was found in the changed files."""
        new = self._memory.with_suffix(".new")
        new.write_text(json.dumps(self._now), encoding="utf-8")
        new.replace(self._memory)


def fingerprints(root: Path, files: list[str], settings: str) -> dict[str, str]:
    contents = {name: (root / name).read_bytes() for name in files}
    imports = {name: {found for found in candidates(name, content) if found in contents} for name, content in contents.items()}
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}
    return {name: digest(settings, *(f"{each} {hashes[each]}" for each in sorted(reachable(name, imports)))) for name in files}


def digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def reachable(name: str, imports: dict[str, set[str]]) -> set[str]:
    """Returns the file and everything that it imports, directly or indirectly."""
    found, ahead = set(), {name}
    while ahead:
        found |= ahead
        ahead = set().union(*(imports[each] for each in ahead)) - found
    return found


def candidates(name: str, content: bytes) -> Iterator[str]:
    """Yields the files that the imports of a file could refer to: each module, its packages, and what is imported from it."""
    try:
        nodes = list(ast.walk(ast.parse(content)))
    except (SyntaxError, ValueError):
        return
    for node in nodes:
        yield from imported(name, node)


def imported(name: str, node: ast.AST) -> Iterator[str]:
    """Yields the files to which the names in an import could refer, and nothing for any other statement."""
    if isinstance(node, ast.Import):
        modules = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom):
        base = absolute(name, node)
        modules = [base, *(f"{base}.{alias.name}" for alias in node.names)]
    else:
        return
    for module in modules:
        yield from paths_of(name, module)


def absolute(name: str, node: ast.ImportFrom) -> str:
    """Returns the full name of the module from which something is imported."""
    if not node.level:
        return node.module or ""
    package = [*COLLECTION.split("."), *Path(name).parts[: -node.level]]
    return ".".join([*package, *([node.module] if node.module else [])])


def paths_of(name: str, module: str) -> Iterator[str]:
    """Yields the possible paths of a module: of the collection, or next to the file that imports it."""
    is_ours = module == COLLECTION or module.startswith(f"{COLLECTION}.")
    parts = module.removeprefix(COLLECTION).strip(".").split(".") if is_ours else [*Path(name).parent.parts, *module.split(".")]
    for end in range(1, len(parts) + 1):
        path = "/".join(parts[:end])
        yield from (f"{path}.py", f"{path}/__init__.py")
