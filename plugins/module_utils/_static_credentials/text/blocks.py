# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the lines around a line that goes have to do with it.  Pure.

In all that follows a line that goes is an empty text, in a list that is as long as the original.
"""

from __future__ import annotations

import re
from typing import Optional

from .lines import uncommented
from .stuck import Stuck

_GOES_ON = re.compile(r"(?:\\|&&|\|\|?)\s*\Z")
_OPENS = re.compile(r"(?:\b(?:then|do|else)|[{(])\s*(?:\s#.*)?\Z")
_CLOSES = re.compile(r"\s*(?:fi\b|done\b|else\b|elif\b|esac\b|\}|\)|;;)")
_PARENT = re.compile(r"(?P<indent>[ \t]*)(?:-\s+)?[\"']?(?P<name>[\w.-]+)[\"']?:\s*(?:#.*)?\Z")


def close_gaps(lines: list[str], left: list[str], start: int) -> list[str]:
    """What is left, without an environment: that has become empty.  Raises Stuck where something else would break."""
    left = list(left)
    for index, line in enumerate(lines):
        if not left[index] and uncommented(line) is None:
            if _is_continued(lines, index):
                raise Stuck("unclear", start + index, "is one setting together with lines beside it")
            _close(left, index, start)
    return left


def _close(left: list[str], index: int, start: int) -> None:
    above, below = _beside(left, index, -1), _beside(left, index, 1)
    if above is None:
        return
    next_line = left[below] if below is not None else ""
    if _OPENS.search(left[above]) and _CLOSES.match(next_line):
        raise Stuck("unclear", start + index, "is all that is in its block")
    parent = _PARENT.match(left[above])
    if parent and not _is_child(next_line, parent):
        if parent.group("name") != "environment":
            raise Stuck("unclear", start + index, "is all that is in its block")
        left[above] = ""
        _close(left, above, start)


def _is_continued(lines: list[str], index: int) -> bool:
    """Whether the line before goes on in this one, or this one in the next, which is deeper."""
    if index and uncommented(lines[index - 1]) is None and _GOES_ON.search(lines[index - 1]):
        return True
    below = _beside(lines, index, 1)
    return below is not None and _indent(lines[below]) > _indent(lines[index])


def _beside(lines: list[str], index: int, step: int) -> Optional[int]:
    """The next line in that direction which says something."""
    index += step
    while 0 <= index < len(lines):
        if lines[index].strip() and uncommented(lines[index]) is None:
            return index
        index += step
    return None


def _is_child(line: str, parent: re.Match) -> bool:
    of_parent = len(parent.group("indent"))
    return _indent(line) > of_parent or (_indent(line) == of_parent and line.lstrip().startswith("- "))


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
