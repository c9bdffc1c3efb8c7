# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes the pure code in small ways, a mutant each, and tells which of them no unit test notices.

Usage: .venv/bin/python tools/mutation.py [--each N | --all] [--seed N] [PATTERN …]

PATTERN chooses files below plugins/module_utils, such as `_policy/trust.py`; by default it is all that plans and all about
policies, as far as it has unit tests of its own: the rest is held by those of whole modules. Of each file N places are drawn by
lot, 6 unless told, and for each of them one of its mutants. A mutant that survives may be a line that nothing tests, or one that
does not matter: dist/mutation/survivors.txt shows each. Nothing is changed in the checkout.
"""

from __future__ import annotations

import argparse
import random
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from queue import Queue

from environment import CHECKOUT, VENV, isolated
from steps import copy_to

UTILS, TESTS = Path("plugins/module_utils"), Path("tests/unit/plugins/module_utils")
USUAL = ("_common/*.py", "_policy/*.py", "_values/*.py", "*/options.py", "*/plan.py", "*/row.py", "*/rules.py")
COSMIC_RAY = CHECKOUT / ".venv-mutation" / "bin" / "cosmic-ray"
SURVIVORS = CHECKOUT / "dist" / "mutation" / "survivors.txt"
WORKERS = 2
HEADING = f"{'File':44}{'Mutants':>8}{'Killed':>8}{'Survived':>9}{'Score':>8}"
CONFIG = """\
[cosmic-ray]
module-path = "{path}"
timeout = {timeout}
excluded-modules = []
test-command = "{command}"

[cosmic-ray.distributor]
name = "local"
"""
# A mutant that never ends is stopped after so many times what the tests take without one, and some seconds for a busy machine.
TIMES, SECONDS = 5, 30
# It may also gather without end: tests and all that they start get no more than this.
MEMORY = 4 << 30  # bytes
# Nobody can tell that a value is frozen without trying to break it, and what is for mypy alone is not run.
POINTLESS = ("@dataclass", "if TYPE_CHECKING:")
# What no test can tell, or every one: `is` for equal texts, which are mostly one object, and what is made of `**`, which here only
# unpacks and then does not compile.
UNFIT = ("%Operator_Pow_%", "%Operator_Eq_Is%", "%Operator_NotEq_Is%")


@dataclass(frozen=True)
class Outcome:
    """Of one file: how many mutants there were, and what each that survived changed."""

    path: Path
    mutants: int
    survivors: Sequence[str]

    @property
    def killed(self) -> int:
        """Those that a test noticed."""
        return self.mutants - len(self.survivors)


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(prog="mutation", description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--each", type=int, default=6, metavar="N", help="how many mutants of each file")
    parser.add_argument("--all", action="store_const", const=sys.maxsize, dest="each", help="all places of each file")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="which of them")
    parser.add_argument("patterns", nargs="*", default=(), metavar="PATTERN", help="files below plugins/module_utils")
    asked = parser.parse_args()
    paths = chosen(asked.patterns)
    if not paths:
        sys.exit("There is no such file that has unit tests.")
    SURVIVORS.parent.mkdir(parents=True, exist_ok=True)
    SURVIVORS.write_text("", encoding="utf-8")
    print(HEADING, flush=True)
    limit_memory()
    with tempfile.TemporaryDirectory() as folder:
        places = [copy(Path(folder) / str(number)) for number in range(WORKERS)]
        outcomes = run_all(paths, places, asked.each, asked.seed)
    print(line("All", sum(outcome.mutants for outcome in outcomes), sum(outcome.killed for outcome in outcomes)))
    print(f"What survived is in {SURVIVORS}.")


def limit_memory() -> None:
    """What this process may have, each of those that it starts may have, too; one that wants more fails, and is noticed."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY if hard == resource.RLIM_INFINITY else min(MEMORY, hard), hard))


def chosen(patterns: Sequence[str]) -> list[Path]:
    """The files that match, or the usual ones that have tests of their own."""
    found = {path.relative_to(CHECKOUT) for each in patterns or USUAL for path in (CHECKOUT / UTILS).glob(each) if path.stat().st_size}
    least = 1 if patterns else 2
    return sorted(path for path in found if len(tests_of(path, CHECKOUT)) >= least)


def tests_of(path: Path, root: Path) -> list[Path]:
    """The tests of a file that mirror it first, then the others of its folder; none where the folder has none."""
    folder = TESTS / path.relative_to(UTILS).parent
    mirror = folder / f"test_{path.stem}.py"
    return [each for each in (mirror, folder) if (root / each).exists()] if (root / folder).exists() else []


