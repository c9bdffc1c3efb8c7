# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter keyless.ec2.disagreements: where a real call and IAM's simulator say different things."""

from __future__ import annotations

from ansible.errors import AnsibleFilterError

MESSAGE = "On the host {action}{on} is {answer}{code}, and IAM's simulator says {decision}{missing}."
# What takes no permission, and the simulator denies
FREE = ("sts:GetCallerIdentity",)
DENIED = (
    "See the policy of the resource and that of the VPC endpoint, which the simulator does not know, and whether the host's session is older "
    "than the role's policies."
)
ALLOWED = "See whether the policy of the resource allows it by itself, and whether the policies ask for something that the simulator was not told."


def filter_disagreements(tried, simulated):
    """A problem for each action on which they disagree; raises AnsibleFilterError for what is not a list."""
    for name, value in (("what was tried", tried), ("what was simulated", simulated)):
        if not isinstance(value, (list, tuple)):
            raise AnsibleFilterError(f"keyless.ec2.disagreements: {name} must be a list, and is a {type(value).__name__}")
    said = {(each["action"].lower(), each["resource"]): each for each in simulated}
    pairs = ((each, said.get((each["action"].lower(), each["resource"]))) for each in tried)
    return [_problem(real, other) for real, other in pairs if other and _disagree(real, other)]


def _disagree(real, other):
    return real["action"] not in FREE and real["answer"] != "unknown" and (real["answer"] == "allowed") != (other["decision"] == "allowed")


def _problem(real, other):
    values = {
        "action": real["action"],
        "on": f" on {real['resource']}" if real["resource"] else "",
        "answer": real["answer"],
        "code": f" ({real['code']})" if real["code"] else "",
        "decision": other["decision"],
        "missing": f" without {', '.join(other['missing_context_values'])}" if other["missing_context_values"] else "",
    }
    fix = DENIED if real["answer"] == "denied" else ALLOWED
    return {"code": "simulator_disagrees", "message": MESSAGE.format_map(values), "fix": fix}


class FilterModule:
    """What Ansible loads."""

    def filters(self):
        """The filters by name."""
        return {"disagreements": filter_disagreements}
