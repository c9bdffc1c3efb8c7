# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the probes one after the other or side by side, and returns what each observed."""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from botocore.exceptions import ClientError

from .aws import Aws
from .limits import NO_CAPACITY, LimitReached
from .probe import PROBES, Different, NotApplicable, Probe

# With credentials that have expired nothing can be observed.
EXPIRED = ("ExpiredToken", "ExpiredTokenException", "RequestExpired")
AS_CLAIMED, DIFFERENT, NOT_MADE = "as claimed", "different", "not made"


@dataclass(frozen=True)
class Result:
    probe: Probe
    outcome: str
    # What was observed instead, or why the probe was not made
    observed: str = ""
    seconds: float = 0


Report = Callable[[Result], None]


def load() -> list[Probe]:
    """All probes, in the order of their files."""
    folder = Path(__file__).with_name("probes")
    for path in sorted(folder.glob("*.py")):
        importlib.import_module(f"{__package__}.probes.{path.stem}")
    return list(PROBES.values())


def select(names: Iterable[str]) -> list[Probe]:
    """The probes with these names or subjects; without names, all of them."""
    wanted, probes = set(names), load()
    unknown = wanted - {name for probe in probes for name in (probe.name, probe.subject)}
    if unknown:
        raise SystemExit(f"There is no probe or subject {', '.join(sorted(unknown))}.")
    return [probe for probe in probes if not wanted or {probe.name, probe.subject} & wanted]


def run(aws: Aws, probes: Iterable[Probe], report: Report = lambda _result: None, workers: int = 1) -> Iterator[Result]:
    """The results, as the probes end. LimitReached ends the run; the caller removes what was created.

    With several workers, the slowest probes come first, and those that must run alone last. A probe's thread calls ``report`` when it has ended.
    A caller that does not read all results closes the generator before it removes anything: then no probe creates more.
    """
    probes = list(probes)
    if workers > 1:
        together = [probe for probe in probes if not probe.runs_alone]
        yield from _run_side_by_side(aws, sorted(together, key=lambda probe: -probe.seconds), report, workers)
        probes = [probe for probe in probes if probe.runs_alone]
    for probe in probes:
        yield _result(aws, probe, report)


def _run_side_by_side(aws: Aws, probes: list[Probe], report: Report, workers: int) -> Iterator[Result]:
    failures: list[BaseException] = []

    def result_of(probe: Probe) -> Result:
        try:
            return _result(aws, probe, report)
        except BaseException as failure:
            failures.append(failure)
            aws.stopped.set()
            raise

    pool = ThreadPoolExecutor(workers)
    try:
        for future in as_completed([pool.submit(result_of, probe) for probe in probes]):
            yield future.result()
    except BaseException as ending:
        # Running probes end at their next call.
        aws.stopped.set()
        pool.shutdown(cancel_futures=True)
        # The first failure, which may have ended other probes
        if ending in failures:
            raise failures[0] from None
        raise
    pool.shutdown()


def _result(aws: Aws, probe: Probe, report: Report) -> Result:
    with aws.limits.running(probe.instances), aws.resources.borrowing():
        aws.check_is_running()
        begun = time.monotonic()
        outcome, observed = _make(aws, probe)
        result = Result(probe, outcome, observed, round(time.monotonic() - begun, 1))
    report(result)
    return result


def _make(aws: Aws, probe: Probe) -> tuple[str, str]:
    try:
        probe.check(aws)
    except Different as difference:
        return DIFFERENT, str(difference)
    except NotApplicable as reason:
        return NOT_MADE, str(reason)
    except LimitReached:
        raise
    except ClientError as error:
        code, message = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
        if code in EXPIRED:
            raise
        if code in NO_CAPACITY:
            return NOT_MADE, f"{code}: repeat it later, or with a lower --max-running"
        return DIFFERENT, f"{error.operation_name}: {code}: {message}"
    except Exception as error:
        # An answer without what AWS answers, or none at all
        return DIFFERENT, f"{type(error).__name__}: {error}"
    return AS_CLAIMED, ""
