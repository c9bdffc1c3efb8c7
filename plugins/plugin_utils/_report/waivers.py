# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waivers: problems that are accepted for a reason, until a date.  Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from fnmatch import fnmatchcase
from typing import Any, Mapping, NamedTuple, Optional, Sequence

from ansible_collections.keyless.ec2.plugins.module_utils._common.suggestions import did_you_mean

from .rows import ReportedProblem, ReportRow
from .severities import PROBLEM_KINDS

REQUIRED = ("problem", "reason", "expires")
KEYS = (*REQUIRED, "account", "region", "id", "name", "tag")


# These resources have an id from AWS. All others are identified by a name, which can look like such an id.
KINDS_WITH_ID = ("instance", "fleet", "EC2 Fleet", "Spot Fleet", "Spot Instance request")
_LIKE_AN_ID = re.compile(r"(?:i|lt|fleet|sfr|sir)-")


class WaiverError(ValueError):
    """An invalid waiver."""


@dataclass(frozen=True)
class Waiver:
    """An accepted problem: of which resources, why, and the last day on which the waiver is valid.

    The name of an instance is its tag, which others may be able to set.  So ``id`` does not match it.
    """

    problem: str
    reason: str
    expires: date
    account: str = "*"
    region: str = "*"
    id: str = "*"
    name: str = "*"
    tag: Optional[str] = None

    def covers(self, row: ReportRow, problem: ReportedProblem) -> bool:
        """Whether the waiver applies to this problem of this row."""
        named = [(row.account, self.account), (row.region, self.region), (row.name, self.name)]
        has_id = row.kind in KINDS_WITH_ID or not _LIKE_AN_ID.match(row.id)
        ids = {each for each in (row.id if has_id else "", row.data.get("arn")) if each} or {""}
        return (
            problem.code == self.problem
            and all(fnmatchcase(value, pattern) for value, pattern in named)
            and any(fnmatchcase(each, self.id) for each in ids)
            and (self.tag is None or self._has_tag(row))
        )

    def _has_tag(self, row: ReportRow) -> bool:
        key, _mark, value = (self.tag or "").partition("=")
        return key in row.tags and fnmatchcase(row.tags[key], value or "*")

    def __str__(self) -> str:
        where = [
            f"{name} {value}"
            for name, value in (("account", self.account), ("region", self.region), ("id", self.id), ("name", self.name))
            if value != "*"
        ]
        return ", ".join([self.problem, *where, *([f"tag {self.tag}"] if self.tag else [])])


class Waived(NamedTuple):
    """The rows with their waived problems, and the expired and unused waivers."""

    rows: list[ReportRow]
    expired: list[str]
    unused: list[str]


def waivers_in(described: Any) -> list[Waiver]:
    """Checks and converts a list of waivers.  Raises WaiverError, which names the entry, the mistake and a suggestion."""
    if not isinstance(described, (list, tuple)):
        raise WaiverError(f"waivers must be a list of dictionaries with {', '.join(REQUIRED)}, not a {type(described).__name__}")
    return [_waiver(number, each) for number, each in enumerate(described, start=1)]


def _waiver(number: int, described: Any) -> Waiver:
    where = f"waiver {number}"
    if not isinstance(described, Mapping):
        raise WaiverError(f"{where} must be a dictionary with {', '.join(REQUIRED)}, not a {type(described).__name__}")
    for key in described:
        if key not in KEYS:
            raise WaiverError(f"{where} has the unknown key {key!r}. {did_you_mean(str(key), KEYS) or 'Use ' + ', '.join(KEYS) + '.'}")
    for key in REQUIRED:
        if not str(described.get(key) or "").strip():
            raise WaiverError(f"{where} has no {key}. A waiver needs a problem, a reason and the date on which it expires.")
    code = str(described["problem"])
    if code not in PROBLEM_KINDS:
        raise WaiverError(
            f"{where}: {code!r} is not the code of a problem. {did_you_mean(code, PROBLEM_KINDS) or 'Use ' + ', '.join(PROBLEM_KINDS) + '.'}"
        )
    others = {key: str(described[key]) for key in ("account", "region", "id", "name", "tag") if described.get(key) is not None}
    return Waiver(code, str(described["reason"]), _day(where, described["expires"]), **others)


def _day(where: str, given: Any) -> date:
    try:
        return given.date() if isinstance(given, datetime) else given if isinstance(given, date) else date.fromisoformat(str(given))
    except ValueError:
        raise WaiverError(f"{where}: expires is {given!r}. Use a date such as 2027-01-31.") from None


def waive(rows: Sequence[ReportRow], waivers: Sequence[Waiver], today: date) -> Waived:
    """Applies the waivers that are valid today; a waiver is still valid on the day on which it expires."""
    valid = [each for each in waivers if each.expires >= today]
    used: set[int] = set()

    def waived(row: ReportRow, problem: ReportedProblem) -> ReportedProblem:
        for number, each in enumerate(valid):
            if each.covers(row, problem):
                used.add(number)
                return ReportedProblem(problem.code, problem.message, problem.fix, f"{each.reason} (until {each.expires})")
        return problem

    changed = [row.with_problems([waived(row, each) for each in row.problems]) for row in rows]
    expired = [f"{each} (expired {each.expires}: {each.reason})" for each in waivers if each.expires < today]
    unused = [f"{each} ({each.reason})" for number, each in enumerate(valid) if number not in used]
    return Waived(changed, expired, unused)
