# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of instance_identity_info: what can be found wrong with them.  Pure."""

from __future__ import annotations

from typing import Any, Mapping, Optional

from .._common.errors import OptionError
from .._common.identifiers import ROLE_NAME
from .imds.endpoints import ENDPOINT, IPV4, given_endpoint, is_service_url


def check(options: Mapping[str, Any], environment: Mapping[str, str]) -> None:
    """Raises OptionError for a value that can't be used."""
    check_role(options["expected_role"])
    check_timeout(options["wait_timeout"])
    check_endpoint(options["endpoint"], environment)


def check_role(name: Optional[str]) -> None:
    """Raises OptionError for what no role is called."""
    if name is not None and not ROLE_NAME.fullmatch(name):
        raise OptionError("expected_role", f"{name!r} is not the name of a role.", "Give its name, without its path.")


def check_timeout(seconds: int) -> None:
    """Raises OptionError for a time before now."""
    if seconds < 0:
        raise OptionError("wait_timeout", f"{seconds} is negative.", "Give the seconds to wait at most.")


def check_endpoint(option: Optional[str], environment: Mapping[str, str]) -> None:
    """Raises OptionError where what the option says, or else the environment, is no URL of a service."""
    given = given_endpoint(option, environment)
    if given is None or is_service_url(given):
        return
    named = f"{given!r}" if option is not None else f"{given!r} of the environment variable {ENDPOINT}"
    raise OptionError("endpoint", f"{named} is not the URL of a service.", f"Give one such as {IPV4}.")
