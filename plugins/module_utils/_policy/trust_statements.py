# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Helpers for building the statements of a trust policy from an entity's keys.  Pure."""

from __future__ import annotations

import re
from typing import Any, Mapping, Optional, Union

from .._common.errors import OptionError
from .checks import short_repr
from .document import as_list


def allow(action: str, principal: Union[str, Mapping[str, Any]], condition: Optional[Mapping[str, Any]] = None) -> dict[str, Any]:
    """The statement that lets the principal assume the role with the action, if the condition holds."""
    statement = {"Effect": "Allow", "Principal": principal, "Action": action}
    return {**statement, "Condition": dict(condition)} if condition else statement


def parse_arn(location: str, value: Any, pattern: re.Pattern[str], partition: str, example: str) -> re.Match[str]:
    """The ARN, matched with the pattern; raises OptionError if it does not match or is in another partition."""
    found = pattern.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise OptionError(location, f"{short_repr(value)} is not an ARN that can be used here.", f"Give one like {example}.")
    if found["partition"] != partition:
        raise OptionError(location, f"{value} is in the partition {found['partition']}.", f"The role is in {partition}.")
    return found


def checked_strings(location: str, value: Any, pattern: re.Pattern[str], suggestion: str) -> list[str]:
    """The strings of a list or of a single string; raises OptionError if one does not match the pattern."""
    strings = [str(each) for each in as_list(value)]
    for each in strings:
        if not pattern.fullmatch(each):
            raise OptionError(location, f"{short_repr(each)} is not valid here.", suggestion)
    if not strings:
        raise OptionError(location, "is empty.", suggestion)
    return strings


def one_or_list(strings: list[str]) -> Union[str, list[str]]:
    """A single string instead of a list with one string, as IAM writes documents."""
    return strings[0] if len(strings) == 1 else strings
