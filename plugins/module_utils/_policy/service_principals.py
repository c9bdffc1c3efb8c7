# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The names of AWS's services as principals, in all partitions.  Pure."""

from __future__ import annotations

import re

EC2 = "ec2.amazonaws.com"
# The domains of the partitions, those that are closed to the public included
DOMAINS = (
    "amazonaws.com",
    "amazonaws.com.cn",
    "amazonaws.eu",
    "c2s.ic.gov",
    "sc2s.sgov.gov",
    "cloud.adc-e.uk",
    "csp.hci.ic.gov",
)
# AWS's few others
OTHER_DOMAINS = ("amazon.com", "api.aws", "aws.internal", "aws.com")
SERVICE = re.compile(rf"[a-z0-9._-]+\.({'|'.join(map(re.escape, (*DOMAINS, *OTHER_DOMAINS)))})", re.IGNORECASE | re.ASCII)
# Where EC2 goes by the partition's own domain, other than most services
# https://docs.amazonaws.cn/en_us/aws/latest/userguide/iam.html
_OWN_DOMAIN = {"aws-cn": "amazonaws.com.cn", "aws-iso": "c2s.ic.gov", "aws-iso-b": "sc2s.sgov.gov"}


def in_partition(service: str, partition: str) -> str:
    """The service's name in the partition; it is given as in AWS's public one."""
    if service == EC2 and partition in _OWN_DOMAIN:
        return f"ec2.{_OWN_DOMAIN[partition]}"
    return service


def names_of(service: str) -> frozenset[str]:
    """The names that the service may go by, over all partitions."""
    host = service[: -len(DOMAINS[0]) - 1] if service.endswith(f".{DOMAINS[0]}") else ""
    return frozenset({service, *(f"{host}.{domain}" for domain in DOMAINS if host)})
