# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be wrong with launch sources: messages and fixes.  Pure."""

from __future__ import annotations

from .._common.problem import Problem

_ATTACH = "Run keyless.ec2.launch_profile_attach with {option}={target} and the instance_profile for the next instance."
_ADD_ROLE = "Run keyless.ec2.iam_ec2_role with instance_profile_name={profile} and the name of the role that belongs in it."

# The problems by code, in the order in which to fix them.
PROBLEMS = {
    each.code: each
    for each in (
        Problem("missing_template", "The launch template {missing} no longer exists.", "Give {name} another one."),
        Problem("no_profile", "The next instance gets no instance profile, so its applications get no credentials.", _ATTACH),
        Problem("missing_profile", "The instance profile {profile} was deleted, so no instance can be launched.", _ADD_ROLE),
        Problem("empty_profile", "The instance profile {profile} has no role, so no instance can be launched.", _ADD_ROLE),
        Problem(
            "role_not_assumable_by_ec2",
            "The trust policy of the role {role} does not allow EC2 to assume it, so the next instance gets no credentials.",
            "Run keyless.ec2.iam_ec2_role with name={role}, instance_profile_name={profile}, and trusted_entities that "
            "name the service ec2.amazonaws.com and everything else that the role trusts.",
        ),
        Problem(
            "members_differ",
            "Instances of the group have another instance profile than the next one would get: {members}.",
            _ATTACH,
        ),
        Problem(
            "keys_in_user_data",
            "The user data contains access keys, which everyone who can read it can use: {keys}.",
            "Remove them from the user data, deactivate them once nothing uses them, and launch with a role.",
        ),
        Problem(
            "imdsv1_allowed",
            "The metadata service of the next instance also answers without a token (IMDSv1).",
            "Run the role keyless.ec2.require_imdsv2 with require_imdsv2_{option}={target}. It gives the launch template a version that requires "
            "tokens.",
        ),
    )
}

_CREATE_NEW = "AWS cannot change what {immutable_kind} launch. Create a new one {how}, and cancel {name}."
_HOW = {
    "missing_template": "from a launch template that exists",
    "no_profile": "with the instance profile for the next instance",
    "keys_in_user_data": "without the access keys, and deactivate them once nothing uses them",
    "imdsv1_allowed": "from a launch template with MetadataOptions.HttpTokens required",
}

# The fixes for sources that AWS cannot change.
OF_IMMUTABLE = {code: PROBLEMS[code]._replace(fix=_CREATE_NEW.replace("{how}", how)) for code, how in _HOW.items()}
