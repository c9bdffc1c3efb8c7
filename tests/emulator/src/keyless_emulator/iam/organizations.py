# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Organizations: without one there is no list of accounts, accounts have a state instead of a status, and some are closed."""

from __future__ import annotations

from typing import Any

from moto.organizations.exceptions import AWSOrganizationsNotInUseException
from moto.organizations.models import OrganizationsBackend, organizations_backends

CLOSED = "SUSPENDED"


def patch_list_accounts() -> None:
    """Lists accounts only for the management account of an organization.

    AWS has retired Status: https://docs.aws.amazon.com/organizations/latest/APIReference/API_Account.html
    """
    original = OrganizationsBackend.list_accounts

    def list_accounts(self: Any, *args: Any, **kwargs: Any) -> Any:
        if self.org is None:
            raise AWSOrganizationsNotInUseException
        accounts, token = original(self, *args, **kwargs)
        for each in accounts:
            del each["Status"]
        return accounts, token

    OrganizationsBackend.list_accounts = list_accounts


def is_closed(account_id: str) -> bool:
    """Tells whether the account was closed by its organization. Nobody can do anything in it then."""
    found = organizations_backends.master_accounts.get(account_id)
    if found is None:
        return False
    management, partition = found
    members = organizations_backends[management][partition].accounts
    return any(each.id == account_id and each.state == CLOSED for each in members)