def copy(place: Path) -> Path:
    """A copy of the checkout, to change; its path is that of the package."""
    return copy_to(place / "ansible_collections")


def run_all(paths: Sequence[Path], places: Sequence[Path], each: int, seed: int) -> list[Outcome]:
    """Each file is done in one of the copies, none of which is used twice at a time."""
    free: Queue[Path] = Queue()
    for place in places:
        free.put(place)

    def take(path: Path) -> Outcome:
        place = free.get()
        try:
            return run(path, place, each, seed)
        finally:
            free.put(place)

    with ThreadPoolExecutor(len(places)) as pool:
        return list(pool.map(take, paths))


def run(path: Path, place: Path, each: int, seed: int) -> Outcome:
    """Makes the mutants of one file, and runs the tests against each."""
    session, config = place.parent / "session.sqlite", place.parent / "config.toml"
    session.unlink(missing_ok=True)
    tests = tests_of(path, place)
    timeout = TIMES * seconds_without(str(tests[-1]), place) + SECONDS
    config.write_text(CONFIG.format(path=path, timeout=timeout, command=" ".join(pytest(*map(str, tests)))), encoding="utf-8")
    for step in ("init", "exec"):
        subprocess.run([COSMIC_RAY, step, config, session], cwd=place, env=environment(place), check=True, stdout=subprocess.DEVNULL)
        if step == "init":
            draw(session, (place / path).read_text(encoding="utf-8").splitlines(), each, seed)
    outcome = read(path, session)
    print(line(str(path.relative_to(UTILS)), outcome.mutants, outcome.killed), flush=True)
    with SURVIVORS.open("a", encoding="utf-8") as file:
        file.write("".join(f"{diff}\n\n" for diff in outcome.survivors))
    return outcome


def pytest(*tests: str) -> list[str]:
    """The command that runs these tests up to the first that fails."""
    return [str(VENV / "bin" / "python"), "-m", "pytest", "--quiet", "--exitfirst", *tests]


def environment(place: Path) -> dict[str, str]:
    """The copy goes before the checkout, which is a part of the same namespace package."""
    return isolated() | {"PYTHONPATH": str(place.parents[2]), "PYTHONDONTWRITEBYTECODE": "1"}


@cache
def seconds_without(folder: str, place: Path) -> float:
    """How long a folder's tests take without a mutant; where they fail anyway, every mutant would pass for noticed."""
    begun = time.monotonic()
    command, env = pytest(folder), environment(place)
    finished = subprocess.run(command, cwd=place, env=env, check=False, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if finished.returncode:
        sys.exit(f"{finished.stdout}\nThe tests fail without any mutant. Mend them first.")
    return time.monotonic() - begun


def draw(session: Path, lines: Sequence[str], each: int, seed: int) -> None:
    """Leaves so many of the mutants, by lot, and of one place no more than one: an operator has up to eleven, another change one."""
    lot = random.Random(seed)
    unfit = " OR ".join(["operator_name LIKE ?"] * len(UNFIT))
    with sqlite3.connect(session) as database:
        rows = database.execute(
            f"SELECT job_id, start_pos_row, start_pos_col FROM mutation_specs WHERE NOT ({unfit}) ORDER BY 2, 3, operator_name, occurrence",
            UNFIT,
        )
        places: dict[tuple[int, int], list[str]] = {}
        for job, row, column in rows:
            if not lines[row - 1].strip().startswith(POINTLESS):
                places.setdefault((row, column), []).append(job)
        drawn = [lot.choice(jobs) for jobs in lot.sample(list(places.values()), min(each, len(places)))]
        marks = ", ".join("?" * len(drawn))
        for table in ("mutation_specs", "work_items"):
            database.execute(f"DELETE FROM {table} WHERE job_id NOT IN ({marks})", drawn)


def read(path: Path, session: Path) -> Outcome:
    """What came of the mutants."""
    with sqlite3.connect(session) as database:
        rows = database.execute("SELECT test_outcome, diff FROM work_results").fetchall()
    survivors = [diff for outcome, diff in rows if outcome == "SURVIVED"]
    return Outcome(path, len(rows), survivors)


def line(name: str, mutants: int, killed: int) -> str:
    """A row of the table, below HEADING."""
    return f"{name:44}{mutants:8}{killed:8}{mutants - killed:9}{killed / max(mutants, 1):8.0%}"


if __name__ == "__main__":
    main()
