# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files for nobody else, also where others can write to the folder that they are in."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path
from typing import TextIO


def open_to_append(path: Path) -> TextIO:
    """The file, made where it is missing. Raises OSError for a link."""
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    if stat.S_ISREG(os.fstat(descriptor).st_mode):  # and not /dev/null
        os.fchmod(descriptor, 0o600)
    return os.fdopen(descriptor, "a", encoding="utf-8")


def write(path: Path, text: str) -> None:
    """Writes a new file and puts it in the place of what is there, be it a link. It is never there in part."""
    descriptor, unfinished = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(unfinished, path)
