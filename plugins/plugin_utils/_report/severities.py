# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kinds of problems, the worst first."""

from __future__ import annotations

from typing import NamedTuple

BROKEN, RISK, UNTIDY = LEVELS = ("broken", "risk", "untidy")


class Kind(NamedTuple):
    """A kind of problem: how bad it is, and what it is called on the page."""

    level: str
    title: str


INCOMPLETE = "incomplete"  # of accounts and regions: a call was refused, so nobody knows

# By code, the worst first: what gets no credentials, what is a danger or will break, what is in the way.
KINDS = {
    "keys_in_user_data": Kind(BROKEN, "Access keys in user data"),
    "missing_profile": Kind(BROKEN, "Instance profile was deleted"),
    "stale_profile": Kind(BROKEN, "Instance profile was made again"),
    "empty_profile": Kind(BROKEN, "Instance profile has no role"),
    "role_not_assumable_by_ec2": Kind(BROKEN, "EC2 may not assume the role"),
    "no_profile": Kind(BROKEN, "No instance profile"),
    "missing_template": Kind(BROKEN, "Launch template is gone"),
    INCOMPLETE: Kind(RISK, "Could not be read"),
    "reverts_on_replacement": Kind(RISK, "The next instance differs"),
    "members_differ": Kind(RISK, "Instances of the group differ"),
    "imdsv1_allowed": Kind(RISK, "IMDSv1 is allowed"),
    "instance_profiles_quota": Kind(RISK, "Quota nearly used up"),
    "deleted_principal": Kind(UNTIDY, "Trusts what was deleted"),
    "orphaned_profile": Kind(UNTIDY, "Nothing uses it"),
}


def rank(code: str) -> int:
    """The place of the code among all, 0 for the worst; what is not known comes last."""
    return list(KINDS).index(code) if code in KINDS else len(KINDS)


def kind_of(code: str) -> Kind:
    """The kind of the problem."""
    return KINDS.get(code, Kind(UNTIDY, code))
