# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rows of a report, out of what keyless.ec2.estate_info returns.  Pure."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Iterable, Iterator, Mapping, Optional, Sequence

from .severities import INCOMPLETE, kind_of, rank

# The return values with rows, and what a row of each is.
THINGS = {
    "instances": "instance",
    "auto_scaling_groups": "Auto Scaling group",
    "launch_templates": "launch template",
    "fleets": "fleet",
    "spot_requests": "Spot Instance request",
    "roles": "role",
    "instance_profiles": "instance profile",
    "accounts": "account",
    "regions": "region",
}
LAUNCHING = ("auto_scaling_groups", "launch_templates", "fleets", "spot_requests")


class EstateError(ValueError):
    """What was given is no estate."""


@dataclass(frozen=True)
class Found:
    """A problem of a row.  ``waived`` is the reason of a waiver, ``is_new`` tells whether an earlier report has it not."""

    code: str
    message: str
    fix: str
    waived: Optional[str] = None
    is_new: bool = False

    @property
    def level(self) -> str:
        """How bad it is."""
        return kind_of(self.code).level


@dataclass(frozen=True)
class Row:
    """An instance, or something else that has problems of its own; ``shown`` is the row of the return value.

    ``key`` says which one it is, in this report and in others.
    """

    thing: str
    account: str
    region: str
    id: str
    name: str
    profile: Optional[str]
    role: Optional[str]
    may_do: Optional[str]
    tags: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[Found, ...] = ()
    shown: Mapping[str, Any] = field(default_factory=dict, compare=False)

    @property
    def key(self) -> str:
        """Of what it is, where it is, and its id, name or ARN."""
        return "/".join((self.thing, self.account, self.region, self.id))

    @property
    def open(self) -> tuple[Found, ...]:
        """The problems that nobody has waived."""
        return tuple(each for each in self.problems if each.waived is None)

    @property
    def order(self) -> tuple:
        """The worst problem first, then more of them; what is waived, and what is well, at the end."""
        ranks = sorted(rank(each.code) for each in self.open)
        return (not ranks, ranks[:1], -len(ranks), not self.problems, self.account, self.region, self.thing, self.id)

    def with_problems(self, problems: Iterable[Found]) -> Row:
        """The row with these problems."""
        return replace(self, problems=tuple(problems))


def rows_in(estate: Mapping[str, Any]) -> list[Row]:
    """All rows, as they come.  Raises EstateError."""
    if not isinstance(estate, Mapping) or any(not isinstance(estate.get(kind), list) for kind in THINGS):
        raise EstateError("it is not what keyless.ec2.estate_info returns")
    try:
        return [_row(kind, each, estate) for kind in THINGS for each in estate[kind]]
    except (KeyError, TypeError, AttributeError) as error:
        raise EstateError(f"it is not what keyless.ec2.estate_info returns: {type(error).__name__}: {error}") from error


def worst_first(rows: Iterable[Row]) -> list[Row]:
    """The rows in the order of the report."""
    return sorted(rows, key=lambda row: row.order)


def _row(kind: str, shown: Mapping[str, Any], estate: Mapping[str, Any]) -> Row:
    thing = shown.get("kind") if kind == "fleets" else THINGS[kind]
    profile, role = _identity(kind, shown)
    return Row(
        thing=str(thing or THINGS[kind]),
        account=str(shown["account_id"]),
        region=str(shown.get("region") or ""),
        id=str(_id(kind, shown)),
        name=str(shown.get("name") or shown.get("role_name") or ""),
        profile=profile,
        role=role,
        may_do=shown["may_do"] if "may_do" in shown else _may_do(estate, shown["account_id"], role),
        tags={str(key): str(value) for key, value in (shown.get("tags") or {}).items()},
        problems=tuple(sorted(_problems(shown), key=lambda each: rank(each.code))),
        shown=shown,
    )


def _id(kind: str, shown: Mapping[str, Any]) -> str:
    """What tells it from others of its kind, account and region."""
    names = {"instances": "instance_id", "roles": "role_name", "accounts": "account_id", "regions": "region"}
    return shown[names.get(kind, "name")]


def _identity(kind: str, shown: Mapping[str, Any]) -> tuple[Optional[str], Optional[str]]:
    """The instance profile and the role, of several those of the first."""
    if kind == "instances":
        return (shown["instance_profile"] or {}).get("name"), shown["role_name"]
    if kind in LAUNCHING:
        launches: Sequence[Mapping] = shown["launches"] or [{}]
        return launches[0].get("instance_profile"), launches[0].get("role_name")
    if kind == "roles":
        return ", ".join(shown["instance_profiles"]) or None, shown["role_name"]
    return (shown["name"], shown["role_name"]) if kind == "instance_profiles" else (None, None)


def _may_do(estate: Mapping[str, Any], account: str, role: Optional[str]) -> Optional[str]:
    found = (each["may_do"] for each in estate["roles"] if (each["account_id"], each["role_name"]) == (account, role))
    return next(found, None) if role else None


def _problems(shown: Mapping[str, Any]) -> Iterator[Found]:
    for each in shown.get("problems", ()):
        yield Found(str(each["code"]), str(each["message"]), str(each["fix"]))
    for each in shown.get("incomplete", ()):
        yield Found(INCOMPLETE, str(each["message"]), f"Allow {each['target']}, or leave it out.")
