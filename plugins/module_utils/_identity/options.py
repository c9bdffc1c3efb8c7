# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks the options of the module instance_identity_info.  Pure."""

from __future__ import annotations

from typing import Any, Mapping, Optional

from .._common.errors import OptionError
from .._common.identifiers import ROLE_NAME
from .._common.limits import check_waits
from .._common.urls import without_user
from .imds.endpoints import ENDPOINT, IPV4, configured_endpoint, is_service_url


def check_options(options: Mapping[str, Any], environment: Mapping[str, str]) -> None:
    """Raises OptionError for an invalid value."""
    _check_role(options["expected_role"])
    check_waits(options)
    check_endpoint(options["endpoint"], environment)


def _check_role(name: Optional[str]) -> None:
    if name is not None and not ROLE_NAME.fullmatch(name):
        raise OptionError("expected_role", f"{name!r} is not a valid role name.", "Give the name without its path.")


def check_endpoint(option: Optional[str], environment: Mapping[str, str]) -> None:
    """Raises OptionError if the option, or else the environment variable, is not a valid URL."""
    given = configured_endpoint(option, environment)
    if given is None or is_service_url(given):
        return
    shown = without_user(repr(given))
    named = shown if option is not None else f"{shown} of the environment variable {ENDPOINT}"
    raise OptionError("endpoint", f"{named} is not the URL of a service.", f"Give a URL such as {IPV4}.")
