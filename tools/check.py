# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs the steps of the tests, lists what was skipped and left out, and ends with the line `N passed, N failed`.

Usage: .venv/bin/python tools/check.py [--all | STEP…]

Each pytest test and each Molecule scenario counts as one, and so does every other step. A step that finds nothing to test fails. A slow step is
reported, but does not fail. Steps run two at a time, and only the output of failed ones is shown. A single step shows its output as it runs.
"""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

import skips
from shell import Shell
from steps import INCLUDED_IN_ALL, ONLY_IN_ALL, STEPS, Tally

AT_ONCE = 2
# A step that takes this many times its usual time is slow.
SLOW = 2


def main(arguments: list[str]) -> int:
    names = select(arguments)
    tallies = run_all(names)
    passed = sum(tally.passed for tally in tallies)
    failed = sum(tally.failed for tally in tallies)
    for line in [*skips.describe(skip for tally in tallies for skip in tally.skips), *left_out(names, tallies)]:
        print(line)
    print(f"{passed} passed, {failed} failed", flush=True)
    return 1 if failed else 0


def select(arguments: list[str]) -> list[str]:
    """Returns the names of the steps to run."""
    if arguments == ["--all"]:
        return [name for name in STEPS if name not in INCLUDED_IN_ALL]
    unknown = set(arguments) - set(STEPS)
    if unknown:
        sys.exit(f"Unknown step {', '.join(sorted(unknown))}. Steps: {', '.join(STEPS)}")
    usual = [name for name in STEPS if name not in ONLY_IN_ALL]
    return arguments or usual


def run_all(names: list[str]) -> list[Tally]:
    shell = Shell(live=len(names) == 1)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        try:
            return list(pool.map(partial(run_step, shell), names))
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
            shell.close()


def run_step(shell: Shell, name: str) -> Tally:
    """Runs one step and reports it. An exception fails the step, and a skipped test that must run counts as failed."""
    step = STEPS[name]
    print(f"==> {name}", flush=True)
    begun = time.monotonic()
    with report_slowness(name, step.seconds):
        try:
            tally = step.run(shell)
        except Exception:
            tally = Tally(0, 1, traceback.format_exc())
    judged = skips.judge(name, tally.skips)
    must_run = sum(skip.must_run for skip in judged)
    tally = replace(tally, failed=tally.failed + must_run, skips=judged)
    seconds = time.monotonic() - begun
    output = f"{tally.output}\n" if tally.failed and not shell.live else ""
    skipped = f", {len(judged) - must_run} skipped" if len(judged) > must_run else ""
    slow = f", slow: usually {step.seconds} s" if seconds > SLOW * step.seconds else ""
    # One call, so that the output of two steps does not mix.
    print(f"{output}    {name}: {tally.passed} passed, {tally.failed} failed{skipped} ({seconds:.0f} s{slow})", flush=True)
    return tally


@contextlib.contextmanager
def report_slowness(name: str, usual: int) -> Iterator[None]:
    """Reports again and again that the step is still running, once it is slow."""
    ended, begun = threading.Event(), time.monotonic()

    def tell() -> None:
        while not ended.wait(SLOW * usual):
            print(f"    {name}: slow: still running after {time.monotonic() - begun:.0f} s, usually {usual} s", flush=True)

    threading.Thread(target=tell, daemon=True).start()
    try:
        yield
    finally:
        ended.set()


def left_out(names: list[str], tallies: list[Tally]) -> list[str]:
    """Returns at most one line, with what was not run."""
    with_floor = "floor" in names
    counted = {name: tally.left_out for name, tally in zip(names, tallies) if name == "floor" or not with_floor}
    tests = sum(counted.values())
    covered = {*names, "exhaustive", *(name for name, within in INCLUDED_IN_ALL.items() if within in names)}
    steps = [name for name in STEPS if name not in covered] if len(names) > 1 else []
    parts = [*steps, *[f"{tests} exhaustive tests{' with the oldest versions' if with_floor else ''}"] * bool(tests)]
    where = "" if with_floor else "; make test-all runs them"
    return [f"left out: {', '.join(parts)}{where}"] if parts else []


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("Terminated"))
    sys.exit(main(sys.argv[1:]))
