# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The variables of the role retire, checked before the first call.  Pure."""

from __future__ import annotations

import re
from typing import Any, Mapping

from .checks import errors_of, no_spaces_alone, number, pattern, regions, required, role_name

POLICY_NAME = re.compile(r"[\w+=,.@-]{1,128}", re.ASCII)  # https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicy.html

MAX_DAYS = 36_500  # a hundred years


def retire_errors(values: Mapping[str, Any]) -> list[str]:
    """An error for each invalid value; ``values`` are those of the role's variables, without the prefix, and converted ``searched`` regions."""
    return errors_of(
        [
            required("retire_role_name", values["role_name"]),
            role_name("retire_role_name", values["role_name"]),
            number("retire_after_days", values["after_days"], 0, MAX_DAYS),
            pattern("retire_quarantine_policy", values["quarantine_policy"], POLICY_NAME, "Give the name of a policy of the account, not its ARN."),
            *no_spaces_alone("retire", values, ("quarantine_policy",)),
            regions("retire_regions", values["regions"], values["searched"]),
        ]
    )
