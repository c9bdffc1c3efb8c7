# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Auto Scaling group and the launch template that exist, as amazon.aws returns them.  Pure."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Mapping

from ansible_collections.keyless.ec2.plugins.module_utils._common.identifiers import name_in_arn

DEFAULT, LATEST = "$Default", "$Latest"


def profile_in(data: Mapping[str, Any]) -> str:
    """The name of the instance profile in the data of a launch template; empty if there is none."""
    profile = data.get("iam_instance_profile") or {}
    return name_in_arn(profile.get("name") or profile.get("arn") or "")


@dataclass(frozen=True)
class ExistingGroup:
    """The group and its launch template; either is empty if it does not exist."""

    group: Mapping[str, Any]
    template: Mapping[str, Any]

    @property
    def is_new(self) -> bool:
        """Whether there is no such group yet."""
        return not self.group

    @cached_property
    def policy(self) -> Mapping[str, Any]:
        """The mixed instances policy.

        amazon.aws 12 returns it as mixed_instances_policy_full, and only its instance types under the former name.
        """
        return self.group.get("mixed_instances_policy_full") or self.group.get("mixed_instances_policy") or {}

    @property
    def _policy_template(self) -> Mapping[str, Any]:
        return self.policy.get("launch_template") or {}

    @property
    def overrides(self) -> list[Mapping[str, Any]]:
        """The overrides of the mixed instances policy."""
        return self._policy_template.get("overrides") or []

    @property
    def instance_types(self) -> list[str]:
        """The instance types of the overrides."""
        return [each.get("instance_type") or "" for each in self.overrides]

    @property
    def distribution(self) -> Mapping[str, Any]:
        """How the policy divides On-Demand and Spot Instances."""
        return self.policy.get("instances_distribution") or {}

    @property
    def source(self) -> Mapping[str, Any]:
        """The launch template specification from which the group launches."""
        return self._policy_template.get("launch_template_specification") or self.group.get("launch_template") or {}

    @property
    def version_name(self) -> str:
        """The version that the group names: a number, $Default or $Latest; the latest for a new group."""
        return LATEST if self.is_new else str(self.source.get("version") or DEFAULT)

    @property
    def follows_alias(self) -> bool:
        """Whether the group names an alias, and so gets new versions without an update."""
        return not self.is_new and self.version_name.startswith("$")

    @property
    def default_version(self) -> int:
        """The template's default version; 1 if there is no template."""
        return int(self.template.get("default_version_number") or 1)

    @property
    def version(self) -> int:
        """The number of the version that the group launches; 0 if there is no template."""
        numbers = {DEFAULT: self.template.get("default_version_number"), LATEST: self.template.get("latest_version_number")}
        return int(numbers.get(self.version_name, self.version_name) or 0)

    @cached_property
    def _launched(self) -> Mapping[str, Any]:
        """The version that the group launches; empty if it is not known."""
        versions = self.template.get("versions") or []
        return next((each for each in versions if each["version_number"] == self.version), {})

    @property
    def data(self) -> Mapping[str, Any]:
        """What the group launches: the data of that version."""
        found: Mapping[str, Any] = self._launched.get("launch_template_data") or {}
        return found

    @property
    def version_created(self) -> Any:
        """When that version was created; None if that is not known."""
        return self._launched.get("create_time")

    @property
    def profile(self) -> str:
        """The name of the instance profile with which the group launches; empty if there is none."""
        return profile_in(self.data)

    @property
    def has_own_template(self) -> bool:
        """Whether the group launches from the launch template that was read, and not from a former one of the same name."""
        return self.source.get("launch_template_id") == self.template.get("launch_template_id")

    @property
    def launch_tags(self) -> dict[str, str]:
        """The group's tags that new instances get."""
        return {each["key"]: each["value"] for each in self.group.get("tags") or [] if each["propagate_at_launch"]}

    @property
    def metrics(self) -> list[str]:
        """The metrics that the group collects."""
        return [each["metric"] for each in self.group.get("enabled_metrics") or []]

    @property
    def suspended_processes(self) -> list[str]:
        """The processes that are suspended."""
        return [each["process_name"] for each in self.group.get("suspended_processes") or []]

    @property
    def instance_ids(self) -> list[str]:
        """The group's instances."""
        return [each["instance_id"] for each in self.group.get("instances") or []]

    @property
    def unsupported(self) -> list[str]:
        """What amazon.aws.autoscaling_group would remove with any change."""
        members = dict.fromkeys(key for override in self.overrides for key in override if key != "instance_type")
        health = self.group.get("health_check_type") or "EC2"
        return [*(f"overrides with {each}" for each in members), *([] if health in ("EC2", "ELB") else [f"the health check {health}"])]
