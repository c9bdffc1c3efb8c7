# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report as CSV and as JUnit XML."""

from __future__ import annotations

import csv
import io
from typing import Iterable
from xml.etree import ElementTree

from .._quoting.csv_cells import csv_cell
from .._quoting.xml_text import xml_text
from .fixes import fix_tasks, fix_tasks_on_one_line
from .report import Report
from .rows import ReportRow

COLUMNS = (
    "kind",
    "account",
    "region",
    "id",
    "name",
    "instance_profile",
    "role",
    "may_do",
    "problem",
    "severity",
    "waived",
    "new",
    "message",
    "fix",
    "task",
)


def as_csv(report: Report) -> str:
    """A line for each problem, and one for each resource without problems."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in report.rows:
        resource = (row.kind, row.account, row.region, row.id, row.name, row.profile, row.role, row.may_do)
        for values in _problems(row) or [("",) * 7]:
            writer.writerow(map(csv_cell, (*resource, *values)))
    return text.getvalue()


def _problems(row: ReportRow) -> list[tuple]:
    return [
        (each.code, each.severity, each.waived, "new" if each.is_new else "", each.message, each.fix, fix_tasks_on_one_line(row, each))
        for each in row.problems
    ]


def as_junit(report: Report) -> str:
    """A test case for each resource: open problems are failures, and it is skipped if all its problems are waived."""
    suites = ElementTree.Element("testsuites", name="keyless.ec2")
    for kind, rows in _by_kind(report.rows):
        failed = sum(bool(row.open) for row in rows)
        skipped = sum(bool(row.problems) and not row.open for row in rows)
        numbers = {"tests": str(len(rows)), "failures": str(failed), "errors": "0", "skipped": str(skipped)}
        suite = ElementTree.SubElement(suites, "testsuite", {"name": xml_text(kind), "timestamp": report.taken, **numbers})
        for row in rows:
            _case(suite, row)
    ElementTree.indent(suites)
    return ElementTree.tostring(suites, encoding="unicode", xml_declaration=True) + "\n"


def _by_kind(rows: Iterable[ReportRow]) -> Iterable[tuple[str, list[ReportRow]]]:
    by_kind: dict[str, list[ReportRow]] = {}
    for row in rows:
        by_kind.setdefault(row.kind, []).append(row)
    return sorted(by_kind.items())


def _case(suite: ElementTree.Element, row: ReportRow) -> None:
    case = ElementTree.SubElement(suite, "testcase", classname=xml_text(f"{row.account}.{row.region or 'global'}"), name=xml_text(row.id))
    for each in row.open:
        failure = ElementTree.SubElement(case, "failure", type=xml_text(each.code), message=xml_text(each.title))
        failure.text = xml_text("\n".join(filter(None, (each.message, each.fix, fix_tasks(row, each)))))
    if row.problems and not row.open:
        ElementTree.SubElement(case, "skipped", message=xml_text("; ".join(f"{each.code}: {each.waived}" for each in row.problems)))
