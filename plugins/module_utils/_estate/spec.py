# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which accounts and regions to read.  Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional


@dataclass(frozen=True)
class EstateSpec:
    """The roles to assume, one per account, and whether to read the account of the credentials (``own``).

    ``organization_role``, a role's path and name, stands for that role in each account of the organization.  ``regions`` None
    stands for all enabled regions.
    """

    role_arns: tuple[str, ...]
    own: bool
    organization_role: Optional[str] = None
    external_id: Optional[str] = None
    regions: Optional[tuple[str, ...]] = None
