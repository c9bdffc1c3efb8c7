# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role launch_group refuses, writes and returns.  Pure."""

from __future__ import annotations

from typing import Any, Mapping, Optional

from ansible_collections.keyless.ec2.plugins.module_utils._common.missing import Missing
from ansible_collections.keyless.ec2.plugins.module_utils._common.plan_summary import Item, Kind, summary
from ansible_collections.keyless.ec2.plugins.module_utils._values.instance_profile import is_unknown_to_ec2
from ansible_collections.keyless.ec2.plugins.plugin_utils._launch.network import Network
from ansible_collections.keyless.ec2.plugins.plugin_utils._launch.profile import is_older

from .existing import ExistingGroup
from .group import group_differences, group_options, tag_differences
from .results import Results
from .rollback import rollback
from .template import foreign_version, lacks_profile, settings_of_others, template_differences, template_fails, template_id, template_options
from .variables import GroupVariables


def plan(variables: GroupVariables, existing: ExistingGroup, results: Results) -> dict[str, Any]:
    """The plan from what is known so far; each part needs only the results of the tasks before it."""
    differences = template_differences(variables, existing)
    source_version = int(results.after_attaching.get("version") or existing.version)
    needs_update = _needs_update(variables, existing, results)
    new_version = int(results.template.get("latest_version") or source_version)
    writes_template = differences and not results.unreachable
    foreign = foreign_version(variables, existing, results)
    writes_group = needs_update and not results.unreachable and not foreign
    return {
        "profile": variables.profile,
        # Before anything is written.
        "reads_profile": not existing.is_new and variables.on_conflict != "replace" and variables.has_profile(existing.profile),
        "refusal": _refusal(variables, existing, differences, results),
        "attach": not (existing.is_new or variables.role.is_planned or _keeps_profile(variables, existing)),
        "template": {**template_options(variables, existing, differences, source_version), **_named(variables, existing)}
        if writes_template
        else None,
        "template_warning": _template_warning(variables, results),
        "network": _network(variables, results).plan(results.check_mode, needs_update or bool(differences)),
        "group": {**group_options(variables, existing, new_version), **_source(variables, existing, results)} if writes_group else None,
        "retry_group": bool(results.group.get("failed")) and is_unknown_to_ec2(str(results.group.get("msg"))),
        "fails": bool(results.unreachable or foreign) or template_fails(results),
        "rollback": rollback(variables, existing, results).as_plan(),
        "result": _result(variables, existing, results, new_version),
        "summary": _summary(existing, bool(differences), needs_update, _keeps_profile(variables, existing), results),
    }


def _network(variables: GroupVariables, results: Results) -> Network:
    given = (variables.subnet_ids, variables.security_groups)
    return Network("launch_group", "launch_group_subnet_ids", *given, results.subnets, results.groups)


def _summary(existing: ExistingGroup, template_differs: bool, group_differs: bool, keeps_profile: bool, results: Results) -> str:
    """The role's last line: what was done to the template and the group, or in check mode would be, and to the profiles of its instances."""
    template = Item(_action(not existing.template, template_differs))
    group = Item(_action(existing.is_new, group_differs))
    said = summary([Kind([template], "launch template"), Kind([group], "group")], results.check_mode)
    attached = results.attached
    if keeps_profile:
        return f"{said} The group keeps its instance profile: {existing.profile or 'none'}."
    return f"{said} {attached['msg']}" if attached.get("changed") and attached.get("msg") else said


def _action(is_new: bool, differs: bool) -> str:
    return "created" if is_new else "updated" if differs else "unchanged"


def _refusal(variables: GroupVariables, existing: ExistingGroup, differences: Mapping[str, Any], results: Results) -> Optional[str]:
    """Why the role cannot change the existing group, or use a launch template that exists without one."""
    if existing.is_new:
        return _refused_template(variables, existing)
    source = existing.source.get("launch_template_name")
    if source != variables.name:
        source = source or existing.group.get("launch_configuration_name") or "something else"
        return (
            f"launch_group_name: the group {variables.name} exists and launches from {source}. This role changes only groups whose "
            "launch template has their name. Use another name, or give that group the instance profile with keyless.ec2.launch_profile_attach."
        )
    refused = _refused_group(variables, existing) or _refused_age(variables, existing, results)
    if refused:
        return refused
    changes = _changes_of_group(variables, existing, differences)
    if existing.unsupported and changes:
        return (
            f"The group {variables.name} has {', '.join(existing.unsupported)}, which amazon.aws.autoscaling_group would remove with any "
            f"change, so nothing was changed. These settings differ: {', '.join(changes)}."
        )
    return None


