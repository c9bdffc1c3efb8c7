# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is measured.  Pure."""

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
NOTHING = "nothing to do"

# Seconds that a peer may take
LIMIT = 300
# The same for groups, whose size is one that is worth the trouble.
GROUPS_LIMIT = 1200

# What is over soon is measured so many times, as the machine has other things to do now and then.
RUNS = 5
FEW = 10  # instances
THROTTLED_RUNS = 3  # an odd number


@dataclass(frozen=True)
class Figure:
    """What a peer took for a job on so many instances: seconds of wall time, and AWS calls.

    With ``late`` it was stopped at the limit, or on a smaller fleet already. With an ``error`` it is no figure.
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
        """Whether the job was done."""
        return not (self.late or self.error)


def runs(size: int) -> int:
    """How many times a fleet of this size is measured."""
    return RUNS if size <= FEW else 1


def typical(figures: Sequence[Figure]) -> Figure:
    """The figure of several runs: their median, unless one of them failed or was stopped."""
    spoilt = [figure for figure in figures if not figure.holds]
    return spoilt[0] if spoilt else replace(figures[0], seconds=median(figure.seconds for figure in figures))


def judge(figure: Figure, ending: Ending, missing: str, writes: int) -> Figure:
    """The figure with what became of the job: ``missing`` says what was not done, after so many writing calls."""
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
    """A fleet attached under a throttle: seconds from the first call to the last, and the bucket in the way."""

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
        """Seconds until the bucket has let a call through for each instance."""
        return max(0, self.size - self.capacity) / self.refill


def throttled(tool: str, size: int, bucket: dict[str, int], calls: list[dict[str, Any]], failed: int) -> Throttled:
    """The figure for the log's Associate calls; the bucket is one of the emulator's."""
    seconds = max(call["started"] + call["seconds"] for call in calls) - min(call["started"] for call in calls)
    refused = sum(call["error"] == "RequestLimitExceeded" for call in calls)
    return Throttled(tool, size, bucket["capacity"], bucket["refill"], seconds, len(calls), refused, failed)


def middle(figures: Sequence[Throttled]) -> Throttled:
    """Of an odd number of runs the one with the median time."""
    return sorted(figures, key=lambda figure: figure.seconds)[len(figures) // 2]


@dataclass(frozen=True)
class Footprint:
    """The module on a fleet that has nothing to do: bytes at the peak, above those of the clients alone."""

    named: str
    size: int
    extra: int
    seconds: float
    calls: int
