# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads what launches instances in the place of others: their Auto Scaling groups, and what these launch from."""

from __future__ import annotations

from typing import Any, Callable, Iterable, Mapping, Optional, TypeVar

from .._common.errors import AwsError
from .._values.fleet import Instance
from .._values.launch import Group, Template, profile_name_of
from .._values.managers import manager_of_group
from .._values.replacer import GROUP, Replacer, Replacers
from .auto_scaling import AutoScaling
from .calls import in_parallel
from .launch_templates import LaunchTemplates

T = TypeVar("T")


class Replacing:
    """What replaces instances, through a boto3 client of EC2 and one of Auto Scaling, which is made if it is needed.

    It costs a call for each fifty groups and each fifty launch configurations, a few for the launch templates, and one for each
    template that is used in an old version; none where no instance has a group.
    """

    def __init__(self, ec2_client: Any, make_auto_scaling_client: Callable[[], Any]) -> None:
        self._templates = LaunchTemplates(ec2_client)
        self._make_auto_scaling_client = make_auto_scaling_client

    def of(self, instances: Iterable[Instance]) -> Replacers:
        """What replaces the instances.  What can't be read is left out and told: it fails nobody who only wants to know more."""
        groups_of = {each.instance_id: each.auto_scaling_group for each in instances if each.auto_scaling_group}
        if not groups_of:
            return Replacers()
        not_known: list[str] = []
        found = {each.name: each for each in self._groups(set(groups_of.values()), not_known)}
        return Replacers({key: found[name] for key, name in groups_of.items() if name in found}, tuple(not_known))

    def _groups(self, names: Iterable[str], not_known: list[str]) -> list[Replacer]:
        auto_scaling = AutoScaling(self._make_auto_scaling_client())
        groups = _unless_refused(lambda: auto_scaling.read_groups(names), [], not_known)
        uses = [use for group in groups for use in group.launching_uses]
        configured = [each.launch_configuration_name for each in groups if each.launch_configuration_name]
        templates, configurations = in_parallel(
            lambda: _unless_refused(lambda: self._templates.with_used({}, uses), {}, not_known),
            lambda: _unless_refused(lambda: auto_scaling.launch_configurations(configured), {}, not_known),
        )
        replacers = (_replacer(group, templates, configurations) for group in groups)
        return [each for each in replacers if each]


def _unless_refused(look: Callable[[], T], otherwise: T, not_known: list[str]) -> T:
    try:
        return look()
    except AwsError as error:
        not_known.append(str(error))
        return otherwise


def _replacer(
    group: Group, templates: Mapping[str, Template], configurations: Mapping[str, Mapping]
) -> Optional[Replacer]:
    """The group with what it launches; None for one that launches nothing, because that is not there or not known."""
    configuration = configurations.get(group.launch_configuration_name or "")
    known = [use for use in group.launching_uses if use.template_id in templates]
    names = [templates[use.template_id].version(use.version).profile_name for use in known]
    names += [profile_name_of(configuration)] if configuration else []
    has_configuration = group.launch_configuration_name is not None
    manager = manager_of_group(group.tags)
    return Replacer(GROUP, group.name, tuple(names), manager, has_configuration) if names else None
