# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads one account: its regions, and all of its IAM."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Mapping, NamedTuple, Optional, Sequence

from .._aws.account_details import DetailedRole, ProfileQuota
from .._aws.clients import Session
from .._aws.parallel import in_parallel
from .._common.read_errors import ReadErrors
from .._values.instance_profile import TrustedProfile
from .connections import Connections
from .options import account_of


class AccountTarget(NamedTuple):
    """An account to read: its id, its name in the organization, and the role to assume; None for the account of the credentials."""

    account_id: str
    name: Optional[str] = None
    role_arn: Optional[str] = None


def target_of(role_arn: str) -> AccountTarget:
    """The account of the role."""
    return AccountTarget(account_of(role_arn), None, role_arn)


@dataclass(frozen=True)
class AccountData:
    """What was read from an account; None stands for what could not be read.

    ``session`` has the credentials for the account, ``assuming`` those that its role was assumed with.
    """

    target: AccountTarget
    read_errors: ReadErrors
    session: Optional[Session] = None
    regions: Optional[Sequence[str]] = None
    roles: Optional[Sequence[DetailedRole]] = None
    profiles: Optional[Mapping[str, TrustedProfile]] = None
    quota: Optional[ProfileQuota] = None
    assuming: Session = field(default_factory=Session)

    @property
    def calls(self) -> int:
        """How many calls were made for the account so far."""
        return self.assuming.calls + (self.session.calls if self.session and self.session is not self.assuming else 0)

    @property
    def is_read(self) -> bool:
        """Whether any of the account's IAM could be read."""
        return any(each is not None for each in (self.roles, self.profiles, self.quota))


def read_account(connections: Connections, target: AccountTarget, own: Session, external_id: Optional[str]) -> AccountData:
    """Reads the account; ``own`` is the session of the module's credentials."""
    read_errors = ReadErrors()
    assuming = Session() if target.role_arn else own
    assumed: Optional[Session] = own
    if target.role_arn:
        role_arn = target.role_arn
        assumed = read_errors.collect(lambda: connections.assume(assuming, role_arn, external_id))
    if assumed is None:
        return AccountData(target, read_errors, assuming=assuming)
    session = assumed
    details = connections.details(session)
    regions, roles, profiles, quota = in_parallel(
        lambda: read_errors.collect(lambda: connections.regions(session)),
        lambda: read_errors.collect(details.roles),
        lambda: read_errors.collect(details.profiles),
        lambda: read_errors.collect(details.profile_quota),
    )
    return AccountData(target, read_errors, session, regions, roles, profiles, quota, assuming)
