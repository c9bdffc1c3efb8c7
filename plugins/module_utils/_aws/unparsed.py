# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares responses that are sent back later with their XML, and marks what botocore did not parse."""

from __future__ import annotations

from functools import partial
from hashlib import sha256
from typing import Any, Iterable, Iterator, Mapping
from xml.etree import ElementTree

from .._values.unknown_members import UNKNOWN

# By service and operation: the parts of the response that are sent back.  Between them, lists are passed through.
SENT_BACK: dict[str, dict[str, tuple[str, ...]]] = {
    "autoscaling": {
        "DescribeAutoScalingGroups": ("AutoScalingGroups.LaunchTemplate", "AutoScalingGroups.MixedInstancesPolicy"),
        "DescribeLaunchConfigurations": ("LaunchConfigurations",),
    },
    "ec2": {
        "DescribeFleets": ("Fleets.LaunchTemplateConfigs",),
        "DescribeLaunchTemplateVersions": ("LaunchTemplateVersions.LaunchTemplateData",),
        "DescribeSpotFleetRequests": ("SpotFleetRequestConfigs.SpotFleetRequestConfig.LaunchTemplateConfigs",),
    },
}


def mark_unparsed(client: Any) -> None:
    """Has the client's responses marked before anyone sees them."""
    model = client.meta.service_model
    for operation, paths in SENT_BACK.get(model.service_name, {}).items():
        event = f"response-received.{model.service_id.hyphenize()}.{operation}"
        client.meta.events.register(event, partial(_mark_response, model, operation, [path.split(".") for path in paths]))


def _mark_response(
    model: Any, operation: str, paths: Iterable[list[str]], response_dict: Any = None, parsed_response: Any = None, **_event: Any
) -> None:
    """Handles botocore's event response-received."""
    if not parsed_response or not response_dict or response_dict["status_code"] >= 300:
        return
    shape = model.operation_model(operation).output_shape
    try:
        root = ElementTree.fromstring(response_dict["body"])
    except ElementTree.ParseError:
        return  # botocore's parser reports it
    # Auto Scaling's responses are wrapped in an element for the result, EC2's are not.
    root = next((each for each in root if _tag(each) == shape.serialization.get("resultWrapper")), root)
    for path in paths:
        _mark_at(path, root, shape, parsed_response)


def _mark_at(path: list[str], node: Any, shape: Any, parsed: Any) -> None:
    """Marks what is at the path, starting from a structure or a list."""
    if shape.type_name == "list":
        for child, each in zip(node, parsed):
            _mark_at(path, child, shape.member, each)
    elif not path:
        _mark(node, shape, parsed)
    elif path[0] in parsed:
        name, member = path[0], shape.members[path[0]]
        for child in (each for each in node if _tag(each) == _name_of(name, member)):
            _mark_at(path[1:], child, member, parsed[name])


def _mark(node: Any, shape: Any, parsed: Any) -> None:
    """Marks all structures in the parsed value that have unknown members."""
    if shape.type_name == "list":
        for child, each in zip(node, parsed):
            _mark(child, shape.member, each)
    elif shape.type_name == "structure":
        unknown = dict(_unknown_children(node, shape, parsed))
        if unknown:
            parsed[UNKNOWN] = unknown


def _unknown_children(node: Any, shape: Any, parsed: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The unknown members of a structure, each with a digest; marks those in its known members."""
    known = {_name_of(name, member): (name, member) for name, member in shape.members.items()}
    for child in node:
        name, member = known.get(_tag(child), ("", None))
        if member is None or (len(child) and member.type_name not in ("structure", "list")):
            yield _as_member(name or _tag(child)), _digest(child)
        else:
            _mark(child, member, parsed.get(name, {}))


def _name_of(member_name: str, shape: Any) -> str:
    """The name of a member's element."""
    return str(shape.serialization.get("name", member_name))


def _tag(node: Any) -> str:
    return str(node.tag).rpartition("}")[2]


def _as_member(tag: str) -> str:
    """The name that a member is likely to have: EC2's elements begin with a small letter."""
    return tag[:1].upper() + tag[1:]


def _digest(node: Any) -> str:
    """What makes two unknown members comparable without keeping their values, which may be secret."""
    return sha256(ElementTree.tostring(node)).hexdigest()
