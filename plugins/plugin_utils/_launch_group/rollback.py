# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role launch_group takes back after a failure, and what is left then.  Pure.

The last call, which creates or updates the group, is the one that completes all changes.  So if the group is found as it should be, all of them
are kept.  Otherwise, an existing group gets its launch template, tags and target groups back, and a version or a launch template that this
run created for a new group is deleted.
"""

from __future__ import annotations

from typing import Any, Mapping, Optional

from ansible_collections.keyless.ec2.plugins.module_utils._common.ansible_keys import passed_key
from ansible_collections.keyless.ec2.plugins.plugin_utils._steps.failure import Ending, State

from .existing import ExistingGroup
from .group import group_differences, tag_differences
from .results import Results, member, ran, succeeded
from .template import foreign_version, template_id
from .variables import GroupVariables


def rollback(variables: GroupVariables, existing: ExistingGroup, results: Results) -> Rollback:
    """The rollback for these results."""
    version = results.template.get("latest_version") or results.after_attaching.get("version") or existing.version
    return Rollback(variables, existing, results, existing.version_name if existing.follows_alias else str(version))


class Rollback:
    """Decides from what was there before, and from the results so far."""

    def __init__(self, variables: GroupVariables, existing: ExistingGroup, results: Results, version_name: str) -> None:
        """``version_name`` is how the group should name the version that it launches."""
        self._variables = variables
        self._existing = existing
        self._results = results
        self._version_name = version_name

    def as_plan(self) -> dict[str, Any]:
        """What to read again, to delete and to restore."""
        may_read = not self._results.check_mode
        keeps_all = self._results.check_mode or self._is_done or self._is_unknown
        return {
            "read_group": may_read and bool(self._results.group),
            "read_template": may_read and ran(self._results.template) and not succeeded(self._results.template),
            "delete": None if keeps_all else self._created(),
            "undo": {} if keeps_all or self._existing.is_new else self._undo(),
        }

    def ending(self) -> Ending:
        """What is left of the changes, from the results of what was read again and taken back."""
        if self._results.check_mode:
            return Ending(State.NONE)
        if self._is_done:
            return Ending(State.DONE)
        problem = self._problem()
        if problem is not None:
            return Ending(State.PARTLY, problem)
        return Ending(State.ROLLED_BACK if self._undo_ran or self._deletion_ran else State.NONE)

    @property
    def _undo_ran(self) -> bool:
        return bool(member(self._results.restored, "counts")) and bool(self._results.restored.get("changed"))

    @property
    def _deletion_ran(self) -> bool:
        return ran(self._results.deleted)

    def _problem(self) -> Optional[str]:
        """Why changes may be left; empty if that is all that is known, None if none are left."""
        results = self._results
        for each in (results.restored, results.deleted):
            if ran(each) and not succeeded(each):
                return str(each.get("msg") or "there was no message.")
        if self._is_unknown:
            return str(results.group_left.get("msg") or "")
        if results.attached.get("unreachable") or (ran(results.attached) and not succeeded(results.attached) and not self._knows_attached):
            return ""
        return "" if self._existing.is_new and self._may_be_left else None

    @property
    def _knows_attached(self) -> bool:
        """Whether launch_profile_attach says what it changed."""
        return bool(member(self._results.attached, "undo")) or self._results.attached.get("changed") is False

    @property
    def _may_be_left(self) -> bool:
        """Whether a new group, its launch template, or a version of it may be there and be of this run."""
        if self._left:
            return True
        template = self._results.template
        return ran(template) and not self._deletion_ran and self._template_differs

    @property
    def _template_differs(self) -> bool:
        """Whether the launch template is not the one that was there before, as far as that is known."""
        if succeeded(self._results.template):
            return bool(self._results.template.get("changed"))
        left = self._results.template_left
        if not succeeded(left) or not isinstance(left.get("launch_templates"), list):
            return True
        found: Mapping[str, Any] = next(iter(left["launch_templates"]), {})
        before = self._existing.template
        return any(found.get(key) != before.get(key) for key in ("launch_template_id", "latest_version_number", "default_version_number"))

    @property
    def _left(self) -> Mapping[str, Any]:
        """The group as it was read again."""
        found: Mapping[str, Any] = next(iter(self._results.group_left.get("results") or ()), {})
        return found

    @property
    def _is_unknown(self) -> bool:
        """Whether the group may have been updated: it could not be read again, or has neither its former settings nor those of this run."""
        if not self._results.group:
            return False
        if not isinstance(self._results.group_left.get("results"), list):
            return True
        return not (self._existing.is_new or self._is_done or self._is_not_updated)

    @property
    def _is_done(self) -> bool:
        """Whether all changes were made: the group was read again, and is as it should be."""
        results = self._results
        earlier = (each for each in (results.attached, results.template) if each)
        if not self._left or not all(map(succeeded, earlier)):
            return False
        left = self._as_left
        source = template_id(self._existing, results)
        is_source = bool(source) and left.source.get("launch_template_id") == source and left.version_name == self._version_name
        if foreign_version(self._variables, self._existing, results):
            return False
        return is_source and not group_differences(self._variables, left) and not tag_differences(self._variables, left)

    @property
    def _is_not_updated(self) -> bool:
        """Whether the one call that updates an existing group was not made: what it should have changed is as before."""
        former = str(self._results.after_attaching.get("version") or self._existing.version_name)
        versions = (former, self._existing.version_name)
        return self._as_left.version_name in versions and self._settings(self._as_left) == self._settings(self._existing)

    def _settings(self, group: ExistingGroup) -> set[str]:
        """The settings that one call changes and that differ from those of this run."""
        return group_differences(self._variables, group).keys() - {"target_group_arns"}

    @property
    def _as_left(self) -> ExistingGroup:
        return ExistingGroup(self._left, self._existing.template)

    def _created(self) -> Optional[dict[str, Any]]:
        """The options of ec2_launch_template that delete what this run created for a new group, if that is known and nothing uses it."""
        template = self._results.template
        created, before = member(template, "template"), self._existing.template
        if not self._existing.is_new or self._left or not (template.get("changed") and created.get("launch_template_id")):
            return None
        if foreign_version(self._variables, self._existing, self._results):
            return None
        options, latest = {"template_id": created["launch_template_id"]}, int(template.get("latest_version") or 0)
        if not before:
            return options if latest == 1 else None
        return {**options, "versions_to_delete": [latest]} if latest > int(before["latest_version_number"]) else None

    def _undo(self) -> dict[str, Any]:
        """The undo value of launch_profile_attach with what this run changed of an existing group; empty if that is nothing."""
        given = member(self._results.attached, "undo")
        resources = {
            "launch_templates": {**self._former_template(), **member(given, "launch_templates")},
            "auto_scaling_groups": self._former_group(member(given, "auto_scaling_groups")),
            "instances": member(given, "instances"),
        }
        return {**self._origin(given), **resources} if any(resources.values()) else {}

    def _former_template(self) -> dict[str, Any]:
        before = self._existing.template
        if not ran(self._results.template):
            return {}
        versions = {"default_version": before["default_version_number"], "latest_version": before["latest_version_number"]}
        return {before["launch_template_id"]: {key: str(each) for key, each in versions.items()}}

    def _former_group(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """What the group launched from, and the tags and target groups that may have changed."""
        settings = self._former_settings() if ran(self._results.group) else {}
        return {name: {**given.get(name, {}), **settings} for name in {*given, *([passed_key(self._variables.name)] if settings else [])}}

    def _former_settings(self) -> dict[str, Any]:
        group = self._existing.group
        tags = {each["key"]: each for each in group.get("tags") or []}
        changed = tag_differences(self._variables, self._existing)
        former = {key: _tag(tags[key]) if key in tags else None for key in changed}
        has_targets = "target_group_arns" in group_differences(self._variables, self._existing)
        return {
            **({"Tags": former} if former else {}),
            **({"TargetGroupARNs": list(group.get("target_group_arns") or [])} if has_targets else {}),
        }

    def _origin(self, given: Mapping[str, Any]) -> dict[str, str]:
        """The account and the region: those of launch_profile_attach, or of the group's ARN."""
        parts = str(self._existing.group.get("auto_scaling_group_arn") or "").split(":")
        of_group = dict(zip(("region", "account"), parts[3:5]))
        return {key: given.get(key) or of_group.get(key, "") for key in ("account", "region")}


def _tag(tag: Mapping[str, Any]) -> dict[str, Any]:
    return {"Key": tag["key"], "Value": tag["value"], "PropagateAtLaunch": tag["propagate_at_launch"]}
