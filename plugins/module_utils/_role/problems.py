# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be wrong with a role, with a sentence and a fix.  Pure."""

from __future__ import annotations

from .._common.problem import Problem

PROBLEMS = {
    each.code: each
    for each in (
        Problem(
            "deleted_principal",
            "The trust policy names {unique_id}, the id of a user or role that was deleted.",
            "Name the principal again in the trust policy, or remove it.",
        ),
        Problem(
            "no_profile",
            "EC2 may use the role, but it is in no instance profile.",
            "Run keyless.ec2.iam_ec2_role with name={role}, which creates one.",
        ),
        Problem(
            "role_not_assumable_by_ec2",
            "The role is in an instance profile, but its trust policy does not allow EC2.",
            "Add ec2.amazonaws.com to the trust policy, for example with the option trusted_entities.",
        ),
    )
}
