# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long a change takes to become real, and what time it is."""

from __future__ import annotations

import time
from dataclasses import dataclass


@dataclass
class Transitions:
    """Seconds that associations spend in passing states; 0, the default, is instantaneous."""

    associating: float = 0.0
    disassociating: float = 0.0


TRANSITIONS = Transitions()


def now() -> float:
    """Return the emulator's time in unix seconds; all its state machines go by this clock."""
    return time.time()
