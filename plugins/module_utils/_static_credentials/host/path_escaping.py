# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How paths and names are told: in one line, and so that Ansible can take them.  Pure.

A user may give a file any name, also one with a newline, which would look like another row of a table.  Such a path is
told in another spelling, which can be given back: after a mark that no absolute path begins with, each character that
can't be printed, and each backslash, is ``\\xNN``.
"""

from __future__ import annotations

import os
import re

MARK = "escaped:"

_SPELLED = re.compile(rb"(?:[^\\]|\\x[0-9a-f]{2})*")
_ESCAPED = re.compile(rb"\\x([0-9a-f]{2})")


def shown_path(path: str) -> str:
    """The path itself if it can be printed, else its other spelling."""
    if path.isprintable():
        return path
    return MARK + "".join(_escaped(each) if each == "\\" else shown(each) for each in path)


def shown(name: str) -> str:
    """A name of which each character that can't be printed is escaped; it can't be given back."""
    return "".join(each if each.isprintable() else _escaped(each) for each in name)


def path_of(spelled: str) -> str:
    """The path that ``shown_path`` has told.  Raises ValueError for a spelling that it never tells."""
    if not spelled.startswith(MARK):
        return spelled
    escaped = os.fsencode(spelled[len(MARK) :])
    if not _SPELLED.fullmatch(escaped):
        raise ValueError("a backslash that begins no \\xNN")
    return os.fsdecode(_ESCAPED.sub(lambda match: bytes([int(match.group(1), 16)]), escaped))


def _escaped(character: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in os.fsencode(character))
