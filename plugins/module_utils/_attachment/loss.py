# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What instances lose with another instance profile: reading the policies of the roles, and telling it.

Only where on_loss asks for it, because it takes a few calls for each role.
"""

from __future__ import annotations

from typing import Iterable

from .._aws.calls import each_in_parallel
from .._aws.iam import Iam
from .._common.identifiers import name_in_arn
from .._policy.losses import Loss, losses
from .._policy.reference import reference
from .._values.permissions import Permissions
from .row import Pair, Row

WORKERS = 4  # roles side by side


def read_losses(iam: Iam, rows: Iterable[Row]) -> dict[Pair, tuple[Loss, ...]]:
    """What goes with each pair of instance profiles in the rows, as ARNs: the one that is there and the one to come."""
    pairs = sorted({row.pair for row in rows if row.pair}, key=str)
    arns = sorted({arn for pair in pairs for arn in pair if arn})
    permissions = dict(zip(arns, each_in_parallel(lambda arn: _permissions(iam, arn), arns, WORKERS)))
    nothing = Permissions()
    return {
        (old, new): tuple(losses(permissions[old], permissions.get(new, nothing), reference())) for old, new in pairs
    }


def _permissions(iam: Iam, profile_arn: str) -> Permissions:
    """What the role in the profile may do; nothing where the profile is gone or empty."""
    found = iam.instance_profiles.find(name_in_arn(profile_arn))
    return iam.permissions_of(found.roles[0]) if found and found.roles else Permissions()
