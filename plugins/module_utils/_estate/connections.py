# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The clients of several accounts and regions."""

from __future__ import annotations

from functools import partial
from typing import Any, Optional

from .._aws.account_details import AccountDetails
from .._aws.accounts import Caller, assumed, caller, organization_accounts
from .._aws.clients import Account, client_anywhere
from .._aws.ec2 import Ec2
from .._aws.region_clients import RegionClients

CALLS = 8  # of one client at a time


class Connections:
    """Makes gateways with the module's connection options; the account says with whose credentials."""

    def __init__(self, module: Any) -> None:
        self._client = partial(client_anywhere, module, concurrency=CALLS)

    def caller(self, account: Account) -> Caller:
        """Whose the credentials are."""
        return caller(self._client("sts", account=account))

    def organization_accounts(self, account: Account) -> dict[str, str]:
        """The names of the organization's accounts by their ids."""
        return organization_accounts(self._client("organizations", account=account))

    def assume(self, account: Account, role_arn: str, external_id: Optional[str]) -> Account:
        """The account of the role; the call is one of ``account``."""
        return assumed(self._client("sts", account=account), role_arn, external_id)

    def details(self, account: Account) -> AccountDetails:
        """IAM of the account."""
        return AccountDetails(self._client("iam", account=account))

    def regions(self, account: Account) -> list[str]:
        """The regions that are enabled for the account."""
        return Ec2(self._client("ec2", account=account), CALLS).list_regions()

    def region(self, account: Account, region: str) -> RegionClients:
        """The gateways of one region."""
        return RegionClients(partial(self._client, region=region, account=account), CALLS)
