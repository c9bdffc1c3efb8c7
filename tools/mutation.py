# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes small changes to the code, called mutants, and reports those that no test notices.

Usage: .venv/bin/python tools/mutation.py [--each N | --all] [--seed N] [PATTERN …]

PATTERN selects files in plugins/, such as `module_utils/_policy/trust_policy.py` or `_policy/*.py`. Without one, all files are selected. In each
file, N places are drawn at random, 6 by default, and one mutant is made for each. First, every test runs once to find out which lines it runs.
dist/mutation/traces keeps that until the test, or the code that it runs, changes. Then each mutant is shown to the tests that run its statement.

A mutant that survives shows a line that no test covers, or makes no difference. dist/mutation/survivors.txt lists the survivors.
tools/equivalent_mutants.yml lists mutants that no test can notice, each with the reason. The checkout is not changed. It fails if less than 90 % are
noticed, or if one survives in code that deletes, detaches, deactivates or restores.
"""

from __future__ import annotations

import argparse
import ast
import difflib
import hashlib
import itertools
import json
import multiprocessing
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

import yaml
from environment import CHECKOUT
from forked_tests import SECONDS, TIMES, Place, Stage, Trace, warm_up
from steps import copy_to

UNIT = "tests/unit/plugins"
MUTANTS = (CHECKOUT / ".venv-mutation" / "bin" / "python", CHECKOUT / "tools" / "mutants.py")
REVIEWED = CHECKOUT / "tools" / "equivalent_mutants.yml"
OUTPUT = CHECKOUT / "dist" / "mutation"
SURVIVORS = OUTPUT / "survivors.txt"
WORKERS = 2
KILLED, SURVIVED, EQUIVALENT, ALL = "killed", "survived", "equivalent", "All"
# Code that deletes, detaches, deactivates or restores: no mutant may survive in these files in plugins/.
DANGEROUS_MODULE_UTILS = {
    "_attachment": ("changes", "executor", "job", "plan", "progress", "reverting", "row"),
    "_aws": ("iam_changes",),
    "_common": ("origin",),
    "_instances": ("executor", "next_action", "plan", "row"),
    "_launch": ("changes", "executor", "job", "plan", "row", "selection", "undo", "unknown", "versions", "wanted"),
    "_metadata_defaults": ("job", "plan", "row"),
    "_metadata_options": ("changes", "executor", "job", "launch_job", "members", "options", "plan", "progress", "row", "spec", "use", "wanted"),
    "_role": ("absent", "changes", "job", "plan", "present", "profile_users"),
    "_static_credentials": ("changes", "job", "plan", "row", "state", "text/redact"),
    "_values": ("metadata_options", "metadata_use"),
}
DANGEROUS_PLUGIN_UTILS = {
    "_launch_group": ("existing", "group", "plan", "template"),
    "_migrate": ("deactivation", "files", "request", "restore", "rollback"),
    "_retire": ("quarantine", "retirement", "uses"),
    "_rollout": ("hosts", "manifest", "manifest_files", "outcome", "plan", "preflight", "progress", "proof", "request"),
    "_steps": ("failure",),
}
DANGEROUS = [
    f"plugins/{layer}/{folder}/{name}.py"
    for layer, folders in (("module_utils", DANGEROUS_MODULE_UTILS), ("plugin_utils", DANGEROUS_PLUGIN_UTILS))
    for folder, names in folders.items()
    for name in names
]
LEAST = 0.9  # of all mutants
# A mutant has survived if the tests of this many files do not notice it, nearest files first.
FILES = 12
HEADING = f"{'File':58}{'Mutants':>8}{'Killed':>8}{'Survived':>9}{'Score':>8}"

# Imports of helpers that tests share
SHARED = re.compile(r"^ *from ansible_collections\.keyless\.ec2\.tests\.([\w.]+) import", re.MULTILINE)

Traces = Mapping[str, Trace]


@dataclass(frozen=True)
class Mutant:
    """A file with a change."""

    path: str
    row: int
    text: str

    @property
    def difference(self) -> tuple[list[str], list[str]]:
        """Returns the removed and the added lines, without indentation."""
        before = (CHECKOUT / self.path).read_text(encoding="utf-8").splitlines()
        lines = list(difflib.unified_diff(before, self.text.splitlines(), lineterm="", n=0))[2:]
        gone, new = ([line[1:].strip() for line in lines if line[0] == sign] for sign in "-+")
        return gone, new

    @property
    def key(self) -> str:
        """The key in equivalent_mutants.yml."""
        return key(self.path, *self.difference)

    def __str__(self) -> str:
        gone, new = self.difference
        return "\n".join([f"{self.path}:{self.row}", *(f"- {line}" for line in gone), *(f"+ {line}" for line in new)])


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(prog="mutation", description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--each", type=int, default=6, metavar="N", help="the number of mutants of each file")
    parser.add_argument("--all", action="store_const", const=sys.maxsize, dest="each", help="all places of each file")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="the seed of the draw")
    parser.add_argument("patterns", nargs="*", default=("**/*.py",), metavar="PATTERN", help="files below plugins/ or plugins/module_utils/")
    asked = parser.parse_args()
    paths = chosen(asked.patterns)
    if not paths:
        sys.exit("No file matches.")
    mutants = make_mutants(paths, asked.each, asked.seed)
    warm_up()
    with tempfile.TemporaryDirectory() as folder, workers(Path(folder)) as pool:
        traces = read_traces(pool, list_tests())
        print(HEADING, flush=True)
        shown_to = [[(stage, seconds(stage, traces)) for stage in stages(each, traces)] for each in mutants]
        counts = report(mutants, pool.map(is_noticed, mutants, shown_to))
    sys.exit(complaint(counts))


def chosen(patterns: Iterable[str]) -> list[str]:
    """Returns the files that match and are not empty."""
    folders = (CHECKOUT / "plugins", CHECKOUT / "plugins" / "module_utils")
    found = {path for pattern in patterns for folder in folders for path in folder.glob(pattern)}
    return sorted(str(path.relative_to(CHECKOUT)) for path in found if path.stat().st_size and "doc_fragments" not in path.parts)


def make_mutants(paths: Sequence[str], each: int, seed: int) -> list[Mutant]:
    """Makes up to this many mutants of each file."""
    command = [*map(str, MUTANTS), str(each), str(seed), *paths]
    lines = subprocess.run(command, cwd=CHECKOUT, check=True, stdout=subprocess.PIPE, text=True, encoding="utf-8").stdout
    return [Mutant(**json.loads(line)) for line in lines.splitlines()]


# --- Processes that run tests, each in a copy of its own --------------------------------------------------------------

_places: list[Place] = []


def workers(folder: Path) -> ProcessPoolExecutor:
    """Starts worker processes, each with one of the copies."""
    context = multiprocessing.get_context("fork")
    copies = context.Queue()
    for number in range(WORKERS):
        copies.put(copy_to(folder / str(number) / "ansible_collections"))
    return ProcessPoolExecutor(WORKERS, context, lambda: _places.append(Place(copies.get())))


def trace(tests: str) -> Trace:
    """In a worker: returns what these tests run."""
    return _places[0].trace(tests)


def is_noticed(mutant: Mutant, shown_to: Sequence[tuple[Stage, float]]) -> bool:
    """In a worker: tells whether a test fails."""
    return _places[0].notices(mutant.path, mutant.text, shown_to)


# --- Which tests a mutant is shown to ---------------------------------------------------------------------------------


def list_tests() -> list[str]:
    """Returns the files with unit tests of the code."""
    return [str(path.relative_to(CHECKOUT)) for path in sorted((CHECKOUT / UNIT).rglob("test_*.py"))]


def read_traces(pool: ProcessPoolExecutor, tests: Sequence[str]) -> Traces:
    """Returns what the tests of each file run, from an earlier run or from a new one."""
    folder = OUTPUT / "traces"
    folder.mkdir(parents=True, exist_ok=True)
    kept = {each: folder / f"{digest(each)}.json" for each in tests}
    known = {each: read_trace(path) for each, path in kept.items()}
    missing = [each for each, found in known.items() if found is None]
    for each, found in zip(missing, pool.map(trace, missing)):
        if found.failed:
            sys.exit(f"{found.failed}\nThe tests fail without any mutant. Fix them first.")
        code = {path: digest_of(path) for lines in found.lines.values() for path in lines}
        kept[each].write_text(json.dumps({"code": code, "trace": asdict(found)}), encoding="utf-8")
        known[each] = found
    return {each: found for each, found in known.items() if found is not None}


def read_trace(path: Path) -> Trace | None:
    """Returns the trace of an earlier run, unless the code that the tests run has changed."""
    if not path.exists():
        return None
    kept = json.loads(path.read_text(encoding="utf-8"))
    is_same = all(digest_of(name) == sha for name, sha in kept["code"].items())
    return Trace(**kept["trace"]) if is_same else None


@cache
def digest_of(path: str) -> str:
    """Returns the digest of a source file. It is empty if the file no longer exists."""
    file = CHECKOUT / path
    return hashlib.sha256(file.read_bytes()).hexdigest() if file.exists() else ""


def digest(tests: str) -> str:
    """Returns the digest of a file with tests and of the helpers that it shares with others."""
    texts: list[str] = []
    files, seen = [CHECKOUT / tests, *(each / "conftest.py" for each in (CHECKOUT / tests).parents)], set()
    while files:
        file = files.pop()
        if file not in seen and file.is_file():
            seen.add(file)
            texts.append(file.read_text(encoding="utf-8"))
            files += [CHECKOUT / f"tests/{name.replace('.', '/')}.py" for name in SHARED.findall(texts[-1])]
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:32]


def stages(mutant: Mutant, traces: Traces) -> list[Stage]:
    """Returns the tests that run the mutant's statement: those of the nearest file first, then those of others."""
    rows = statement(mutant)
    hits = {tests: hitting(trace, mutant.path, rows) for tests, trace in traces.items()}
    files = sorted(filter(hits.get, hits), key=lambda tests: (distance(mutant.path, tests), -len(hits[tests]), tests))
    return [stage for stage in ({each: hits[each] for each in files[:1]}, {each: hits[each] for each in files[1:FILES]}) if stage]


