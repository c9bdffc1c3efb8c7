# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests that need root: an ordinary user runs them as root of a user namespace or with sudo. They are skipped only if neither works."""

from __future__ import annotations

import errno
import importlib
import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
ENV = {"PATH": "/bin", "HOME": "/home/a", "TOKEN": "confidential"}


@pytest.fixture(name="root")
def _root(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "tools")
    return importlib.import_module("root")


@pytest.fixture(name="steps")
def _steps(root):
    return importlib.import_module("steps")


@pytest.fixture(name="machine")
def _machine(root, monkeypatch):
    """Simulates a machine on which only these programs make a user root. Returns the commands that were tried."""
    tried = []

    def has(*programs, missing=()):
        def run(command, **options):
            tried.append(command)
            if command[0] in missing:
                raise FileNotFoundError(command[0])
            return subprocess.CompletedProcess(command, 0 if command[0] in programs else 1)

        monkeypatch.setattr(root.subprocess, "run", run)
        return tried

    return has


def test_a_namespace_comes_before_sudo(root, machine):
    machine("unshare", "sudo")
    assert root.find_prefix(ENV) == root.NAMESPACE
    machine("sudo", missing=("unshare",))
    assert root.find_prefix(ENV)[:3] == ("sudo", "-n", "env")


def test_in_ci_sudo_is_tried_first(root, machine):
    machine("unshare", "sudo")
    assert root.find_prefix({**ENV, "CI": "true"})[:3] == ("sudo", "-n", "env")
    machine("unshare")
    assert root.find_prefix({**ENV, "CI": "true"}) == root.NAMESPACE


def test_sudo_is_given_only_what_is_needed(root, machine):
    tried = machine("sudo")
    assert root.find_prefix(ENV)[3:] == ("HOME=/home/a", "PATH=/bin")
    assert "confidential" not in str(tried)


def test_without_both_there_is_no_prefix(root, machine):
    machine()
    assert root.find_prefix(ENV) is None
    machine(missing=("unshare", "sudo"))
    assert root.find_prefix(ENV) is None


def test_root_must_be_able_to_change_owners(root, monkeypatch):
    """Not every namespace has more than one id."""

    def chown(file, uid, gid):
        os.fstat(file)
        raise OSError(errno.EINVAL, f"{uid}")

    monkeypatch.setattr(os, "chown", chown)
    with pytest.raises(OSError, match="1234"):
        exec(root.PROBE)


@pytest.fixture(name="runs")
def _runs(steps, monkeypatch):
    """Returns how pytest is run for this user with this prefix: (marks, prefix, whether tests are left out)."""

    def runs(uid, prefix, *folders, marks=None):
        made = []

        def run_pytest(_shell, _venv, env, marks, *arguments, prefix=()):
            made.append((marks, prefix[:1], steps.APART in env))
            return steps.Tally(1, 0, "said", left_out=1)

        class Shell:
            def run(self, *command, env):
                made.append(command[:3])

        monkeypatch.setattr(steps, "isolated", lambda venv: {})
        monkeypatch.setattr(steps, "run_pytest", run_pytest)
        monkeypatch.setattr(steps, "find_prefix", lambda env: prefix)
        monkeypatch.setattr(os, "geteuid", lambda: uid)
        tally = steps.pytest(Shell(), Path("venv"), marks or steps.USUAL, *folders)
        return made, tally

    return runs


def test_an_ordinary_user_runs_root_tests_separately(steps, runs):
    made, tally = runs(1000, ("unshare",), "tests/unit", "tests/integration")
    apart = [("not exhaustive", (), True), ("not exhaustive and needs_root", ("unshare",), False), ("unshare", "rm", "-rf")]
    assert made == apart
    assert (tally.passed, tally.failed, tally.left_out) == (2, 0, 1)


def test_root_runs_all_tests_together(steps, runs):
    usual = [("not exhaustive", (), False)]
    assert runs(0, ("unshare",), "tests/unit")[0] == usual
    assert runs(1000, None, "tests/unit")[0] == usual
    assert runs(1000, ("unshare",), "tests/integration")[0] == usual
    assert runs(1000, ("unshare",), "tests/unit", marks="exhaustive")[0] == [("exhaustive", (), False)]


def test_root_tests_are_in_the_expected_folder(steps):
    marked = {path.parent.relative_to(ROOT) for path in (ROOT / "tests").rglob("test_*.py") if "mark.needs_root" in path.read_text(encoding="utf-8")}
    assert all(folder.is_relative_to(steps.ROOT_TESTS) for folder in marked - {Path(__file__).parent.relative_to(ROOT)})
    assert f'APART = "{steps.APART}"' in (ROOT / steps.ROOT_TESTS / "conftest.py").read_text(encoding="utf-8")
