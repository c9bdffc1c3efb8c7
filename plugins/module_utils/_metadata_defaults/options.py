# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks the options of instance_metadata_defaults without calling AWS.  Pure."""

from __future__ import annotations

from typing import Any, Mapping

from .._common.errors import OptionError
from .._common.limits import check_max_concurrency
from .._common.origin import check_form
from .._common.region_names import check_regions
from .spec import DefaultsSpec

NO_PREFERENCE, NO_HOP_LIMIT = "no-preference", -1
SWITCH = ("enabled", "disabled", NO_PREFERENCE)
HOP_LIMIT = "http_put_response_hop_limit"
CHOICES = {
    "http_tokens": ("optional", "required", NO_PREFERENCE),
    "http_endpoint": SWITCH,
    "instance_metadata_tags": SWITCH,
    "http_tokens_enforced": SWITCH,
}
NAMES = (*CHOICES, HOP_LIMIT)
REGIONS = "regions"  # of an undo value


def defaults_spec(options: Mapping[str, Any]) -> DefaultsSpec:
    """Checks and converts the module's options.  Raises OptionError."""
    check_max_concurrency(options["max_concurrency"])
    if options["undo"] is not None:
        return DefaultsSpec(undo=options["undo"], restored=_restored(options["undo"]), on_refused_launches=options["on_refused_launches"])
    wanted = {name: options[name] for name in NAMES if options[name] is not None}
    _check(wanted)
    check_regions("regions", options["regions"])
    regions = None if options["regions"] is None else tuple(dict.fromkeys(options["regions"]))
    return DefaultsSpec(wanted, regions, on_refused_launches=options["on_refused_launches"])


def _restored(undo: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    check_form("undo", undo, frozenset({REGIONS}))
    restored: Mapping[str, Any] = undo.get(REGIONS) or {}
    check_regions("undo.regions", list(restored) or None)
    for region, values in restored.items():
        option = f"undo.regions[{region}]"
        if not isinstance(values, Mapping) or not set(values) <= set(NAMES):
            raise OptionError(option, f"is not a dictionary of {', '.join(NAMES)}.", "Pass the return value undo of an earlier run unchanged.")
        _check(values, f"{option}.")
    return {region: dict(values) for region, values in restored.items()}


def _check(values: Mapping[str, Any], prefix: str = "") -> None:
    for name, value in values.items():
        if name == HOP_LIMIT and not _is_hop_limit(value):
            raise OptionError(f"{prefix}{name}", f"{value!r} is not a hop limit.", f"Use 1 to 64, or {NO_HOP_LIMIT} for no default.")
        if name != HOP_LIMIT and value not in CHOICES[name]:
            raise OptionError(f"{prefix}{name}", f"{value!r} is not a valid value.", f"Use one of {', '.join(CHOICES[name])}.")


def _is_hop_limit(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and (value == NO_HOP_LIMIT or 1 <= value <= 64)