def hitting(trace: Trace, path: str, rows: Collection[int] | None) -> list[str]:
    """Returns the tests that run one of the lines of a file. For lines that run on import, these are the tests of the file and of all files that
    import it."""
    if rows is None:
        related = {path, *importers_of(path)}
        return [test for test, lines in trace.lines.items() if "::" in test and not related.isdisjoint(lines)]
    return [test for test, lines in trace.lines.items() if path in lines and not set(rows).isdisjoint(lines[path])]


@cache
def importers_of(path: str) -> list[str]:
    """Returns the files that import a file by name."""
    imports = re.compile(rf"^ *from [\w.]*\b({Path(path).stem} import|import .*\b{Path(path).stem}\b)", re.MULTILINE)
    return [each for each in chosen(("**/*.py",)) if imports.search((CHECKOUT / each).read_text(encoding="utf-8"))]


def statement(mutant: Mutant) -> range | None:
    """Returns the lines of the mutant's statement, or of its head if it has a body. Returns None if it runs on import."""
    found = None
    for node, inside in statements(ast.parse((CHECKOUT / mutant.path).read_text(encoding="utf-8"))):
        last = node.body[0].lineno - 1 if isinstance(node, COMPOUND) else node.end_lineno or node.lineno
        if node.lineno <= mutant.row <= max(last, node.lineno):
            found = range(node.lineno, max(last, node.lineno) + 1) if inside else None
    return found


