# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""IAM's quotas for a role.  Pure.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
"""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Quotas:
    """An account's quotas for one role: attached managed policies, and sizes in characters without white space.

    If they are not known (``is_known`` is false), the default values only determine the order of calls; nothing is rejected.
    """

    attached: int
    trust_size: int
    inline_size: int
    is_known: bool = True


# Every account has at least these.  They are read from AWS only if these are not enough.
DEFAULT_QUOTAS = Quotas(attached=10, trust_size=2048, inline_size=10240)
# If reading them is not allowed, AWS itself rejects what exceeds them.
UNKNOWN_QUOTAS = replace(DEFAULT_QUOTAS, is_known=False)
