# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The figures of a measurement. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Any

from .process import Ending

OURS = "keyless.ec2"
POOL = "bare boto3 pool"
ATTACH = "attach"
CREATE = "create"
REQUIRE = "require IMDSv2"
AGAIN = "require it again"  # not every tool notices that there is nothing to do
NOTHING = "nothing to do"

# The time limit of a tool, in seconds
LIMIT = 300
# The time limit for groups, of which only one size is measured
GROUPS_LIMIT = 1200

# The time limit for requiring IMDSv2, of which only one size is measured
IMDS_LIMIT = 600

# Short runs are measured several times, because the machine has other things to do.
RUNS = 5
FEW = 10  # instances
THROTTLED_RUNS = 3  # an odd number


@dataclass(frozen=True)
class Figure:
    """What a tool needed for a job with this many instances: elapsed seconds, and AWS calls.

    With ``late``, it was stopped at the time limit, maybe for a smaller size. With an ``error``, it is not a valid figure.
    """

    peer: str
    job: str
    size: int
    seconds: float = LIMIT
    calls: int = 0
    late: bool = False
    error: str = ""

    @property
    def holds(self) -> bool:
        """Tells whether the job was done."""
        return not (self.late or self.error)


def runs(size: int) -> int:
    """Returns how many times this size is measured."""
    return RUNS if size <= FEW else 1


def typical(figures: Sequence[Figure]) -> Figure:
    """Returns the median of several runs, unless one of them failed or was stopped."""
    spoilt = [figure for figure in figures if not figure.holds]
    return spoilt[0] if spoilt else replace(figures[0], seconds=median(figure.seconds for figure in figures))


def judge(figure: Figure, ending: Ending, missing: str, writes: int) -> Figure:
    """Returns the figure with the outcome of the job. ``missing`` says what was not done after this many writing calls."""
    if ending.returncode is None:
        return replace(figure, late=True)
    return replace(figure, seconds=ending.seconds, error=_error(figure, ending, missing, writes))


def _error(figure: Figure, ending: Ending, missing: str, writes: int) -> str:
    if ending.returncode:
        return f"ended with {ending.returncode}"
    if missing:
        return missing
    if figure.job == NOTHING and writes:
        return f"{writes} writing calls, and there was nothing to do"
    return ""


@dataclass(frozen=True)
class Throttled:
    """A throttled attachment: seconds from the first call to the last, and the bucket."""

    tool: str
    size: int
    capacity: int
    refill: int
    seconds: float
    calls: int
    throttled: int
    failed: int

    @property
    def floor(self) -> float:
        """Returns the seconds after which the bucket has allowed a call for each instance."""
        return max(0, self.size - self.capacity) / self.refill


def throttled(tool: str, size: int, bucket: dict[str, int], calls: list[dict[str, Any]], failed: int) -> Throttled:
    """Returns the figure for the Associate calls in the log. The bucket is one of the emulator's."""
    seconds = max(call["started"] + call["seconds"] for call in calls) - min(call["started"] for call in calls)
    refused = sum(call["error"] == "RequestLimitExceeded" for call in calls)
    return Throttled(tool, size, bucket["capacity"], bucket["refill"], seconds, len(calls), refused, failed)


def middle(figures: Sequence[Throttled]) -> Throttled:
    """Returns the run with the median time, of an odd number."""
    return sorted(figures, key=lambda figure: figure.seconds)[len(figures) // 2]


@dataclass(frozen=True)
class Footprint:
    """The module on instances with nothing to do: the peak of its memory in bytes, minus that of the clients alone."""

    named: str
    size: int
    extra: int
    seconds: float
    calls: int
