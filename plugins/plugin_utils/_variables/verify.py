# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The variables of the role verify, checked before the first module runs.  Pure."""

from __future__ import annotations

from typing import Any, Mapping

from ansible_collections.keyless.ec2.plugins.module_utils._common.limits import MAX_SECONDS

from .checks import errors_of, no_spaces_alone, number, role_name, some, texts


def verify_errors(values: Mapping[str, Any]) -> list[str]:
    """An error for each invalid value; ``values`` are those of the role's variables, without the prefix and converted."""
    return errors_of(
        [
            role_name("verify_expected_role", values["expected_role"]),
            number("verify_wait_timeout", values["wait_timeout"], 0, MAX_SECONDS),
            texts("verify_tolerated", values["tolerated"]),
            some("verify_actions", values["actions"]),
            *no_spaces_alone("verify", values, ("expected_role", "aws_endpoint", "endpoint")),
        ]
    )
