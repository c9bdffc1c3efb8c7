# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares the collection with the other tools for its job, on the emulator, and writes docs/benchmark.md and .svg.

python -m ansible_collections.keyless.ec2.tests.benchmark [--sizes N…] [--tools NAME…] [--tables NAME…] [--out FOLDER]
"""

from __future__ import annotations

import argparse
import os
import platform
import signal
import sys
from dataclasses import replace
from pathlib import Path

from ansible_collections.keyless.ec2.tests.emulator.process import running_emulator
from ansible_collections.keyless.ec2.tools.environment import CHECKOUT

from . import page, report
from .alone import footprints, under_throttle
from .comparison import compare
from .figures import ATTACH, NOTHING, Figure
from .fleet import LATENCY_MILLISECONDS, Fleet
from .peers import PEERS, versions
from .picture import draw

SIZES = (1, 10, 100, 200, 1000)
COMPARISON, THROTTLE, FOOTPRINT = TABLES = ("comparison", "throttle", "footprint")


def main() -> None:
    """Measure, show, and write; what is there already is written anew after each table."""
    # So that what was started is stopped.
    signal.signal(signal.SIGTERM, _leave)
    options = _options()
    results = page.Results()
    with running_emulator() as endpoint:
        fleet = Fleet(endpoint)
        if COMPARISON in options.tables:
            results = replace(results, comparison=_compare(fleet, options))
            _write(results, options.out)
        if THROTTLE in options.tables:
            results = replace(results, throttled=under_throttle(fleet))
            print(report.throttled(results.throttled), flush=True)
            _write(results, options.out)
        if FOOTPRINT in options.tables:
            results = replace(results, footprints=footprints(fleet))
            print(report.footprints(results.footprints), flush=True)
            _write(results, options.out)
    if any(figure.error for figure in results.comparison):
        sys.exit("Not every job was done.")


def _compare(fleet: Fleet, options: argparse.Namespace) -> list[Figure]:
    figures = []
    for figure in compare(fleet, [PEERS[name] for name in options.tools], options.sizes):
        took = "stopped or skipped" if figure.late else f"{figure.seconds:.1f} s, {figure.calls} calls"
        print(f"{figure.job}, {figure.size}, {figure.peer}: {figure.error or took}", flush=True)
        figures.append(figure)
    for job in (ATTACH, NOTHING):
        print(f"\n{job}\n\n{report.comparison(figures, job)}\n", flush=True)
    return figures


def _write(results: page.Results, folder: Path) -> None:
    """The page, and the picture if there is something to draw."""
    folder.mkdir(parents=True, exist_ok=True)
    told = {peer.name: (peer.told.name, peer.told.read_text(encoding="utf-8")) for peer in PEERS.values()}
    python, cores = platform.python_version(), os.cpu_count() or 1
    setting = page.Setting(LATENCY_MILLISECONDS, python, cores, versions(), told)
    (folder / "benchmark.md").write_text(page.write(results, setting), encoding="utf-8")
    if results.comparison:
        (folder / "benchmark.svg").write_text(draw(results.comparison), encoding="utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmark", description="Times and AWS calls of tools with the same job.")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, metavar="N", help="of the compared fleets")
    parser.add_argument("--tools", nargs="+", default=list(PEERS), choices=PEERS, metavar="NAME", help=", ".join(PEERS))
    parser.add_argument("--tables", nargs="+", default=TABLES, choices=TABLES, metavar="NAME", help=", ".join(TABLES))
    parser.add_argument("--out", type=Path, default=CHECKOUT / "docs", metavar="FOLDER", help="where the page goes")
    return parser.parse_args()


def _leave(_number: int, _frame: object) -> None:
    raise SystemExit("Terminated")


if __name__ == "__main__":
    main()
