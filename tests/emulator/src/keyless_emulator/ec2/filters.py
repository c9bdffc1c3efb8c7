# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filters of DescribeInstances: more of them than moto has, with wildcards, and a refusal of those that EC2 does not have."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache, lru_cache
from typing import Any

import moto.ec2.utils as moto_filters
from botocore.loaders import Loader

from ..server.errors import AwsError

# The attribute of moto's instance for each filter that moto lacks.
ATTRIBUTES = {
    "client-token": "client_token",
    "ebs-optimized": "ebs_optimized",
    "hypervisor": "hypervisor",
    "iam-instance-profile.arn": "iam_instance_profile.Arn",
    "iam-instance-profile.id": "iam_instance_profile.Id",
    "instance-lifecycle": "lifecycle",
    "instance-state-code": "state_code",
    "launch-index": "ami_launch_index",
    "metadata-options.http-endpoint": "metadata_options.http_endpoint",
    "metadata-options.http-protocol-ipv6": "metadata_options.http_protocol_ipv6",
    "metadata-options.http-put-response-hop-limit": "metadata_options.http_put_response_hop_limit",
    "metadata-options.http-tokens": "metadata_options.http_tokens",
    "metadata-options.instance-metadata-tags": "metadata_options.instance_metadata_tags",
    "metadata-options.state": "metadata_options.state",
    "monitoring-state": "monitoring_state",
    "operator.managed": "operator.Managed",
    "operator.principal": "operator.Principal",
    "platform": "platform",
    "reservation-id": "reservation.id",
    "root-device-name": "root_device_name",
    "root-device-type": "root_device_type",
    "state-reason-message": "state_reason.message",
    "tenancy": "placement.tenancy",
    "virtualization-type": "virtualization_type",
}
DOCUMENTED = re.compile(r"<code>([\w.-]+)</code> -")


def patch_filters() -> None:
    """Adds filters, and wildcards in values, which moto takes literally."""
    moto_filters.filter_dict_attribute_mapping.update(ATTRIBUTES)
    moto_filters.instance_value_in_filter_values = _matches_any


def check_filters(names: Iterable[str]) -> None:
    """Refuses filters that EC2 does not have (boto/boto3#1299 has the error), and those that the emulator lacks."""
    for name in names:
        if name in moto_filters.filter_dict_attribute_mapping or moto_filters.is_tag_filter(name):
            continue
        if name in _documented():
            raise NotImplementedError(f"The emulator lacks the filter '{name}' of DescribeInstances.")
        raise AwsError("InvalidParameterValue", f"The filter '{name}' is invalid")


@cache
def _documented() -> frozenset[str]:
    request = Loader().load_service_model("ec2", "service-2")["shapes"]["DescribeInstancesRequest"]
    return frozenset(DOCUMENTED.findall(request["members"]["Filters"].get("documentation", "")))


def _matches_any(actual: Any, wanted: Iterable[str]) -> bool:
    values = actual if isinstance(actual, list) else [actual]
    texts = [str(value).lower() if isinstance(value, bool) else str(value) for value in values if value is not None]
    return any(_pattern(value).fullmatch(text) for text in texts for value in wanted)


@lru_cache(maxsize=4096)
def _pattern(value: str) -> re.Pattern[str]:
    """Returns a regular expression for a value. EC2's wildcards are * and ?, and a backslash escapes them."""
    parts = re.findall(r"\\.|.", value, re.DOTALL)
    wild = {"*": ".*", "?": "."}
    literal = (wild.get(part) or re.escape(part.removeprefix("\\") or part) for part in parts)
    return re.compile("".join(literal), re.DOTALL)
