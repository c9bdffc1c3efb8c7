# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads what launches instances in one region."""

from __future__ import annotations

from typing import Any, Callable, Iterable, Optional, Sequence, TypeVar

from .._aws.parallel import in_parallel
from .._aws.region_clients import RegionClients
from .._common.read_errors import ReadErrors
from .._values.imds_defaults import ImdsDefaults, decides_itself
from .._values.instances import Instance
from .._values.launch import MAINTAIN, Fleet, Group, SpotRequest, Template, TemplateReference
from .build import fleet_source, group_source, spot_request_source, template_source
from .source import LaunchSources, ReplacingSources, is_replaced_by_fleet

T = TypeVar("T")
# Makes a read; returns None if AWS refuses it, or raises AwsError.
Attempt = Callable[[Callable[[], Any]], Any]


def must_succeed(read: Callable[[], T]) -> T:
    """An attempt that raises AwsError."""
    return read()


def read_all(clients: RegionClients, attempt: Attempt = must_succeed) -> LaunchSources:
    """Everything in the region: about five calls, and one for each template that is used in an old version."""
    groups, fleets, requests, listed = in_parallel(
        lambda: attempt(clients.auto_scaling.list_groups),
        lambda: attempt(clients.fleets.list),
        lambda: attempt(clients.fleets.spot_requests),
        lambda: attempt(clients.launch_templates.list),
    )
    groups, fleets = groups or (), fleets or ()
    return _complete(clients, attempt, _references(groups, fleets), groups, fleets, requests or (), listed or {})


def read_groups(clients: RegionClients, names: Optional[Sequence[str]], filters: Optional[list[dict[str, Any]]]) -> LaunchSources:
    """The Auto Scaling groups with these names, or those that match the filters."""
    groups = [each for each in clients.auto_scaling.list_groups(filters) if names is None or each.name in names]
    return _complete(clients, must_succeed, _references(groups, ()), groups)


def read_replacing(clients: RegionClients, instances: Iterable[Instance]) -> ReplacingSources:
    """What replaces the instances.  Read errors are collected, so a refused call does not fail the module.

    It takes one call for every 50 groups and every 50 launch configurations, two or more for all fleets, a few for the launch
    templates, and one for each template that is used in an old version; none if no instance belongs to a group or fleet.
    """
    instances = list(instances)
    read_errors = ReadErrors()
    attempt = read_errors.collect
    names = {each.auto_scaling_group for each in instances if each.auto_scaling_group}
    ids = {each.fleet_id for each in instances if is_replaced_by_fleet(each)}
    groups, fleets = in_parallel(
        lambda: attempt(lambda: clients.auto_scaling.read_groups(names)) if names else (),
        lambda: attempt(clients.fleets.list) if ids else (),
    )
    own_fleets = [each for each in fleets or () if each.name in ids and each.type == MAINTAIN]
    references = [each for group in groups or () for each in group.launching_references]
    sources = _complete(clients, attempt, [*references, *_references((), own_fleets)], groups or (), own_fleets)
    return ReplacingSources(sources.replacing(instances), tuple(map(str, read_errors.errors)))


def read_imds_defaults(clients: RegionClients, sources: LaunchSources, read_errors: ReadErrors) -> ImdsDefaults:
    """The defaults for metadata options that the sources need, without what could not be read; two calls, or none if no source needs any."""
    launches = [each for source in sources for each in source.launches if each.data is not None and not decides_itself(each.data)]
    if not launches:
        return ImdsDefaults()
    image_ids = {image for each in launches for image in each.image_ids if image}
    account, images = in_parallel(
        lambda: read_errors.collect(clients.metadata_defaults.read),
        lambda: read_errors.collect(lambda: clients.ec2.imds_support(image_ids)) if image_ids else {},
    )
    return ImdsDefaults(account, images or {})


def _references(groups: Iterable[Group], fleets: Iterable[Fleet]) -> list[TemplateReference]:
    return [*(each for group in groups for each in group.references), *(each for fleet in fleets for each in fleet.references)]


def _complete(
    clients: RegionClients,
    attempt: Attempt,
    references: Sequence[TemplateReference],
    groups: Sequence[Group],
    fleets: Sequence[Fleet] = (),
    requests: Sequence[SpotRequest] = (),
    listed: Optional[dict[str, Template]] = None,
) -> LaunchSources:
    """The sources with these template versions, and the launch configurations of the groups."""
    listed = listed or {}
    names = [each.launch_configuration_name for each in groups if each.launch_configuration_name]
    templates, configurations = in_parallel(
        lambda: attempt(lambda: clients.launch_templates.with_used(listed, references)) if references else listed,
        lambda: attempt(lambda: clients.auto_scaling.launch_configurations(names)) if names else {},
    )
    templates, configurations = templates or listed, configurations or {}
    return LaunchSources(
        tuple(group_source(each, templates, configurations) for each in groups),
        tuple(fleet_source(each, templates) for each in fleets),
        tuple(map(spot_request_source, requests)),
        tuple(template_source(each) for key, each in sorted(listed.items()) if key == each.template_id),
    )
