# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The clients of several accounts and regions."""

from __future__ import annotations

from functools import partial
from typing import Any, Optional

from .._aws.account_details import AccountDetails
from .._aws.accounts import Caller, assume_role, caller, organization_accounts
from .._aws.clients import Session, client_anywhere
from .._aws.ec2 import Ec2
from .._aws.enabled_regions import enabled_regions
from .._aws.region_clients import RegionClients

CONCURRENCY = 8  # parallel calls of one client


class Connections:
    """Creates gateways with the module's connection options and the credentials of a session."""

    def __init__(self, module: Any) -> None:
        self._client = partial(client_anywhere, module, concurrency=CONCURRENCY)

    def caller(self, session: Session) -> Caller:
        """The account that the credentials belong to."""
        return caller(self._client("sts", session=session))

    def organization_accounts(self, session: Session) -> dict[str, str]:
        """The names of the organization's accounts by their ids."""
        return organization_accounts(self._client("organizations", session=session))

    def assume(self, session: Session, role_arn: str, external_id: Optional[str]) -> Session:
        """A session of the role; the call is made and counted in ``session``."""
        return assume_role(self._client("sts", session=session), role_arn, external_id)

    def details(self, session: Session) -> AccountDetails:
        """The gateway to all of the account's IAM."""
        return AccountDetails(self._client("iam", session=session))

    def regions(self, session: Session) -> list[str]:
        """The regions that are enabled for the account."""
        return enabled_regions(lambda region: Ec2(self._client("ec2", region=region, session=session), CONCURRENCY))

    def region(self, session: Session, region: str) -> RegionClients:
        """The gateways of one region."""
        return RegionClients(partial(self._client, region=region, session=session), CONCURRENCY)
