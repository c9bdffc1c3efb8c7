# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How severe each kind of problem is, the worst first.  Pure."""

from __future__ import annotations

from typing import NamedTuple

BROKEN, RISK, UNTIDY = SEVERITIES = ("broken", "risk", "untidy")


class ProblemKind(NamedTuple):
    """The severity of a kind of problem, and its title on the page."""

    severity: str
    title: str


INCOMPLETE = "incomplete"  # for accounts and regions: a read failed, so their state is unknown

# By code, the worst first: no credentials, then risks and what will break, then leftovers
PROBLEM_KINDS = {
    "keys_in_user_data": ProblemKind(BROKEN, "Access keys in user data"),
    "missing_profile": ProblemKind(BROKEN, "Instance profile was deleted"),
    "stale_profile": ProblemKind(BROKEN, "Instance profile was recreated"),
    "empty_profile": ProblemKind(BROKEN, "Instance profile has no role"),
    "role_not_assumable_by_ec2": ProblemKind(BROKEN, "Trust policy does not allow EC2"),
    "no_profile": ProblemKind(BROKEN, "No instance profile"),
    "missing_template": ProblemKind(BROKEN, "Launch template was deleted"),
    INCOMPLETE: ProblemKind(RISK, "Could not be read"),
    "reverts_on_replacement": ProblemKind(RISK, "Replacement would differ"),
    "members_differ": ProblemKind(RISK, "Instances of the group differ"),
    "imdsv1_allowed": ProblemKind(RISK, "IMDSv1 is allowed"),
    "instance_profiles_quota": ProblemKind(RISK, "Quota nearly used up"),
    "deleted_principal": ProblemKind(UNTIDY, "Trusts a deleted principal"),
    "orphaned_profile": ProblemKind(UNTIDY, "Unused instance profile"),
}

# On these resources, a problem with the same code takes no credentials from anybody: what uses them has a row of its own.
UNTIDY_ON = {("role", "no_profile"): "In no instance profile", ("instance profile", "empty_profile"): "Has no role"}


def rank(code: str, resource: str = "") -> int:
    """The position of the problem in the order, 0 for the worst; unknown codes come last."""
    known = len(PROBLEM_KINDS)
    if (resource, code) in UNTIDY_ON:
        return known + list(UNTIDY_ON).index((resource, code))
    return list(PROBLEM_KINDS).index(code) if code in PROBLEM_KINDS else known + len(UNTIDY_ON)


def problem_kind(code: str, resource: str = "") -> ProblemKind:
    """The kind of a problem of such a resource; unknown codes are untidy."""
    if (resource, code) in UNTIDY_ON:
        return ProblemKind(UNTIDY, UNTIDY_ON[resource, code])
    return PROBLEM_KINDS.get(code, ProblemKind(UNTIDY, code))
