# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gateway to the account's defaults for metadata options, also with a botocore that does not know them."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._aws.metadata_defaults import GET, MODIFY, MetadataDefaults
from ansible_collections.keyless.ec2.plugins.module_utils._common.change import Change
from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import AwsError
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._aws.memory_client import Client, refuse

CHANGE = Change("ec2", MODIFY, "defaults/eu-central-1", {"HttpTokens": "required"}, "require tokens by default")


def knowing(**operations):
    """A client whose botocore knows these operations, with the members of the input or of the account's defaults."""
    members = {name: dict.fromkeys(found) for name, found in operations.items()}
    models = {
        name: SimpleNamespace(
            input_shape=SimpleNamespace(members=found),
            output_shape=SimpleNamespace(members={"AccountLevel": SimpleNamespace(members=found)}),
        )
        for name, found in members.items()
    }
    model = SimpleNamespace(operation_names=[*operations, "DescribeInstances"], operation_model=models.__getitem__)
    return SimpleNamespace(meta=SimpleNamespace(service_model=model, region_name="eu-central-1"))


@pytest.mark.parametrize(
    "operations, members",
    [
        ({GET: ["HttpTokens", "ManagedBy"], MODIFY: ["DryRun", "HttpTokens"]}, {"HttpTokens"}),
        ({GET: ["HttpTokens"]}, set()),
        ({MODIFY: ["HttpTokens"]}, set()),
        ({}, set()),
    ],
)
def test_what_botocore_can_both_read_and_change(operations, members):
    assert MetadataDefaults(knowing(**operations)).members == members


def test_the_defaults_are_read():
    client = Client(get_instance_metadata_defaults={"AccountLevel": {"HttpTokens": "required", "ManagedBy": "account"}})
    assert MetadataDefaults(client).read() == {"HttpTokens": "required", "ManagedBy": "account"}
    assert client.asked == [("get_instance_metadata_defaults", {})]


def test_an_old_botocore_is_an_error_that_says_what_to_install():
    with pytest.raises(AwsError) as caught:
        MetadataDefaults(knowing()).read()
    assert (caught.value.code, caught.value.operation) == ("UnknownOperation", f"ec2:{GET}")
    assert "in eu-central-1" in str(caught.value) and str(caught.value).endswith("Install a newer boto3 and botocore.")


def test_a_denied_change_names_the_only_resource_that_iam_knows():
    with pytest.raises(AwsError, match=rf"Allow ec2:{MODIFY} on \*"):
        MetadataDefaults(Client(modify_instance_metadata_defaults=refuse("UnauthorizedOperation"))).change(CHANGE)


def test_a_change_is_confirmed():
    client = Client(modify_instance_metadata_defaults={"Return": True})
    MetadataDefaults(client).change(CHANGE)
    assert client.asked == [("modify_instance_metadata_defaults", {"HttpTokens": "required"})]
    with pytest.raises(AwsError):
        MetadataDefaults(Client(modify_instance_metadata_defaults={})).change(CHANGE)
