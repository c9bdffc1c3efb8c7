# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The calls that change the metadata options of an instance.  Pure."""

from __future__ import annotations

from typing import Mapping

from .._common.change import Change
from .._values.metadata_options import AWS_NAMES, Value, as_parameters

ENDPOINT = "http_endpoint"
OPTIONS = {aws: name for name, aws in AWS_NAMES.items()}


def modify(instance_id: str, values: Mapping[str, Value]) -> tuple[Change, ...]:
    """The calls that give the instance these options.

    Others can't be given in a call that disables the endpoint, so they come before it.
    https://github.com/hashicorp/terraform-provider-aws (expandInstanceMetadataOptions: "not allowed unless HttpEndpoint is enabled")
    """
    if values.get(ENDPOINT) != "disabled":
        return (_call(instance_id, values),)
    others = {name: value for name, value in values.items() if name != ENDPOINT}
    first = (_call(instance_id, others),) if others else ()
    return (*first, _call(instance_id, {ENDPOINT: "disabled"}))


def _call(instance_id: str, values: Mapping[str, Value]) -> Change:
    described = ", ".join(f"{name}={value}" for name, value in values.items())
    summary = f"set {described} on the instance {instance_id}"
    parameters = {"InstanceId": instance_id, **as_parameters(values)}
    return Change("ec2", "ModifyInstanceMetadataOptions", f"instance/{instance_id}", parameters, summary)


def values_in(change: Change) -> dict[str, Value]:
    """The options that a call sets."""
    return {OPTIONS[key]: value for key, value in change.parameters.items() if key in OPTIONS}
