# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the statements of a trust policy are made of, and how an entity's details are read.  Pure."""

from __future__ import annotations

import re
from typing import Any, Mapping, Optional, Union

from .._common.errors import OptionError
from .checks import shown
from .document import values_of


def allow(action: str, principal: Union[str, Mapping[str, Any]], condition: Optional[Mapping[str, Any]] = None) -> dict[str, Any]:
    """The statement that allows the principal to assume the role by the action, under the condition if any."""
    statement = {"Effect": "Allow", "Principal": principal, "Action": action}
    return {**statement, "Condition": dict(condition)} if condition else statement


def arn_of(where: str, value: Any, pattern: re.Pattern[str], partition: str, likeness: str) -> re.Match[str]:
    """The ARN, taken apart by the pattern; raises OptionError where it is none or of another partition."""
    found = pattern.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise OptionError(where, f"{shown(value)} is not such an ARN.", f"One looks like {likeness}.")
    if found["partition"] != partition:
        raise OptionError(where, f"{value} is of the partition {found['partition']}.", f"The role is of {partition}.")
    return found


def texts_of(where: str, value: Any, pattern: re.Pattern[str], suggestion: str) -> list[str]:
    """The texts, of which one may stand outside of a list; raises OptionError where the pattern does not fit."""
    texts = [str(each) for each in values_of(value)]
    for text in texts:
        if not pattern.fullmatch(text):
            raise OptionError(where, f"{shown(text)} can't be used here.", suggestion)
    if not texts:
        raise OptionError(where, "is empty.", suggestion)
    return texts


def one_or_all(texts: list[str]) -> Union[str, list[str]]:
    """The text where there is one, else the list: as IAM itself writes a document."""
    return texts[0] if len(texts) == 1 else texts
