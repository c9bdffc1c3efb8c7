# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be wrong with each single variable of the role attach, checked before the first module runs.  Pure."""

from __future__ import annotations

from typing import Any, Iterator, Mapping

from ...module_utils._instances.options import check_instance_ids
from .._variables.checks import NOTHING, Check, dictionary, errors_of, number, profile, texts

LISTS = ("attach_instance_ids", "attach_auto_scaling_groups", "attach_launch_templates")
DICTIONARIES = {
    "attach_filters": "{tag:service: web}",
    "attach_attachments": "{i-0123456789abcdef0: web}",
    "attach_auto_scaling_group_filters": "{tag:service: web}",
}
NUMBERS = {"attach_max_concurrency": 1, "attach_wait_timeout": 0, "attach_not_found_timeout": 0}  # with the least value


def is_given(given: Any) -> bool:
    """Whether a list was given.  An empty text is the answer of a survey that leaves it out, and the default."""
    return not (isinstance(given, str) and not given.strip())


def selects_nothing(converted: Any) -> bool:
    """Whether a list that was given, once converted, has nothing in it."""
    return not converted or (isinstance(converted, list) and all(str(each).strip().lower() in ("", *NOTHING) for each in converted))


def empty_lists(given: Mapping[str, Any], selection: Mapping[str, Any]) -> list[str]:
    """The lists that were given and select nothing."""
    return [name for name in LISTS if is_given(given[name]) and selects_nothing(selection[name])]


def variable_errors(given: Mapping[str, Any], selection: Mapping[str, Any], allow_empty: bool) -> list[str]:
    """An error for each invalid variable; ``selection`` has the converted values of those that select something."""
    empty = empty_lists(given, selection)
    errors = [] if allow_empty else [_nothing_in(name, given[name]) for name in empty]
    filled = {name: value for name, value in selection.items() if value and name not in empty}
    return errors + errors_of([*_checks_of_selection(filled), profile("attach_instance_profile", given["attach_instance_profile"]), *_numbers(given)])


def _nothing_in(name: str, given: Any) -> str:
    return f"{name}: is {given!r}, which selects nothing. Check where the value comes from, or set attach_allow_empty to true."


def _checks_of_selection(selection: Mapping[str, Any]) -> Iterator[Check]:
    for name in LISTS:
        if name in selection:
            yield texts(name, selection[name])
    for name, example in DICTIONARIES.items():
        if name in selection:
            yield dictionary(name, selection[name], example)
    yield lambda: check_instance_ids("attach_instance_ids", map(str, selection.get("attach_instance_ids") or ()))
    attachments = selection.get("attach_attachments")
    if isinstance(attachments, Mapping):
        yield lambda: check_instance_ids("attach_attachments", map(str, attachments))
        yield from (profile(f"attach_attachments[{key}]", value) for key, value in attachments.items())


def _numbers(given: Mapping[str, Any]) -> Iterator[Check]:
    return (number(name, given[name], least) for name, least in NUMBERS.items())
