# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The metadata options of instances: when the instance follows them, and what AWS refuses. moto applies anything at once."""

from __future__ import annotations

import math
import re
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.models.instances import InstanceBackend, MetadataOptions
from moto.ec2.responses.instances import InstanceResponse

from ..conditions import transitions
from ..conditions.clock import clock
from ..server.errors import AwsError
from .imds_defaults import check_tokens

HISTORY = "metadata_history"
ENABLED, DISABLED = "enabled", "disabled"
VALUES = {
    "HttpTokens": ("optional", "required"),
    "HttpEndpoint": (ENABLED, DISABLED),
    "HttpProtocolIpv6": (ENABLED, DISABLED),
    "InstanceMetadataTags": (ENABLED, DISABLED),
}
HOP_LIMIT = "HttpPutResponseHopLimit"
MEMBERS = {
    "HttpTokens": "http_tokens",
    HOP_LIMIT: "http_put_response_hop_limit",
    "HttpEndpoint": "http_endpoint",
    "HttpProtocolIpv6": "http_protocol_ipv6",
    "InstanceMetadataTags": "instance_metadata_tags",
}
TAG_KEY = re.compile(r"[0-9a-zA-Z\-_+=,.@:]{1,255}")
RESERVED_KEYS = (".", "..", "_index")
# As in aws/aws-cli#8825
TAG_KEY_TEXT = (
    "'{key}' is not a valid tag key. Tag keys must match pattern ([0-9a-zA-Z\\-_+=,.@:]{{1,255}}), "
    "and must not be a reserved name ('.', '..', '_index')"
)


class TimedOptions(MetadataOptions):  # type: ignore[misc]
    """Options that the instance follows from a time on; infinite for those of a stopped instance."""

    applied_at = 0.0

    @property
    def state(self) -> str:
        """Returns the state, in AWS's words."""
        return "pending" if clock().now() < self.applied_at else "applied"

    @state.setter
    def state(self, _state: str) -> None:
        """Ignores the state that moto sets."""


def options_in_force(instance: Any) -> Any:
    """Returns the options that the instance follows now."""
    return [each for each in _history(instance) if each.applied_at <= clock().now()][-1]


def answering_times(instance: Any) -> list[tuple[float, float]]:
    """Returns from when until when requests without a token would be answered if the instance ran."""
    all_of_them = _history(instance)
    ends = [*(each.applied_at for each in all_of_them[1:]), math.inf]
    return [
        (each.applied_at, end)
        for each, end in zip(all_of_them, ends, strict=True)
        if each.http_tokens == "optional" and each.http_endpoint == ENABLED
    ]


def apply_at_start(instance: Any) -> None:
    """Lets a stopped instance that starts follow its options when it runs."""
    for each in _history(instance):
        if each.applied_at == math.inf:
            each.applied_at = instance.instance_state.settles_at


def _history(instance: Any) -> list[Any]:
    """Returns all options that the instance had, the oldest first; an attribute of it."""
    first = instance.metadata_options
    if HISTORY not in vars(instance) and not isinstance(first, TimedOptions):
        first = _timed({member: getattr(first, attribute) for member, attribute in MEMBERS.items()}, 0.0)
        instance.metadata_options = first
    history: list[Any] = vars(instance).setdefault(HISTORY, [first])
    return history


def _timed(described: dict[str, Any], applied_at: float) -> TimedOptions:
    options = TimedOptions(described)
    options.applied_at = applied_at
    return options


def patch_metadata_options() -> None:
    """Keeps options that are not given, refuses what AWS refuses, and applies the rest after a while. moto clears the former."""
    InstanceResponse.modify_instance_metadata_options = _modify


def patch_start() -> None:
    """Lets an instance that starts follow the options that it got while it was stopped."""
    start = InstanceBackend.start_instances

    def start_instances(self: Any, instance_ids: list[str]) -> Any:
        answer = start(self, instance_ids)
        for instance in self.get_multi_instances_by_id(instance_ids):
            apply_at_start(instance)
        return answer

    InstanceBackend.start_instances = start_instances


# pylint: disable=protected-access
def _modify(response: Any) -> ActionResult:
    instance = response.ec2_backend.get_instance(response._get_param("InstanceId"))
    given = {member: response._get_param(member) for member in MEMBERS}
    given = {member: value for member, value in given.items() if value is not None}
    _check_state(instance)
    _check_values(given)
    _check_tags(instance, given)
    check_tokens(response.ec2_backend, given.get("HttpTokens"))
    response.error_on_dryrun()
    history = _history(instance)
    current = {member: getattr(instance.metadata_options, attribute) for member, attribute in MEMBERS.items()}
    applied_at = math.inf if instance.state == "stopped" else transitions.transitions().until("applying")
    instance.metadata_options = _timed({**current, **given}, applied_at)
    history.append(instance.metadata_options)
    return ActionResult({"InstanceId": instance.id, "InstanceMetadataOptions": instance.metadata_options})


def _check_state(instance: Any) -> None:
    # AWS documents the states, but not this text.
    if instance.state not in ("running", "stopped"):
        raise AwsError("IncorrectInstanceState", f"The instance '{instance.id}' is not in the 'running' or 'stopped' states.")


def _check_values(given: dict[str, Any]) -> None:
    for member, values in VALUES.items():
        if member in given and given[member] not in values:
            # As in hashicorp/terraform-provider-aws#25547
            text = f"A value of '{given[member]}' is not valid for {member}. Specify either '{values[0]}' or '{values[1]}' and try again."
            raise AwsError("InvalidParameterValue", text)
    limit = str(given.get(HOP_LIMIT, 1))
    if not limit.isdigit() or not 1 <= int(limit) <= 64:
        raise AwsError("InvalidParameterValue", f"Value ({limit}) for parameter {HOP_LIMIT} is invalid. Expecting a value from 1 to 64.")
    others = [member for member in given if member != "HttpEndpoint"]
    if given.get("HttpEndpoint") == DISABLED and others:
        # Terraform's provider never sends them together; AWS documents neither the code nor the text.
        raise AwsError("InvalidParameterCombination", f"{', '.join(others)} can't be specified if HttpEndpoint is disabled.")


def _check_tags(instance: Any, given: dict[str, Any]) -> None:
    if given.get("InstanceMetadataTags") != ENABLED:
        return
    for tag in instance.get_tags():
        if not TAG_KEY.fullmatch(tag["key"]) or tag["key"] in RESERVED_KEYS:
            raise AwsError("InvalidParameterValue", TAG_KEY_TEXT.format(key=tag["key"]))
