# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tool that makes mutants: which it draws, which tests see each, and what it counts."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

CHECKOUT = Path(__file__).resolve().parents[3]
TOOLS = CHECKOUT / "tools"


@pytest.fixture(name="tool")
def _tool(monkeypatch):
    """A tool as a module."""
    monkeypatch.syspath_prepend(TOOLS)
    return importlib.import_module


# Drawing


@pytest.fixture(name="drawn")
def _drawn(tool):
    """Draws from changes, given as operator, line and column. Returns the lines and columns of what was drawn."""
    mutants = tool("mutants")

    def drawn(lines, changes, each, seed=0):
        return {
            (change.row, change.column)
            for change in mutants.draw([mutants.Change(row, column, name, 0) for name, row, column in changes], lines, each, seed)
        }

    return drawn


def test_mutants_are_drawn_at_random(drawn):
    """The same seed draws the same mutants."""
    changes = [("core/AddNot", 1, column) for column in range(40)]
    assert drawn(["x = 1"], changes, 5, 1) == drawn(["x = 1"], changes[::-1], 5, 1) != drawn(["x = 1"], changes, 5, 2)
    assert len(drawn(["x = 1"], changes, 5)) == 5
    assert len(drawn(["x = 1"], changes, 100)) == 40


def test_a_place_with_many_mutants_counts_once(tool):
    mutants = tool("mutants")
    adds = [mutants.Change(1, 2, f"core/ReplaceBinaryOperator_Add_{name}", 0) for name in ("Sub", "Mul", "Div")]
    assert len(mutants.draw(adds, ["x + 1"], 10, 0)) == 1
    assert len({mutants.draw(adds, ["x + 1"], 10, seed)[0] for seed in range(20)}) == 3


@pytest.mark.parametrize(
    "operator",
    [
        "core/ReplaceBinaryOperator_Pow_Add",
        "core/ReplaceComparisonOperator_Eq_Is",
        "core/ReplaceComparisonOperator_Eq_IsNot",
        "core/ReplaceComparisonOperator_NotEq_Is",
        "core/ReplaceComparisonOperator_Is_Eq",
        "core/ReplaceComparisonOperator_IsNot_NotEq",
    ],
)
def test_no_mutant_is_made_that_every_test_or_none_notices(drawn, operator):
    lines = ["@dataclass(frozen=True)", "x = 1"]
    assert drawn(lines, [(operator, 2, 0), ("core/RemoveDecorator", 1, 0), ("core/AddNot", 2, 4)], 10) == {(2, 4)}


TABLES = """\
STATES = frozenset({"ö", "running", "a sentence"})
X: dict = {'k': ("v", f("w", ["y"])), **{2: "z"}}
class A:
    races = ("I.x",)
    def f(self, names=("n", "m")):
        return ["r"]
TEXT = f("text")
DOCUMENTATION = ["d"]
"""


def test_each_text_in_a_table_is_changed(tool):
    """States and error codes, which other operators leave alone; no sentences, and nothing inside functions."""
    table_texts = tool("table_texts")
    mutants = [table_texts.changed(TABLES, *each) for each in table_texts.positions(TABLES)]
    lines = [(new for old, new in zip(TABLES.splitlines(), each.splitlines(), strict=True) if old != new) for each in mutants]
    assert sorted(each for [each] in lines) == [
        '    races = ("xI.x",)',
        'STATES = frozenset({"xö", "running", "a sentence"})',
        'STATES = frozenset({"ö", "xrunning", "a sentence"})',
        'X: dict = {\'k\': ("v", f("w", ["xy"])), **{2: "z"}}',
        'X: dict = {\'k\': ("v", f("w", ["y"])), **{2: "xz"}}',
        'X: dict = {\'k\': ("xv", f("w", ["y"])), **{2: "z"}}',
        'X: dict = {\'xk\': ("v", f("w", ["y"])), **{2: "z"}}',
    ]
    change = tool("mutants").Change(4, 13, tool("mutants").TABLE_TEXT, 0)
    assert tool("mutants").draw([change], TABLES.splitlines(), 1, 0) == [change]


# Which tests see a mutant

CODE = """\
LIMIT = 3

def first(x):
    if (
        x > LIMIT
    ):
        return 1
    return (
        x +
        2
    )

@decorator
def second(x=1):
    try:
        return x
    except ValueError:
        return 0

class Thing:
    size: int = 4
"""


