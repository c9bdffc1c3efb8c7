# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The variables for AWS's SDKs that a file sets.  Pure.

What a shell computes is unknown: every assignment counts, and the last one wins.
"""

from __future__ import annotations

import re
from typing import Iterator, NamedTuple, Optional

from ..text.line_syntax import Setting, UnitEnvironment, comment_text, settings

_MAX_LINE = 4096
_RELEVANT = re.compile(r"AWS_|BOTO_CONFIG")
_NAMES = re.compile(r"AWS_[A-Z0-9_]+|BOTO_CONFIG")
_USER = re.compile(r"^[ \t]*User[ \t]*=[ \t]*([\w.@\-]+)[ \t]*$", re.MULTILINE)


class UnitSettings(NamedTuple):
    """``user`` is None if the unit names none."""

    variables: dict[str, str]
    user: Optional[str]


def variables_in(text: str) -> dict[str, str]:
    """The variables of a shell's startup file, or of an environment file."""
    return dict(_assignments(text))


def unit_settings(text: str) -> UnitSettings:
    """What a systemd unit or drop-in sets."""
    variables: dict[str, str] = {}
    for line in _relevant_lines(text):
        environment = UnitEnvironment.parse(line)
        for word in environment.words if environment else ():
            name, _equals, value = word.strip("\"'").partition("=")
            if _NAMES.fullmatch(name):
                variables[name] = value.strip("\"'")
    users = _USER.findall(text)
    return UnitSettings(variables, users[-1] if users else None)


def _assignments(text: str) -> Iterator[tuple[str, str]]:
    for line in _relevant_lines(text):
        for each in settings(line):
            if _NAMES.fullmatch(each.name) and each.value is not None:
                yield each.name, _literal(each)


def _relevant_lines(text: str) -> Iterator[str]:
    for line in text.split("\n") if _RELEVANT.search(text) else ():
        if len(line) <= _MAX_LINE and _RELEVANT.search(line) and comment_text(line) is None:
            yield line


def _literal(setting: Setting) -> str:
    return (setting.value or "").strip().strip("\"'")
