# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of static_credentials_info and static_credentials_aside: what can be found wrong with them."""

from __future__ import annotations

import os
import re
from typing import Any, Iterable, Mapping

from .._common.errors import OptionError

SUFFIX = re.compile(r"[A-Za-z0-9._~+-]+")


def check_scan(options: Mapping[str, Any]) -> None:
    """Raises OptionError for an option of static_credentials_info that can't be used."""
    for name in ("max_file_size", "timeout"):
        if options[name] < 1:
            raise OptionError(name, f"{options[name]} is not a positive number.", "Give 1 or more.")
    _check_root(options["root"])
    _check_absolute(options["paths"])


def check_aside(options: Mapping[str, Any]) -> None:
    """Raises OptionError for an option of static_credentials_aside that can't be used."""
    _check_root(options["root"])
    _check_absolute(options["paths"])
    suffix = options["suffix"]
    if not SUFFIX.fullmatch(suffix):
        raise OptionError("suffix", f"{suffix!r} can't end a file's name.", "Give letters, digits and . _ ~ + - only.")
    for path in options["paths"]:
        if path.endswith(suffix):
            raise OptionError("paths", f"{path} is a file that was set aside.", "Give the path that it had before.")


def _check_root(root: str) -> None:
    if not os.path.isdir(root):
        raise OptionError("root", f"{root} is not a folder.", "Give the folder where a host's files are mounted, or /.")


def _check_absolute(paths: Iterable[str]) -> None:
    for path in paths:
        if not path.startswith("/"):
            raise OptionError("paths", f"{path} is not an absolute path.", "Give the path as seen from root.")
