# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be wrong with instance profiles and accounts as a whole: sentences for people.  Pure."""

from __future__ import annotations

from .._common.problem import Problem

NEARLY = 0.9  # of the quota

# Each problem by its code, the worst first.
PROBLEMS = {
    each.code: each
    for each in (
        Problem(
            "empty_profile",
            "The instance profile {name} has no role, so an instance gets no credentials from it.",
            "Run keyless.ec2.iam_ec2_role with instance_profile_name={name} and the name of the role that belongs in it.",
        ),
        Problem(
            "orphaned_profile",
            "No instance has the instance profile {name}, and nothing launches instances with it.",
            "If nobody is going to use it, run the role keyless.ec2.retire for its role.",
        ),
        Problem(
            "instance_profiles_quota",
            "The account has {used} instance profiles of the {allowed} that it may have.",
            "Retire those that nothing uses, or ask AWS for a higher quota (Service Quotas, IAM).",
        ),
    )
}
