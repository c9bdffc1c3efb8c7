# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks of role variables, before anything is written: each raises OptionError with the variable's name.  Pure."""

from __future__ import annotations

import re
from typing import Any, Callable, Iterable, Mapping, Optional

from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import OptionError
from ansible_collections.keyless.ec2.plugins.module_utils._values.instance_profile import profile_name

Check = Callable[[], object]

NOTHING = ("none", "null", "undefined")  # what a template with an error makes of a missing value


def errors_of(checks: Iterable[Check]) -> list[str]:
    """The errors of all checks."""
    return [error for error in map(_error_of, checks) if error]


def _error_of(check: Check) -> Optional[str]:
    try:
        check()
    except OptionError as error:
        return str(error).rstrip()
    return None


def number(name: str, value: Any, least: int, most: Optional[int] = None) -> Check:
    """A whole number between these; None is not checked."""

    def check() -> None:
        if value is not None and not (least <= int(value) and (most is None or int(value) <= most)):
            wanted = f"Use {least} or a higher number." if most is None else f"Use {least} to {most}."
            raise OptionError(name, f"{value} is out of range.", wanted)

    return check


def profile(name: str, value: Optional[str]) -> Check:
    """The name or ARN of an instance profile; an empty one is not checked."""
    return lambda: profile_name(name, value) if value else None


def texts(name: str, values: Any) -> Check:
    """A list of texts that are not empty."""

    def check() -> None:
        if not isinstance(values, (list, tuple)):
            raise OptionError(name, f"{values!r} is not a list.", "Give a list, or texts with commas between them.")
        wrong = [each for each in values if not isinstance(each, str) or each.strip().lower() in ("", *NOTHING)]
        if wrong:
            raise OptionError(name, f"has {', '.join(map(repr, wrong))}.", "Check where the list comes from.")

    return check


def dictionary(name: str, value: Any, example: str) -> Check:
    """A dictionary."""

    def check() -> None:
        if not isinstance(value, Mapping):
            raise OptionError(name, f"{value!r} is not a dictionary.", f"Give one, for example {example}.")

    return check


def tags(name: str, value: Any) -> Check:
    """Tags of EC2, https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html."""

    def check() -> None:
        dictionary(name, value, "{team: web}")()
        for key, each in value.items():
            if isinstance(each, (Mapping, list, tuple)):
                raise OptionError(f"{name}[{key}]", "is not a text.", "A tag has one value.")
            if not 1 <= len(str(key)) <= 128 or len(str(each)) > 256:
                raise OptionError(f"{name}[{key}]", "is empty or too long.", "A key has 1 to 128 characters, a value up to 256.")
            if str(key).lower().startswith("aws:"):
                raise OptionError(f"{name}[{key}]", "begins with aws:, which is reserved for AWS.", "Choose another key.")

    return check


def pattern(name: str, value: Optional[str], wanted: re.Pattern[str], suggestion: str) -> Check:
    """A text of this form; an empty one is not checked."""

    def check() -> None:
        if value and not wanted.fullmatch(str(value)):
            raise OptionError(name, f"{value!r} is not valid.", suggestion)

    return check


def length(name: str, value: Optional[str], least: int, most: int) -> Check:
    """A text of at most so many bytes in UTF-8; None is not checked."""

    def check() -> None:
        if value is not None and not least <= len(str(value).encode()) <= most:
            raise OptionError(name, "is empty or too long." if least else "is too long.", f"Use at most {most} bytes.")

    return check
