# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is measured.  Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from .process import Ending

OURS = "keyless.ec2"
ATTACH = "attach"
NOTHING = "nothing to do"

# Seconds that a peer may take
LIMIT = 300


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


def judge(figure: Figure, ending: Ending, lacking: int, writes: int) -> Figure:
    """The figure with what became of the job: ``lacking`` instances have no profile after so many writing calls."""
    if ending.returncode is None:
        return replace(figure, late=True)
    return replace(figure, seconds=ending.seconds, error=_error(figure, ending, lacking, writes))


def _error(figure: Figure, ending: Ending, lacking: int, writes: int) -> str:
    if ending.returncode:
        return f"ended with {ending.returncode}"
    if lacking:
        return f"{lacking} of {figure.size} without the profile"
    if figure.job == NOTHING and writes:
        return f"{writes} writing calls, and there was nothing to do"
    return ""


@dataclass(frozen=True)
class Throttled:
    """A fleet attached under a throttle: seconds from the first call to the last, and the bucket in the way."""

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


def throttled(size: int, bucket: dict[str, int], calls: list[dict[str, Any]], failed: int) -> Throttled:
    """The figure for the log's Associate calls; the bucket is one of the emulator's."""
    seconds = max(call["started"] + call["seconds"] for call in calls) - min(call["started"] for call in calls)
    refused = sum(call["error"] == "RequestLimitExceeded" for call in calls)
    return Throttled(size, bucket["capacity"], bucket["refill"], seconds, len(calls), refused, failed)


@dataclass(frozen=True)
class Footprint:
    """The module on a fleet that has nothing to do: bytes at the peak, above those of the clients alone."""

    named: str
    size: int
    extra: int
    seconds: float
    calls: int
