# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares the collection with other tools on the emulator, and writes docs/docsite/rst/benchmark.rst and its picture.

The results are kept in results.yml. What is not measured this time stays, unless the versions of the tools have changed.

python -m ansible_collections.keyless.ec2.tests.benchmark [--sizes N…] [--tools NAME…] [--tables NAME…] [--groups N] [--out FOLDER]
"""

from __future__ import annotations

import argparse
import os
import platform
import shlex
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from ansible_collections.keyless.ec2.tools import figures as pages
from ansible_collections.keyless.ec2.tools.environment import CHECKOUT
from keyless_emulator.process import running_emulator

from . import kept, page, report
from .alone import footprints, under_throttle
from .comparison import compare
from .figures import ATTACH, NOTHING, Figure
from .fleet import LATENCY_MILLISECONDS, Fleet
from .groups import compare_groups
from .metadata import compare_metadata
from .peers import GROUP_PEERS, LEAST_PEERS, METADATA_PEERS, PEERS, ROLE_PEERS, all_job_files, versions
from .picture import draw
from .roles import compare_roles
from .start import least

SIZES = (1, 10, 100, 200, 1000)
GROUPS = 50
PAGES = CHECKOUT / "docs" / "docsite" / "rst"


def main() -> None:
    """Measures, prints and writes. The files are written again after each table."""
    # This stops everything that was started.
    signal.signal(signal.SIGTERM, _leave)
    options = _options()
    setting = page.Setting(LATENCY_MILLISECONDS, platform.python_version(), os.cpu_count() or 1, versions())
    results = _earlier(setting) if options.out == PAGES else page.Results()
    with running_emulator() as endpoint:
        fleet = Fleet(endpoint)
        for name in [name for name in TABLES if name in options.tables]:
            measure, show = TABLES[name]
            # The table before this one adds to it, so it is less strict than an idle machine.
            is_busy = os.getloadavg()[0] > 2 * setting.cores
            found = measure(fleet, options)
            print(f"{show(found)}\n", flush=True)
            busy = [each for each in results.busy if each != name] + [name] * is_busy
            results = replace(results, runs={**results.runs, name: shlex.join(sys.argv[1:])}, busy=busy, **{name: found})
            _write(results, setting, options.out)
    if any(figure.error for figure in (*results.comparison, *results.least, *results.roles, *results.groups, *results.metadata)):
        sys.exit("Not every job was done.")


def _compare(fleet: Fleet, options: argparse.Namespace) -> list[Figure]:
    figures = []
    for figure in compare(fleet, [PEERS[name] for name in options.tools], options.sizes):
        took = "stopped or skipped" if figure.late else f"{figure.seconds:.1f} s, {figure.calls} calls"
        print(f"{figure.job}, {figure.size}, {figure.peer}: {figure.error or took}", flush=True)
        figures.append(figure)
    return figures


# The measurements by field of page.Results, each with the function that formats it for the terminal
TABLES: dict[str, tuple[Callable[[Fleet, argparse.Namespace], Any], Callable[[Any], str]]] = {
    "comparison": (
        _compare,
        lambda found: "\n".join(f"\n{job}\n\n{report.comparison(found, job)}" for job in (ATTACH, NOTHING)),
    ),
    "least": (lambda fleet, _options: least(fleet, list(LEAST_PEERS.values())), report.least),
    "roles": (lambda fleet, _options: compare_roles(fleet, list(ROLE_PEERS.values())), report.roles),
    "groups": (lambda fleet, options: compare_groups(fleet, list(GROUP_PEERS.values()), options.groups), report.groups),
    "metadata": (lambda fleet, _options: compare_metadata(fleet, list(METADATA_PEERS.values())), report.metadata),
    "throttled": (lambda fleet, _options: under_throttle(fleet), report.throttled),
    "footprints": (lambda fleet, _options: footprints(fleet), report.footprints),
}


def _earlier(setting: page.Setting) -> page.Results:
    """Returns the kept results, or none if they were measured with another setting, because a page has only one."""
    results, its_setting = page.kept(kept.read()["benchmark"])
    return results if its_setting == setting else page.Results()


def _write(results: page.Results, setting: page.Setting, folder: Path) -> None:
    """Writes the results and every page with their figures. For a trial, it writes only the benchmark's page and picture."""
    if folder == PAGES and all(getattr(results, name) for name in TABLES):
        kept.keep(benchmark=page.to_keep(results, setting))
        pages.main()
        return
    (folder / "images").mkdir(parents=True, exist_ok=True)
    (folder / "benchmark.rst").write_text(page.write(results, setting, all_job_files()), encoding="utf-8")
    if results.comparison:
        (folder / "images" / "benchmark.svg").write_text(draw(results.comparison), encoding="utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmark", description="Times and AWS calls of tools with the same job.")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, metavar="N", help="the numbers of instances")
    parser.add_argument("--tools", nargs="+", default=list(PEERS), choices=PEERS, metavar="NAME", help=", ".join(PEERS))
    parser.add_argument("--tables", nargs="+", default=list(TABLES), choices=TABLES, metavar="NAME", help=", ".join(TABLES))
    parser.add_argument("--groups", type=int, default=GROUPS, metavar="N", help="the number of groups, of ten instances each")
    parser.add_argument("--out", type=Path, default=PAGES, metavar="FOLDER", help="the folder for the page of a trial")
    return parser.parse_args()


def _leave(_number: int, _frame: object) -> None:
    raise SystemExit("Terminated")


if __name__ == "__main__":
    main()
