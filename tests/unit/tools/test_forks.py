# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests that run in forks are reported as without forks, also if a fork dies."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from xml.etree import ElementTree

import pytest

SHARED = """
import os, pathlib, pytest
FOLDER = pathlib.Path(__file__).parent

def note(text):
    with open(FOLDER / "notes", "a", encoding="utf-8") as file:
        file.write(f"{os.getpid()} {text}\\n")

@pytest.fixture(scope="session", autouse=True)
def server():
    note("started")
    yield
    note("stopped")
"""
TESTS = """
import os, signal, time, pytest
from conftest import FOLDER, note

@pytest.fixture(scope="module")
def shared():
    return os.getpid()

@pytest.mark.parametrize("number", range(3))
def test_passes(shared, number):
    assert shared == os.getpid()
    note("ran")
"""
OTHERS = """
def test_fails(shared):
    print("what it printed")
    assert shared == 0

def test_is_skipped():
    pytest.skip("a reason")

@pytest.mark.xfail(strict=True)
def test_is_expected_to_fail():
    assert False

@pytest.fixture
def broken():
    yield
    raise ValueError("broken")

def test_ends_with_an_error(broken):
    pass

def test_dies():
    note("died")
    os.kill(os.getpid(), signal.SIGKILL)

def test_after_the_death():
    note("ran")

@pytest.mark.left_out
def test_is_left_out():
    pass
"""


@pytest.fixture(name="run")
def _run(tmp_path):
    """Runs files of tests. Returns pytest's exit status and output, the outcome of each test, and the notes by process."""

    def run(files, *options):
        for name, text in {"conftest.py": SHARED, "pytest.ini": "[pytest]\nmarkers = left_out\n", **files}.items():
            (tmp_path / name).write_text(text, encoding="utf-8")
        plugin = ("-p", "ansible_collections.keyless.ec2.tests.forks", "-p", "no:cacheprovider")
        command = [sys.executable, "-m", "pytest", *plugin, "--junitxml=report.xml", "-m", "not left_out", *options]
        ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        notes = [line.split() for line in (tmp_path / "notes").read_text(encoding="utf-8").splitlines()]
        return ended.returncode, ended.stdout, _outcomes(tmp_path / "report.xml"), notes

    return run


def _outcomes(report):
    cases = ElementTree.parse(report).iter("testcase")
    return Counter((case.get("name").partition("[")[0], *(each.tag for each in case if each.tag != "system-out")) for case in cases)


def test_every_outcome_is_reported(run):
    code, output, outcomes, notes = run({f"test_{name}.py": TESTS + OTHERS for name in "ab"}, "--forks=2")
    assert code == 1
    assert outcomes == {
        ("test_passes",): 6,
        ("test_fails", "failure"): 2,
        ("test_is_skipped", "skipped"): 2,
        ("test_is_expected_to_fail", "skipped"): 2,
        ("test_ends_with_an_error", "error"): 2,
        ("test_dies", "failure"): 2,
        ("test_after_the_death",): 2,
    }
    assert "what it printed" in output and "ended with -9" in output and "2 deselected" in output
    # A fork that lives stops what it has started, once.
    died = {process for process, text in notes if text == "died"}
    started, stopped = (Counter(process for process, text in notes if text == event) for event in ("started", "stopped"))
    assert len(died) == 2 and started - stopped == Counter(died) and set(started.values()) == {1}


def test_a_fork_keeps_what_the_next_file_uses(run):
    code, output, outcomes, notes = run({f"test_{name}.py": TESTS for name in "abcd"}, "--forks=1")
    assert (code, outcomes) == (0, {("test_passes",): 12})
    assert "test_a.py" not in output
    assert [text for _process, text in notes] == ["started", *["ran"] * 12, "stopped"]


def test_it_stops_where_pytest_would(run):
    code, output, _outcomes, _notes = run({"test_a.py": TESTS + OTHERS}, "--forks=2", "--exitfirst")
    assert code == 1 and "stopping after 1 failures" in output and "test_dies" not in output
