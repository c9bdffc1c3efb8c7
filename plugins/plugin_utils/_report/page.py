# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report as one page of HTML, which asks no network for anything.

What is fixed is written by Jinja2, which escapes all that it is given.  The rows are data beside it, from which the page's script makes
what is in sight: ten thousand rows as elements would keep a browser busy for seconds.
"""

from __future__ import annotations

import base64
import hashlib
import json
import pkgutil
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Optional, Sequence

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from .fixes import task_for
from .report import Report
from .rows import Found, Row
from .severities import KINDS, LEVELS, kind_of

ID = "\ue000"  # stands for the row's id in texts: so those of ten thousand rows are one
ACCOUNTS_SHOWN = 8
WIDTH = 100.0  # of a bar, in percent


def as_html(report: Report) -> str:
    """The page; the same bytes for the same report."""
    style, script = _file("page.css"), _file("page.js")
    values = {
        "report": report,
        "style": Markup(style),
        "script": Markup(script),
        "policy": f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; base-uri 'none'; form-action 'none'",
        "data": Markup(_data(report)),
        "figures": figures(report),
        "states": (*LEVELS, "ok"),
        "kind_of": kind_of,
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
    """A bar of the picture: what it is of, and its parts, each with a level or ``ok``, a number and a width in percent."""

    name: str
    total: int
    parts: Sequence[tuple[str, int, float]]


@dataclass(frozen=True)
class Figures:
    """What the top of the page shows."""

    instances: int
    ok: int
    levels: dict[str, int]
    problems: Sequence[tuple[str, int, float]]
    accounts: Sequence[Bar]
    more_accounts: int
    waived: int
    incomplete: int


def figures(report: Report) -> Figures:
    """The numbers and the bars."""
    instances = report.instances
    worst = Counter(_state(row) for row in instances)
    names = sorted({row.account for row in instances}, key=lambda each: (-_broken(instances, each), each))
    largest = max(report.counts.values(), default=1)
    counted = Counter(each.level for row in report.rows for each in row.open)
    return Figures(
        instances=len(instances),
        ok=worst["ok"],
        levels={level: counted[level] for level in LEVELS},
        problems=[(code, count, round(WIDTH * count / largest, 2)) for code, count in report.counts.items()],
        accounts=[_bar(each, [row for row in instances if row.account == each]) for each in names[:ACCOUNTS_SHOWN]],
        more_accounts=max(0, len(names) - ACCOUNTS_SHOWN),
        waived=sum(each.waived is not None for row in report.rows for each in row.problems),
        incomplete=sum(each.code == "incomplete" for row in report.rows for each in row.open),
    )


def _state(row: Row) -> str:
    """The level of the worst open problem."""
    levels = {each.level for each in row.open}
    return next((level for level in LEVELS if level in levels), "ok")


def _broken(instances: Sequence[Row], account: str) -> int:
    return sum(row.account == account and _state(row) == LEVELS[0] for row in instances)


def _bar(account: str, rows: Sequence[Row]) -> Bar:
    counted = Counter(map(_state, rows))
    parts = [(state, counted[state], round(WIDTH * counted[state] / len(rows), 2)) for state in (*LEVELS, "ok") if counted[state]]
    return Bar(account, len(rows), parts)


# --- Data --------------------------------------------------------------------------------------------------------------


@dataclass
class _Texts:
    """Each text once, and its number."""

    numbers: dict[str, int] = field(default_factory=dict)

    def __call__(self, text: Optional[str]) -> int:
        return self.numbers.setdefault(text or "", len(self.numbers))


def _data(report: Report) -> str:
    """The rows as JSON that ends no script element: what HTML knows is written as JSON's escapes."""
    texts = _Texts({"": 0})
    kinds = {code: [kind.level, kind.title] for code, kind in KINDS.items()}
    problems: dict[tuple, int] = {}
    rows = [_packed(row, texts, problems) for row in report.rows]
    gone = [
        [texts(each.row.thing), texts(each.row.account), texts(each.row.region), texts(each.row.id), each.code, each.is_there] for each in report.gone
    ]
    packed = {"kinds": kinds, "texts": list(texts.numbers), "problems": list(map(list, problems)), "rows": rows, "gone": gone, "since": report.since}
    text = json.dumps(packed, ensure_ascii=True, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _packed(row: Row, texts: _Texts, problems: dict[tuple, int]) -> list[Any]:
    found = [problems.setdefault(_problem(row, each, texts), len(problems)) for each in row.problems]
    by = ", ".join(f"{each['kind']} {each['name']}" for each in row.shown.get("launched_by", ()))
    tags = ", ".join(f"{key}={value}" for key, value in sorted(row.tags.items()))
    named = (row.thing, row.account, row.region, row.id, row.name, row.profile, row.role, row.may_do, by, tags)
    return [*map(texts, named), found]


def _problem(row: Row, found: Found, texts: _Texts) -> tuple:
    told = (found.message, found.fix, task_for(row, found), found.waived)
    return (found.code, *(texts(each and each.replace(row.id, ID)) for each in told), int(found.is_new))
