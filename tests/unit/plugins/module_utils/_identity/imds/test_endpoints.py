# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which endpoints are used."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._identity.imds.endpoints import (
    ENDPOINT,
    IPV4,
    IPV6,
    MODE,
    endpoints,
)

CASES = [
    (None, {}, [IPV4, IPV6]),
    (None, {ENDPOINT: ""}, [IPV4, IPV6]),
    (None, {MODE: "IPv6"}, [IPV6]),
    (None, {MODE: "ipv6"}, [IPV6]),
    (None, {MODE: "IPv4"}, [IPV4, IPV6]),
    (None, {ENDPOINT: "http://127.0.0.1:1234/imds/i-1"}, ["http://127.0.0.1:1234/imds/i-1"]),
    (None, {ENDPOINT: "http://localhost", MODE: "IPv6"}, ["http://localhost"]),
    ("https://[::1]:8443/x;hops=2", {ENDPOINT: "http://localhost"}, ["https://[::1]:8443/x;hops=2"]),
    ("http://localhost", {ENDPOINT: "nonsense"}, ["http://localhost"]),
]


@pytest.mark.parametrize(("option", "environment", "expected"), CASES)
def test_the_endpoint_comes_from_the_option_the_environment_or_the_default(option, environment, expected):
    assert [url.geturl() for url in endpoints(option, environment)] == expected
