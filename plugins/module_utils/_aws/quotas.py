# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gateway to an account's IAM quotas."""

from __future__ import annotations

from typing import Any, Mapping

from .._common.errors import ACCESS_DENIED, AwsError
from .._values.quotas import DEFAULT_QUOTAS, UNKNOWN_QUOTAS, Quotas
from .calls import read


def read_quotas(client: Any) -> Quotas:
    """The account's quotas for a role; UNKNOWN_QUOTAS, which reject nothing, if reading them is not allowed."""
    try:
        return quotas_in(read(client, "iam:GetAccountSummary", "*", "read the account's quotas")["SummaryMap"])
    except AwsError as error:
        if error.code in ACCESS_DENIED:
            return UNKNOWN_QUOTAS
        raise


def quotas_in(summary: Mapping[str, int]) -> Quotas:
    """Converts the SummaryMap of GetAccountSummary."""
    return Quotas(
        attached=summary.get("AttachedPoliciesPerRoleQuota", DEFAULT_QUOTAS.attached),
        trust_size=summary.get("AssumeRolePolicySizeQuota", DEFAULT_QUOTAS.trust_size),
        inline_size=summary.get("RolePolicySizeQuota", DEFAULT_QUOTAS.inline_size),
    )
