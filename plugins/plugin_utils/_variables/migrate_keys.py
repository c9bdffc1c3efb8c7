# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The variables of the role migrate_keys, checked before the first module runs, by their own names.  Pure."""

from __future__ import annotations

from typing import Any, Mapping

from ansible_collections.keyless.ec2.plugins.module_utils._access_key.options import MAX_DAYS
from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import OptionError
from ansible_collections.keyless.ec2.plugins.module_utils._common.identifiers import ROLE_NAME
from ansible_collections.keyless.ec2.plugins.module_utils._common.limits import MAX_SECONDS
from ansible_collections.keyless.ec2.plugins.module_utils._static_credentials.options import MAX_FILE_SIZE, check_scan

from .checks import Check, errors_of, no_spaces_alone, number, pattern, profile, some, texts

SCANNED = {"max_file_size": 1, "timeout": 1, "paths": (), "exclude": ()}  # valid options of the scan


def migration_errors(values: Mapping[str, Any]) -> list[str]:
    """An error for each invalid value; ``values`` are those of the role's variables, without the prefix."""
    return errors_of(
        [
            profile("migrate_keys_instance_profile", values["instance_profile"]),
            pattern("migrate_keys_expected_role", values["expected_role"], ROLE_NAME, "Give the name of a role without its path."),
            number("migrate_keys_wait_timeout", values["wait_timeout"], 0, MAX_SECONDS),
            number("migrate_keys_scan_timeout", values["scan_timeout"], 1, MAX_SECONDS),
            number("migrate_keys_max_file_size", values["max_file_size"], 1, MAX_FILE_SIZE),
            number("migrate_keys_usage_days", values["usage_days"], 1, MAX_DAYS),
            number("migrate_keys_check_retries", values["check_retries"], 0),
            number("migrate_keys_check_delay", values["check_delay"], 0, MAX_SECONDS),
            *(_paths(name, values[name]) for name in ("paths", "exclude")),
            *no_spaces_alone("migrate_keys", values, ("instance_profile", "expected_role", "endpoint", "root", "restart", "check")),
            # true is refused with the keys of the host.
            *([some("migrate_keys_deactivate", values["deactivate"])] if isinstance(values["deactivate"], (list, tuple)) else []),
        ]
    )


def _paths(name: str, value: Any) -> Check:
    """Paths as static_credentials_info takes them."""
    variable = f"migrate_keys_{name}"

    def check() -> None:
        texts(variable, value)()
        try:
            check_scan({**SCANNED, name: value})
        except OptionError as error:
            raise OptionError(variable, str(error).partition(": ")[2], "") from None

    return check