COMPOUND = (ast.If, ast.For, ast.While, ast.With, ast.Try, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.ExceptHandler)


def statements(tree: ast.AST, inside: bool = False) -> Iterator[tuple[ast.stmt | ast.ExceptHandler, bool]]:
    """Yields all statements, and whether each is inside a function."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, (ast.stmt, ast.ExceptHandler)):
            yield node, inside
        yield from statements(node, inside or isinstance(node, (ast.FunctionDef, ast.Lambda)))


def distance(path: str, tests: str) -> int:
    """Returns 0 for the tests that mirror a file, 1 for others of its folder, and 2 for the rest."""
    mirror = Path("tests/unit") / Path(path).parent / f"test_{Path(path).name}"
    return 0 if Path(tests) == mirror else 1 if Path(tests).parent == mirror.parent else 2


def seconds(stage: Stage, traces: Traces) -> float:
    """Returns the seconds of CPU time that the tests may take."""
    return SECONDS + TIMES * sum(traces[tests].seconds for tests in stage)


# --- What came of it ---------------------------------------------------------------------------------------------------


Counts = Mapping[tuple[str, str], int]  # by the name of a file or folder, and the outcome


def report(mutants: Sequence[Mutant], noticed: Iterable[bool]) -> Counts:
    """Prints a line for each file, each folder, and all, and writes the list of survivors."""
    equivalent, counts = read_equivalent(), Counter[tuple[str, str]]()
    SURVIVORS.write_text("", encoding="utf-8")
    for path, group in itertools.groupby(zip(mutants, noticed), lambda pair: pair[0].path):
        for mutant, killed in group:
            outcome = KILLED if killed else EQUIVALENT if mutant.key in equivalent else SURVIVED
            counts.update((name, outcome) for name in (path, folder_of(path), ALL))
            if outcome == SURVIVED:
                with SURVIVORS.open("a", encoding="utf-8") as file:
                    file.write(f"{mutant}\n\n")
        print(line(path, counts), flush=True)
    print()
    for name in (*sorted({folder_of(each.path) for each in mutants}), ALL):
        print(line(name, counts))
    print(f"{counts[ALL, EQUIVALENT]} more make no difference; {REVIEWED.relative_to(CHECKOUT)} has the reasons. {SURVIVORS} lists the survivors.")
    return counts


def complaint(counts: Counts) -> str | None:
    """Returns why the outcome is not good enough, or None if it is."""
    survived = [name for name in DANGEROUS if counts.get((name, SURVIVED), 0)]
    if survived:
        return f"No mutant may survive in {', '.join(survived)}: write tests that notice them, or add those that make no difference to the list."
    killed, all_of_them = counts.get((ALL, KILLED), 0), sum(counts.get((ALL, each), 0) for each in (KILLED, SURVIVED))
    return None if killed >= LEAST * all_of_them else f"Less than {LEAST:.0%} were noticed."


def read_equivalent() -> set[str]:
    """Returns the keys of the mutants that no test can notice."""
    entries = yaml.safe_load(REVIEWED.read_text(encoding="utf-8"))
    return {key(each["file"], each["code"].splitlines(), each["mutant"].splitlines()) for each in entries}


def key(path: str, gone: Sequence[str], new: Sequence[str]) -> str:
    """Returns a key that stays the same if the line moves."""
    return json.dumps([path, *([" ".join(line.split()) for line in lines] for lines in (gone, new))])


def folder_of(path: str) -> str:
    """Returns the folder under which a file is counted."""
    parts = Path(path).parts[1:-1]
    return f"{'/'.join(parts[:2])}/"


def line(name: str, counts: Counts) -> str:
    """Returns a row of the table. Equivalent mutants don't count."""
    killed, survived = counts[name, KILLED], counts[name, SURVIVED]
    return f"{name.removeprefix('plugins/'):58}{killed + survived:8}{killed:8}{survived:9}{killed / max(killed + survived, 1):8.0%}"


if __name__ == "__main__":
    main()
