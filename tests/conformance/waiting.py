# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waits for AWS, which completes many changes only after it has responded."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from botocore.exceptions import ClientError

from .probe import Different

T = TypeVar("T")
# The seconds that IAM's changes usually take at most to reach EC2
PROPAGATION = 120
NOT_SEEN_YET = ("Invalid IAM Instance Profile", "has no associated IAM Roles", "InstanceIdentityProfileNotFound", "Invalid principal in policy")


@dataclass
class Patience:
    """The longest wait. It is short for emulators, which either change at once or never."""

    seconds: float = math.inf


patience = Patience()


def eventually(read: Callable[[], T], is_so: Callable[[T], Any], seconds: float = PROPAGATION) -> T:
    """Reads until the condition is true, and returns what was read. Raises Different with what was read last."""
    seconds = min(seconds, patience.seconds)
    ends, pause = time.monotonic() + seconds, 0.05
    while not is_so(value := read()):
        if time.monotonic() > ends:
            raise Different(f"after {seconds:g} s: {value!r}")
        time.sleep(pause)
        pause = min(2 * pause, 3)
    return value


def once_seen(call: Callable[[], T], seconds: float = PROPAGATION, codes: tuple[str, ...] = ()) -> T:
    """The response of a call that names something new. The call is repeated while AWS does not see that yet."""
    ends, pause = time.monotonic() + min(seconds, patience.seconds), 0.1
    while True:
        try:
            return call()
        except ClientError as error:
            code, message = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
            if time.monotonic() > ends or not (code in codes or any(text in message for text in NOT_SEEN_YET)):
                raise
        time.sleep(pause)
        pause = min(2 * pause, 3)
