# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which Python the environments are created with, and what is printed about it."""

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
    """Simulates a machine with only these interpreters. Returns what is found, and what is printed."""

    def add(path, script):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        path.chmod(0o755)

    def machine(*paths, python="", **programs):
        """Creates interpreters with their version in the name; `programs` have another name."""
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
def test_each_version_is_accepted(machine, version):
    assert machine(f"bin/python{version}")[0] == f"bin/python{version}"


def test_python3_and_interpreters_of_pyenv_are_accepted(machine):
    """Debian 12 has only python3, version 3.11."""
    assert machine(python3="3.11")[0] == "bin/python3"
    assert machine(".pyenv/versions/3.13.0/bin/python", python3="3.11")[0] == ".pyenv/versions/3.13.0/bin/python"


def test_interpreters_that_do_not_work_are_ignored(machine):
    """pyenv has shims for versions that are not selected."""
    machine.add("bin/python3.14", "exit 127")
    assert machine("bin/python3.12")[0] == "bin/python3.12"


def test_the_variable_python_takes_precedence(machine):
    assert machine("bin/python3.11", "bin/python3.14", python="bin/python3.11")[0] == "bin/python3.11"
    found, said = machine("bin/python3.10", python="bin/python3.10")
    assert not found and "python3.10 is not a working Python of version 3.14 3.13 3.12 3.11" in said


def test_without_an_interpreter_the_error_lists_the_versions(machine):
    found, said = machine("bin/python3.10", "bin/python3.9")
    assert not found and "No Python of version 3.14 3.13 3.12 3.11" in said


def test_the_oldest_one_is_documented():
    for name in ("README.md", "CONTRIBUTING.md"):
        assert f"`make` and Python {VERSIONS[-1]} or newer" in (ROOT / name).read_text(encoding="utf-8")


def test_the_packages_are_resolved_for_each_version():
    """Versions of ansible-core before their release support only newer Pythons."""
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    resolved = re.findall(r"--python-version (\S+) --output-file tools/requirements/(\S+)\.txt", text)
    assert {name for version, name in resolved if version != VERSIONS[-1]} == {"newest"}


@pytest.fixture(name="setup")
def _setup(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "tools")
    return importlib.import_module("setup")


def test_the_chosen_versions_are_printed(setup, tmp_path):
    environment = setup.Environment(tmp_path / ".venv-x", tmp_path)
    (environment.collections.parent / "ansible_core-2.19.14.dist-info").mkdir(parents=True)
    assert setup.describe(environment) == ".venv-x: Python {}.{}.{}, ansible-core 2.19.14".format(*sys.version_info)
