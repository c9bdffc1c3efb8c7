# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the instance metadata service is.  Pure."""

from __future__ import annotations

from typing import Mapping, Optional
from urllib.parse import SplitResult, urlsplit

# As the SDKs of AWS have it
ENDPOINT = "AWS_EC2_METADATA_SERVICE_ENDPOINT"
MODE = "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE"
IPV4 = "http://169.254.169.254"
IPV6 = "http://[fd00:ec2::254]"


def endpoints(option: Optional[str], environment: Mapping[str, str]) -> list[SplitResult]:
    """The base URLs to ask, the first that answers counts."""
    given = given_endpoint(option, environment)
    if given is not None:
        return [urlsplit(given)]
    if environment.get(MODE, "").lower() == "ipv6":
        return [urlsplit(IPV6)]
    return [urlsplit(IPV4), urlsplit(IPV6)]


def given_endpoint(option: Optional[str], environment: Mapping[str, str]) -> Optional[str]:
    """What the option says, or else the environment, be it a URL or not."""
    return option if option is not None else environment.get(ENDPOINT) or None


def is_service_url(text: str) -> bool:
    """Whether requests can be made below it."""
    try:
        return _is_usable(urlsplit(text))
    except ValueError:
        return False


def _is_usable(url: SplitResult) -> bool:
    """Raises ValueError for a port that is no number, and for a name that can't be looked up."""
    clean = not url.username and not url.query and not url.fragment and all("!" <= each <= "~" for each in url.geturl())
    host = (url.hostname or "").encode("idna")
    return url.scheme in ("http", "https") and bool(host) and clean and url.port != 0
