# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the variables of a role select, and whether they are valid.  Pure."""

from __future__ import annotations

from typing import Any, Callable, Mapping, NamedTuple, Sequence, TypedDict

from ...module_utils._common.batches import batches
from .names import ATTACH, Names

DELAY = 5  # seconds between two questions to a host
ONE_BATCH = ["100%"]
AT_ONCE, RECORDED, IN_BATCHES = "at_once.yml", "recorded.yml", "in_batches.yml"


class Variables(NamedTuple):
    """The role's variables, converted.  Paths are absolute, or empty if not given."""

    selection: Mapping[str, Any]  # by the names of the variables that select something
    batch_sizes: Sequence[str] = ()
    max_failures: int = 0
    verify: bool = True
    health_check: str = ""
    undo_file: str = ""
    region: str = ""
    wait_timeout: int = 300  # seconds
    names: Names = ATTACH
    errors: Sequence[str] = ()  # in single variables
    allow_empty: bool = False
    has_empty_list: bool = False  # An error of its own says so.
    check_mode: bool = False


class Request(TypedDict):
    """What the role does.

    ``instances`` and ``launch`` are the options that select resources for the two modules.  ``retries`` and ``delay``, in seconds, say
    how often a host is asked again.
    """

    error: str
    role: str
    tasks: str
    instances: dict[str, Any]
    launch: dict[str, Any]
    sets_artifact: bool
    batch_sizes: list[str]
    max_failures: int
    verify: bool
    health_check: str
    undo_file: str
    region: str
    check_mode: bool
    retries: int
    delay: int


def request_of(variables: Variables, is_file: Callable[[str], bool]) -> Request:
    """The request, with all errors in the variables or an empty text."""
    names = variables.names
    selection = {name: variables.selection[name] for name in names.selecting if variables.selection.get(name)}
    if not selection and variables.allow_empty:
        selection = {f"{names.role}_instance_ids": []}
    tasks = _tasks(variables, selection)
    sizes = list(variables.batch_sizes)
    return {
        "error": "\n".join(filter(None, _errors(variables, list(selection), tasks, is_file))),
        "role": names.role,
        "tasks": tasks,
        "instances": {option: selection[name] for name, option in names.instance_options.items() if name in selection},
        "launch": {option: selection[name] for name, option in names.launch_options.items() if name in selection},
        "sets_artifact": tasks == AT_ONCE and names.manifest not in selection,
        "batch_sizes": sizes if sizes or not names.always_in_batches else ONE_BATCH,
        "max_failures": variables.max_failures,
        "verify": variables.verify,
        "health_check": variables.health_check,
        "undo_file": variables.undo_file,
        "region": variables.region,
        "check_mode": variables.check_mode,
        "retries": max(variables.wait_timeout // DELAY, 1),
        "delay": min(variables.wait_timeout, DELAY),
    }


def _tasks(variables: Variables, selection: Mapping[str, Any]) -> str:
    """The task file of the role.  An undo needs neither batches nor a manifest."""
    if variables.names.manifest in selection:
        return AT_ONCE
    if variables.batch_sizes or variables.names.always_in_batches:
        return IN_BATCHES
    return RECORDED if variables.undo_file else AT_ONCE


def _errors(variables: Variables, selected: Sequence[str], tasks: str, is_file: Callable[[str], bool]) -> list[str]:
    """Errors in the order in which they are reported; empty where there is none."""
    names = variables.names
    return [
        *variables.errors,
        "" if not selected and (variables.has_empty_list or _has_invalid_selection(variables)) else _selection_error(selected, names),
        _batch_size_error(variables),
        f"{names.role}_max_failures: {variables.max_failures} is negative. Use 0 or a higher number." if variables.max_failures < 0 else "",
        "" if tasks == IN_BATCHES or names.manifest in selected else _without_batches_error(variables),
        _health_check_error(variables, is_file),
        _undo_file_error(variables),
    ]


def _has_invalid_selection(variables: Variables) -> bool:
    """Whether something that should select has an error, so that it is not missing."""
    return any(error.startswith(tuple(f"{name}:" for name in variables.names.selecting)) for error in variables.errors)


def _selection_error(selected: Sequence[str], names: Names) -> str:
    if not selected:
        return f"Nothing is selected. Set at least one of {', '.join(names.selecting)}."
    if len(selected) > 1 and set(selected) & set(names.exclusive):
        exclusive = " and ".join(names.exclusive)
        return f"{', '.join(selected)}: can't be combined. {exclusive} can't be used with any other selection: use separate runs."
    ids_and_filters = [f"{names.role}_instance_ids", f"{names.role}_filters"]
    if set(ids_and_filters) <= set(selected):
        return f"{', '.join(ids_and_filters)}: can't be combined. Use either ids, or filters that match all of the instances."
    return ""


def _batch_size_error(variables: Variables) -> str:
    try:
        batches([], variables.batch_sizes or ONE_BATCH)
    except ValueError as error:
        return f"{variables.names.role}_batches: {error} An example is 1,10%,50%."
    return ""


def _without_batches_error(variables: Variables) -> str:
    role = variables.names.role
    given = ((f"{role}_max_failures", variables.max_failures > 0), (f"{role}_health_check", variables.health_check))
    names = [name for name, is_set in given if is_set]
    return f"{', '.join(names)}: works only in batches. Set {role}_batches too; 100% is all instances in one batch." if names else ""


def _health_check_error(variables: Variables, is_file: Callable[[str], bool]) -> str:
    path = variables.health_check
    if not path or is_file(path):
        return ""
    name = f"{variables.names.role}_health_check"
    return f"{name}: {path} does not exist. Give the path of a file with tasks. A relative path starts at the playbook's directory."


def _undo_file_error(variables: Variables) -> str:
    path = variables.undo_file
    if not path or path.startswith("/"):
        return ""
    return f"{variables.names.role}_undo_file: {path!r} must be an absolute path. It starts with / or ~."
