# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of launch_profile_attach, checked as far as possible without calling AWS.  Pure."""

from __future__ import annotations

from typing import Any, Mapping, Optional

from .._common.errors import OptionError
from .._common.filters import aws_filters
from .._common.limits import check_max_concurrency, check_waits
from .._common.origin import AS_RETURNED, check_form
from .._values.instance_profile import profile_name
from .changes import CONFIGS, CONFIGURATION_CREATED, CONFIGURATION_NAME, SETTINGS, TAGS, TARGET_GROUPS
from .spec import LaunchSpec


def launch_spec(options: Mapping[str, Any]) -> LaunchSpec:
    """The spec from the options.  Raises OptionError."""
    check_waits(options)
    if options["undo"] is not None:
        check_form("undo", options["undo"], KINDS)
        check_launch_undo(options["undo"])
        return LaunchSpec(undo=options["undo"], wait=options["wait"], wait_timeout=options["wait_timeout"])
    _check(options)
    given, present = options["instance_profile"], options["state"] == "present"
    return LaunchSpec(
        groups=tuple(dict.fromkeys(options["auto_scaling_groups"] or ())),
        filters=group_filters(options["filters"]),
        templates=tuple(dict.fromkeys(options["launch_templates"] or ())),
        profile=given if present else None,
        only=None if present or given is None else profile_name("instance_profile", given),
        on_conflict=options["on_conflict"],
        on_loss=options["on_loss"],
        members=options["members"],
        include_managed=options["include_managed"],
        convert=options["convert_launch_configurations"],
        wait=options["wait"],
        wait_timeout=options["wait_timeout"],
    )


def _check(options: Mapping[str, Any]) -> None:
    given = options["instance_profile"]
    if given is not None:
        profile_name("instance_profile", given)
    elif options["state"] == "present":
        raise OptionError("instance_profile", "is missing.", "Name the instance profile to launch with.")
    check_names(options)
    check_max_concurrency(options["max_concurrency"])


def check_names(options: Mapping[str, Any]) -> None:
    """Raises OptionError if a group or template has an empty name."""
    for option in ("auto_scaling_groups", "launch_templates"):
        if any(not each for each in options[option] or ()):
            raise OptionError(option, "has an empty name.", "Use names, or ids of launch templates.")


def group_filters(filters: Optional[Mapping[str, Any]]) -> Optional[list[dict[str, Any]]]:
    """The filters for boto3.  Raises OptionError for an empty option, and for filters that Auto Scaling does not have."""
    for name in filters or ():
        if name not in ("tag-key", "tag-value") and not name.startswith("tag:"):
            raise OptionError(f"filters[{name}]", "is not a filter of Auto Scaling.", "Use tag:<key>, tag-key or tag-value.")
    return aws_filters(filters, OptionError("filters", "is empty and would match every group.", "Give at least one filter."))


KINDS = frozenset({"launch_templates", "auto_scaling_groups", "fleets", "instances"})
SOURCES = frozenset({"LaunchTemplate", "MixedInstancesPolicy", CONFIGURATION_NAME})


def check_launch_undo(undo: Mapping[str, Any]) -> None:
    """Raises OptionError unless each launch source in the undo value has the form in which a run returns it."""
    for key, versions in (undo.get("launch_templates") or {}).items():
        if not isinstance(versions, Mapping) or not all(str(versions.get(name, "")).isdigit() for name in ("default_version", "latest_version")):
            raise OptionError(f"undo.launch_templates[{key}]", "has an unexpected form.", AS_RETURNED)
    for name, former in (undo.get("auto_scaling_groups") or {}).items():
        if not isinstance(former, Mapping) or not _is_former_group(former):
            raise OptionError(f"undo.auto_scaling_groups[{name}]", "has an unexpected form.", AS_RETURNED)
    for name, source in (undo.get("fleets") or {}).items():
        if not isinstance(source, Mapping) or set(source) != {CONFIGS} or not isinstance(source[CONFIGS], list):
            raise OptionError(f"undo.fleets[{name}]", "has an unexpected form.", AS_RETURNED)


def _is_former_group(former: Mapping[str, Any]) -> bool:
    """Whether the entry has what a group launched from, or settings, or both."""
    sources, tags = SOURCES.intersection(former), former.get(TAGS, {})
    known = {*sources, *SETTINGS, *([CONFIGURATION_CREATED] if CONFIGURATION_NAME in sources else [])}
    if not former or len(sources) > 1 or not former.keys() <= known or not isinstance(tags, Mapping):
        return False
    return isinstance(former.get(TARGET_GROUPS, []), list) and all(each is None or _is_tag(each) for each in tags.values())


def _is_tag(tag: Any) -> bool:
    return isinstance(tag, Mapping) and set(tag) == {"Key", "Value", "PropagateAtLaunch"}
