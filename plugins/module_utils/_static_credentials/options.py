# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of static_credentials_info and static_credentials_aside: what can be found wrong with them."""

from __future__ import annotations

import os
import re
from typing import Any, Mapping

from .._common.errors import OptionError
from .host.path_escaping import path_of, shown, shown_path

SUFFIX = re.compile(r"[A-Za-z0-9._~+-]+")


def check_scan(options: Mapping[str, Any]) -> None:
    """Raises OptionError for an option of static_credentials_info that can't be used."""
    _check_positive(options, "max_file_size", "timeout")
    _check_root(options["root"])
    _check_absolute(options, "paths", "exclude")


def check_aside(options: Mapping[str, Any]) -> None:
    """Raises OptionError for an option of static_credentials_aside that can't be used."""
    _check_positive(options, "timeout")
    _check_root(options["root"])
    _check_absolute(options, "paths", "exclude")
    suffix = options["suffix"]
    if not SUFFIX.fullmatch(suffix):
        raise OptionError("suffix", f"{suffix!r} can't end a file's name.", "Give letters, digits and . _ ~ + - only.")
    for path in given_paths(options, "paths"):
        if path.endswith(suffix):
            said = f"{shown_path(path)} is a file that was set aside."
            raise OptionError("paths", said, "Give the path that it had before.")


def given_paths(options: Mapping[str, Any], name: str) -> list[str]:
    """The paths of an option as they are on the host, each once."""
    return list(dict.fromkeys(path_of(path) for path in options[name]))


def _check_positive(options: Mapping[str, Any], *names: str) -> None:
    for name in names:
        if options[name] < 1:
            raise OptionError(name, f"{options[name]} is not a positive number.", "Give 1 or more.")


def _check_root(root: str) -> None:
    if not os.path.isdir(root):
        raise OptionError("root", f"{root} is not a folder.", "Give the folder where a host's files are mounted, or /.")


def _check_absolute(options: Mapping[str, Any], *names: str) -> None:
    for name in names:
        for path in options[name]:
            _check_path(name, path)


def _check_path(name: str, given: str) -> None:
    try:
        path = path_of(given)
    except ValueError as error:
        raise OptionError(name, f"{shown(given)} has {error}.", "Give the path as it was returned.") from None
    if not path.startswith("/") or "\0" in path:
        raise OptionError(name, f"{shown(given)} is not an absolute path.", "Give the path as seen from root.")
