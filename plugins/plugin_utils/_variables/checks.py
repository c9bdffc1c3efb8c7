# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks of role variables, before anything is written: each raises OptionError with the variable's name.  Pure."""

from __future__ import annotations

import re
from functools import partial
from typing import Any, Callable, Iterable, Iterator, Mapping, Optional

from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import OptionError
from ansible_collections.keyless.ec2.plugins.module_utils._common.identifiers import ROLE_NAME
from ansible_collections.keyless.ec2.plugins.module_utils._common.region_names import check_regions
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


def is_given(given: Any) -> bool:
    """Whether a list was given.  An empty text is the answer of a survey that leaves it out, and the default."""
    return given is not None and not (isinstance(given, str) and not given.strip())


def selects_nothing(converted: Any) -> bool:
    """Whether a list that was given, once converted, has nothing in it."""
    return not converted or (isinstance(converted, list) and all(_is_nothing(each) for each in converted))


def _is_nothing(value: Any) -> bool:
    return str(value).strip().lower() in ("", *NOTHING)


def selection(name: str, given: Any, converted: Any, suggestion: str = "leave it out") -> Check:
    """A list of texts with something in it, if it was given."""

    def check() -> None:
        if is_given(given) and selects_nothing(converted):
            raise OptionError(name, f"is {given!r}, which selects nothing.", f"Check where the value comes from, or {suggestion}.")
        if is_given(given):
            texts(name, converted)()

    return check


def required(name: str, value: Any) -> Check:
    """A text that is not blank."""

    def check() -> None:
        if not str(value or "").strip():
            raise OptionError(name, "is missing or empty.", "Set it, or check where its value comes from.")

    return check


def some(name: str, values: Any) -> Check:
    """A list, in which nothing is null, blank or what a template with an error leaves."""
    return _items(name, values, lambda each: not _is_nothing(each))


def _items(name: str, values: Any, is_valid: Callable[[Any], bool]) -> Check:
    def check() -> None:
        if not isinstance(values, (list, tuple)):
            raise OptionError(name, f"{values!r} is not a list.", "Give a list, or texts with commas between them.")
        wrong = [each for each in values if not is_valid(each)]
        if wrong:
            raise OptionError(name, f"has {', '.join(map(repr, wrong))}.", "Check where the list comes from.")

    return check


def regions(name: str, given: Any, converted: Any) -> Check:
    """Names of regions, if they were given."""

    def check() -> None:
        selection(name, given, converted)()
        check_regions(name, converted if is_given(given) else None)

    return check


def role_name(name: str, value: Any) -> Check:
    """The name of an IAM role; a blank one is not checked."""

    def check() -> None:
        if not str(value or "").strip():
            return
        if _is_nothing(value):
            raise OptionError(name, f"is {value!r}.", "Check where the value comes from.")
        pattern(name, value, ROLE_NAME, "Give the name of a role without its path, not its ARN.")()

    return check


def no_spaces_alone(role: str, values: Mapping[str, Any], names: Iterable[str]) -> Iterator[Check]:
    """Texts of one line that are left empty, if at all: AWX sends spaces that somebody typed.  ``values`` have no prefix."""

    def check(variable: str, value: Any) -> None:
        if isinstance(value, str) and value and not value.strip():
            raise OptionError(variable, f"is {value!r}.", "Leave it empty, or give a value.")

    return (partial(check, f"{role}_{name}", values.get(name)) for name in names)


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

    return _items(name, values, lambda each: isinstance(each, str) and not _is_nothing(each))


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
