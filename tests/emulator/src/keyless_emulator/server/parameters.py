# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Decodes requests to the keyword arguments that a caller gave boto3.

It is the inverse of botocore.serialize for the query protocol (IAM, STS) and the ec2 protocol, and uses the same service model. Three things can't be
recovered: an empty list in the ec2 protocol (nothing is sent), whether botocore made up an idempotency token, and the type of a timestamp or a blob,
which stay strings.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

HIDDEN = "********"
OWN_VALUE = ""  # the key of a node's own text; other keys are never empty


def decode(fields: Iterable[tuple[str, str]], shape: Any, protocol: str) -> dict[str, Any]:
    """Returns the parameters with boto3's names and types. Sensitive ones are hidden.

    ``shape`` is the operation's input shape or None, ``protocol`` is "query" or "ec2".
    """
    if shape is None:
        return {}
    return _structure(_tree(fields), shape, protocol)


def flat(fields: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Returns the parameters of an operation without a model, as sent, without those of the signature."""
    own = ("Action", "Version", "Signature", "SecurityToken", "AWSAccessKeyId")
    return {name: value for name, value in fields if name not in own and not name.startswith("X-Amz-")}


def _tree(fields: Iterable[tuple[str, str]]) -> dict[str, Any]:
    root: dict[str, Any] = {}
    for name, value in fields:
        node = root
        for part in name.split("."):
            node = node.setdefault(part, {})
        node[OWN_VALUE] = value
    return root


def _decode(node: Mapping[str, Any], shape: Any, protocol: str) -> Any:
    if shape.metadata.get("sensitive"):
        return HIDDEN
    decoder = _DECODERS.get(shape.type_name)
    return decoder(node, shape, protocol) if decoder else _scalar(node, shape)


def _structure(node: Mapping[str, Any], shape: Any, protocol: str) -> dict[str, Any]:
    decoded = {}
    for name, member in shape.members.items():
        child = node.get(_wire_name(member, name, protocol))
        if child is not None:
            decoded[name] = _decode(child, member, protocol)
    return decoded


def _wire_name(shape: Any, default: str, protocol: str) -> str:
    """Returns a member's name on the wire. In the ec2 protocol, queryName has precedence, and locationName is capitalized."""
    if protocol != "ec2":
        return shape.serialization.get("name", default)
    if "queryName" in shape.serialization:
        return shape.serialization["queryName"]
    name = shape.serialization.get("name")
    return name[0].upper() + name[1:] if name else default


def _list(node: Mapping[str, Any], shape: Any, protocol: str) -> list[Any]:
    if protocol != "ec2" and not shape.serialization.get("flattened"):
        node = node.get(shape.member.serialization.get("name", "member"), {})
    return [_decode(child, shape.member, protocol) for child in _numbered(node)]


def _map(node: Mapping[str, Any], shape: Any, protocol: str) -> dict[str, Any]:
    if not shape.serialization.get("flattened"):
        node = node.get("entry", {})
    key_name = _wire_name(shape.key, "key", protocol)
    value_name = _wire_name(shape.value, "value", protocol)
    return {child[key_name][OWN_VALUE]: _decode(child[value_name], shape.value, protocol) for child in _numbered(node)}


def _numbered(node: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [node[index] for index in sorted((key for key in node if key.isdigit()), key=int)]


def _scalar(node: Mapping[str, Any], shape: Any) -> Any:
    value = node.get(OWN_VALUE, "")
    convert = _SCALARS.get(shape.type_name)
    if convert is None:
        return value
    try:
        return convert(value)
    except ValueError:
        return value


_DECODERS = {"structure": _structure, "list": _list, "map": _map}
_SCALARS = {
    "boolean": lambda text: text.lower() == "true",
    "integer": int,
    "long": int,
    "float": float,
    "double": float,
}
