# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waivers: problems that somebody has accepted, for a reason and until a day.  Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from fnmatch import fnmatchcase
from typing import Any, Mapping, NamedTuple, Optional, Sequence

from ansible_collections.keyless.ec2.plugins.module_utils._common.suggestions import did_you_mean

from .rows import Found, Row
from .severities import KINDS

REQUIRED = ("problem", "reason", "expires")
KEYS = (*REQUIRED, "account", "region", "id", "tag")


class WaiverError(ValueError):
    """A waiver that can't be meant."""


@dataclass(frozen=True)
class Waiver:
    """A problem that is accepted: of which things, why, and the last day."""

    problem: str
    reason: str
    expires: date
    account: str = "*"
    region: str = "*"
    id: str = "*"
    tag: Optional[str] = None

    def covers(self, row: Row, found: Found) -> bool:
        """Whether it is about this problem of this thing."""
        named = [(row.account, self.account), (row.region, self.region)]
        ids = {row.id, row.name, str(row.shown.get("arn") or row.id)}
        return (
            found.code == self.problem
            and all(fnmatchcase(value, pattern) for value, pattern in named)
            and any(fnmatchcase(each, self.id) for each in ids)
            and (self.tag is None or self._has_tag(row))
        )

    def _has_tag(self, row: Row) -> bool:
        key, _mark, value = (self.tag or "").partition("=")
        return key in row.tags and fnmatchcase(row.tags[key], value or "*")

    def __str__(self) -> str:
        where = [f"{name} {value}" for name, value in (("account", self.account), ("region", self.region), ("id", self.id)) if value != "*"]
        return ", ".join([self.problem, *where, *([f"tag {self.tag}"] if self.tag else [])])


class Waived(NamedTuple):
    """The rows with what is waived, and what is to be told of the waivers themselves."""

    rows: list[Row]
    expired: list[str]
    unused: list[str]


def waivers_in(described: Any) -> list[Waiver]:
    """The waivers out of a file's list.  Raises WaiverError, which names the entry, what is wrong and what would be right."""
    if not isinstance(described, (list, tuple)):
        raise WaiverError(f"it must be a list of waivers, each with {', '.join(REQUIRED)}, and is a {type(described).__name__}")
    return [_waiver(number, each) for number, each in enumerate(described, start=1)]


def _waiver(number: int, described: Any) -> Waiver:
    where = f"waiver {number}"
    if not isinstance(described, Mapping):
        raise WaiverError(f"{where} must have {', '.join(REQUIRED)}, and is a {type(described).__name__}")
    for key in described:
        if key not in KEYS:
            raise WaiverError(f"{where} has the key {key!r}. {did_you_mean(str(key), KEYS) or 'There are ' + ', '.join(KEYS) + '.'}")
    for key in REQUIRED:
        if not str(described.get(key) or "").strip():
            raise WaiverError(f"{where} has no {key}. A waiver needs a problem, a reason and a day on which it expires.")
    code = str(described["problem"])
    if code not in KINDS:
        raise WaiverError(f"{where}: there is no problem {code!r}. {did_you_mean(code, KINDS) or 'There are ' + ', '.join(KINDS) + '.'}")
    others = {key: str(described[key]) for key in ("account", "region", "id", "tag") if described.get(key) is not None}
    return Waiver(code, str(described["reason"]), _day(where, described["expires"]), **others)


def _day(where: str, given: Any) -> date:
    try:
        return given.date() if isinstance(given, datetime) else given if isinstance(given, date) else date.fromisoformat(str(given))
    except ValueError:
        raise WaiverError(f"{where}: expires is {given!r}. Write the day like 2027-01-31.") from None


def waive(rows: Sequence[Row], waivers: Sequence[Waiver], today: date) -> Waived:
    """The rows with the waivers of that day; on the day on which it expires a waiver still counts."""
    valid = [each for each in waivers if each.expires >= today]
    used: set[int] = set()

    def waived(row: Row, found: Found) -> Found:
        for number, each in enumerate(valid):
            if each.covers(row, found):
                used.add(number)
                return Found(found.code, found.message, found.fix, f"{each.reason} (until {each.expires})")
        return found

    changed = [row.with_problems([waived(row, each) for each in row.problems]) for row in rows]
    expired = [f"{each} (expired {each.expires}: {each.reason})" for each in waivers if each.expires < today]
    unused = [f"{each} ({each.reason})" for number, each in enumerate(valid) if number not in used]
    return Waived(changed, expired, unused)
