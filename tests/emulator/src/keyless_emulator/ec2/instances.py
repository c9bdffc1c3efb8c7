# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls that launch and describe instances."""

from __future__ import annotations

import copy
from functools import partial
from itertools import groupby
from operator import attrgetter
from typing import Any

import moto.ec2.utils as moto_filters
from moto.core.responses import ActionResult
from moto.ec2.exceptions import InvalidParameterCombination
from moto.ec2.models.instances import Instance
from moto.ec2.responses.instances import InstanceResponse

from ..server.paging import ec2_page, in_order
from .associations import table_of
from .filters import check_filters
from .imds_defaults import metadata_options
from .instance_index import index_of, is_seen
from .profiles import usable_profile


def patch_run_instances() -> None:
    """Launches MaxCount instances, each with the profile, metadata and market options of the call or its launch template.

    moto launches MinCount, gives only the first one a profile, ignores both options in a template, and launches twice for one client token.
    """
    original = InstanceResponse.run_instances

    def run_instances(self: Any) -> Any:
        token, launched = self._get_param("ClientToken"), vars(self.ec2_backend).setdefault("launched", {})
        if token in launched:
            return ActionResult(launched[token])
        template = _template_data(self)
        specification = self.params.pop("IamInstanceProfile", None) or template.get("IamInstanceProfile")
        given = {**template.get("MetadataOptions", {}), **self._get_param("MetadataOptions", {})}
        data = {"ImageId": self._get_param("ImageId") or template.get("ImageId"), "MetadataOptions": given}
        self.params["MetadataOptions"] = metadata_options(self.ec2_backend, data)
        if template.get("InstanceMarketOptions"):
            self.params.setdefault("InstanceMarketOptions", template["InstanceMarketOptions"])
        profile = usable_profile(self.ec2_backend, specification) if specification else None
        self.params["MinCount"] = self._get_param("MaxCount")
        answer = original(self)
        table = table_of(self.ec2_backend)
        operator = (self._get_param("Operator") or {}).get("Principal")
        for instance in answer.result.instances if operator else ():
            instance.operator = {"Managed": True, "Principal": operator}
        for instance in answer.result.instances if profile else ():
            table.begin(instance.id, profile, runs_at=instance.instance_state.settles_at)
        if token:
            launched[token] = answer.result
        return answer

    InstanceResponse.run_instances = run_instances


def _template_data(response: Any) -> dict[str, Any]:
    template = response._get_param("LaunchTemplate")  # pylint: disable=protected-access
    if not template:
        return {}
    version = response.ec2_backend._get_template_from_args(template)  # pylint: disable=protected-access
    return version.data


def patch_instance_profile_of_instance() -> None:
    """Shows the ARN and id of the associated profile in an instance.

    moto shows the association's id, and ignores replacements.
    """

    def show(self: Any) -> dict[str, str] | None:
        association = table_of(self.ec2_backend).active(self.id)
        return association.profile.description() if association else None

    def ignore(_self: Any, _value: Any) -> None:
        """Ignores the profile that moto sets on a new instance. The association has it."""

    Instance.iam_instance_profile = property(show, ignore)


def patch_describe_instances() -> None:
    """Returns pages of MaxResults instances, of as many reservations as needed. moto counts reservations.

    Duplicate ids are accepted. Deletions between two pages hide no instance.
    """

    def describe_instances(self: Any) -> ActionResult:
        self.error_on_dryrun()
        instance_ids, size = self._get_param("InstanceIds", []), self._get_int_param("MaxResults")
        if instance_ids and size:
            raise InvalidParameterCombination("The parameter instancesSet cannot be used with the parameter maxResults")
        index = index_of(self.ec2_backend)
        chosen = in_order(index.find_seen(instance_ids)) if instance_ids else index.all()
        filters = self._filters_from_querystring()
        check_filters(filters)
        matches = partial(_is_shown, filters)
        page, token = ec2_page(chosen, matches, size, self._get_param("NextToken"))
        return ActionResult({"Reservations": _reservations(page), "NextToken": token})

    InstanceResponse.describe_instances = describe_instances


def _is_shown(filters: dict[str, Any], instance: Any) -> bool:
    return is_seen(instance) and moto_filters.passes_filter_dict(instance, filter_dict=filters)


def _reservations(instances: list[Any]) -> list[Any]:
    """Returns copies of the instances' reservations with only these instances."""
    shown = []
    for reservation, members in groupby(instances, attrgetter("reservation")):
        part = copy.copy(reservation)
        part.instances = list(members)
        shown.append(part)
    return shown
