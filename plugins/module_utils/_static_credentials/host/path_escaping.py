# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Escapes paths and names so that they are visible and stay on one line.  Pure.

Users can give a file any name, even one with a newline that makes it look like another row of a table.  Such a path is
returned as ``escaped:`` and the path, in which each invisible character and each backslash is ``\\xNN``.  No
absolute path begins that way, so the options accept this form too.
"""

from __future__ import annotations

import os
import re

from ..._common.visible import is_visible

MARK = "escaped:"
LONGEST_ESCAPE = 16  # characters, of one

_VALID = re.compile(rb"(?:[^\\]|\\x[0-9a-f]{2})*")
_ESCAPED = re.compile(rb"\\x([0-9a-f]{2})")


def escaped_path(path: str) -> str:
    """The path itself if all of it is visible, else its escaped form."""
    if is_visible(path):
        return path
    return MARK + "".join(_escape(each) if each == "\\" else escaped(each) for each in path)


def escaped(name: str) -> str:
    """A name with its invisible characters escaped.  Backslashes are not, so this can't be undone."""
    return "".join(each if is_visible(each) else _escape(each) for each in name)


def unescaped_path(path: str) -> str:
    """The path itself, unescaped if it is in escaped form.  Raises ValueError for an invalid escape."""
    if not path.startswith(MARK):
        return path
    text = os.fsencode(path[len(MARK) :])
    if not _VALID.fullmatch(text):
        raise ValueError("a backslash without xNN after it")
    return os.fsdecode(_ESCAPED.sub(lambda match: bytes([int(match.group(1), 16)]), text))


def _escape(character: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in os.fsencode(character))
