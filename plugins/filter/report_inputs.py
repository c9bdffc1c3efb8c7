# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter keyless.ec2.report_inputs.  See plugin_utils/_report/inputs.py."""

from __future__ import annotations

from ansible.errors import AnsibleFilterError

from ansible_collections.keyless.ec2.plugins.filter.estate_report import check_choices
from ansible_collections.keyless.ec2.plugins.filter.from_survey import filter_from_survey
from ansible_collections.keyless.ec2.plugins.filter.role_variables import options_of, unknown
from ansible_collections.keyless.ec2.plugins.plugin_utils._report.inputs import check_new, read_inputs
from ansible_collections.keyless.ec2.plugins.plugin_utils._variables.option_names import by_variable
from ansible_collections.keyless.ec2.plugins.plugin_utils._variables.report import report_errors


def filter_report_inputs(options, start):
    """The inputs of the role report, read and checked.  ``error`` says in one line what is wrong with them; empty if nothing is."""
    given = options.get("given", {})
    errors = [
        *unknown("report", options.get("names", ())),
        *(report_errors(given, {name: filter_from_survey(given[name], None, f"report_{name}") for name in given}) if given else ()),
    ]
    if errors:
        return {"error": "\n".join(errors)}
    try:
        check_choices(options["formats"], options["fail_on"])
        check_new(options["fail_on"], options["since"])
        inputs = read_inputs(options, str(start))
    except (AnsibleFilterError, ValueError) as error:
        message = " ".join(str(error).removeprefix("keyless.ec2.estate_report: ").split())
        return {"error": by_variable(message, "report", options_of("report"))}
    choices = {"formats": list(options["formats"]), "fail_on": list(options["fail_on"])}
    return {**inputs._asdict(), "notes": list(inputs.notes), **choices, "error": ""}


class FilterModule:
    """What Ansible loads."""

    def filters(self):
        """The filters by name."""
        return {"report_inputs": filter_report_inputs}
