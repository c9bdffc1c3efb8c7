# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The types of findings in a policy document, and a single finding.  Pure.

docs/docsite/rst/policy_findings.rst has the same table, with an example of each.
"""

from __future__ import annotations

from typing import NamedTuple

from .._common.errors import OptionError

ERROR = "error"  # AWS rejects the document; no call is made
WARNING = "warning"  # AWS accepts the document, but it does not do what it seems to


class FindingType(NamedTuple):
    """A code, a severity, and what a policy with such a finding does."""

    code: str
    severity: str
    meaning: str


FINDING_TYPES = {
    each.code: each
    for each in (
        FindingType("malformed", ERROR, "is not valid JSON, or has an empty value or one of the wrong type"),
        FindingType("unknown_key", ERROR, "has a key that the policy language does not define"),
        FindingType("unknown_version", ERROR, "names a version of the policy language that does not exist"),
        FindingType("missing_element", ERROR, "lacks a required element"),
        FindingType("conflicting_elements", ERROR, "has both an element and its opposite"),
        FindingType("misplaced_element", ERROR, "has an element that is not allowed in this type of policy"),
        FindingType("bad_sid", ERROR, "has a Sid with characters other than letters and digits, or the same Sid twice"),
        FindingType("bad_action", ERROR, "names an action that is not valid, or not valid in a trust policy"),
        FindingType("bad_resource", ERROR, "names a resource that is not an ARN, or one in another partition"),
        FindingType("region_in_arn", ERROR, "has a region in an ARN of IAM or of an S3 bucket"),
        FindingType("unknown_iam_resource", ERROR, "names an IAM resource of an unknown type"),
        FindingType("unknown_operator", ERROR, "has a condition operator that the policy language does not define"),
        FindingType("bad_condition_value", ERROR, "compares with a value that is not a valid date, number or address range"),
        FindingType("bad_principal", ERROR, "names a principal that is not valid, has a wildcard, or is in another partition"),
        FindingType("unused_variable", WARNING, "has a policy variable that its Version treats as plain text"),
        FindingType("unknown_service", WARNING, "names a service that does not exist and resembles one that does"),
        FindingType("unknown_action", WARNING, "names an action that does not exist and resembles one that does"),
        FindingType("unknown_condition_key", WARNING, "has a condition key that does not exist and resembles one that does"),
        FindingType("condition_not_for_action", WARNING, "has a condition key that none of the statement's actions supports"),
        FindingType("wrong_condition_type", WARNING, "compares a condition key with an operator or a value of another type"),
        FindingType("action_not_for_resource", WARNING, "names an action that supports none of the statement's resources"),
        FindingType("resource_not_for_action", WARNING, "names a resource that none of the statement's actions supports"),
    )
}


class Finding(NamedTuple):
    """A finding at a location such as ``inline_policies[read].Statement[0].Action``."""

    code: str
    location: str
    message: str

    @property
    def severity(self) -> str:
        """``error`` or ``warning``."""
        return FINDING_TYPES[self.code].severity

    def __str__(self) -> str:
        return f"{self.location}: {self.message}"


class PolicyError(OptionError):
    """A finding for which AWS would reject the document."""

    def __init__(self, code: str, location: str, problem: str, suggestion: str) -> None:
        super().__init__(location, problem, suggestion)
        self.finding = Finding(code, location, f"{problem} {suggestion}")
