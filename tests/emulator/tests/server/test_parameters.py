# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Decoding reverses botocore's serialization."""

from __future__ import annotations

from typing import Any

import botocore.session
import pytest
from botocore.serialize import create_serializer

from keyless_emulator.server.parameters import HIDDEN, decode, flat

SESSION = botocore.session.get_session()
MODELS = {name: SESSION.get_service_model(name) for name in ("iam", "sts", "ec2")}
EXAMPLES: dict[str, Any] = {
    "string": "a.b=1",
    "character": "a",
    "integer": 7,
    "long": 8_000_000_000,
    "float": 1.5,
    "double": 2.5,
    "boolean": False,
    "timestamp": "2026-01-01T00:00:00Z",
    "blob": b"abc",
}
AS_SENT = {"blob": "YWJj"}


def _round_trip(service: str, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
    model = MODELS[service].operation_model(operation)
    protocol = MODELS[service].metadata["protocol"]
    serializer = create_serializer(protocol, include_validation=False)
    body = serializer.serialize_to_request(parameters, model)["body"]
    return decode([(name, str(value)) for name, value in body.items()], model.input_shape, protocol)


def _example(shape: Any) -> tuple[Any, Any]:
    """Returns an argument for a shape, with everything that it can hold, and the expected result of decoding."""
    if shape.type_name == "structure":
        pairs = {name: _example(member) for name, member in shape.members.items()}
        given: Any = {name: pair[0] for name, pair in pairs.items()}
        expected: Any = {name: pair[1] for name, pair in pairs.items()}
    elif shape.type_name == "list":
        pair = _example(shape.member)
        given, expected = [pair[0]] * 2, [pair[1]] * 2
    elif shape.type_name == "map":
        pair = _example(shape.value)
        given, expected = {"a": pair[0], "b": pair[0]}, {"a": pair[1], "b": pair[1]}
    else:
        given = EXAMPLES[shape.type_name]
        expected = AS_SENT.get(shape.type_name, given)
    return given, HIDDEN if shape.metadata.get("sensitive") else expected


@pytest.mark.parametrize("service", MODELS)
def test_every_operation(service: str) -> None:
    for operation in MODELS[service].operation_names:
        shape = MODELS[service].operation_model(operation).input_shape
        if shape is not None:
            given, expected = _example(shape)
            assert _round_trip(service, operation, given) == expected, operation


@pytest.mark.parametrize(
    ("service", "operation", "parameters"),
    [
        ("iam", "UntagRole", {"RoleName": "web", "TagKeys": []}),
        ("iam", "TagRole", {"RoleName": "web", "Tags": [{"Key": str(n), "Value": ""} for n in range(12)]}),
        ("iam", "UpdateRole", {"RoleName": "web", "Description": "", "MaxSessionDuration": 3600}),
        ("ec2", "DescribeInstances", {"InstanceIds": [f"i-{n}" for n in range(12)], "MaxResults": 5}),
        ("ec2", "AssociateIamInstanceProfile", {"InstanceId": "i-1", "IamInstanceProfile": {"Arn": "a"}}),
        ("ec2", "CreateTags", {"Resources": ["i-1"], "Tags": [{"Key": "a", "Value": "b&c=d.1"}]}),
        ("ec2", "RunInstances", {"MinCount": 1, "MaxCount": 1, "DryRun": True}),
        (
            "ec2",
            "RunInstances",
            {
                "MinCount": 1,
                "MaxCount": 2,
                "TagSpecifications": [{"ResourceType": "instance", "Tags": [{"Key": "a", "Value": "b"}]}],
                "MetadataOptions": {"HttpTokens": "required", "HttpPutResponseHopLimit": 2},
                "BlockDeviceMappings": [{"DeviceName": "/dev/sda1", "Ebs": {"DeleteOnTermination": True}}],
            },
        ),
        ("sts", "AssumeRole", {"RoleArn": "r", "RoleSessionName": "s", "DurationSeconds": 900}),
    ],
)
def test_decoded_parameters_are_those_of_the_caller(service: str, operation: str, parameters: dict[str, Any]) -> None:
    assert _round_trip(service, operation, parameters) == parameters


def test_a_list_is_ordered_by_its_numbers() -> None:
    shape = MODELS["ec2"].operation_model("DescribeInstances").input_shape
    fields = [("InstanceId.10", "j"), ("InstanceId.9", "i"), ("InstanceId.1", "a")]
    assert decode(fields, shape, "ec2") == {"InstanceIds": ["a", "i", "j"]}


def test_value_of_the_wrong_type_is_kept() -> None:
    shape = MODELS["ec2"].operation_model("DescribeInstances").input_shape
    assert decode([("MaxResults", "many")], shape, "ec2") == {"MaxResults": "many"}


def test_without_a_model_the_signature_is_left_out() -> None:
    fields = [("Action", "X"), ("Name", "a"), ("X-Amz-Security-Token", "t"), ("Signature", "s")]
    assert flat(fields) == {"Name": "a"}
