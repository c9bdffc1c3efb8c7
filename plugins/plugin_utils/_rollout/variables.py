# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be wrong with each single variable of the roles attach and require_imdsv2, checked before the first module runs.  Pure."""

from __future__ import annotations

from typing import Any, Iterator, Mapping, NamedTuple, Optional

from ...module_utils._common.limits import MAX_CONCURRENCY, MAX_SECONDS
from ...module_utils._instances.options import check_instance_ids
from ...module_utils._values.metadata_options import HOP_LIMITS
from ...module_utils._values.metadata_use import MAX_DAYS
from .._variables.checks import Check, dictionary, errors_of, is_given, no_spaces_alone, number, profile, selection, selects_nothing, texts


class Range(NamedTuple):
    """The least and the most that a number can be."""

    least: int
    most: Optional[int] = None


class Checked(NamedTuple):
    """The variables of a role, without its prefix; dictionaries with an example.  ``if_empty`` is what to do about a list without anything."""

    lists: tuple[str, ...]
    dictionaries: Mapping[str, str]
    numbers: Mapping[str, Range]
    if_empty: str


TAGS = "{tag:service: web}"
WAITS = {"max_concurrency": Range(1, MAX_CONCURRENCY), "wait_timeout": Range(0, MAX_SECONDS)}
CHECKED = {
    "attach": Checked(
        ("instance_ids", "auto_scaling_groups", "launch_templates"),
        {"filters": TAGS, "attachments": "{i-0123456789abcdef0: web}", "auto_scaling_group_filters": TAGS},
        {**WAITS, "not_found_timeout": Range(0, MAX_SECONDS)},
        "set attach_allow_empty to true",
    ),
    "require_imdsv2": Checked(
        ("instance_ids", "auto_scaling_groups", "launch_templates"),
        {"filters": TAGS},
        {**WAITS, "unused_days": Range(1, MAX_DAYS), "hop_limit": Range(HOP_LIMITS[0], HOP_LIMITS[-1])},
        "skip the role with when",
    ),
}


def empty_lists(role: str, given: Mapping[str, Any], converted: Mapping[str, Any]) -> list[str]:
    """The lists that were given and select nothing."""
    names = [f"{role}_{name}" for name in CHECKED[role].lists]
    return [name for name in names if is_given(given[name]) and selects_nothing(converted[name])]


def variable_errors(role: str, given: Mapping[str, Any], converted: Mapping[str, Any], allow_empty: bool) -> list[str]:
    """An error for each invalid variable; ``converted`` has the converted values of those that select something."""
    empty = empty_lists(role, given, converted)
    refused = [] if allow_empty else [selection(name, given[name], converted[name], CHECKED[role].if_empty) for name in empty]
    filled = {name: value for name, value in converted.items() if value and name not in empty}
    return errors_of([*refused, *_checks_of_selection(role, filled), *_checks_of_profile(role, given), *_numbers(role, given), *_texts(role, given)])


def _checks_of_selection(role: str, filled: Mapping[str, Any]) -> Iterator[Check]:
    checked = CHECKED[role]
    for name in checked.lists:
        if f"{role}_{name}" in filled:
            yield texts(f"{role}_{name}", filled[f"{role}_{name}"])
    for name, example in checked.dictionaries.items():
        if f"{role}_{name}" in filled:
            yield dictionary(f"{role}_{name}", filled[f"{role}_{name}"], example)
    yield lambda: check_instance_ids(f"{role}_instance_ids", map(str, filled.get(f"{role}_instance_ids") or ()))
    attachments = filled.get("attach_attachments")
    if isinstance(attachments, Mapping):
        yield lambda: check_instance_ids("attach_attachments", map(str, attachments))
        yield from (profile(f"attach_attachments[{key}]", value) for key, value in attachments.items())


def _checks_of_profile(role: str, given: Mapping[str, Any]) -> Iterator[Check]:
    name = f"{role}_instance_profile"
    if name in given:
        yield profile(name, given[name])


def _texts(role: str, given: Mapping[str, Any]) -> Iterator[Check]:
    values = {name.removeprefix(f"{role}_"): value for name, value in given.items()}
    return no_spaces_alone(role, values, ("region", "undo_file", "health_check"))


def _numbers(role: str, given: Mapping[str, Any]) -> Iterator[Check]:
    return (number(f"{role}_{name}", given[f"{role}_{name}"], *limits) for name, limits in CHECKED[role].numbers.items())