@pytest.mark.parametrize(
    "row, expected",
    [
        (1, None),
        (3, None),
        (4, (4, 7)),
        (5, (4, 7)),
        (7, (7, 8)),
        (8, (8, 12)),
        (10, (8, 12)),
        (14, None),
        (16, (16, 17)),
        (17, (17, 18)),
        (18, (18, 19)),
        (21, None),
    ],
)
def test_the_statement_of_a_mutant(tool, tmp_path, monkeypatch, row, expected):
    """The lines that run it. None for code that runs on import, whose value any line may use."""
    mutation = tool("mutation")
    monkeypatch.setattr(mutation, "CHECKOUT", tmp_path)
    (tmp_path / "code.py").write_text(CODE, encoding="utf-8")
    assert mutation.statement(mutation.Mutant("code.py", row, "")) == (None if expected is None else range(*expected))


FILE = "plugins/module_utils/_role/plan.py"
MIRROR, SAME, OTHER = (f"tests/unit/plugins/module_utils/{name}" for name in ("_role/test_plan.py", "_role/test_job.py", "_aws/test_x.py"))


def test_the_nearest_tests_that_run_the_statement_come_first(tool, monkeypatch):
    mutation = tool("mutation")
    traces = {
        OTHER: mutation.Trace({f"{OTHER}::a": {FILE: [4]}, f"{OTHER}::b": {FILE: [4]}}, 1),
        SAME: mutation.Trace({f"{SAME}::a": {FILE: [3]}, SAME: {FILE: [5]}}, 1),
        MIRROR: mutation.Trace({f"{MIRROR}::a": {FILE: [1, 5]}, f"{MIRROR}::b": {FILE: [1]}, f"{MIRROR}::c": {"plugins/other.py": [4]}}, 2),
        f"{OTHER}2": mutation.Trace({f"{OTHER}2::a": {FILE: [4]}}, 1),
        "none": mutation.Trace({"none::a": {"plugins/other.py": [4]}}, 1),
    }
    monkeypatch.setattr(mutation, "statement", lambda mutant: range(4, 6))
    nearest, others = mutation.stages(mutation.Mutant(FILE, 4, ""), traces)
    assert nearest == {MIRROR: [f"{MIRROR}::a"]}
    assert list(others.items()) == [(SAME, [SAME]), (OTHER, [f"{OTHER}::a", f"{OTHER}::b"]), (f"{OTHER}2", [f"{OTHER}2::a"])]
    assert mutation.seconds(nearest, traces) == mutation.SECONDS + mutation.TIMES * 2
    monkeypatch.setattr(mutation, "FILES", 2)
    assert list(mutation.stages(mutation.Mutant(FILE, 4, ""), traces)[1]) == [SAME]


def test_code_that_runs_on_import_is_shown_to_tests_that_run_or_import_the_file(tool, monkeypatch):
    mutation = tool("mutation")
    user = "plugins/module_utils/_role/job.py"
    assert user in mutation.importers_of(FILE) and "plugins/module_utils/_aws/ec2.py" not in mutation.importers_of(FILE)
    traces = {
        MIRROR: mutation.Trace({f"{MIRROR}::a": {FILE: [90]}, MIRROR: {FILE: [1]}}),
        SAME: mutation.Trace({f"{SAME}::a": {user: [90]}, f"{SAME}::b": {"plugins/module_utils/_aws/ec2.py": [1]}}),
    }
    monkeypatch.setattr(mutation, "statement", lambda mutant: None)
    assert mutation.stages(mutation.Mutant(FILE, 1, ""), traces) == [{MIRROR: [f"{MIRROR}::a"]}, {SAME: [f"{SAME}::a"]}]


def test_a_mutant_that_no_test_runs_is_shown_to_no_test(tool, monkeypatch):
    mutation = tool("mutation")
    monkeypatch.setattr(mutation, "statement", lambda mutant: range(4, 6))
    assert mutation.stages(mutation.Mutant(FILE, 4, ""), {MIRROR: mutation.Trace()}) == []


