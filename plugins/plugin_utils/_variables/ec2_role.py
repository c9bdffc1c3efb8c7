# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The variables of the role ec2_role, checked as the module checks its options, but each by itself and by its own name.  Pure."""

from __future__ import annotations

from typing import Any, Callable, Mapping, Optional

from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import OptionError
from ansible_collections.keyless.ec2.plugins.module_utils._role.options import role_spec

NAMES = {"assume_role_policy_document": "trust_policy"}  # where the variable has another name than the option
CHECKED = (
    "name",
    "path",
    "description",
    "assume_role_policy_document",
    "managed_policies",
    "inline_policies",
    "permissions_boundary",
    "max_session_duration",
    "tags",
    "instance_profile_name",
)
FLAGS = ("purge_policies", "purge_inline_policies", "purge_tags", "create_instance_profile", "delete_instance_profile", "replace_profile_role")
IF_NOT_EMPTY = ("path", "instance_profile_name")
TEXTS = ("name", "path", "description", "permissions_boundary", "instance_profile_name")
CONVERTED: dict[str, Callable[[Any], Any]] = {**dict.fromkeys(TEXTS, str), "max_session_duration": int}
EXPECTED = {
    "managed_policies": "is not a list. Give names or ARNs of managed policies",
    "inline_policies": "is not a dictionary. Give one of names and policy documents",
    "tags": "is not a dictionary. Give one, for example {team: web}",
    "max_session_duration": "is not a number. Give 3600 to 43200 seconds",
}
OMITTED = {**dict.fromkeys((*CHECKED, *FLAGS, "trusted_entities")), "name": "any"}


def role_errors(options: Mapping[str, Any]) -> list[str]:
    """An error for each invalid variable; ``options`` are those of the module.  None and an empty name are omitted, as the role does it."""
    checked = ("name", "instance_profile_name") if options.get("state") == "absent" else CHECKED
    given = {option: options[option] for option in checked if options.get(option) is not None}
    omitted = {option for option in IF_NOT_EMPTY if given.get(option) == ""}
    return [error for option, value in given.items() if option not in omitted for error in [_error_of(option, value)] if error]


def _error_of(option: str, value: Any) -> Optional[str]:
    variable = f"ec2_role_{NAMES.get(option, option)}"
    try:
        role_spec({**OMITTED, option: CONVERTED.get(option, _same)(value)}, "aws")
    except OptionError as error:
        return f"{variable}{str(error)[len(option) :]}"
    except (AttributeError, TypeError, ValueError):
        return f"{variable}: {value!r} {EXPECTED.get(option, 'does not have the type that is documented')}."
    return None


def _same(value: Any) -> Any:
    return value
