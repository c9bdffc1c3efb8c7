# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How well the tools find keys in a corpus, file by file. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from ..report import table
from .corpus import Sample

NOT_IDS = ("look_alike", "placeholder")


@dataclass(frozen=True)
class Score:
    """How many files a tool reported: with keys, with an id alone, and with neither."""

    tool: str
    found: int
    with_keys: int
    ids_alone: int
    look_alikes: int
    seconds: float

    @property
    def recall(self) -> float:
        return self.found / self.with_keys

    @property
    def precision(self) -> float:
        reported = self.found + self.ids_alone + self.look_alikes
        return self.found / reported if reported else 1.0


def score(
    tool: str,
    reported: Collection[str],
    reported_without: Collection[str],
    with_keys: Iterable[Sample],
    without_keys: Iterable[Sample],
    seconds: float = 0.0,
) -> Score:
    """Returns the score. ``reported`` and ``reported_without`` are the reported files among those with keys and those without."""
    expected = [each.path for each in with_keys]
    wrong = [each.kind in NOT_IDS for each in without_keys if each.path in reported_without]
    found = sum(path in reported for path in expected)
    return Score(tool, found, len(expected), wrong.count(False), wrong.count(True), seconds)


def scores(all_of_them: Iterable[Score], ids_alone: int, look_alikes: int) -> str:
    """Returns a row for each tool."""
    return table(
        ["tool", "recall", "precision", f"of {ids_alone} files with an id alone", f"of {look_alikes} look-alikes", "time"],
        [
            [
                each.tool,
                f"{each.recall:.3f} ({each.found} of {each.with_keys})",
                f"{each.precision:.3f}",
                str(each.ids_alone),
                str(each.look_alikes),
                f"{each.seconds:.1f} s",
            ]
            for each in all_of_them
        ],
    )
