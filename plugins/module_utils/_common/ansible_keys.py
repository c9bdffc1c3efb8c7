# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys of dictionaries that Ansible does not pass on as they are, between a module and the control node.  Pure.

Ansible takes a dictionary with the key ``__ansible_type`` for a value of its own, cannot read it, and loses the whole result.  It removes keys that
begin with ``_ansible_``.  Whoever may name a group or tag a resource can choose such a key.  So they get a backslash in front.
"""

from __future__ import annotations

import re
from typing import Any, Callable

_RESERVED = re.compile(r"\\*__?ansible_")
_ESCAPED = re.compile(r"\\+__?ansible_")


def passed_key(key: str) -> str:
    """The key as Ansible passes it on; most stay as they are."""
    return "\\" + key if _RESERVED.match(key) else key


def original_key(key: str) -> str:
    """The key that ``passed_key`` was given."""
    return key[1:] if _ESCAPED.match(key) else key


def with_keys(change: Callable[[str], str], value: Any) -> Any:
    """The value with each key of its dictionaries changed."""
    if isinstance(value, dict):
        return {change(key) if isinstance(key, str) else key: with_keys(change, each) for key, each in value.items()}
    return [with_keys(change, each) for each in value] if isinstance(value, (list, tuple)) else value
