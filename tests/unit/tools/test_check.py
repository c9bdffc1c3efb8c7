# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The output of tools/check.py: what failed, what is slow, what was left out."""

from __future__ import annotations

import importlib
import threading
from pathlib import Path

import pytest

TOOLS = Path(__file__).resolve().parents[3] / "tools"


@pytest.fixture(name="check")
def _check(monkeypatch):
    """tools/check.py as a module."""
    monkeypatch.syspath_prepend(TOOLS)
    return importlib.import_module("check")


@pytest.fixture(name="steps")
def _steps(check):
    return importlib.import_module("steps")


@pytest.fixture(name="run")
def _run(check, monkeypatch, capsys):
    """Runs these steps instead of the real ones. Returns the exit code and the printed lines."""

    def run(*arguments, **steps):
        monkeypatch.setattr(check, "STEPS", steps)
        returncode = check.main(list(arguments))
        return returncode, capsys.readouterr().out.splitlines()

    return run


@pytest.fixture(name="step")
def _step(steps):
    def step(passed=1, failed=0, seconds=600, left_out=0, skipped=()):
        found = tuple(steps.Skip(reason, "tests/test_a.py") for reason in skipped)
        return steps.Step(lambda shell: steps.Tally(passed, failed, "said", found, left_out), seconds)

    return step


def test_the_last_line_counts_all_steps(run, step):
    returncode, lines = run(unit=step(passed=5), docs=step())
    assert (returncode, lines[-1]) == (0, "6 passed, 0 failed")
    assert "said" not in lines


def test_the_output_of_failed_steps_is_shown(run, step):
    returncode, lines = run(unit=step(passed=5, failed=2), docs=step())
    assert (returncode, lines[-1]) == (1, "6 passed, 2 failed")
    assert "said" in lines


def test_an_exception_fails_the_step(steps, run, step):
    def broken(shell):
        raise OSError("no space")

    _returncode, lines = run(unit=steps.Step(broken, 600), docs=step())
    assert lines[-1] == "1 passed, 1 failed"
    assert "OSError: no space" in lines


def test_a_slow_step_is_reported_and_goes_on(check, steps, run, monkeypatch):
    told = threading.Event()

    def slow(shell):
        told.wait()
        return steps.Tally(1, 0, "")

    def tell(*words, **options):
        print(*words, **options)
        if "still running" in words[0]:
            told.set()

    monkeypatch.setattr(check, "print", tell, raising=False)
    returncode, lines = run(unit=steps.Step(slow, 0.01))
    assert (returncode, lines[-1]) == (0, "1 passed, 0 failed")
    assert "unit: slow: still running after" in lines[1]
    assert "slow: usually 0.01 s" in lines[-2]


def test_no_test_runs_twice_only_to_measure_coverage(run, step):
    steps = {name: step(passed=5) for name in ("coverage", "unit", "integration")}
    assert [line for line in run("--all", **steps)[1] if line.startswith("==>")] == ["==> coverage"]
    assert run("unit", **steps)[1][-1] == run("coverage", **steps)[1][-1] == "5 passed, 0 failed"


def test_what_is_left_out_is_reported(run, step):
    steps = {
        name: step(left_out=3 * (name in ("floor", "unit", "coverage"))) for name in ("floor", "exhaustive", "coverage", "unit", "rstcheck", "docs")
    }
    assert run(**steps)[1][-2] == "left out: floor, coverage, rstcheck, 3 exhaustive tests; make test-all runs them"
    assert run("--all", **steps)[1][-2] == "left out: 3 exhaustive tests with the oldest versions"
    assert run("unit", **steps)[1][-2] == "left out: 3 exhaustive tests; make test-all runs them"
    assert run("docs", **steps)[1][-2].startswith("    docs: ")


JAVA, ROOT = "the engine of ansible-rulebook needs Java", "only root gives files away"


def test_skipped_tests_are_reported_with_their_reason(run, step, monkeypatch):
    monkeypatch.delenv("CI", raising=False)
    returncode, lines = run(unit=step(passed=5, skipped=[ROOT, JAVA]), docs=step(left_out=1, skipped=[ROOT]))
    assert (returncode, lines[-1]) == (0, "6 passed, 0 failed")
    assert lines[-4:-2] == [f"skipped: {ROOT} (2 in tests/test_a.py)", f"skipped: {JAVA} (1 in tests/test_a.py)"]
    assert lines[-2].startswith("left out: ")
    assert any(line.startswith("    unit: 5 passed, 0 failed, 2 skipped (") for line in lines)


def test_in_ci_a_skipped_test_that_must_run_fails(run, step, monkeypatch):
    monkeypatch.setenv("CI", "true")
    returncode, lines = run(unit=step(passed=5, failed=1, skipped=[ROOT, JAVA, ROOT]), docs=step())
    assert (returncode, lines[-1]) == (1, "6 passed, 3 failed")
    assert lines[-3:-1] == [f"skipped: {JAVA} (1 in tests/test_a.py)", f"skipped, but must run in CI: {ROOT} (2 in tests/test_a.py)"]
    assert any(line.startswith("    unit: 5 passed, 3 failed, 1 skipped (") for line in lines)
    assert "said" in lines
    assert run(unit=step(passed=5, skipped=[JAVA]))[0] == 0


def test_an_unknown_step_is_refused(run, step):
    with pytest.raises(SystemExit, match="Unknown step nuit"):
        run("nuit", unit=step())
