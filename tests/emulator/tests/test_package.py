# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The emulator is a package of its own: it needs nothing from the collection, and one command installs it."""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1]
SOURCE = PACKAGE / "src" / "keyless_emulator"
# The others are dependencies of moto.
DEPENDENCIES = {"botocore", "moto", "xmltodict"}


@cache
def _imports(file: Path) -> frozenset[str]:
    """Returns the top-level packages that a file imports. Relative imports stay in the package."""
    return frozenset(_imported(file))


def _imported(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield (node.module or "").partition(".")[0]


def test_it_imports_nothing_but_moto_and_the_standard_library() -> None:
    imported = {name for file in SOURCE.rglob("*.py") for name in _imports(file)}
    assert imported - set(sys.stdlib_module_names) <= DEPENDENCIES


def test_neither_it_nor_its_tests_import_ansible() -> None:
    imported = {name for file in PACKAGE.rglob("*.py") for name in _imports(file)}
    assert [name for name in imported if name.startswith("ansible")] == []


def _install(venv: Path) -> None:
    """Installs the package with uv, which is faster, or with pip."""
    uv = shutil.which("uv", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    python = venv / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", *["--without-pip"] * bool(uv), venv], check=True)
    pip = [uv, "pip", "install", "--system-certs", "--python", python] if uv else [python, "-m", "pip", "install"]
    subprocess.run([*pip, "--quiet", PACKAGE], check=True)


@pytest.fixture(name="venv", scope="module")
def _venv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    venv = tmp_path_factory.mktemp("emulator") / "venv"
    _install(venv)
    return venv


def test_it_answers_when_installed_into_an_empty_environment(venv: Path, tmp_path: Path) -> None:
    command = [venv / "bin" / "keyless-emulator", "--parent-pid", str(os.getpid())]
    with subprocess.Popen(command, cwd=tmp_path, env={}, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            with urllib.request.urlopen(f"{process.stdout.readline().strip()}/emulator/health") as answer:
                assert json.load(answer)
        finally:
            process.terminate()
    installed = {path.name for path in venv.glob("lib/python3.*/site-packages/*")}
    assert "keyless_emulator" in installed and not installed & {"ansible", "ansible_collections"}
