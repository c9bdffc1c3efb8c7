# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Problems of instance profiles and of accounts.  Pure."""

from __future__ import annotations

from .._common.problem import Problem

QUOTA_WARNING = 0.9  # the part of the quota from which on its use is a problem

# By code, the worst first
PROBLEMS = {
    each.code: each
    for each in (
        Problem(
            "empty_profile",
            "The instance profile {name} has no role, so instances get no credentials from it.",
            "Run keyless.ec2.iam_ec2_role with instance_profile_name={name} and the name of the role.",
        ),
        Problem(
            "orphaned_profile",
            "No instance has the instance profile {name}, and nothing launches instances with it.",
            "If it is no longer needed, run the role keyless.ec2.retire for its role.",
        ),
        Problem(
            "instance_profiles_quota",
            "The account uses {used} of its quota of {allowed} instance profiles.",
            "Retire unused instance profiles, or ask AWS for a higher quota (Service Quotas, IAM).",
        ),
    )
}
