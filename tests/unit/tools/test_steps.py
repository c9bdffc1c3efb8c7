# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the outcome of each kind of step is counted: what did not run or crashed never counts as passed."""

from __future__ import annotations

import contextlib
import functools
import importlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

TOOLS = Path(__file__).resolve().parents[3] / "tools"
REPORT = "--junitxml="


@pytest.fixture(name="steps")
def _steps(monkeypatch):
    monkeypatch.syspath_prepend(TOOLS)
    steps = importlib.import_module("steps")
    monkeypatch.setattr(steps, "FLOOR_VENV", steps.VENV)
    monkeypatch.setattr(steps, "NEWEST_VENV", steps.VENV)
    # Nothing is run, so no fork server is needed.
    monkeypatch.setattr(steps, "warm_commands", lambda _env: contextlib.nullcontext(TOOLS))
    return steps


@pytest.fixture(name="skips")
def _skips(steps):
    return importlib.import_module("skips")


@pytest.fixture(name="count")
def _count(steps):
    """Returns the tally of a step whose commands end like this. pytest's also writes a report."""

    def count(name, returncode=0, output="", report=None):
        class Shell:
            live = False

            def run(self, *command, **_options):
                for word in map(str, command):
                    if word.startswith(REPORT) and report is not None:
                        Path(word.removeprefix(REPORT)).write_text(report, encoding="utf-8")
                return steps.Result(returncode, output)

        tally = steps.STEPS[name].run(Shell())
        return tally.passed, tally.failed, len(tally.skips)

    return count


def a_report(tests, failures=0, errors=0, skipped=0):
    cases = '<testcase classname="tests.unit.test_a" name="b"><skipped message="no reason"/></testcase>' * skipped
    counts = f'tests="{tests}" failures="{failures}" errors="{errors}" skipped="{skipped}"'
    return f"<testsuites><testsuite {counts}>{cases}</testsuite></testsuites>"


BY_PYTEST = ("unit", "integration", "exhaustive", "floor", "newest", "elsewhere")


OUTCOMES = {
    "all passed": (0, a_report(5), (5, 0, 0)),
    "failed": (1, a_report(5, failures=2), (3, 2, 0)),
    "broke in a fixture": (1, a_report(5, errors=2), (3, 2, 0)),
    "some of each": (1, a_report(9, failures=2, errors=3, skipped=1), (3, 5, 1)),
    "some skipped": (0, a_report(5, skipped=2), (3, 0, 2)),
    "all skipped": (0, a_report(5, skipped=5), (0, 1, 5)),
    "no tests": (5, a_report(0), (0, 1, 0)),
    "no tests, and nothing amiss": (0, a_report(0), (0, 1, 0)),
    "an empty report": (0, "<testsuites/>", (0, 1, 0)),
    "a crash before the report": (2, None, (0, 1, 0)),
    "no report, and nothing amiss": (0, None, (0, 1, 0)),
    "killed before the report": (-9, None, (0, 1, 0)),
    "a crash after the tests": (3, a_report(5), (5, 1, 0)),
    "killed after the tests": (-11, a_report(5), (5, 1, 0)),
    "failed, and nothing amiss": (0, a_report(5, failures=1), (4, 1, 0)),
}


@pytest.mark.parametrize("step", BY_PYTEST)
@pytest.mark.parametrize("outcome", OUTCOMES)
def test_tests_of_pytest(count, step, outcome):
    """The unit tests run in two processes."""
    returncode, report, counted = OUTCOMES[outcome]
    processes = 2 if step == "unit" else 1
    assert count(step, returncode, "", report) == tuple(processes * number for number in counted)


