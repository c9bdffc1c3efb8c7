# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter keyless.ec2.estate_report; the work is done in plugin_utils/_report."""

from __future__ import annotations

import json

from ansible.errors import AnsibleFilterError

from ansible_collections.keyless.ec2.plugins.module_utils._common.suggestions import did_you_mean
from ansible_collections.keyless.ec2.plugins.plugin_utils._report.page import as_html
from ansible_collections.keyless.ec2.plugins.plugin_utils._report.report import report_of, to_document
from ansible_collections.keyless.ec2.plugins.plugin_utils._report.severities import PROBLEM_KINDS
from ansible_collections.keyless.ec2.plugins.plugin_utils._report.tables import as_csv, as_junit

FORMATS = {"html": as_html, "csv": as_csv, "junit": as_junit}
NEW = "new"


def filter_estate_report(estate, taken, formats=(*FORMATS, "json"), waivers=None, since=None, fail_on=None):
    """The report in these formats, with its summary and counts; raises AnsibleFilterError for invalid input."""
    check_choices(formats, fail_on)
    # Plain values: Ansible tags its own, which costs time in each of ten thousand rows.
    estate = json.loads(json.dumps(estate, default=str))
    document = estate if "estate" in estate else to_document(estate, str(taken))
    try:
        report = report_of(document, str(taken), waivers or [], since)
    except ValueError as error:
        raise AnsibleFilterError(f"keyless.ec2.estate_report: {error}") from error
    files = {name: FORMATS[name](report) for name in FORMATS if name in formats}
    if "json" in formats:
        files["json"] = _as_json(document)
    return {
        "files": files,
        "summary": report.summary,
        "counts": report.counts,
        "new": len(report.new) if since else None,
        "gone": len(report.resolved) if since else None,
        "waivers_expired": list(report.expired_waivers),
        "waivers_unused": list(report.unused_waivers),
        "drift": report.drift(list(fail_on or ())),
    }


def _as_json(document):
    """The text of report.json.  Half of a surrogate pair, which JSON can say and UTF-8 can't, stays an escape."""
    text = json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def check_choices(formats, fail_on):
    """Raises AnsibleFilterError for an unknown format or problem."""
    _check("formats", formats, (*FORMATS, "json"))
    _check("fail_on", fail_on or (), (*PROBLEM_KINDS, NEW))


def _check(name, given, known):
    for each in [given] if isinstance(given, str) else given:
        if each not in known:
            suggestion = did_you_mean(str(each), known) or f"Use {', '.join(known)}."
            raise AnsibleFilterError(f"keyless.ec2.estate_report: {name}: {each!r} is unknown. {suggestion}")


class FilterModule:
    """What Ansible loads."""

    def filters(self):
        """The filters by name."""
        return {"estate_report": filter_estate_report}
