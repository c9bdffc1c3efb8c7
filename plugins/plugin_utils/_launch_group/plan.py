# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role launch_group refuses, writes and returns.  Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Mapping, Optional

from ansible_collections.keyless.ec2.plugins.module_utils._common.missing import Missing
from ansible_collections.keyless.ec2.plugins.module_utils._common.plan_summary import Item, Kind, summary
from ansible_collections.keyless.ec2.plugins.module_utils._values.instance_profile import is_unknown_to_ec2
from ansible_collections.keyless.ec2.plugins.plugin_utils._launch.network import Network
from ansible_collections.keyless.ec2.plugins.plugin_utils._steps.failure import Step, describe_failure

from .existing import ExistingGroup
from .group import group_differences, group_options, tag_differences
from .template import template_differences, template_options
from .variables import GroupVariables

Result = Mapping[str, Any]  # what a module returned; empty for a task that has not run


@dataclass(frozen=True)
class Results:
    """What the role's tasks returned so far: launch_profile_attach, ec2_launch_template and autoscaling_group.

    In check mode, ``attached`` is only a prediction, so its version does not exist.
    """

    attached: Result = field(default_factory=dict)
    template: Result = field(default_factory=dict)
    group: Result = field(default_factory=dict)
    check_mode: bool = False
    subnets: Result = field(default_factory=dict)
    groups: Result = field(default_factory=dict)  # of security

    @property
    def after_attaching(self) -> Mapping[str, Any]:
        """What the group launches after launch_profile_attach."""
        rows = [] if self.check_mode else self.attached.get("auto_scaling_groups") or []
        return (rows[0].get("after") or {}) if rows else {}

    @property
    def is_changed(self) -> bool:
        """Whether one of the tasks changed something."""
        return any(each.get("changed", False) for each in (self.attached, self.template, self.group))


def plan(variables: GroupVariables, existing: ExistingGroup, results: Results) -> dict[str, Any]:
    """The plan from what is known so far; each part needs only the results of the tasks before it."""
    differences = template_differences(variables, existing)
    source_version = int(results.after_attaching.get("version") or existing.version)
    needs_update = _needs_update(variables, existing, results)
    new_version = int(results.template.get("latest_version") or source_version)
    return {
        "profile": variables.profile,
        "refusal": _refusal(variables, existing, differences),
        "attach": not existing.is_new and not variables.role.is_planned,
        "template": template_options(variables, existing, differences, source_version) if differences else None,
        **_template_outcome(variables, results),
        "network": _network(variables, results).plan(results.check_mode, needs_update or bool(differences)),
        "group": group_options(variables, existing, new_version) if needs_update else None,
        "retry_group": bool(results.group.get("failed")) and is_unknown_to_ec2(str(results.group.get("msg"))),
        "result": _result(variables, existing, results, new_version),
        "summary": _summary(existing, bool(differences), needs_update, results),
    }


def _network(variables: GroupVariables, results: Results) -> Network:
    given = (variables.subnet_ids, variables.security_groups)
    return Network("launch_group", "launch_group_subnet_ids", *given, results.subnets, results.groups)


def _summary(existing: ExistingGroup, template_differs: bool, group_differs: bool, results: Results) -> str:
    """The role's last line: what was done to the template and the group, or in check mode would be, and to the profiles of its instances."""
    template = Item(_action(not existing.template, template_differs))
    group = Item(_action(existing.is_new, group_differs))
    said = summary([Kind([template], "launch template"), Kind([group], "group")], results.check_mode)
    attached = results.attached
    return f"{said} {attached['msg']}" if attached.get("changed") and attached.get("msg") else said


def _action(is_new: bool, differs: bool) -> str:
    return "created" if is_new else "updated" if differs else "unchanged"


