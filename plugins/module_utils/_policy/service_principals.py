# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The names of AWS services as principals, in all partitions.  Pure."""

from __future__ import annotations

import re

EC2 = "ec2.amazonaws.com"
# The domains of all partitions, including those that are closed to the public
DOMAINS = (
    "amazonaws.com",
    "amazonaws.com.cn",
    "amazonaws.eu",
    "c2s.ic.gov",
    "sc2s.sgov.gov",
    "cloud.adc-e.uk",
    "csp.hci.ic.gov",
)
# Domains of a few other services
OTHER_DOMAINS = ("amazon.com", "api.aws", "aws.internal", "aws.com")
SERVICE = re.compile(rf"[a-z0-9._-]+\.({'|'.join(map(re.escape, (*DOMAINS, *OTHER_DOMAINS)))})", re.IGNORECASE | re.ASCII)
# Partitions in which EC2, unlike most services, has the partition's own domain
# https://docs.amazonaws.cn/en_us/aws/latest/userguide/iam.html
_OWN_DOMAIN = {"aws-cn": "amazonaws.com.cn", "aws-iso": "c2s.ic.gov", "aws-iso-b": "sc2s.sgov.gov"}


def service_principal(service: str, partition: str) -> str:
    """The name in the partition of a service whose name in the public partition is given."""
    if service == EC2 and partition in _OWN_DOMAIN:
        return f"ec2.{_OWN_DOMAIN[partition]}"
    return service


def names_in_partitions(service: str) -> frozenset[str]:
    """The possible names of the service in all partitions."""
    host = service[: -len(DOMAINS[0]) - 1] if service.endswith(f".{DOMAINS[0]}") else ""
    return frozenset({service, *(f"{host}.{domain}" for domain in DOMAINS if host)})