def test_a_trace_is_kept_until_a_file_of_the_tests_changes(tool, tmp_path, monkeypatch):
    mutation = tool("mutation")
    monkeypatch.setattr(mutation, "CHECKOUT", tmp_path)
    texts = {
        "tests/unit/a/test_x.py": "from ansible_collections.keyless.ec2.tests.unit.a.shared import thing\n",
        "tests/unit/a/shared.py": "from ansible_collections.keyless.ec2.tests.unit.deep import thing\n",
        "tests/unit/deep.py": "",
        "tests/unit/conftest.py": "",
        "tests/unit/a/test_y.py": "",
    }

    def digest(changed=None):
        for name, text in texts.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(f"{text}# changed" if name == changed else text, encoding="utf-8")
        return mutation.digest("tests/unit/a/test_x.py")

    assert [name for name in texts if digest(name) == digest()] == ["tests/unit/a/test_y.py"]


def test_a_trace_is_kept_until_the_code_changes(tool, tmp_path, monkeypatch):
    mutation = tool("mutation")
    monkeypatch.setattr(mutation, "CHECKOUT", tmp_path)
    monkeypatch.setattr(mutation, "OUTPUT", tmp_path / "dist")
    monkeypatch.setattr(mutation, "digest", lambda tests: tests)
    for name in ("run.py", "other.py"):
        (tmp_path / name).write_text("", encoding="utf-8")
    traced = []
    pool = SimpleNamespace(map=lambda _function, tests: [traced.append(each) or mutation.Trace({f"{each}::a": {"run.py": [1]}}, 2) for each in tests])

    def read(*tests):
        mutation.digest_of.cache_clear()
        traced.clear()
        found = mutation.read_traces(pool, tests)
        assert {each: trace.lines for each, trace in found.items()} == {each: {f"{each}::a": {"run.py": [1]}} for each in tests}
        return list(traced)

    assert (read("x"), read("x", "y"), read("x", "y")) == (["x"], ["y"], [])
    (tmp_path / "other.py").write_text("changed", encoding="utf-8")
    assert read("x") == []
    (tmp_path / "run.py").write_text("changed", encoding="utf-8")
    assert read("x", "y") == ["x", "y"]
    mutation.digest_of.cache_clear()


# What is counted


@pytest.mark.parametrize(
    "patterns, has, has_not",
    [
        (["**/*.py"], ["plugins/filter/from_survey.py", "plugins/modules/iam_ec2_role.py", FILE], ["plugins/doc_fragments/attributes.py"]),
        (["_role/plan.py"], [FILE], ["plugins/module_utils/_role/job.py"]),
        (["module_utils/_role/*.py"], [FILE, "plugins/module_utils/_role/job.py"], ["plugins/module_utils/_role/__init__.py"]),
    ],
)
def test_files_are_selected_in_plugins_or_module_utils(tool, patterns, has, has_not):
    chosen = tool("mutation").chosen(patterns)
    assert set(has) <= set(chosen) and not set(has_not) & set(chosen) and chosen == sorted(set(chosen))


@pytest.mark.parametrize(
    "path, folder",
    [
        (FILE, "module_utils/_role/"),
        ("plugins/module_utils/_identity/imds/imdsv1_probe.py", "module_utils/_identity/"),
        ("plugins/filter/x.py", "filter/"),
    ],
)
def test_files_are_counted_by_folder(tool, path, folder):
    assert tool("mutation").folder_of(path) == folder


def test_survivors_are_reported_and_equivalent_mutants_do_not_count(tool, tmp_path, monkeypatch, capsys):
    mutation = tool("mutation")
    monkeypatch.setattr(mutation, "CHECKOUT", tmp_path)
    monkeypatch.setattr(mutation, "SURVIVORS", tmp_path / "survivors.txt")
    monkeypatch.setattr(mutation, "REVIEWED", tmp_path / "reviewed.yml")
    (tmp_path / "reviewed.yml").write_text("- {file: plugins/b/x.py, code: 'y  = 1', mutant: y = 2, reason: same}\n", encoding="utf-8")
    for folder in "ab":
        (tmp_path / "plugins" / folder).mkdir(parents=True)
        (tmp_path / "plugins" / folder / "x.py").write_text("x = 1\n  y = 1\n", encoding="utf-8")
    outcomes = [("a", "x = 2\n  y = 1\n", True), ("a", "x = 1\n  y = 2\n", False), ("b", "x = 1\n  y =  2\n", False), ("b", "x = 3\n  y = 1\n", True)]
    mutants = [mutation.Mutant(f"plugins/{folder}/x.py", 2, text) for folder, text, _killed in outcomes]
    mutation.report(mutants, [killed for _folder, _text, killed in outcomes])
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert rows[:2] == [["a/x.py", "2", "1", "1", "50%"], ["b/x.py", "1", "1", "0", "100%"]]
    assert rows[3:6] == [["a/", "2", "1", "1", "50%"], ["b/", "1", "1", "0", "100%"], ["All", "3", "2", "1", "67%"]]
    assert rows[6][0] == "1"
    assert (tmp_path / "survivors.txt").read_text(encoding="utf-8") == "plugins/a/x.py:2\n- y = 1\n+ y = 2\n\n"


