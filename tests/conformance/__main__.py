# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the probes at an endpoint, and prints a table.

Usage: .venv/bin/python -m ansible_collections.keyless.ec2.tests.conformance [--endpoint URL] [PROBE…]

Without an endpoint, an emulator is started for this run. On AWS itself, use the command of on_aws.py.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager

from .aws import Aws, Place
from .endpoints import elsewhere, our_emulator
from .resources import new_run
from .run import DIFFERENT, run, select
from .table import line, summary


def main(arguments: list[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    probes = select(options.probes)
    with place_of(options.endpoint) as place:
        aws = Aws(place, new_run())
        results = list(run(aws, probes, lambda result: print(line(result), flush=True)))
    print(summary(results))
    return int(any(result.outcome == DIFFERENT for result in results))


@contextmanager
def place_of(endpoint: str | None) -> Iterator[Place]:
    if endpoint:
        if ".amazonaws." in endpoint:
            raise SystemExit("That is AWS: use make conformance-aws, which removes what it creates.")
        yield elsewhere(endpoint)
        return
    with our_emulator() as place:
        yield place


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="make conformance", description="Runs the probes at an endpoint, and prints a table.")
    made.add_argument("--endpoint", help="the URL of an emulator; without it, one of ours is started")
    made.add_argument("probes", nargs="*", metavar="PROBE", help="only these probes, or those with these subjects")
    return made


if __name__ == "__main__":
    raise SystemExit(main())
