# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A region that botocore does not know is the first thing to check if AWS refuses the credentials or is not reached."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._aws.unknown_regions import explain_region, region_of
from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import AwsError


def said(code, region):
    return str(explain_region(AwsError("ec2:DescribeInstances", "*", "read instances", code, "no"), region))


@pytest.mark.parametrize("code", ["AuthFailure", "EndpointConnection"])
@pytest.mark.parametrize(
    ("region", "hint"),
    [
        ("eu-cental-1", "botocore does not know the region eu-central-1"),
        ("us-gov-wset-1", "Did you mean us-gov-west-1"),
        ("cn-nroth-1", "Did you mean cn-north-1"),
        ("zz-nowhere-9", "Check the option region. If the region is right: "),
    ],
)
def test_a_region_that_is_not_known_comes_first(code, region, hint):
    text = said(code, region)
    assert f"no. botocore does not know the region {region}. " in text and hint.replace("eu-central-1", region) in text
    assert text.index(region) < text.index("If the region is right: ")


def test_the_nearest_regions_are_suggested():
    assert "Did you mean eu-central-1" in said("AuthFailure", "eu-cental-1")


@pytest.mark.parametrize(
    ("code", "region"), [("AuthFailure", "eu-central-1"), ("AuthFailure", "aws-global"), ("AuthFailure", None), ("Throttling", "x")]
)
def test_other_errors_stay_as_they_are(code, region):
    assert said(code, region) == str(AwsError("ec2:DescribeInstances", "*", "read instances", code, "no"))


def test_a_client_without_a_region_has_none():
    assert region_of(None) is None
