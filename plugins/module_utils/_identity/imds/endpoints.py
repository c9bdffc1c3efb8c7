# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The URLs of the instance metadata service.  Pure."""

from __future__ import annotations

from typing import Mapping, Optional
from urllib.parse import SplitResult, urlsplit

# The same names as in the AWS SDKs
ENDPOINT = "AWS_EC2_METADATA_SERVICE_ENDPOINT"
MODE = "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE"
IPV4 = "http://169.254.169.254"
IPV6 = "http://[fd00:ec2::254]"


def endpoints(option: Optional[str], environment: Mapping[str, str]) -> list[SplitResult]:
    """The base URLs to try.  The first one that answers is used."""
    configured = configured_endpoint(option, environment)
    if configured is not None:
        return [urlsplit(configured)]
    if environment.get(MODE, "").lower() == "ipv6":
        return [urlsplit(IPV6)]
    return [urlsplit(IPV4), urlsplit(IPV6)]


def configured_endpoint(option: Optional[str], environment: Mapping[str, str]) -> Optional[str]:
    """The option, or else the environment variable.  It need not be a valid URL."""
    return option if option is not None else environment.get(ENDPOINT) or None


def is_service_url(text: str) -> bool:
    """Whether it is a valid base URL for requests."""
    try:
        return _is_usable(urlsplit(text))
    except ValueError:
        return False


def _is_usable(url: SplitResult) -> bool:
    """Raises ValueError for an invalid port or host name."""
    clean = not url.username and not url.query and not url.fragment and all("!" <= each <= "~" for each in url.geturl())
    host = (url.hostname or "").encode("idna")
    return url.scheme in ("http", "https") and bool(host) and clean and url.port != 0