@pytest.mark.parametrize("failing", ["tests/emulator/tests", "tests/unit/plugins/module_utils"])
def test_each_half_of_the_unit_tests_counts(steps, monkeypatch, failing):
    """Together, they are all of them."""
    monkeypatch.setattr(steps, "find_prefix", lambda _env: None)
    halves = []

    class Shell:
        def run(self, *command, env):
            halves.append([word for word in command if "tests/" in str(word)])
            Path(command[3].removeprefix(REPORT)).write_text(a_report(5, failures=int(failing in command)), encoding="utf-8")
            return steps.Result(int(failing in command), "5 passed, 3 deselected")

    tally = steps.STEPS["unit"].run(Shell())
    assert (tally.passed, tally.failed, tally.left_out) == (9, 1, 6)
    assert sorted(halves) == [["tests/emulator/tests", "tests/unit", "--ignore=tests/unit/plugins/module_utils"], ["tests/unit/plugins/module_utils"]]


SCENARIOS = sorted(path.parent.name for path in TOOLS.parent.glob("extensions/molecule/*/molecule.yml"))


def recap(names, successful=3, actions=3):
    return "".join(f"{name:<20}: actions={actions}  successful={successful}  disabled=0\n" for name in names)


def test_scenarios_of_molecule(count):
    every = len(SCENARIOS)
    assert every > 5
    assert count("molecule", 0, recap(SCENARIOS)) == (every, 0, 0)
    # A scenario whose action failed, one that is missing from the recap, and one with a failed line next to a successful one
    assert count("molecule", 1, recap(SCENARIOS[1:]) + recap(SCENARIOS[:1], successful=2)) == (every - 1, 1, 0)
    assert count("molecule", 0, recap(SCENARIOS[1:])) == (every - 1, 1, 0)
    assert count("molecule", 1, recap(SCENARIOS) + recap(SCENARIOS[:1], successful=2)) == (every - 1, 1, 0)
    assert count("molecule", 0, recap([*SCENARIOS, "none of ours"])) == (every, 0, 0)
    # A crash after all of them, and one before the first
    assert count("molecule", 1, recap(SCENARIOS)) == (every, 1, 0)
    assert count("molecule", 1, "Traceback") == (0, every, 0)
    assert count("molecule", 0, "") == (0, every, 0)


def test_no_scenario_at_all_fails(count, steps, monkeypatch, tmp_path):
    monkeypatch.setattr(steps, "CHECKOUT", tmp_path)
    assert count("molecule", 0, recap(["default"])) == (0, 1, 0)


@pytest.mark.parametrize("step", ["yamllint", "ruff", "mypy", "docs", "site", "importer"])
@pytest.mark.parametrize(("returncode", "counted"), [(0, (1, 0, 0)), (1, (0, 1, 0)), (-9, (0, 1, 0)), (127, (0, 1, 0))])
def test_a_command_that_is_one_check(count, step, returncode, counted):
    assert count(step, returncode, "said") == counted


@pytest.fixture(name="lint")
def _lint(steps):
    """Returns the tally of ansible-lint's step, and the files that ansible-playbook checked, with their content."""

    def lint(*files, linted=0, checked=0):
        found = {}

        class Shell:
            def run(self, *command, env):
                if command[0] == "ansible-playbook":
                    found.update({file: Path(file).read_text(encoding="utf-8") if Path(file).exists() else None for file in command[2:]})
                    return steps.Result(checked, "wrong syntax")
                for file in files:
                    subprocess.run(["ansible-playbook", "--syntax-check", "-vv", file], env=env, check=True)
                with tempfile.NamedTemporaryFile("w", dir=env["TMPDIR"], prefix="play") as role:
                    role.write("a role")
                    role.flush()
                    subprocess.run(["ansible-playbook", "--syntax-check", "-vv", role.name], env=env, check=True)
                return steps.Result(linted, "wrong style")

        return steps.STEPS["ansible-lint"].run(Shell()), found

    return lint


def test_all_files_that_ansible_lint_collects_are_checked(lint):
    tally, found = lint("playbooks/a b.yml", "/abs/c.yml")
    assert (tally.passed, tally.failed) == (1, 0)
    assert list(found.values()) == [None, None, "a role"]
    assert list(found)[:2] == ["playbooks/a b.yml", "/abs/c.yml"]


