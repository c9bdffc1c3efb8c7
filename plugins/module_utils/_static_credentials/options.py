# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks the options of the modules static_credentials_info and static_credentials_aside.  Pure."""

from __future__ import annotations

import re
from typing import Any, Mapping

from .._common.errors import OptionError
from .._common.limits import MAX_SECONDS, check_range
from .host.path_escaping import escaped, unescaped_path

MAX_FILE_SIZE = 2**40  # bytes
SUFFIX = re.compile(r"[A-Za-z0-9._~+-]+")


def check_scan(options: Mapping[str, Any]) -> None:
    """Raises OptionError for an invalid option of static_credentials_info."""
    check_range("max_file_size", options["max_file_size"], 1, MAX_FILE_SIZE)
    check_range("timeout", options["timeout"], 1, MAX_SECONDS)
    _check_paths(options, "paths", "exclude")


def check_aside(options: Mapping[str, Any]) -> None:
    """Raises OptionError for an invalid option of static_credentials_aside."""
    check_range("timeout", options["timeout"], 1, MAX_SECONDS)
    _check_paths(options, "paths", "exclude")
    suffix = options["suffix"]
    if not SUFFIX.fullmatch(suffix):
        raise OptionError("suffix", f"{suffix!r} is not a valid suffix.", "Use only letters, digits and . _ ~ + -")


def given_paths(options: Mapping[str, Any], name: str) -> list[str]:
    """The paths of an option, unescaped, each once."""
    return list(dict.fromkeys(unescaped_path(path) for path in options[name]))


def _check_paths(options: Mapping[str, Any], *names: str) -> None:
    for name in names:
        for path in options[name]:
            _check_path(name, path)


def _check_path(name: str, given: str) -> None:
    try:
        path = unescaped_path(given)
    except ValueError as error:
        raise OptionError(name, f"{escaped(given)} has {error}.", "Give the path as it was returned.") from None
    if not path.startswith("/") or "\0" in path:
        raise OptionError(name, f"{escaped(given)} is not an absolute path.", "Begin it with a slash.")
