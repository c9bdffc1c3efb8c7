# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How many keys and ids of each user are listed.  Pure.

Invented keys in thousands of files must not fill the results, or have IAM asked for each of them.  But others decide what is in a log, for example by
their requests to a service.  So ids without a secret do not take the place of keys, and no log keeps the other files of root from being listed.
"""

from __future__ import annotations

from collections import Counter
from typing import Iterable

from .text.findings import MAX_FINDINGS, Finding

LEAST_OF_ROOTS = 10  # in each file of root
TOO_MANY_KEYS = f"Only the first {MAX_FINDINGS} keys, and {MAX_FINDINGS} ids without a secret, in the files of each user are listed"


class NumbersOfFindings:
    """A file that is read again, because a better path leads to it, counts once."""

    def __init__(self) -> None:
        self._numbers: Counter[tuple[int, bool]] = Counter()  # by account, and whether they have a secret
        self._of_file: dict[str, Counter[tuple[int, bool]]] = {}

    def limited(self, real: str, account: int, found: Iterable[Finding]) -> list[Finding]:
        """Those that are listed of a file with this real path."""
        found = list(found)
        self._numbers.subtract(self._of_file.get(real, {}))
        least = 0 if account else LEAST_OF_ROOTS
        left = {has_secret: max(least, MAX_FINDINGS - self._numbers[account, has_secret]) for has_secret in (True, False)}
        if found or real in self._of_file:
            self._of_file[real] = Counter((account, each.has_secret) for each in found)
            self._numbers.update(self._of_file[real])
        return list(_first(found, left))


def _first(found: Iterable[Finding], left: dict[bool, int]) -> Iterable[Finding]:
    for each in found:
        left[each.has_secret] -= 1
        if left[each.has_secret] >= 0:
            yield each
