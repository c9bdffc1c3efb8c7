# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the variables of the role attach select, and whether they are valid.  Pure."""

from __future__ import annotations

from typing import Any, Callable, Mapping, NamedTuple, Sequence, TypedDict

from ...module_utils._common.batches import batches

# The option of instance_profile_attach or launch_profile_attach for each variable that selects something
INSTANCE_OPTIONS = {"attach_instance_ids": "instance_ids", "attach_filters": "filters", "attach_attachments": "attachments"}
LAUNCH_OPTIONS = {
    "attach_auto_scaling_groups": "auto_scaling_groups",
    "attach_auto_scaling_group_filters": "filters",
    "attach_launch_templates": "launch_templates",
    "attach_undo": "undo",
}
SELECTING = (*INSTANCE_OPTIONS, *LAUNCH_OPTIONS)
# Each of these has the instance profile of every resource, so nothing can be added to it.
EXCLUSIVE = ("attach_attachments", "attach_undo")
DELAY = 5  # seconds between two questions to a host
AT_ONCE, RECORDED, IN_BATCHES = "at_once.yml", "recorded.yml", "in_batches.yml"


class Variables(NamedTuple):
    """The role's variables, converted.  Paths are absolute, or empty if not given."""

    selection: Mapping[str, Any]  # by the names in SELECTING
    batch_sizes: Sequence[str] = ()
    max_failures: int = 0
    verify: bool = True
    health_check: str = ""
    undo_file: str = ""
    region: str = ""
    wait_timeout: int = 300  # seconds


class Request(TypedDict):
    """What the role does.

    ``instances`` and ``launch`` are the options that select resources for the two modules.  ``retries`` and ``delay``, in seconds, say
    how often a host is asked again.
    """

    error: str
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
    retries: int
    delay: int


def request_of(variables: Variables, is_file: Callable[[str], bool]) -> Request:
    """The request, with the first error in the variables or an empty one."""
    selection = {name: variables.selection[name] for name in SELECTING if variables.selection.get(name)}
    tasks = _tasks(variables, selection)
    return {
        "error": next(filter(None, _errors(variables, list(selection), is_file)), ""),
        "tasks": tasks,
        "instances": {option: selection[name] for name, option in INSTANCE_OPTIONS.items() if name in selection},
        "launch": {option: selection[name] for name, option in LAUNCH_OPTIONS.items() if name in selection},
        "sets_artifact": tasks == AT_ONCE and "attach_undo" not in selection,
        "batch_sizes": list(variables.batch_sizes),
        "max_failures": variables.max_failures,
        "verify": variables.verify,
        "health_check": variables.health_check,
        "undo_file": variables.undo_file,
        "region": variables.region,
        "retries": max(variables.wait_timeout // DELAY, 1),
        "delay": min(variables.wait_timeout, DELAY),
    }


def _tasks(variables: Variables, selection: Mapping[str, Any]) -> str:
    """The task file of the role.  An undo needs neither batches nor a manifest."""
    if "attach_undo" in selection:
        return AT_ONCE
    if variables.batch_sizes:
        return IN_BATCHES
    return RECORDED if variables.undo_file else AT_ONCE


def _errors(variables: Variables, selected: Sequence[str], is_file: Callable[[str], bool]) -> list[str]:
    """Errors in the order in which they are reported; empty where there is none."""
    return [
        _selection_error(selected),
        _batch_size_error(variables.batch_sizes),
        f"attach_max_failures: {variables.max_failures} is negative. Use 0 or a higher number." if variables.max_failures < 0 else "",
        "" if variables.batch_sizes or "attach_undo" in selected else _without_batches_error(variables),
        _health_check_error(variables.health_check, is_file),
        _undo_file_error(variables.undo_file),
    ]


def _selection_error(selected: Sequence[str]) -> str:
    if not selected:
        return f"Nothing is selected. Set at least one of {', '.join(SELECTING)}."
    if len(selected) > 1 and set(selected) & set(EXCLUSIVE):
        return f"{', '.join(selected)}: can't be combined. {' and '.join(EXCLUSIVE)} can't be used with any other selection: use separate runs."
    if {"attach_instance_ids", "attach_filters"} <= set(selected):
        return "attach_instance_ids, attach_filters: can't be combined. Use either ids, or filters that match all of the instances."
    return ""


def _batch_size_error(sizes: Sequence[str]) -> str:
    try:
        batches([], sizes or ["100%"])
    except ValueError as error:
        return f"attach_batches: {error} An example is 1,10%,50%."
    return ""


def _without_batches_error(variables: Variables) -> str:
    given = (("attach_max_failures", variables.max_failures > 0), ("attach_health_check", variables.health_check))
    names = [name for name, is_set in given if is_set]
    return f"{', '.join(names)}: works only in batches. Set attach_batches too; 100% is all instances in one batch." if names else ""


def _health_check_error(path: str, is_file: Callable[[str], bool]) -> str:
    if not path or is_file(path):
        return ""
    return f"attach_health_check: {path} does not exist. Give the path of a file with tasks. A relative path starts at the playbook's directory."


def _undo_file_error(path: str) -> str:
    if not path or path.startswith("/"):
        return ""
    return f"attach_undo_file: {path!r} must be an absolute path. It starts with / or ~."
