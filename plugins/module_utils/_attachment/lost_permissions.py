# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the policies of the roles in instance profiles, and finds lost permissions.

Only if on_loss needs it, because it takes several calls for each role.
"""

from __future__ import annotations

from typing import Iterable, Optional

from .._aws.iam import Iam
from .._aws.parallel import each_in_parallel
from .._policy.permission_diff import LostPermission, lost_permissions
from .._policy.service_reference import load_reference
from .._values.permissions import Permissions
from .row import ProfileChange

WORKERS = 4  # roles in parallel


def read_lost_permissions(iam: Iam, changes: Iterable[Optional[ProfileChange]]) -> dict[ProfileChange, tuple[LostPermission, ...]]:
    """The lost permissions of each change of profiles."""
    known = sorted({change for change in changes if change}, key=str)
    names = sorted({name for change in known for name in change if name})
    permissions = dict(zip(names, each_in_parallel(lambda name: _permissions(iam, name), names, WORKERS)))
    nothing = Permissions()
    return {(old, new): tuple(lost_permissions(permissions[old], permissions[new] if new else nothing, load_reference())) for old, new in known}


def _permissions(iam: Iam, profile_name: str) -> Permissions:
    """The permissions of the role in the profile; none if the profile does not exist or is empty."""
    found = iam.instance_profiles.find(profile_name)
    return iam.permissions_of(found.roles[0]) if found and found.roles else Permissions()
