# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What IAM allows a role to have.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
"""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Quotas:
    """An account's quotas for one role: attached managed policies, and sizes in characters without white space.

    Those that are not known are what every account has: calls are put in order by them, and nothing is refused.
    """

    attached: int
    trust_size: int
    inline_size: int
    is_known: bool = True


# What every account has at least.  An account may have more, which is only asked for where these are not enough.
DEFAULT_QUOTAS = Quotas(attached=10, trust_size=2048, inline_size=10240)
# Where reading them is not allowed: then it is AWS that refuses what is too much.
UNKNOWN_QUOTAS = replace(DEFAULT_QUOTAS, is_known=False)
