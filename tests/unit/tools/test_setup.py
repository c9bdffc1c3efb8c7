# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which Python the environments are made with, and what is said of it."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
[PYTHONS] = re.findall(r"^PYTHONS := (.*)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
VERSIONS = PYTHONS.split()


@pytest.fixture(name="machine")
def _machine(tmp_path):
    """Has these interpreters, and no others; what is found there, and what is said."""

    def add(path, script):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        path.chmod(0o755)

    def machine(*paths, python="", **programs):
        """Each with its version in its name; `programs` have another one."""
        for path in paths:
            version = re.findall(r"3\.\d+", path)[0]
            add(tmp_path / path, f'[ "$3" = {version} ] && echo "$0"')
        for name, version in programs.items():
            add(tmp_path / "bin" / name, f'[ "$3" = {version} ] && echo "$0"')
        env = {"PATH": str(tmp_path / "bin"), "HOME": str(tmp_path), "PYTHON": python and str(tmp_path / python)}
        done = subprocess.run([ROOT / "tools" / "find-python", *VERSIONS], env=env, check=False, capture_output=True, text=True)
        return done.stdout.strip().removeprefix(f"{tmp_path}/"), done.stderr

    machine.add = lambda name, script: add(tmp_path / name, script)
    return machine


def test_the_newest_python_is_taken(machine):
    assert machine("bin/python3.11", "bin/python3.14", "bin/python3.12")[0] == "bin/python3.14"


@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13", "3.14"])
def test_each_version_will_do(machine, version):
    assert machine(f"bin/python{version}")[0] == f"bin/python{version}"


def test_python3_and_those_of_pyenv_will_do(machine):
    """Debian 12 has nothing but python3 of version 3.11."""
    assert machine(python3="3.11")[0] == "bin/python3"
    assert machine(".pyenv/versions/3.13.0/bin/python", python3="3.11")[0] == ".pyenv/versions/3.13.0/bin/python"


def test_what_is_on_the_path_has_to_work(machine):
    """pyenv has shims for versions that are not selected."""
    machine.add("bin/python3.14", "exit 127")
    assert machine("bin/python3.12")[0] == "bin/python3.12"


def test_python_leaves_no_choice(machine):
    assert machine("bin/python3.11", "bin/python3.14", python="bin/python3.11")[0] == "bin/python3.11"
    found, said = machine("bin/python3.10", python="bin/python3.10")
    assert not found and "python3.10 is not a working Python of version 3.14 3.13 3.12 3.11" in said


def test_without_any_it_says_what_is_missing(machine):
    found, said = machine("bin/python3.10", "bin/python3.9")
    assert not found and "No Python of version 3.14 3.13 3.12 3.11" in said


def test_the_oldest_one_is_documented():
    for name in ("README.md", "CONTRIBUTING.md"):
        assert f"`make` and Python {VERSIONS[-1]} or newer" in (ROOT / name).read_text(encoding="utf-8")


def test_the_packages_are_resolved_for_each_of_them():
    """Versions of ansible-core that are not out yet take only newer ones."""
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    resolved = re.findall(r"--python-version (\S+) --output-file tools/requirements/(\S+)\.txt", text)
    assert {name for version, name in resolved if version != VERSIONS[-1]} == {"newest"}


@pytest.fixture(name="setup")
def _setup(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "tools")
    return importlib.import_module("setup")


def test_what_was_taken_is_said(setup, tmp_path):
    environment = setup.Environment(tmp_path / ".venv-x", tmp_path)
    (environment.collections.parent / "ansible_core-2.19.14.dist-info").mkdir(parents=True)
    assert setup.describe(environment) == ".venv-x: Python {}.{}.{}, ansible-core 2.19.14".format(*sys.version_info)
