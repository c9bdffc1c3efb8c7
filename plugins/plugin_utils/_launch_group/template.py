# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options with which the launch template is written: what differs from the version that the group launches.  Pure."""

from __future__ import annotations

from base64 import b64encode
from typing import Any, Mapping, Optional

from ansible_collections.keyless.ec2.plugins.module_utils._common.differing import differing

from .existing import DEFAULT, ExistingGroup, profile_in
from .results import Results, member, ran, succeeded
from .variables import GroupVariables

MISSING_PROFILE = "IAM instance profile"  # in the message of amazon.aws.ec2_launch_template


def template_differences(variables: GroupVariables, existing: ExistingGroup) -> dict[str, Any]:
    """The members of the template's data that differ; the profile of an existing group is left to launch_profile_attach."""
    return _differences(variables, existing.is_new, existing.data)


def _differences(variables: GroupVariables, is_new: bool, data: Mapping[str, Any]) -> dict[str, Any]:
    found = {**data, "iam_instance_profile": profile_in(data), "security_group_ids": sorted(data.get("security_group_ids") or [])}
    return differing(_wanted(variables, is_new), found)


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


def template_id(existing: ExistingGroup, results: Results) -> Optional[str]:
    """The id of the launch template; None before it is created.  Its name could stand for another one by now."""
    found: Optional[str] = member(results.template, "template").get("launch_template_id") or existing.template.get("launch_template_id")
    return found


def foreign_version(variables: GroupVariables, existing: ExistingGroup, results: Results) -> str:
    """Why the group must not launch the newest version, if it is not the one that this run has written; empty if it is.

    Somebody else may have created the launch template, or a version of it, between the calls.
    """
    if results.check_mode or not ran(results.template) or not succeeded(results.template):
        return ""
    number = results.template.get("latest_version")
    versions = results.template.get("versions") or []
    data: Mapping[str, Any] = next((each["launch_template_data"] for each in versions if each["version_number"] == number), {})
    former, own = existing.data, {*template_differences(variables, existing), "iam_instance_profile"}
    others = [key for key in {**former, **data} if key not in own and (data.get(key) or None) != (former.get(key) or None)]
    wrong = sorted({*others, *_differences(variables, existing.is_new, data), *_other_profile(variables, existing, data)})
    if not wrong:
        return ""
    return (
        f"launch_group_name: version {number} of the launch template {variables.name} is not the one that this run has written, so somebody else has "
        f"created or changed the template meanwhile. The group was not changed after that. These settings differ: {', '.join(wrong)}."
    )


def _other_profile(variables: GroupVariables, existing: ExistingGroup, data: Mapping[str, Any]) -> list[str]:
    """The profile, if it is neither that of the group so far nor the one that it gets."""
    found = profile_in(data)
    return [] if found == existing.profile or variables.has_profile(found) else ["iam_instance_profile"]


def template_options(variables: GroupVariables, existing: ExistingGroup, differences: Mapping[str, Any], source_version: int) -> dict[str, Any]:
    """The options of amazon.aws.ec2_launch_template, without its name or id, which creates the template or a version of it."""
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
