# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What instances lose with another instance profile: reading the policies of the roles, and telling it.

Only where on_loss asks for it, because it takes a few calls for each role.
"""

from __future__ import annotations

from typing import Iterable, Optional

from .._aws.calls import each_in_parallel
from .._aws.iam import Iam
from .._policy.permission_diff import LostPermission, lost_permissions
from .._policy.service_reference import load_reference
from .._values.permissions import Permissions
from .row import Pair

WORKERS = 4  # roles side by side


def read_lost_permissions(iam: Iam, pairs: Iterable[Optional[Pair]]) -> dict[Pair, tuple[LostPermission, ...]]:
    """What goes with each pair of instance profiles: the one that is there and the one to come."""
    known = sorted({pair for pair in pairs if pair}, key=str)
    names = sorted({name for pair in known for name in pair if name})
    permissions = dict(zip(names, each_in_parallel(lambda name: _permissions(iam, name), names, WORKERS)))
    nothing = Permissions()
    return {(old, new): tuple(lost_permissions(permissions[old], permissions[new] if new else nothing, load_reference())) for old, new in known}


def _permissions(iam: Iam, profile_name: str) -> Permissions:
    """What the role in the profile may do; nothing where the profile is gone or empty."""
    found = iam.instance_profiles.find(profile_name)
    return iam.permissions_of(found.roles[0]) if found and found.roles else Permissions()
