# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report as one HTML page that makes no network requests.

The template is rendered by Jinja2 with autoescape.  The rows are JSON in the page, and its script creates elements only for the visible
ones: ten thousand rows as elements would keep a browser busy for seconds.
"""

from __future__ import annotations

import base64
import hashlib
import pkgutil
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Optional, Sequence

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from ...module_utils._common.quoting import lines, one_line
from .._quoting.html_data import script_data
from .fixes import fix_tasks
from .report import Report
from .rows import ReportedProblem, ReportRow
from .severities import PROBLEM_KINDS, SEVERITIES, problem_kind

ID = "\ue000"  # stands for the row's id in texts, so that ten thousand rows share one text
ACCOUNTS_SHOWN = 8
OK, INSTANCE = "ok", "instance"
WIDTH = 100.0  # of a bar, in percent


def as_html(report: Report) -> str:
    """The page, with the same bytes for the same report."""
    style, script = _file("page.css"), _file("page.js")
    values = {
        "report": report,
        "style": Markup(style),
        "script": Markup(script),
        "policy": f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; base-uri 'none'; form-action 'none'",
        "data": Markup(_data(report)),
        "figures": figures(report),
        "states": (*SEVERITIES, OK),
        "problem_kind": problem_kind,
    }
    environment = Environment(loader=FunctionLoader(_file), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.get_template("page.html.j2").render(values) + "\n"


def _file(name: str) -> str:
    return (pkgutil.get_data(__package__ or "", name) or b"").decode("utf-8")


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


# --- Figures -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Bar:
    """A bar of a chart: the account and its name, and its parts, each with a severity or ``ok``, a number and a width in percent."""

    account: str
    name: str
    total: int
    parts: Sequence[tuple[str, int, float]]


@dataclass(frozen=True)
class Figures:
    """The numbers and charts at the top of the page."""

    instances: int
    states: dict[str, int]  # of instances, by their worst problem
    others: dict[str, int]  # of all other resources
    problems: Sequence[tuple[str, int, float, str]]
    accounts: Sequence[Bar]
    more_accounts: int
    waived: int
    incomplete: int


def figures(report: Report) -> Figures:
    """Computes the numbers and charts."""
    instances, account_names = report.instances, names_of_accounts(report)
    worst, others = (Counter(_state(row) for row in report.rows if (row.kind == INSTANCE) == is_instance) for is_instance in (True, False))
    names = sorted({row.account for row in instances}, key=lambda each: (-_broken(instances, each), each))
    severities = _worst_severities(report)
    largest = max(report.counts.values(), default=1)
    return Figures(
        instances=len(instances),
        states={state: worst[state] for state in (*SEVERITIES, OK)},
        others={state: others[state] for state in (*SEVERITIES, OK)},
        problems=[(code, count, round(WIDTH * count / largest, 2), severities[code]) for code, count in report.counts.items()],
        accounts=[_bar(each, account_names.get(each, ""), [row for row in instances if row.account == each]) for each in names[:ACCOUNTS_SHOWN]],
        more_accounts=max(0, len(names) - ACCOUNTS_SHOWN),
        waived=sum(each.waived is not None for row in report.rows for each in row.problems),
        incomplete=sum(each.code == "incomplete" for row in report.rows for each in row.open),
    )


def names_of_accounts(report: Report) -> dict[str, str]:
    """The names of the accounts that have one, by their ids."""
    return {row.account: one_line(row.name) for row in report.rows if row.kind == "account" and row.name}


def _state(row: ReportRow) -> str:
    """The severity of the worst open problem, or ``ok``."""
    severities = {each.severity for each in row.open}
    return next((each for each in SEVERITIES if each in severities), OK)


def _worst_severities(report: Report) -> dict[str, str]:
    """The worst severity of the open problems with each code."""
    found: dict[str, str] = {}
    for row in report.rows:
        for each in row.open:
            found[each.code] = min(each.severity, found.get(each.code, each.severity), key=SEVERITIES.index)
    return found


def _broken(instances: Sequence[ReportRow], account: str) -> int:
    return sum(row.account == account and _state(row) == SEVERITIES[0] for row in instances)


def _bar(account: str, name: str, rows: Sequence[ReportRow]) -> Bar:
    counted = Counter(map(_state, rows))
    parts = [(state, counted[state], round(WIDTH * counted[state] / len(rows), 2)) for state in (*SEVERITIES, OK) if counted[state]]
    return Bar(account, name, len(rows), parts)


# --- Data --------------------------------------------------------------------------------------------------------------


@dataclass
class _Texts:
    """Stores each text once, and returns its number."""

    numbers: dict[str, int] = field(default_factory=dict)

    def __call__(self, text: Optional[str]) -> int:
        return self.numbers.setdefault(text or "", len(self.numbers))


def _data(report: Report) -> str:
    """The rows as JSON."""
    texts = _Texts({"": 0})
    kinds = {code: [kind.severity, kind.title] for code, kind in PROBLEM_KINDS.items()}
    problems: dict[tuple, int] = {}
    rows = [_pack_row(row, texts, problems) for row in report.rows]
    resolved = [
        [texts(each.row.kind), texts(each.row.account), texts(each.row.region), texts(each.row.id), each.code, each.still_exists]
        for each in report.resolved
    ]
    packed = {
        "problemKinds": kinds,
        "texts": list(texts.numbers),
        "problems": list(map(list, problems)),
        "rows": rows,
        "resolved": resolved,
        "since": report.since,
        "accounts": names_of_accounts(report),
    }
    return script_data(packed)


def _pack_row(row: ReportRow, texts: _Texts, problems: dict[tuple, int]) -> list[Any]:
    found = [problems.setdefault(_pack_problem(row, each, texts), len(problems)) for each in row.problems]
    by = ", ".join(f"{each['kind']} {each['name']}" for each in row.data.get("launched_by", ()))
    tags = ", ".join(f"{key}={value}" for key, value in sorted(row.tags.items()))
    named = (row.kind, row.account, row.region, row.id, row.name, row.profile, row.role, row.may_do, by, tags)
    return [*(texts(one_line(each or "")) for each in named), found]


def _pack_problem(row: ReportRow, problem: ReportedProblem, texts: _Texts) -> tuple:
    shown = (problem.message, problem.fix, fix_tasks(row, problem), problem.waived)
    texts_shown = (texts(lines(each or "").replace(one_line(row.id), ID)) for each in shown)
    return (problem.code, *texts_shown, int(problem.is_new), problem.severity, problem.title)
