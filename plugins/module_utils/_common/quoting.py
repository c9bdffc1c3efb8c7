# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Text from AWS, hosts and files in messages.  Pure.

Anybody who may name a resource chooses such text.  Control characters would move the cursor or hide what a terminal shows, marks for
right-to-left text would make a message read as another one, and characters that do not show would make two names look the same.
"""

from __future__ import annotations

from typing import Any

from .visible import is_visible

# The members of results that people read as text
TEXTS = frozenset({"msg", "message", "fix", "diff", "warnings"})


def one_line(text: str) -> str:
    """The text with its invisible characters escaped, newlines too."""
    return text if is_visible(text) else "".join(each if is_visible(each) else _escaped(each) for each in text)


def lines(text: str) -> str:
    """The text with its invisible characters escaped, except newlines."""
    return text if is_visible(text) else "\n".join(map(one_line, text.split("\n")))


def readable(value: Any) -> Any:
    """The value with ``lines`` of every text in it."""
    if isinstance(value, str):
        return lines(value)
    if isinstance(value, dict):
        return {key: readable(each) for key, each in value.items()}
    return [readable(each) for each in value] if isinstance(value, (list, tuple)) else value


def readable_result(value: Any) -> Any:
    """A module's result whose texts for people are readable.  Names, tags and other data stay as they are."""
    if isinstance(value, dict):
        return {key: readable(each) if key in TEXTS else readable_result(each) for key, each in value.items()}
    return [readable_result(each) for each in value] if isinstance(value, list) else value


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
