# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The public endpoints of AWS's services in all partitions.  Pure.

Managed hosts need no botocore, so this repeats its data; a test compares the two for every region.
"""

from __future__ import annotations

import re
from typing import NamedTuple

HOSTS = {"ecr": "api.ecr"}  # where the host name differs from the name for signing
# The pattern of a partition's region names, its domain, and the host and the region of IAM, which has one endpoint per partition
PARTITIONS = (
    (r"cn-", "amazonaws.com.cn", "iam.cn-north-1", "cn-north-1"),
    (r"eusc-", "amazonaws.eu", "iam.eusc-de-east-1", "eusc-de-east-1"),
    (r"us-isob-", "sc2s.sgov.gov", "iam.us-isob-east-1", "us-isob-east-1"),
    (r"us-isof-", "csp.hci.ic.gov", "iam.us-isof-south-1", "us-isof-south-1"),
    (r"us-iso-", "c2s.ic.gov", "iam.us-iso-east-1", "us-iso-east-1"),
    (r"eu-isoe-", "cloud.adc-e.uk", "iam.eu-isoe-west-1", "eu-isoe-west-1"),
    (r"us-gov-", "amazonaws.com", "iam.us-gov", "us-gov-west-1"),
    (r"", "amazonaws.com", "iam", "us-east-1"),
)


class Endpoint(NamedTuple):
    """A service's URL, and the region that its requests are signed for."""

    url: str
    region: str


def endpoint_of(service: str, region: str) -> Endpoint:
    """The endpoint of the service, given by its name for signing."""
    domain, iam_host, iam_region = next(found for pattern, *found in PARTITIONS if re.match(pattern, region))
    if service == "iam":
        return Endpoint("https://%s.%s" % (iam_host, domain), iam_region)
    return Endpoint("https://%s.%s.%s" % (HOSTS.get(service, service), region, domain), region)