@pytest.mark.parametrize(("outcome", "output"), [({"linted": 2}, "wrong style"), ({"checked": 4}, "wrong syntax")])
def test_style_and_syntax_both_count(lint, outcome, output):
    tally, _found = lint("a.yml", **outcome)
    assert (tally.passed, tally.failed, tally.output) == (0, 1, output)


def test_no_file_to_check_fails(count):
    assert count("ansible-lint", 0) == (0, 1, 0)


def test_one_of_two_commands(steps):
    """Neither a failed formatter nor failed fragments are hidden by the second command."""

    def tally(step, failing):
        class Shell:
            def run(self, *command, **_options):
                return steps.Result(int(failing in command), "")

        done = steps.STEPS[step].run(Shell())
        return done.passed, done.failed

    assert [tally("ruff", failing) for failing in ("format", "check", None)] == [(0, 1), (0, 1), (1, 0)]
    assert [tally("changelog", failing) for failing in ("lint", "generate")] == [(0, 1), (0, 1)]


@pytest.fixture(name="sanity")
def _sanity(steps, monkeypatch, tmp_path):
    """Returns the tally of a step with sanity tests and the files that pylint was given, if any, in a copy with a few files."""
    copy, venv = tmp_path / "copy", tmp_path / "venv"
    (venv / "sanity").mkdir(parents=True)
    (venv / "stamp").touch()
    for name in ("galaxy.yml", "meta/runtime.yml", "tests/config.yml", "plugins/a.py", "plugins/b.py", "tests/c.py"):
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        (copy / name).touch()
    monkeypatch.setattr(steps, "VENV", venv)
    monkeypatch.setattr(steps, "kept_copy", lambda: contextlib.nullcontext(copy))
    monkeypatch.setattr(steps, "provide_get_pip", lambda: None)
    monkeypatch.setattr(steps, "list_files", lambda folder: sorted(str(path.relative_to(folder)) for path in folder.rglob("*.*")))

    def sanity(usual=0, pylint=0, imports=0, tests=steps.LEAST_SANITY_TESTS, pylints=1, imported=1, repeated=None, step="sanity"):
        given, repeated = [], repeated or {}

        class Shell:
            def run(self, *command, cwd):
                if "--test" not in command:
                    return steps.Result(usual, "Running sanity test 'x'\n" * tests)
                _option, test, *files = command[command.index("--test") :]
                if test == "import":
                    sanity.imported = files
                    return steps.Result(imports, "Running sanity test 'import'\n" * imported)
                if test != "pylint":
                    return steps.Result(repeated.get(test, 0), f"Running sanity test '{test}'\n")
                given.extend(files)
                return steps.Result(pylint, "Running sanity test 'pylint'\n" * pylints)

        tally = steps.STEPS[step].run(Shell())
        return (tally.passed, tally.failed), given

    sanity.copy, sanity.venv = copy, venv
    return sanity


EVERYTHING = ["plugins/a.py", "plugins/b.py", "tests/c.py"]


def test_the_sanity_tests(sanity, steps):
    """If ansible-test does not recognize a collection, it skips every test and exits with 0."""
    assert sanity() == ((1, 0), [])
    assert sanity(usual=1) == ((0, 1), [])
    assert sanity(tests=steps.LEAST_SANITY_TESTS - 1) == ((0, 1), [])
    assert sanity(tests=0) == ((0, 1), [])


def test_what_other_steps_check_too_is_checked_when_everything_runs(sanity, steps):
    assert sanity(step="repeated-sanity") == ((1, 0), [])
    for test in steps.REPEATED_SANITY_TESTS:
        assert sanity(step="repeated-sanity", repeated={test: 1}) == ((0, 1), [])


