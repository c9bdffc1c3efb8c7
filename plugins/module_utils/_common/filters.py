# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The option ``filters``, checked and converted for boto3.  Pure."""

from __future__ import annotations

import re
from typing import Any, Mapping, Optional

from .errors import OptionError

WILD = re.compile(r"[*?\\]")


def aws_filters(filters: Optional[Mapping[str, Any]], if_empty: OptionError) -> Optional[list[dict[str, Any]]]:
    """The filters as boto3 takes them; None stays None.  Raises OptionError, ``if_empty`` for an empty option."""
    if filters is None:
        return None
    if not filters:
        raise if_empty
    return [{"Name": str(name), "Values": _values(name, value)} for name, value in filters.items()]


def literal(text: str) -> str:
    """The text as the value of a filter that matches only this text.  The paths of IAM can have wildcards and backslashes.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Filter.html
    """
    return WILD.sub(r"\\\g<0>", text)


def _values(name: str, value: Any) -> list[str]:
    if value is None or value == [] or isinstance(value, Mapping):
        problem = "is a dictionary." if value else "has no value."
        raise OptionError(f"filters[{name}]", problem, "Give a string or a list of strings.")
    values = value if isinstance(value, (list, tuple)) else [value]
    for each in values:
        if each is None or isinstance(each, (list, tuple, Mapping)):
            raise OptionError(f"filters[{name}]", f"{each!r} in it is not a string.", "Give a string or a list of strings.")
    return [_text(each) for each in values]


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
