# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Converts the return values of keyless.ec2.estate_info into the rows of a report.  Pure."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Iterable, Iterator, Mapping, Optional, Sequence

from .severities import INCOMPLETE, problem_kind, rank

# The return values that are lists, and the kind of resource in each
ROW_KINDS = {
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
LAUNCH_SOURCES = ("auto_scaling_groups", "launch_templates", "fleets", "spot_requests")
# Fleets have kinds of their own.
LAUNCH_SOURCE_KINDS = (*(ROW_KINDS[each] for each in LAUNCH_SOURCES), "EC2 Fleet", "Spot Fleet")
# The members of rows that are texts or nothing, and those that are lists of dictionaries
TEXTS = ("region", "name", "arn", "kind", "type", "role_name", "may_do")
LISTS = ("launched_by", "launches", "problems", "incomplete")


class EstateError(ValueError):
    """The input is not an estate."""


@dataclass(frozen=True)
class ReportedProblem:
    """A problem of a row, which is such a ``resource``.

    ``waived`` is the reason of a waiver; ``is_new`` says that the earlier report does not have it.
    """

    code: str
    message: str
    fix: str
    waived: Optional[str] = None
    is_new: bool = False
    resource: str = ""

    @property
    def severity(self) -> str:
        """How severe the problem is."""
        return problem_kind(self.code, self.resource).severity

    @property
    def title(self) -> str:
        """The problem in a few words."""
        return problem_kind(self.code, self.resource).title

    @property
    def rank(self) -> int:
        """Its position in the order, 0 for the worst."""
        return rank(self.code, self.resource)


@dataclass(frozen=True)
class ReportRow:
    """An instance or another resource with its problems; ``data`` is its entry in the return value.

    ``key`` identifies it in this and in other reports.
    """

    kind: str
    account: str
    region: str
    id: str
    name: str
    profile: Optional[str]
    role: Optional[str]
    may_do: Optional[str]
    tags: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[ReportedProblem, ...] = ()
    data: Mapping[str, Any] = field(default_factory=dict, compare=False)

    @property
    def key(self) -> str:
        """Kind, account, region and id."""
        return "/".join((self.kind, self.account, self.region, self.id))

    @property
    def open(self) -> tuple[ReportedProblem, ...]:
        """The problems that are not waived."""
        return tuple(each for each in self.problems if each.waived is None)

    @property
    def order(self) -> tuple:
        """Sorts by the worst open problem, then by their number; rows with waived problems and without problems come last."""
        ranks = sorted(each.rank for each in self.open)
        return (not ranks, ranks[:1], -len(ranks), not self.problems, self.account, self.region, self.kind, self.id)

    def with_problems(self, problems: Iterable[ReportedProblem]) -> ReportRow:
        """The row with these problems."""
        return replace(self, problems=tuple(problems))


def rows_in(estate: Mapping[str, Any]) -> list[ReportRow]:
    """All rows, unsorted.  Raises EstateError."""
    if not isinstance(estate, Mapping) or any(not isinstance(estate.get(name), list) for name in ROW_KINDS):
        raise EstateError("is not what keyless.ec2.estate_info returns")
    try:
        return [_row(name, each, estate) for name in ROW_KINDS for each in estate[name]]
    except (KeyError, TypeError, AttributeError) as error:
        raise EstateError(f"is not what keyless.ec2.estate_info returns: {type(error).__name__}: {error}") from error


def worst_first(rows: Iterable[ReportRow]) -> list[ReportRow]:
    """The rows in the order of the report."""
    return sorted(rows, key=lambda row: row.order)


def _row(list_name: str, data: Mapping[str, Any], estate: Mapping[str, Any]) -> ReportRow:
    _check_types(list_name, data)
    kind = str((data.get("kind") if list_name == "fleets" else None) or ROW_KINDS[list_name])
    profile, role = _identity(list_name, data)
    return ReportRow(
        kind=kind,
        account=str(data["account_id"]),
        region=str(data.get("region") or ""),
        id=str(_id(list_name, data)),
        name=str(data.get("name") or data.get("role_name") or ""),
        profile=profile,
        role=role,
        may_do=data["may_do"] if "may_do" in data else _may_do(estate, data["account_id"], role),
        tags={str(key): str(value) for key, value in (data.get("tags") or {}).items()},
        problems=tuple(sorted(_problems(data, kind), key=lambda each: each.rank)),
        data=data,
    )


def _check_types(list_name: str, data: Mapping[str, Any]) -> None:
    """Raises TypeError for values that no row has: somebody else may have written them, and files are made of them later."""
    wrong = [each for each in TEXTS if not isinstance(data.get(each), (str, type(None)))]
    wrong += [each for each in LISTS if not _is_list_of_dictionaries(data.get(each, []))]
    if wrong:
        raise TypeError(f"{' and '.join(wrong)} in {list_name}")


def _is_list_of_dictionaries(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, Mapping) for each in value)


def _id(list_name: str, data: Mapping[str, Any]) -> str:
    """What distinguishes it from others of its kind, account and region."""
    names = {"instances": "instance_id", "roles": "role_name", "accounts": "account_id", "regions": "region"}
    return data[names.get(list_name, "name")]


def _identity(list_name: str, data: Mapping[str, Any]) -> tuple[Optional[str], Optional[str]]:
    """The instance profile and the role; for several launch configurations, those of the first."""
    if list_name == "instances":
        return (data["instance_profile"] or {}).get("name"), data["role_name"]
    if list_name in LAUNCH_SOURCES:
        launches: Sequence[Mapping] = data["launches"] or [{}]
        return launches[0].get("instance_profile"), launches[0].get("role_name")
    if list_name == "roles":
        return ", ".join(data["instance_profiles"]) or None, data["role_name"]
    return (data["name"], data["role_name"]) if list_name == "instance_profiles" else (None, None)


def _may_do(estate: Mapping[str, Any], account: str, role: Optional[str]) -> Optional[str]:
    found = (each["may_do"] for each in estate["roles"] if (each["account_id"], each["role_name"]) == (account, role))
    return next(found, None) if role else None


def _problems(data: Mapping[str, Any], kind: str) -> Iterator[ReportedProblem]:
    for each in data.get("problems", ()):
        yield ReportedProblem(str(each["code"]), str(each["message"]), str(each["fix"]), resource=kind)
    for each in data.get("incomplete", ()):
        yield ReportedProblem(INCOMPLETE, str(each["message"]), f"Allow {each['target']}, or leave it out.", resource=kind)
