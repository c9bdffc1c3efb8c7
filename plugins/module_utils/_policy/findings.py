# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be found in a policy document: the kinds, how grave each is, and one finding.  Pure.

docs/docsite/rst/policies.rst has the same table, with an example of each.
"""

from __future__ import annotations

from typing import NamedTuple

from .._common.errors import OptionError

ERROR = "error"  # AWS refuses the document: nothing is called
WARNING = "warning"  # AWS takes it, and it does not do what it seems to


class Kind(NamedTuple):
    """A kind of finding: a code for programs, and what it means."""

    code: str
    severity: str
    meaning: str


KINDS = {
    each.code: each
    for each in (
        Kind("malformed", ERROR, "is not JSON, or has a value of a type that can't be there, or an empty one"),
        Kind("unknown_key", ERROR, "has a key that the policy language does not have"),
        Kind("unknown_version", ERROR, "names a version of the policy language that does not exist"),
        Kind("missing_element", ERROR, "lacks an element that a statement needs"),
        Kind("conflicting_elements", ERROR, "has an element together with its opposite"),
        Kind("misplaced_element", ERROR, "has an element that belongs in the other kind of policy"),
        Kind("bad_sid", ERROR, "has a Sid with other characters than letters and digits, or the same one twice"),
        Kind("bad_action", ERROR, "names an action that can't be one, or can't be one of a trust policy"),
        Kind("bad_resource", ERROR, "names a resource that is not an ARN"),
        Kind("region_in_arn", ERROR, "names a resource of IAM or S3 with a region, which has none"),
        Kind("unknown_iam_resource", ERROR, "names a resource of IAM that begins with no known kind"),
        Kind("unknown_operator", ERROR, "compares with an operator that the policy language does not have"),
        Kind("bad_condition_value", ERROR, "compares with a value that is not a date, number or range of addresses"),
        Kind("bad_principal", ERROR, "names a principal that can't be one, or one with a wildcard"),
        Kind("unused_variable", WARNING, "has a variable that its version of the policy language treats as plain text"),
        Kind("unknown_service", WARNING, "names a service that AWS does not know, and that is like one it knows"),
        Kind("unknown_action", WARNING, "names an action that AWS does not know, and that is like one it knows"),
        Kind("unknown_condition_key", WARNING, "compares a key that AWS does not know, and that is like one it knows"),
        Kind("condition_not_for_action", WARNING, "compares a key that none of the statement's actions has"),
        Kind("wrong_condition_type", WARNING, "compares a key with an operator or a value of another type"),
        Kind("action_not_for_resource", WARNING, "names an action that takes none of the statement's resources"),
        Kind("resource_not_for_action", WARNING, "names a resource that none of the statement's actions takes"),
    )
}


class Finding(NamedTuple):
    """What was found, and where: ``inline_policies[read].Statement[0].Action``."""

    code: str
    where: str
    message: str

    @property
    def severity(self) -> str:
        """``error`` or ``warning``."""
        return KINDS[self.code].severity

    def __str__(self) -> str:
        return f"{self.where}: {self.message}"


class PolicyError(OptionError):
    """A finding for which AWS refuses the document."""

    def __init__(self, code: str, where: str, problem: str, suggestion: str) -> None:
        super().__init__(where, problem, suggestion)
        self.finding = Finding(code, where, f"{problem} {suggestion}")
