# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long transitional states last."""

from __future__ import annotations

from functools import cache
from typing import Any

from ..server.value_checks import duration
from .clock import clock

INSTANTANEOUS = {
    "associating": 0.0,
    "disassociating": 0.0,
    "pending": 0.0,
    "stopping": 0.0,
    "shutting-down": 0.0,
    "applying": 0.0,
    "unseen": 0.0,
    "replacing": 0.0,
    "reporting": 0.0,
}
"""The passing states of associations and instances, in AWS's words, and the seconds they last.

Four are ours: new metadata options are ``applying`` until the instance follows them, a new instance is ``unseen`` while nobody but its
launcher knows its id, ``replacing`` is how long an Auto Scaling group or a fleet takes to replace an instance, and ``reporting`` how long IAM makes
a report of what was used last.
"""


class Transitions:
    """The seconds that associations, instances and groups spend in transitional states. The default is 0."""

    def __init__(self) -> None:
        self._seconds = dict(INSTANTANEOUS)

    def until(self, state: str) -> float:
        """Returns the Unix time at which a state that begins now ends."""
        return clock().now() + self._seconds[state]

    def show(self) -> dict[str, float]:
        """Returns the seconds of all states."""
        return dict(self._seconds)

    def change(self, described: Any) -> None:
        """Changes the seconds of the states that are named. Raises ValueError."""
        self._seconds = {**self._seconds, **seconds_of(described)}


@cache
def transitions() -> Transitions:
    """Returns the setting."""
    return Transitions()


def seconds_of(described: Any) -> dict[str, float]:
    """Parses the seconds of some states. Raises ValueError."""
    if not isinstance(described, dict) or not described.keys() <= INSTANTANEOUS.keys():
        raise ValueError(f"Transitions must be an object with some of {', '.join(INSTANTANEOUS)}.")
    return {state: duration(seconds, state) for state, seconds in described.items()}
