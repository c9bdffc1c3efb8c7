# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options with which the launch template is written: what differs from the version that the group launches.  Pure."""

from __future__ import annotations

from base64 import b64encode
from typing import Any, Mapping

from ansible_collections.keyless.ec2.plugins.module_utils._common.differing import differing

from .existing import DEFAULT, ExistingGroup
from .results import Results
from .variables import GroupVariables

MISSING_PROFILE = "IAM instance profile"  # in the message of amazon.aws.ec2_launch_template


def template_differences(variables: GroupVariables, existing: ExistingGroup) -> dict[str, Any]:
    """The members of the template's data that differ; the profile of an existing group is left to launch_profile_attach."""
    found = {
        **existing.data,
        "iam_instance_profile": existing.profile,
        "security_group_ids": sorted(existing.data.get("security_group_ids") or []),
    }
    return differing(_wanted(variables, existing.is_new), found)


def _wanted(variables: GroupVariables, is_new: bool) -> dict[str, Any]:
    return {
        "image_id": variables.image_id,
        "instance_type": variables.instance_type,
        "key_name": variables.key_name or None,
        "security_group_ids": variables.security_groups or None,
        "user_data": b64encode(variables.user_data.encode()).decode() if variables.user_data else None,
        "metadata_options": _metadata_options(variables),
        "iam_instance_profile": variables.profile if is_new else None,
    }


def settings_of_others(variables: GroupVariables, existing: ExistingGroup) -> list[str]:
    """The members of the template's data that the role keeps, and does not set itself."""
    own = _wanted(variables, existing.is_new)
    return sorted(name for name, value in existing.data.items() if value and not own.get(name))


def _metadata_options(variables: GroupVariables) -> dict[str, Any]:
    return {
        "http_endpoint": "enabled",
        "http_tokens": "required",
        "http_put_response_hop_limit": variables.http_put_response_hop_limit,
    }


def template_options(variables: GroupVariables, existing: ExistingGroup, differences: Mapping[str, Any], source_version: int) -> dict[str, Any]:
    """The options of amazon.aws.ec2_launch_template, without its name, which creates the template or a version of it."""
    options = dict(differences)
    if variables.role.is_planned:
        options.pop("iam_instance_profile", None)
    if "metadata_options" in options:
        # The module writes all of them in every version.
        found = existing.data.get("metadata_options") or {}
        options["metadata_options"] = {key: each for key, each in {**found, **_metadata_options(variables)}.items() if key != "state"}
    if existing.template:
        # Other users of the default version keep it, unless the group itself follows it.
        default = "latest" if existing.version_name == DEFAULT else str(existing.default_version)
        options.update(source_version=str(source_version), default_version=default)
    return options


def template_fails(results: Results) -> bool:
    """Whether ec2_launch_template failed.  In check mode, the instance profile need not exist yet."""
    return bool(results.template.get("failed")) and not lacks_profile(results)


def lacks_profile(results: Results) -> bool:
    """Whether only the instance profile is missing, in check mode: an earlier task did not create it there."""
    return results.check_mode and MISSING_PROFILE in str(results.template.get("msg") or "")
