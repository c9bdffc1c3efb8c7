# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The regions of an account, also if it has not enabled the module's own region."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._aws.enabled_regions import enabled_regions, home_region
from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import AwsError


class Region:
    """EC2 of a region, which refuses every call with this code, if there is one."""

    def __init__(self, region, code=None):
        self.region, self.code = region, code

    def list_regions(self):
        if self.code:
            raise AwsError("ec2:DescribeRegions", "*", "list the regions", self.code, "no")
        return [f"listed in {self.region}"]


@pytest.mark.parametrize(
    ("own", "code", "found"),
    [
        ("eu-central-1", None, "eu-central-1"),
        ("me-central-1", "AuthFailure", "us-east-1"),
        ("us-gov-east-1", "AuthFailure", "us-gov-west-1"),
        ("cn-north-1", "AuthFailure", "cn-northwest-1"),
        # A policy of the organization can deny a region.
        ("eu-central-1", "UnauthorizedOperation", "us-east-1"),
    ],
)
def test_a_region_that_every_account_has_is_asked_if_the_own_one_refuses(own, code, found):
    assert enabled_regions(lambda region: Region(region or own, None if region else code)) == [f"listed in {found}"]


@pytest.mark.parametrize(("own", "code"), [("eu-central-1", "Throttling"), ("us-east-1", "AuthFailure"), ("mars-1", "AuthFailure")])
def test_other_errors_are_raised(own, code):
    asked = []

    def make(region):
        asked.append(region)
        return Region(region or own, code)

    with pytest.raises(AwsError, match=code):
        enabled_regions(make)
    assert asked == [None]


@pytest.mark.parametrize(("region", "home"), [("eu-new-7", "us-east-1"), ("us-iso-west-1", "us-iso-east-1"), ("mars-1", None)])
def test_the_home_of_a_partition(region, home):
    assert home_region(region) == home
