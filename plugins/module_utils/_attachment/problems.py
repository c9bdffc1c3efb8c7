# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The problems that an instance can have with its instance profile.  Pure."""

from __future__ import annotations

from .._common.problem import Problem

# By their codes.  If an instance has several, the first one must be fixed first: a profile without a role can't be attached.
PROBLEMS = {
    each.code: each
    for each in (
        Problem(
            "not_found",
            "There is no instance {instance_id} in this region.",
            "Check the id and the option region.",
        ),
        Problem(
            "no_profile",
            "The instance has no instance profile{detaching}, so its applications get no credentials.",
            "Run keyless.ec2.instance_profile_attach with instance_ids={instance_id} and the instance_profile that it should have{replacing}.",
        ),
        Problem(
            "missing_profile",
            "The instance profile {profile} was deleted, so the instance gets no credentials.",
            "Run keyless.ec2.iam_ec2_role with instance_profile_name={profile} and the name of its role, and then "
            "keyless.ec2.instance_profile_attach with instance_ids={instance_id} and instance_profile={profile}.",
        ),
        Problem(
            "empty_profile",
            "The instance profile {profile} has no role, so the instance gets no credentials.",
            "Run keyless.ec2.iam_ec2_role with instance_profile_name={profile}, replace_profile_role=true and the name of the role.",
        ),
        Problem(
            "role_not_assumable_by_ec2",
            "The trust policy of the role {role} does not allow EC2, so the instance gets no credentials.",
            "Run keyless.ec2.iam_ec2_role with name={role}, instance_profile_name={profile}, and trusted_entities that "
            "include the service ec2.amazonaws.com and everything else that the role should trust.",
        ),
        Problem(
            "stale_profile",
            "The instance profile {profile} was recreated after it was attached. EC2 still uses the old one, so the instance gets no credentials.",
            "Run keyless.ec2.instance_profile_attach with instance_ids={instance_id} and instance_profile={profile}, which renews the association.",
        ),
        Problem(
            "reverts_on_replacement",
            "The {kind} {name} {launches} the next instance {others}, not {own}.",
            "{fix}",
        ),
        Problem(
            "imdsv1_allowed",
            "The metadata service of the instance answers requests without a token (IMDSv1). An application that can be tricked into "
            "fetching a URL then leaks the role's credentials.",
            "Run the role keyless.ec2.require_imdsv2 with require_imdsv2_instance_ids={instance_id}. It leaves the instance as it is if that still "
            "uses IMDSv1.",
        ),
    )
}
