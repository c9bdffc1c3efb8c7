# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter keyless.ec2.report_outcome.  See plugin_utils/_report/outcome.py."""

from __future__ import annotations

from ansible.errors import AnsibleFilterError

from ansible_collections.keyless.ec2.plugins.filter.estate_report import filter_estate_report
from ansible_collections.keyless.ec2.plugins.plugin_utils._report.inputs import FILE_NAMES, InputError, check_owners
from ansible_collections.keyless.ec2.plugins.plugin_utils._report.outcome import outcome


def filter_report_outcome(estate, inputs, taken):
    """What the role report writes, returns, shows and fails with; raises AnsibleFilterError for invalid input."""
    # Reading AWS takes minutes, in which somebody else may have created what did not exist.
    try:
        check_owners(inputs["directory"])
    except InputError as error:
        raise AnsibleFilterError(str(error)) from None
    options = {name: inputs[name] for name in ("formats", "waivers", "since", "fail_on")}
    made = filter_estate_report(inputs["estate"] or estate, taken, **options)
    return outcome(made, inputs["directory"], FILE_NAMES, inputs["since_path"], inputs.get("notes", ()))


class FilterModule:
    """What Ansible loads."""

    def filters(self):
        """The filters by name."""
        return {"report_outcome": filter_report_outcome}
