# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the probes one after the other, and returns what each observed."""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from botocore.exceptions import ClientError

from .aws import Aws
from .limits import LimitReached
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


def run(aws: Aws, probes: Iterable[Probe], report: Callable[[Result], None] = lambda _result: None) -> Iterator[Result]:
    """The results. LimitReached ends the run; the caller removes what was created."""
    for probe in probes:
        aws.limits.check_time()
        result = _result(aws, probe)
        report(result)
        yield result


def _result(aws: Aws, probe: Probe) -> Result:
    begun = time.monotonic()
    outcome, observed = _make(aws, probe)
    return Result(probe, outcome, observed, round(time.monotonic() - begun, 1))


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
        return DIFFERENT, f"{error.operation_name}: {code}: {message}"
    except Exception as error:
        # An answer without what AWS answers, or none at all
        return DIFFERENT, f"{type(error).__name__}: {error}"
    return AS_CLAIMED, ""
