# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes the pure code in small ways, a mutant each, and tells which of them no unit test notices.

Usage: .venv/bin/python tools/mutation.py [--each N] [--seed N] [PATTERN …]

PATTERN chooses files below plugins/module_utils, such as `_policy/trust.py`; by default it is all that plans and all about
policies, as far as it has unit tests of its own: the rest is held by those of whole modules. Of each file N mutants are drawn
by lot, 6 unless told. A mutant that survives may be a line that nothing tests, or one that does not matter:
dist/mutation/survivors.txt shows each. Nothing is changed in the checkout.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

from environment import CHECKOUT, VENV, isolated
from steps import list_files

UTILS, TESTS = Path("plugins/module_utils"), Path("tests/unit/plugins/module_utils")
USUAL = ("_common/*.py", "_policy/*.py", "_values/*.py", "*/options.py", "*/plan.py", "*/row.py", "*/rules.py")
COSMIC_RAY = CHECKOUT / ".venv-mutation" / "bin" / "cosmic-ray"
REPORT = CHECKOUT / "dist" / "mutation"
WORKERS = 2
CONFIG = """\
[cosmic-ray]
module-path = "{path}"
timeout = 600.0
excluded-modules = []
test-command = "{python} -m pytest --quiet --exitfirst {tests}"

[cosmic-ray.distributor]
name = "local"
"""
# Nobody can tell that a value is frozen without trying to break it.
POINTLESS = ("@dataclass",)


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
    """Prints a line for each file, and the score."""
    parser = argparse.ArgumentParser(prog="mutation", description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--each", type=int, default=6, metavar="N", help="how many mutants of each file")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="which of them")
    parser.add_argument("patterns", nargs="*", default=(), metavar="PATTERN", help="files below plugins/module_utils")
    asked = parser.parse_args()
    paths = chosen(asked.patterns)
    if not paths:
        sys.exit("There is no such file that has unit tests.")
    with tempfile.TemporaryDirectory() as folder:
        places = [copy(Path(folder) / str(number)) for number in range(WORKERS)]
        outcomes = run_all(paths, places, asked.each, asked.seed)
    tell(outcomes)


def chosen(patterns: Sequence[str]) -> list[Path]:
    """The files that match, or the usual ones that have tests of their own."""
    found = {path for each in patterns or USUAL for path in (CHECKOUT / UTILS).glob(each) if path.stat().st_size}
    return sorted(path.relative_to(CHECKOUT) for path in found if tests_of(path) and (patterns or len(tests_of(path)) == 2))


def tests_of(path: Path) -> list[Path]:
    """The tests of a file that mirror it first, then the others of its folder; none where the folder has none."""
    folder = TESTS / path.relative_to(CHECKOUT / UTILS).parent
    mirror = folder / f"test_{path.stem}.py"
    return [each for each in (mirror, folder) if (CHECKOUT / each).exists()] if (CHECKOUT / folder).exists() else []


def copy(place: Path) -> Path:
    """A copy of the checkout, to change; its path is that of the package."""
    root = place / "ansible_collections" / "keyless" / "ec2"
    for name in list_files():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(CHECKOUT / name, root / name, follow_symlinks=False)
    return root


def run_all(paths: Iterable[Path], places: Sequence[Path], each: int, seed: int) -> list[Outcome]:
    """Each file is done in one of the copies, none of which is used twice at a time."""
    shares: list[list[Path]] = [[] for _place in places]
    for path, share in zip(paths, cycle(shares)):
        share.append(path)
    with ThreadPoolExecutor(len(places)) as pool:
        done = pool.map(lambda place, share: [run(path, place, each, seed) for path in share], places, shares)
        return sorted((outcome for outcomes in done for outcome in outcomes), key=lambda outcome: outcome.path)


def run(path: Path, place: Path, each: int, seed: int) -> Outcome:
    """Makes the mutants of one file, and runs the tests against each."""
    session, config = place.parent / "session.sqlite", place.parent / "config.toml"
    session.unlink(missing_ok=True)
    tests = " ".join(map(str, tests_of(CHECKOUT / path)))
    config.write_text(CONFIG.format(path=path, python=VENV / "bin" / "python", tests=tests), encoding="utf-8")
    # The copy goes before the checkout, which is a part of the same namespace package.
    env = isolated() | {"PYTHONPATH": str(place.parents[2]), "PYTHONDONTWRITEBYTECODE": "1"}
    for command in ("init", "exec"):
        subprocess.run([COSMIC_RAY, command, config, session], cwd=place, env=env, check=True, stdout=subprocess.DEVNULL)
        if command == "init":
            draw(session, (place / path).read_text(encoding="utf-8").splitlines(), each, seed)
    outcome = read(path, session)
    print(f"{path.relative_to(UTILS)}: {outcome.killed} of {outcome.mutants}", flush=True)
    return outcome


def draw(session: Path, lines: Sequence[str], each: int, seed: int) -> None:
    """Leaves so many of the mutants, by lot."""
    with sqlite3.connect(session) as database:
        rows = database.execute("SELECT job_id, start_pos_row FROM mutation_specs ORDER BY start_pos_row, start_pos_col, operator_name, occurrence")
        jobs = [job for job, row in rows if not lines[row - 1].strip().startswith(POINTLESS)]
        drawn = random.Random(seed).sample(jobs, min(each, len(jobs)))
        marks = ", ".join("?" * len(drawn))
        for table in ("mutation_specs", "work_items"):
            database.execute(f"DELETE FROM {table} WHERE job_id NOT IN ({marks})", drawn)


def read(path: Path, session: Path) -> Outcome:
    """What came of the mutants."""
    with sqlite3.connect(session) as database:
        rows = database.execute("SELECT test_outcome, diff FROM work_results").fetchall()
    survivors = [diff for outcome, diff in rows if outcome == "SURVIVED"]
    return Outcome(path, len(rows), survivors)


def tell(outcomes: Sequence[Outcome]) -> None:
    """The score, and where to find what survived."""
    REPORT.mkdir(parents=True, exist_ok=True)
    file = REPORT / "survivors.txt"
    file.write_text("\n\n".join(diff for outcome in outcomes for diff in outcome.survivors), encoding="utf-8")
    mutants, killed = (sum(getattr(outcome, name) for outcome in outcomes) for name in ("mutants", "killed"))
    print(f"{killed} of {mutants} mutants in {len(outcomes)} files were noticed: {killed / max(mutants, 1):.0%}; the others are in {file}")


if __name__ == "__main__":
    main()
