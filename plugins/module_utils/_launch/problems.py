# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be wrong with what launches instances: sentences for people.  Pure."""

from __future__ import annotations

from .._common.problem import Problem

_MEND = "Run keyless.ec2.launch_profile_attach with {option}={asked} and the instance_profile that the next instance is to have."
_ROLE = "Run keyless.ec2.iam_ec2_role with instance_profile_name={profile} and the name of the role that belongs in it."

# Each problem by its code, in the order in which they are to be fixed.
PROBLEMS = {
    each.code: each
    for each in (
        Problem("missing_template", "The launch template {profile} is not there any more.", "Give {name} another one."),
        Problem("no_profile", "The next instance gets no instance profile, so its applications get no credentials.", _MEND),
        Problem("missing_profile", "The instance profile {profile} was deleted, so that no instance can be launched.", _ROLE),
        Problem("empty_profile", "The instance profile {profile} has no role, so that no instance can be launched.", _ROLE),
        Problem(
            "role_not_assumable_by_ec2",
            "The trust policy of the role {role} does not let EC2 assume it, so the next instance gets no credentials.",
            "Run keyless.ec2.iam_ec2_role with name={role}, instance_profile_name={profile}, and trusted_entities that "
            "name the service ec2.amazonaws.com besides all that the role is to trust.",
        ),
        Problem(
            "members_differ",
            "Instances of the group have another instance profile than the next one would get: {members}.",
            _MEND,
        ),
        Problem(
            "keys_in_user_data",
            "The user data has access keys, which everybody can read who may see it: {keys}.",
            "Take them out of the user data, deactivate them when nothing uses them any more, and launch with a role.",
        ),
        Problem(
            "imdsv1_allowed",
            "The metadata service of the next instance answers without a token too (IMDSv1).",
            "Make a version of the launch template with MetadataOptions.HttpTokens required.",
        ),
    )
}

_ANEW = "What {fixed} launch can't be changed: make a new one {how}, and cancel {name}."
_WITH = {
    "missing_template": "from a launch template that is there",
    "no_profile": "with the instance profile that the next instance is to have",
    "keys_in_user_data": "without the access keys, deactivate them when nothing uses them any more",
    "imdsv1_allowed": "from a launch template with MetadataOptions.HttpTokens required",
}

# The same of what AWS has no call to change.
OF_FIXED = {code: PROBLEMS[code]._replace(fix=_ANEW.replace("{how}", how)) for code, how in _WITH.items()}
