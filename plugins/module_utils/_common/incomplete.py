# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a module could not read or know: the entries of the return values ``incomplete``.  Pure."""

from __future__ import annotations

from typing import Any, NamedTuple

from .errors import AwsError


class Incomplete(NamedTuple):
    """What is not known (a path, a region, an action, an API call), a code for programs, and a sentence for people."""

    target: str
    reason: str
    message: str

    def as_result(self) -> dict[str, Any]:
        """An entry of a return value ``incomplete``."""
        return self._asdict()


def failed_read(error: AwsError) -> Incomplete:
    """The entry for a read that failed: the call, AWS's error code, and the whole error message with its suggestion."""
    return Incomplete(error.operation, error.code, str(error))
