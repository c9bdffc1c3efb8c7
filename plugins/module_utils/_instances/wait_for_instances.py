# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waits for new instances that DescribeInstances does not return yet."""

from __future__ import annotations

import time
from typing import Callable, Iterable

from .._aws.attempts import pauses
from .._values.instances import InstanceSnapshot

FIRST_PAUSE = 0.5  # seconds


def read_new_instances(read: Callable[[list[str]], InstanceSnapshot], instance_ids: Iterable[str], seconds: float) -> InstanceSnapshot:
    """What ``read`` returns for these ids.  Missing ones are read again, for up to that many seconds.

    A misspelled id can't be told from that of a new instance, so it takes all of that time.
    """
    deadline = time.monotonic() + seconds
    ids = list(instance_ids)
    found = read(ids)
    for pause in pauses(FIRST_PAUSE):
        missing = [each for each in ids if each not in found.instances]
        left = deadline - time.monotonic()
        if not missing or left <= 0:
            break
        time.sleep(min(pause, left))
        found = found.merged_with(read(missing))
    return found
