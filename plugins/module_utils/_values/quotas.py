# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What IAM allows a role to have.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Quotas:
    """An account's quotas for one role: attached managed policies, and sizes in characters without white space."""

    attached: int
    trust_size: int
    inline_size: int


# What every account has at least.  An account may have more, which is only asked for where these are not enough.
DEFAULT_QUOTAS = Quotas(attached=10, trust_size=2048, inline_size=10240)
# Where nobody knows them: then it is AWS that refuses what is too much.
UNKNOWN_QUOTAS = Quotas(*[10**9] * 3)
