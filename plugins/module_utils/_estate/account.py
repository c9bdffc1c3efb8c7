# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads one account: its regions, and all of its IAM."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Mapping, NamedTuple, Optional, Sequence

from .._aws.account_details import DetailedRole, ProfileQuota
from .._aws.calls import in_parallel
from .._aws.clients import Session
from .._common.read_errors import ReadErrors
from .._values.instance_profile import TrustedProfile
from .connections import Connections
from .options import account_of


class AccountTarget(NamedTuple):
    """An account to look at: its id, the organization's name of it, and the role to assume, None where it is our own."""

    account_id: str
    name: Optional[str] = None
    role_arn: Optional[str] = None


def target_of(role_arn: str) -> AccountTarget:
    """The account of the role."""
    return AccountTarget(account_of(role_arn), None, role_arn)


@dataclass(frozen=True)
class AccountData:
    """What there is of an account; None is what could not be read.  ``calls`` are those that opening it took by others."""

    target: AccountTarget
    read_errors: ReadErrors
    account: Optional[Session] = None
    regions: Optional[Sequence[str]] = None
    roles: Optional[Sequence[DetailedRole]] = None
    profiles: Optional[Mapping[str, TrustedProfile]] = None
    quota: Optional[ProfileQuota] = None
    opening: Session = field(default_factory=Session)

    @property
    def calls(self) -> int:
        """How many calls were made for the account so far."""
        return self.opening.calls + (self.account.calls if self.account and self.account is not self.opening else 0)

    @property
    def is_read(self) -> bool:
        """Whether anything that is in it could be read."""
        return any(each is not None for each in (self.roles, self.profiles, self.quota))


def read_account(connections: Connections, target: AccountTarget, own: Session, external_id: Optional[str]) -> AccountData:
    """The account; ``own`` is that of the module's credentials."""
    read_errors = ReadErrors()
    opening = Session() if target.role_arn else own
    account: Optional[Session] = own
    if target.role_arn:
        role_arn = target.role_arn
        account = read_errors.collect(lambda: connections.assume(opening, role_arn, external_id))
    if account is None:
        return AccountData(target, read_errors, opening=opening)
    opened = account
    details = connections.details(opened)
    regions, roles, profiles, quota = in_parallel(
        lambda: read_errors.collect(lambda: connections.regions(opened)),
        lambda: read_errors.collect(details.roles),
        lambda: read_errors.collect(details.profiles),
        lambda: read_errors.collect(details.profile_quota),
    )
    return AccountData(target, read_errors, opened, regions, roles, profiles, quota, opening)