def test_the_imports(sanity):
    (sanity.copy / "plugins/b.py").write_text("from . import a\n", encoding="utf-8")
    assert sanity(imports=1) == ((0, 1), [])
    assert sanity(imported=0)[0] == (0, 1)
    assert sanity()[0] == (1, 0) and sanity.imported == ["plugins/b.py"]
    assert sanity(step="import") == ((1, 0), []) and sanity.imported == []
    assert sanity(step="import", imports=1) == ((0, 1), [])
    assert sanity(step="import", imported=0) == ((0, 1), [])


@pytest.fixture(name="pylint")
def _pylint(sanity):
    return functools.partial(sanity, step="pylint")


def test_pylint_checks_a_file_again_until_it_finds_nothing(pylint):
    assert pylint(pylint=1) == ((0, 1), EVERYTHING)
    assert pylint(pylints=0) == ((0, 1), EVERYTHING)
    assert pylint() == ((1, 0), EVERYTHING)
    assert pylint() == ((1, 0), [])


def test_pylint_checks_changed_files(pylint, sanity):
    pylint()
    (sanity.copy / "plugins/a.py").write_text("import b\n", encoding="utf-8")
    assert pylint(pylint=1) == ((0, 1), ["plugins/a.py"])
    assert pylint() == ((1, 0), ["plugins/a.py"])
    (sanity.copy / "plugins/b.py").write_text("b = 1\n", encoding="utf-8")
    (sanity.copy / "plugins/c.py").touch()
    assert pylint() == ((1, 0), ["plugins/a.py", "plugins/b.py", "plugins/c.py"])
    assert pylint() == ((1, 0), [])


@pytest.mark.parametrize("name", ["copy/galaxy.yml", "copy/meta/runtime.yml", "copy/tests/config.yml", "venv/stamp"])
def test_pylint_checks_everything_if_its_settings_or_packages_change(pylint, sanity, name):
    pylint()
    (sanity.venv.parent / name).write_text("changed", encoding="utf-8")
    assert pylint() == ((1, 0), EVERYTHING)


@pytest.mark.parametrize(("has_actionlint", "returncode", "counted"), [(True, 0, (2, 0, 0)), (True, 1, (0, 2, 0)), (False, 0, (1, 0, 1))])
def test_the_linters_of_the_workflows(count, steps, monkeypatch, has_actionlint, returncode, counted):
    monkeypatch.setattr(steps, "actionlint_command", lambda: ("actionlint",) if has_actionlint else None)
    assert count("workflows", returncode) == counted


@pytest.mark.parametrize(("ci", "counted"), [("", (0, 0, 1)), ("true", (0, 1, 0))])
def test_the_browser_is_skipped_only_outside_ci(count, steps, monkeypatch, ci, counted):
    monkeypatch.setenv("CI", ci)
    monkeypatch.delenv("KEYLESS_CHROMIUM", raising=False)
    monkeypatch.setattr(steps.shutil, "which", lambda _name: None)
    assert count("browser", 1) == counted


@pytest.mark.parametrize(("returncode", "runs"), [(0, ["docs.py", "pytest"]), (1, ["docs.py"])])
def test_the_site_is_built_once_and_shown_in_the_browser(steps, monkeypatch, returncode, runs):
    monkeypatch.setenv("KEYLESS_CHROMIUM", "chromium")
    ran, shown = [], []

    class Shell:
        def run(self, *command, env=None):
            ran.append("pytest" if "pytest" in command else Path(command[1]).name)
            if "pytest" in command:
                shown.append(Path(env[steps.SITE]))
                Path(command[3].removeprefix(REPORT)).write_text(a_report(5), encoding="utf-8")
            else:
                (command[3] / "index.html").touch()
            return steps.Result(returncode, "")

    shell = Shell()
    tallies = [steps.STEPS[name].run(shell) for name in ("browser", "site")]
    assert ran == runs and all((each / "index.html").exists() for each in shown)
    assert [(tally.passed, tally.failed) for tally in tallies] == ([(0, 1), (0, 1)] if returncode else [(5, 0), (1, 0)])


