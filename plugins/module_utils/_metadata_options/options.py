# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks the options of instance_metadata_options, as far as that needs no AWS call.  Pure."""

from __future__ import annotations

from typing import Any, Mapping, Optional

from .._common.errors import OptionError
from .._common.filters import aws_filters
from .._common.limits import check_max_concurrency, check_waits
from .._common.origin import AS_RETURNED, check_form
from .._instances.options import EVERY_INSTANCE, check_instance_ids
from .._launch.options import KINDS, check_launch_undo, check_names
from .._launch.spec import LaunchSpec
from .._values.metadata_options import AWS_NAMES, CHOICES, HOP_LIMITS, Value
from .._values.metadata_use import MAX_DAYS
from .row import Rules
from .spec import MetadataSpec
from .wanted import WantedOptions

LAUNCH_KINDS = KINDS - {"instances"}
HOP_LIMIT = "http_put_response_hop_limit"


def metadata_spec(options: Mapping[str, Any]) -> MetadataSpec:
    """The spec for the options of the module.  Raises OptionError for invalid options."""
    check_max_concurrency(options["max_concurrency"])
    check_waits(options)
    if not 1 <= options["unused_days"] <= MAX_DAYS:
        raise OptionError("unused_days", f"is {options['unused_days']}.", f"Give 1 to {MAX_DAYS}, the days that CloudWatch keeps.")
    check_names(options)
    values = _values(options)
    return MetadataSpec(
        instances=_instances(options, values),
        filters=aws_filters(options["filters"], EVERY_INSTANCE),
        values=values,
        rules=Rules(named=options["filters"] is None, include_managed=options["include_managed"], on_use=options["on_use"]),
        unused_days=options["unused_days"],
        wait=options["wait"],
        wait_timeout=options["wait_timeout"],
        undo=options["undo"],
        launch=_launch(options, values),
    )


def _launch(options: Mapping[str, Any], values: Mapping[str, Value]) -> Optional[LaunchSpec]:
    """What is wanted of launch templates and groups.  The running instances of groups are selected by themselves."""
    common = {"members": False, "include_managed": options["include_managed"]}
    undo = options["undo"]
    if undo is not None:
        former = {key: value for key, value in undo.items() if key != "instances"}
        return LaunchSpec(undo=former, **common) if any(undo.get(key) for key in LAUNCH_KINDS) else None
    groups, templates = (tuple(dict.fromkeys(options[name] or ())) for name in ("auto_scaling_groups", "launch_templates"))
    if not groups and not templates:
        return None
    return LaunchSpec(groups=groups, templates=templates, wanted=WantedOptions(values), **common)


def _values(options: Mapping[str, Any]) -> dict[str, Value]:
    values = {name: options[name] for name in AWS_NAMES if options[name] is not None}
    if HOP_LIMIT in values:
        _check_hop_limit(HOP_LIMIT, values[HOP_LIMIT])
    given = ", ".join(values)
    if options["undo"] is not None:
        if values:
            raise OptionError("undo", f"can't be combined with {given}.", "It contains the options to restore.")
    elif not values:
        raise OptionError("http_tokens", "is missing, and so are all other metadata options.", f"Give at least one of {', '.join(AWS_NAMES)}.")
    return values


def _check_hop_limit(option: str, given: Any) -> None:
    if isinstance(given, bool) or not isinstance(given, int) or given not in HOP_LIMITS:
        raise OptionError(option, f"{given!r} is not a hop limit.", f"Give a number from {HOP_LIMITS[0]} to {HOP_LIMITS[-1]}.")


def _instances(options: Mapping[str, Any], values: Mapping[str, Value]) -> dict[str, Mapping[str, Value]]:
    if options["undo"] is None:
        check_instance_ids("instance_ids", options["instance_ids"] or ())
        return dict.fromkeys(options["instance_ids"] or (), values)
    check_form("undo", options["undo"], KINDS)
    check_launch_undo(options["undo"])
    instances = {str(key): value for key, value in (options["undo"].get("instances") or {}).items()}
    check_instance_ids("undo.instances", instances)
    for key, former in instances.items():
        _check_former(f"undo.instances[{key}]", former)
    return instances


def _check_former(option: str, former: Any) -> None:
    if not isinstance(former, Mapping) or not former or not set(former) <= set(AWS_NAMES):
        raise OptionError(option, "has an unexpected form.", AS_RETURNED)
    for name, value in former.items():
        if name == HOP_LIMIT:
            _check_hop_limit(f"{option}.{name}", value)
        elif value not in CHOICES[name]:
            raise OptionError(f"{option}.{name}", f"{value!r} is not a value of it.", f"It can be {' or '.join(CHOICES[name])}.")
