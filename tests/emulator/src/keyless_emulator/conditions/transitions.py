# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long a change takes to become real, and what time it is."""

from __future__ import annotations

from typing import Any

from ..server.checks import duration
from ..server.shared import of_process
from .clock import clock

MARK = "keyless_ec2_transitions"
INSTANTANEOUS = {
    "associating": 0.0,
    "disassociating": 0.0,
    "pending": 0.0,
    "stopping": 0.0,
    "shutting-down": 0.0,
    "unseen": 0.0,
    "replacing": 0.0,
    "reporting": 0.0,
}
"""The passing states of associations and instances, in AWS's words, and the seconds they last.

Three are ours: a new instance is ``unseen`` while nobody but its launcher knows its id, ``replacing`` is how long an Auto
Scaling group or a fleet takes to replace an instance, and ``reporting`` how long IAM makes a report of what was used last.
"""


class Transitions:
    """Seconds that associations, instances and groups spend in passing states; 0, the default, is none."""

    def __init__(self) -> None:
        self._seconds = dict(INSTANTANEOUS)

    def until(self, state: str) -> float:
        """The unix time at which a state that begins now has passed."""
        return clock().now() + self._seconds[state]

    def shown(self) -> dict[str, float]:
        """The seconds of all the states."""
        return dict(self._seconds)

    def change(self, described: Any) -> None:
        """Lets these states last so long from now on; others stay. Raises ValueError."""
        self._seconds = {**self._seconds, **seconds_of(described)}


def transitions() -> Transitions:
    """The setting of this process."""
    return of_process(MARK, Transitions())


def seconds_of(described: Any) -> dict[str, float]:
    """What JSON says about some of the states. Raises ValueError."""
    if not isinstance(described, dict) or not described.keys() <= INSTANTANEOUS.keys():
        raise ValueError(f"Transitions are an object with {', '.join(INSTANTANEOUS)}, or some of them.")
    return {state: duration(seconds, state) for state, seconds in described.items()}