def _refused_group(variables: GroupVariables, existing: ExistingGroup) -> Optional[str]:
    """Somebody else may have created the group, to choose what it runs; a group of the role launches with the instance profile from the beginning."""
    if existing.template and not existing.has_own_template:
        return (
            f"launch_group_name: the group {variables.name} does not launch from the launch template {variables.name}, but from a former one of that "
            f"name, {existing.source.get('launch_template_id')}. Somebody else may have created the one that exists. Delete it, or use another name."
        )
    if variables.on_conflict != "fail" or variables.has_profile(existing.profile):
        return None
    return (
        f"launch_group_name: the group {variables.name} exists and does not launch with the instance profile {variables.profile}, but with "
        f"{existing.profile or 'none'}, so somebody else may have created it. Nothing was changed. If it is yours, set launch_group_on_conflict to "
        "replace, and it gets the instance profile; with skip, it keeps its own. Otherwise, use another name."
    )


def _refused_age(variables: GroupVariables, existing: ExistingGroup, results: Results) -> Optional[str]:
    """Somebody else may have created the group with another profile of the name, and deleted that: it launches with whatever gets the name."""
    if variables.on_conflict == "replace" or not is_older(existing.version_created, results.profile):
        return None
    return (
        f"launch_group_name: the group {variables.name} launches from a version of its launch template that is older than the instance profile "
        f"{variables.profile}, so it was written for another one of that name, perhaps by somebody else. Nothing was changed. If it is yours, set "
        "launch_group_on_conflict to replace. Otherwise, use another name."
    )


def _keeps_profile(variables: GroupVariables, existing: ExistingGroup) -> bool:
    """Whether an existing group, and its instances, keep another instance profile, or none."""
    return variables.on_conflict == "skip" and not existing.is_new and not variables.has_profile(existing.profile)


def _refused_template(variables: GroupVariables, existing: ExistingGroup) -> Optional[str]:
    """A run that was killed leaves a launch template without its group; somebody else may also have created it, to choose what the group runs."""
    foreign = settings_of_others(variables, existing)
    if not foreign:
        return None
    return (
        f"launch_group_name: the launch template {variables.name} exists without the group, and has {', '.join(foreign)}, which the role has not "
        "set, so somebody else may have created it. Delete it, or use another name."
    )


def _changes_of_group(variables: GroupVariables, existing: ExistingGroup, differences: Mapping[str, Any]) -> list[str]:
    """The settings for which amazon.aws.autoscaling_group would have to update the group."""
    tags = [f"tag {each}" for each in tag_differences(variables, existing)]
    return [*group_differences(variables, existing), *tags, *([] if existing.follows_alias else differences)]


def _template_warning(variables: GroupVariables, results: Results) -> str:
    """A profile that is missing in check mode is only a warning."""
    message = str(results.template.get("msg") or "")
    return Missing("instance profile", str(variables.profile), message).warning if lacks_profile(results) else ""


def _named(variables: GroupVariables, existing: ExistingGroup) -> dict[str, str]:
    """The launch template that exists, by its id, or the name of a new one."""
    return {"template_id": existing.template["launch_template_id"]} if existing.template else {"template_name": variables.name}


def _source(variables: GroupVariables, existing: ExistingGroup, results: Results) -> dict[str, str]:
    """The launch template by its id, or by its name if check mode did not create it."""
    found = template_id(existing, results)
    return {"launch_template_id": found} if found else {"launch_template_name": variables.name}


def _needs_update(variables: GroupVariables, existing: ExistingGroup, results: Results) -> bool:
    has_new_version = results.template.get("changed", False) and not existing.follows_alias
    return existing.is_new or has_new_version or bool(group_differences(variables, existing) or tag_differences(variables, existing))


def _attached_profile(variables: GroupVariables, results: Results) -> Optional[str]:
    found: Optional[str] = results.after_attaching.get("instance_profile", variables.profile)
    return found


def _result(variables: GroupVariables, existing: ExistingGroup, results: Results, new_version: int) -> dict[str, Any]:
    """The role's result."""
    template = results.template.get("template") or existing.template
    return {
        "name": variables.name,
        "launch_template_id": template.get("launch_template_id"),
        "version": str(new_version) if new_version else None,
        "instance_profile": existing.profile or None if _keeps_profile(variables, existing) else _attached_profile(variables, results),
        "instance_ids": results.group.get("instances", existing.instance_ids),
        "changed": results.is_changed,
        "failure": None,
    }
