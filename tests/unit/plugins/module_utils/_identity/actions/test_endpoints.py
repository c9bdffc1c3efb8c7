# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The endpoints are botocore's, in every region of every partition."""

from __future__ import annotations

import boto3
import pytest
from botocore.loaders import create_loader

from ansible_collections.keyless.ec2.plugins.module_utils._identity.actions.calls import FORM_SERVICES, JSON_SERVICES
from ansible_collections.keyless.ec2.plugins.module_utils._identity.actions.endpoints import endpoint_of

PARTITIONS = create_loader().load_data("partitions")["partitions"]
REGIONS = {each["id"]: sorted(region for region in each["regions"] if not region.endswith("-global")) for each in PARTITIONS if each["regions"]}
# The names for signing, by botocore's names
SERVICES = {**{each: FORM_SERVICES[each][0] for each in FORM_SERVICES}, **{each: each for each in (*JSON_SERVICES, "s3", "lambda")}}


@pytest.mark.parametrize("partition", REGIONS)
def test_every_service_in_a_region_of_every_partition(partition):
    region = REGIONS[partition][0]
    for service, name in SERVICES.items():
        made = boto3.client(service, region_name=region, aws_access_key_id="a", aws_secret_access_key="b")
        found = made.meta.endpoint_url.replace("https://s3.amazonaws.com", f"https://s3.{region}.amazonaws.com")
        assert endpoint_of(name, region) == (found, region)


@pytest.mark.parametrize("region", [region for some in REGIONS.values() for region in some])
def test_iam_has_one_endpoint_per_partition(region):
    made = boto3.client("iam", region_name=region, aws_access_key_id="a", aws_secret_access_key="b")
    assert endpoint_of("iam", region) == (made.meta.endpoint_url, made._request_signer.region_name)
