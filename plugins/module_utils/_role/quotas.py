# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What IAM allows a role to have, and how much of it a role uses.  Pure.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Mapping

from .._common.errors import OptionError
from .._policy.document import policy_size


@dataclass(frozen=True)
class Quotas:
    """An account's quotas for one role: attached managed policies, and sizes in characters without white space."""

    attached: int
    trust_size: int
    inline_size: int


@dataclass(frozen=True)
class Usage:
    """How much of them a role uses, in the same units."""

    attached: int
    trust_size: int
    inline_size: int


# What every account has at least.  An account may have more, which is only asked for where these are not enough.
DEFAULT_QUOTAS = Quotas(attached=10, trust_size=2048, inline_size=10240)
# Where nobody knows them: then it is AWS that refuses what is too much.
UNKNOWN_QUOTAS = Quotas(*[10**9] * 3)


def quotas_of(summary: Mapping[str, int]) -> Quotas:
    """The quotas out of the SummaryMap of GetAccountSummary."""
    return Quotas(
        attached=summary.get("AttachedPoliciesPerRoleQuota", DEFAULT_QUOTAS.attached),
        trust_size=summary.get("AssumeRolePolicySizeQuota", DEFAULT_QUOTAS.trust_size),
        inline_size=summary.get("RolePolicySizeQuota", DEFAULT_QUOTAS.inline_size),
    )


def usage(trust_policy: Mapping, attached: Mapping, inline: Mapping[str, Mapping]) -> Usage:
    """What a role with these policies uses."""
    return Usage(len(attached), policy_size(trust_policy), sum(policy_size(each) for each in inline.values()))


def exceeds(used: Usage, quotas: Quotas) -> bool:
    """Whether it is more than the quotas allow."""
    return (
        used.attached > quotas.attached
        or used.trust_size > quotas.trust_size
        or used.inline_size > quotas.inline_size
    )


def check_quotas(used: Usage, quotas: Quotas) -> None:
    """Raises OptionError where it is more than the quotas allow, with the numbers."""
    checks = (
        ("managed_policies", used.attached, quotas.attached, "policies would be attached", "AttachedPoliciesPerRole"),
        ("assume_role_policy_document", used.trust_size, quotas.trust_size, "characters", "AssumeRolePolicySize"),
        ("inline_policies", used.inline_size, quotas.inline_size, "characters all together", "RolePolicySize"),
    )
    for option, count, quota, unit, name in checks:
        if count > quota:
            raise OptionError(
                option,
                f"{count} {unit}, and the account's quota is {quota} ({name}Quota).",
                "Use less, or put more into fewer managed policies, or ask AWS for a higher quota if it has one.",
            )
