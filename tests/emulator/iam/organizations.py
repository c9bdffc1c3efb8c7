# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Organizations: who is in none gets no empty list, as from moto."""

from __future__ import annotations

from typing import Any

from moto.organizations.exceptions import AWSOrganizationsNotInUseException
from moto.organizations.models import OrganizationsBackend


def patch_list_accounts() -> None:
    """The list is the management account's, and there is none without an organization."""
    original = OrganizationsBackend.list_accounts

    def list_accounts(self: Any, *args: Any, **kwargs: Any) -> Any:
        if self.org is None:
            raise AWSOrganizationsNotInUseException
        return original(self, *args, **kwargs)

    OrganizationsBackend.list_accounts = list_accounts
