# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read errors are collected, so one failed call does not fail the module.  Pure."""

from __future__ import annotations

from typing import Any, Callable, Collection, Optional, TypeVar

from .errors import AwsError
from .incomplete import failed_read

T = TypeVar("T")


class ReadErrors:
    """The errors of several reads, and whether any of these reads succeeded."""

    def __init__(self, tolerated: Optional[Collection[str]] = None) -> None:
        """``tolerated`` are the error codes to collect; other errors are raised.  None collects all."""
        self.errors: list[AwsError] = []
        self._tolerated = tolerated
        self.is_read = False

    def collect(self, read: Callable[[], T]) -> Optional[T]:
        """What ``read`` returns, or None if it raised AwsError, which is kept."""
        try:
            found = read()
        except AwsError as error:
            if self._tolerated is not None and error.code not in self._tolerated:
                raise
            self.errors.append(error)
            return None
        self.is_read = True
        return found

    def as_result(self) -> list[dict[str, Any]]:
        """The return value ``incomplete``, sorted, because parallel calls fail in any order."""
        return [each.as_result() for each in sorted(map(failed_read, self.errors))]