TESTS = {
    "test_one.py": """
        import pytest
        def test_runs(): pass
        @pytest.mark.skipif(True, reason="only root")
        def test_marked(): pass
        def test_inside(): pytest.skip("no network")
        @pytest.fixture
        def fixture(): pytest.skip("no network")
        def test_in_its_fixture(fixture): pass
        @pytest.mark.xfail(reason="not yet")
        def test_expected_to_fail(): assert False
    """,
    "test_whole.py": 'import pytest\npytest.skip("not in this environment", allow_module_level=True)',
    "test_import.py": 'import pytest\npytest.importorskip("no_such_module")',
}


def test_skipped_tests_are_read_from_pytests_report(skips, tmp_path):
    for name, text in TESTS.items():
        file = tmp_path / "tests" / name
        file.parent.mkdir(exist_ok=True)
        file.write_text("\n".join(line.removeprefix(" " * 8) for line in text.splitlines()), encoding="utf-8")
    report = tmp_path / "report.xml"
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--import-mode=importlib", f"{REPORT}{report}", "tests"]
    subprocess.run(command, cwd=tmp_path, env=os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}, check=False, capture_output=True)
    assert {(skip.reason, skip.file) for skip in skips.read_skips(report)} == {
        ("only root", "tests/test_one.py"),
        ("no network", "tests/test_one.py"),
        ("not yet", "tests/test_one.py"),
        ("not in this environment", "tests/test_whole.py"),
        ("could not import 'no_such_module': No module named 'no_such_module'", "tests/test_import.py"),
    }
    assert len(skips.read_skips(report)) == 6


def test_without_a_report_nothing_was_skipped(skips, tmp_path):
    assert skips.read_skips(tmp_path / "none.xml") == ()


def test_each_reason_has_a_line(skips):
    one, other = "tests/unit/test_one.py", "tests/unit/test_other.py"
    found = [skips.Skip("only root", other), skips.Skip("no network", one, must_run=True), skips.Skip("only root", one), skips.Skip("only root", one)]
    assert skips.describe(found) == [
        f"skipped: only root (3 in {one}, {other})",
        f"skipped, but must run in CI: no network (1 in {one})",
    ]
    assert skips.describe([]) == []


ENDS = {"floor", "newest"}
ALLOWED = {
    "ansible-builder and ansible-navigator are not in this environment": ENDS,
    "awx.awx is not in this environment": ENDS,
    "could not import 'ansible_rulebook.condition_parser': No module named 'ansible_rulebook'": ENDS,
    "could not import 'jq': No module named 'jq'": ENDS,
    "this botocore leaves out the state": {"floor"},
    "this botocore does not know the account's defaults for metadata options": {"floor"},
    "this botocore does not know who operates an instance": {"floor"},
    "the engine of ansible-rulebook needs Java": {"unit", "integration", *ENDS},
    "This machine has no IPv6": {"unit", "integration", *ENDS},
    "this user can't make namespaces": {"unit", "integration", *ENDS},
    "this file system or user can't make files immutable": {"unit", "integration", *ENDS},
    "only root can give files to other users; make unit runs it": set(),
    "there is no curl": set(),
    "this user can't mount": set(),
    "": set(),
}


@pytest.mark.parametrize("reason", ALLOWED)
def test_what_may_be_skipped_in_ci(skips, monkeypatch, reason):
    asked = ("unit", "integration", "floor", "newest")
    monkeypatch.setenv("CI", "true")
    assert {step for step in asked if not skips.judge(step, [skips.Skip(reason, "a.py")])[0].must_run} == ALLOWED[reason]
    monkeypatch.delenv("CI")
    assert not any(skip.must_run for step in asked for skip in skips.judge(step, [skips.Skip(reason, "a.py")]))


def test_every_allowed_reason_is_tested(skips):
    tried = [reason for reason, steps in ALLOWED.items() if steps]
    assert all(any(reason.startswith(beginning) for reason in tried) for beginning in skips.ALLOWED)
    assert len(tried) == len(skips.ALLOWED)