def result_after_failure(variables: GroupVariables, results: Results, task: str, failed: Result) -> dict[str, Any]:
    """The result of a run in which this task failed. What the group has now is not known."""
    role = variables.role
    steps = [
        Step("Check the variables"),
        Step("Read the launch template"),
        Step("Read the Auto Scaling group"),
        Step("Refuse a group that this role cannot change"),
        Step("Read the subnets"),
        Step("Read the security groups"),
        Step("Check the subnets and security groups"),
        Step("Manage the IAM role and its instance profile", "create the IAM role", role.create and (role.result or {}).get("changed", False)),
        Step("Report the result"),
        Step("Attach the instance profile to the group and its instances", "attach the instance profile", results.attached.get("changed", False)),
        Step("Create or update the launch template", "write the launch template", results.template.get("changed", False), False),
        Step("Show what does not exist yet"),
        Step("Create or update the Auto Scaling group", "write the group", results.group.get("changed", False), False),
        Step("Set the result"),
    ]
    said = {**failed, "msg": _template_error(str(failed["msg"]))} if failed.get("msg") else failed
    is_changed, message = describe_failure(f"The Auto Scaling group {variables.name}", steps, task, said)
    unknown = dict.fromkeys(("launch_template_id", "version", "instance_profile", "instance_ids"))
    return {"name": variables.name, **unknown, "changed": is_changed, "failure": message}


def _refusal(variables: GroupVariables, existing: ExistingGroup, differences: Mapping[str, Any]) -> Optional[str]:
    """Why the role cannot change the existing group."""
    if existing.is_new:
        return None
    source = existing.source.get("launch_template_name")
    if source != variables.name:
        source = source or existing.group.get("launch_configuration_name") or "something else"
        return (
            f"launch_group_name: the group {variables.name} exists and launches from {source}. This role changes only groups whose "
            "launch template has their name. Use another name, or give that group the instance profile with keyless.ec2.launch_profile_attach."
        )
    changes = _changes_of_group(variables, existing, differences)
    if existing.unsupported and changes:
        return (
            f"The group {variables.name} has {', '.join(existing.unsupported)}, which amazon.aws.autoscaling_group would remove with any "
            f"change, so nothing was changed. These settings differ: {', '.join(changes)}."
        )
    return None


def _changes_of_group(variables: GroupVariables, existing: ExistingGroup, differences: Mapping[str, Any]) -> list[str]:
    """The settings for which amazon.aws.autoscaling_group would have to update the group."""
    tags = [f"tag {each}" for each in tag_differences(variables, existing)]
    return [*group_differences(variables, existing), *tags, *([] if existing.follows_alias else differences)]


MISSING = "IAM instance profile"  # in the message of amazon.aws.ec2_launch_template


def _template_outcome(variables: GroupVariables, results: Results) -> dict[str, Any]:
    """Whether ec2_launch_template failed.  In check mode, an earlier task did not create the instance profile, which is only a warning."""
    message = str(results.template.get("msg") or "")
    is_planned = results.check_mode and MISSING in message
    return {
        "template_fails": bool(results.template.get("failed")) and not is_planned,
        "template_warning": Missing("instance profile", str(variables.profile), message).warning if is_planned else "",
    }


def _template_error(message: str) -> str:
    """The message of ec2_launch_template, with the name of the variable if that is clear."""
    return f"launch_group_instance_profile: {message}" if MISSING in message else message


def _needs_update(variables: GroupVariables, existing: ExistingGroup, results: Results) -> bool:
    has_new_version = results.template.get("changed", False) and not existing.follows_alias
    return existing.is_new or has_new_version or bool(group_differences(variables, existing) or tag_differences(variables, existing))


def _result(variables: GroupVariables, existing: ExistingGroup, results: Results, new_version: int) -> dict[str, Any]:
    """The role's result."""
    template = results.template.get("template") or existing.template
    return {
        "name": variables.name,
        "launch_template_id": template.get("launch_template_id"),
        "version": str(new_version) if new_version else None,
        "instance_profile": results.after_attaching.get("instance_profile", variables.profile),
        "instance_ids": results.group.get("instances", existing.instance_ids),
        "changed": results.is_changed,
        "failure": None,
    }