DANGER = "plugins/module_utils/_role/changes.py"


@pytest.mark.parametrize(
    "counts, says",
    [
        ({("All", "killed"): 9, ("All", "survived"): 1}, None),
        ({("All", "killed"): 89, ("All", "survived"): 11}, "Less than 90% were noticed."),
        ({("All", "killed"): 99, ("All", "survived"): 1, (DANGER, "survived"): 1}, f"No mutant may survive in {DANGER}"),
        ({("All", "killed"): 9, (DANGER, "killed"): 9, (DANGER, "equivalent"): 1, ("All", "equivalent"): 9}, None),
        ({}, None),
    ],
)
def test_too_few_noticed_mutants_or_a_survivor_in_dangerous_code_fail(tool, counts, says):
    found = tool("mutation").complaint(counts)
    assert found == says or (says and found.startswith(says))


def test_dangerous_files_exist(tool):
    mutation = tool("mutation")
    assert set(mutation.DANGEROUS) <= set(mutation.chosen(["**/*.py"]))


def test_each_equivalent_mutant_is_of_existing_code_and_has_a_reason():
    for entry in yaml.safe_load((TOOLS / "equivalent_mutants.yml").read_text(encoding="utf-8")):
        assert set(entry) == {"file", "code", "mutant", "reason"} and entry["reason"] and entry["code"] != entry["mutant"]
        lines = [line.strip() for line in (CHECKOUT / entry["file"]).read_text(encoding="utf-8").splitlines()]
        assert set(entry["code"].splitlines()) <= set(lines), entry


# Running tests

TEST = """\
import pytest
from plugins.code import double

@pytest.fixture(scope="module")
def shared():
    return double(0)

def test_shared(shared):
    assert shared == 0

def test_double():
    assert double(2) == 4

def test_other():
    pass
"""
RUN = """\
import json, sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
import forked_tests
place = forked_tests.Place(Path(sys.argv[2]))

def noticed(text, test="::test_double", seconds=600):
    stages = [({"tests/test_code.py": [f"tests/test_code.py{test}"]}, seconds)]
    return place.notices("plugins/code.py", f"def double(x):\\n    {text}\\n", stages)

trace = place.trace("tests/test_code.py")
found = [noticed("return x + 2"), noticed("return x"), noticed("return [0] * (1 << 33)"), noticed("while True: x", seconds=0)]
others = [noticed("return 3", "::test_other"), noticed("return 3", "")]
print(json.dumps([trace.lines, found, others, place.trace("tests/test_wrong.py").failed, Path("plugins/code.py").read_text()]))
"""


def test_tests_run_in_forks(tmp_path):
    """In a small checkout: what each test runs, and which mutants it notices, including one that never ends and one that uses ever more memory."""
    copy = tmp_path / "a" / "b" / "c"
    code = "def double(x):\n    return 2 * x\n"
    files = {"plugins/code.py": code, "tests/test_code.py": TEST, "tests/test_wrong.py": "def test_it():\n    raise ValueError\n", "conftest.py": ""}
    for name, text in {**files, "pytest.ini": "[pytest]\npythonpath = .\nmarkers =\n    exhaustive: x\n"}.items():
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        (copy / name).write_text(text, encoding="utf-8")
    finished = subprocess.run([sys.executable, "-c", RUN, str(TOOLS), str(copy)], check=True, capture_output=True, text=True)
    lines, found, others, wrong, after = json.loads(finished.stdout)
    test = "tests/test_code.py"
    assert lines == {test: {"plugins/code.py": [1, 2]}, f"{test}::test_double": {"plugins/code.py": [2]}}
    assert (found, others) == ([False, True, True, True], [False, True])
    assert after == code and "ValueError" in wrong
