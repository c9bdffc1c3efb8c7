# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The removals that must come before additions, because IAM's quotas do not allow both at once.  Pure."""

from __future__ import annotations

from typing import Optional, Sequence

from .._common.change import Change
from .._values.quotas import Quotas
from .._values.role import Role
from .quotas import peak_usage, shrinkage


def early_removals(before: Optional[Role], after: Role, changes: Sequence[Change], quotas: Quotas) -> list[Change]:
    """As few of the calls as possible; none if everything that is added fits before anything is removed."""
    if before is None:
        return []
    peak = peak_usage(before, after.trust_policy, after.managed_policies, after.inline_policies)
    detachments = [change for change in changes if change.operation == "DetachRolePolicy"]
    early = detachments[: max(0, peak.attached - quotas.attached)]
    by_policy = {change.parameters["PolicyName"]: change for change in changes if "PolicyName" in change.parameters}
    excess = peak.inline_size - quotas.inline_size
    for name, size in shrinkage(before.inline_policies, after.inline_policies).items():
        if excess <= 0:
            break
        early.append(by_policy[name])
        excess -= size
    return early
