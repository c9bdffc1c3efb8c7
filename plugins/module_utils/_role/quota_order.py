# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The calls that have to make room in IAM's quotas before anything can be added.  Pure."""

from __future__ import annotations

from typing import Optional, Sequence

from .._common.change import Change
from .._values.quotas import Quotas
from .._values.role import Role
from .quotas import peak_usage, shrinkages


def making_room(before: Optional[Role], after: Role, changes: Sequence[Change], quotas: Quotas) -> list[Change]:
    """Those of the calls that come first, no more than are needed; none where everything fits before anything goes."""
    if before is None:
        return []
    peak = peak_usage(before, after.trust_policy, after.managed_policies, after.inline_policies)
    detachments = [change for change in changes if change.operation == "DetachRolePolicy"]
    making = detachments[: max(0, peak.attached - quotas.attached)]
    by_policy = {change.parameters["PolicyName"]: change for change in changes if "PolicyName" in change.parameters}
    too_much = peak.inline_size - quotas.inline_size
    for name, size in shrinkages(before.inline_policies, after.inline_policies).items():
        if too_much <= 0:
            break
        making.append(by_policy[name])
        too_much -= size
    return making
