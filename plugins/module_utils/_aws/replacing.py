# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads what launches instances in the place of others: their Auto Scaling groups and fleets, and what these launch from."""

from __future__ import annotations

from typing import Any, Callable, Collection, Iterable, Iterator, Mapping, Optional, TypeVar

from .._common.errors import AwsError
from .._values.instances import Instance
from .._values.launch import MAINTAIN, Fleet, Group, Template, Use, profile_name_in, profile_name_of
from .._values.managers import manager_of_group
from .._values.replacer import GROUP, Replacer, Replacers
from .auto_scaling import AutoScaling
from .calls import in_parallel
from .fleets import Fleets
from .launch_templates import LaunchTemplates

T = TypeVar("T")


class Replacing:
    """What replaces instances, through a boto3 client of EC2 and one of Auto Scaling, which is made if it is needed.

    It costs a call for each fifty groups and each fifty launch configurations, two or more for all fleets, a few for the launch
    templates, and one for each template that is used in an old version; none where no instance has a group or a fleet.
    """

    def __init__(self, ec2_client: Any, make_auto_scaling_client: Callable[[], Any]) -> None:
        self._templates = LaunchTemplates(ec2_client)
        self._fleets = Fleets(ec2_client)
        self._make_auto_scaling_client = make_auto_scaling_client

    def of(self, instances: Iterable[Instance]) -> Replacers:
        """What replaces the instances.  What can't be read is left out and told: it fails nobody who only wants to know more."""
        instances = list(instances)
        groups = {each.instance_id: each.auto_scaling_group for each in instances if each.auto_scaling_group}
        fleets = {each.instance_id: each.fleet_id for each in instances if _belongs_to_fleet(each)}
        not_known: list[str] = []
        of_groups, of_fleets = in_parallel(
            lambda: self._of_groups(set(groups.values()), not_known) if groups else {},
            lambda: self._of_fleets(set(fleets.values()), not_known) if fleets else {},
        )
        found = {**_each(groups, of_groups), **_each(fleets, of_fleets)}
        return Replacers(found, tuple(not_known))

    def _of_groups(self, names: Collection[str], not_known: list[str]) -> dict[str, Replacer]:
        auto_scaling = AutoScaling(self._make_auto_scaling_client())
        groups: list[Group] = _unless_refused(lambda: auto_scaling.read_groups(names), [], not_known)
        configured = [each.launch_configuration_name for each in groups if each.launch_configuration_name]
        templates, configurations = in_parallel(
            lambda: self._used((use for group in groups for use in group.launching_uses), not_known),
            lambda: _configurations(auto_scaling, configured, not_known),
        )
        return _by_name(_of_group(group, templates, configurations) for group in groups)

    def _of_fleets(self, ids: Collection[str], not_known: list[str]) -> dict[str, Replacer]:
        """Those of the type maintain: no other launches an instance in the place of one that is lost."""
        listed: list[Fleet] = _unless_refused(self._fleets.list, [], not_known)
        fleets = [each for each in listed if each.name in ids and each.type == MAINTAIN]
        templates = self._used((use for fleet in fleets for use in fleet.uses), not_known)
        return _by_name(_of_fleet(fleet, templates) for fleet in fleets)

    def _used(self, uses: Iterable[Use], not_known: list[str]) -> Mapping[str, Template]:
        return _unless_refused(lambda: self._templates.with_used({}, uses), {}, not_known)


def replacers_among(
    instances: Iterable[Instance],
    groups: Iterable[Group],
    fleets: Iterable[Fleet],
    templates: Mapping[str, Template],
    configurations: Mapping[str, Mapping[str, Any]],
) -> dict[str, Replacer]:
    """What replaces the instances, by their ids, out of all groups and fleets, which were read already."""
    instances = list(instances)
    of_groups = _by_name(_of_group(each, templates, configurations) for each in groups)
    of_fleets = _by_name(_of_fleet(each, templates) for each in fleets if each.type == MAINTAIN)
    in_groups = {each.instance_id: each.auto_scaling_group for each in instances if each.auto_scaling_group}
    in_fleets = {each.instance_id: each.fleet_id for each in instances if _belongs_to_fleet(each)}
    return {**_each(in_groups, of_groups), **_each(in_fleets, of_fleets)}


def _belongs_to_fleet(instance: Instance) -> bool:
    """Whether its fleet replaces it.  Auto Scaling groups launch by fleets too, and so do Karpenter and others, which replace by themselves."""
    return bool(instance.fleet_id) and not (instance.auto_scaling_group or instance.managed_by)


def _each(names: Mapping[str, str], replacers: Mapping[str, Replacer]) -> dict[str, Replacer]:
    return {key: replacers[name] for key, name in names.items() if name in replacers}


def _unless_refused(look: Callable[[], T], otherwise: T, not_known: list[str]) -> T:
    try:
        return look()
    except AwsError as error:
        not_known.append(str(error))
        return otherwise


def _configurations(auto_scaling: AutoScaling, names: Iterable[str], not_known: list[str]) -> Mapping[str, Mapping[str, Any]]:
    return _unless_refused(lambda: auto_scaling.launch_configurations(names), {}, not_known)


def _by_name(replacers: Iterable[Replacer]) -> dict[str, Replacer]:
    """Without those that launch nothing, because what they launch from is not there or not known."""
    return {each.name: each for each in replacers if each.profile_names}


def _of_group(group: Group, templates: Mapping[str, Template], configurations: Mapping[str, Mapping[str, Any]]) -> Replacer:
    configuration = configurations.get(group.launch_configuration_name or "")
    names = [*_profile_names(group.launching_uses, templates), *([profile_name_of(configuration)] if configuration else [])]
    has_configuration = group.launch_configuration_name is not None
    return Replacer(GROUP, group.name, tuple(names), manager_of_group(group.tags), has_configuration)


def _of_fleet(fleet: Fleet, templates: Mapping[str, Template]) -> Replacer:
    names = [*_profile_names(fleet.uses, templates), *map(profile_name_in, fleet.specifications)]
    ids = dict.fromkeys(use.template_id for use in fleet.uses)
    return Replacer(fleet.kind, fleet.name, tuple(names), manager_of_group(fleet.tags), template_ids=tuple(ids))


def _profile_names(uses: Iterable[Use], templates: Mapping[str, Template]) -> Iterator[Optional[str]]:
    for use in uses:
        if use.template_id in templates:
            yield templates[use.template_id].version(use.version).profile_name
