# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter keyless.ec2.estate_report; a shell over plugin_utils/_report."""

from __future__ import annotations

import json

from ansible.errors import AnsibleFilterError

from ansible_collections.keyless.ec2.plugins.module_utils._common.suggestions import did_you_mean
from ansible_collections.keyless.ec2.plugins.plugin_utils._report.page import as_html
from ansible_collections.keyless.ec2.plugins.plugin_utils._report.report import document, report_of
from ansible_collections.keyless.ec2.plugins.plugin_utils._report.severities import KINDS
from ansible_collections.keyless.ec2.plugins.plugin_utils._report.tables import as_csv, as_junit

FORMATS = {"html": as_html, "csv": as_csv, "junit": as_junit}
NEW = "new"


def filter_estate_report(estate, taken, formats=(*FORMATS, "json"), waivers=None, since=None, fail_on=None):
    """The report in these formats, and what is told of it; raises AnsibleFilterError for what is no estate or no waiver."""
    _check("formats", formats, (*FORMATS, "json"))
    _check("fail_on", fail_on or (), (*KINDS, NEW))
    # Plain values: Ansible's own carry marks that cost time in each of ten thousand rows.
    estate = json.loads(json.dumps(estate, default=str))
    kept = estate if "estate" in estate else document(estate, str(taken))
    try:
        report = report_of(kept, waivers or [], since)
    except ValueError as error:
        raise AnsibleFilterError(f"keyless.ec2.estate_report: {error}") from error
    made = {name: FORMATS[name](report) for name in FORMATS if name in formats}
    if "json" in formats:
        made["json"] = json.dumps(kept, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    return {
        "files": made,
        "summary": report.summary,
        "counts": report.counts,
        "new": len(report.new) if since else None,
        "gone": len(report.gone) if since else None,
        "waivers_expired": list(report.expired),
        "waivers_unused": list(report.unused),
        "drift": report.drift(list(fail_on or ())),
    }


def _check(name, given, known):
    for each in [given] if isinstance(given, str) else given:
        if each not in known:
            meant = did_you_mean(str(each), known) or f"There are {', '.join(known)}."
            raise AnsibleFilterError(f"keyless.ec2.estate_report: {name}: there is no {each!r}. {meant}")


class FilterModule:
    """What Ansible loads."""

    def filters(self):
        """The filters by name."""
        return {"estate_report": filter_estate_report}
