# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The instance profiles that a user names by name or ARN, and the error for one that does not exist: its name may be that of a role."""

from __future__ import annotations

from typing import Callable, Iterable, NamedTuple, Optional, Sequence

from .._common.errors import AwsError, OptionError
from .._common.identifiers import account_in_arn
from .._common.missing import Missing
from .._values.instance_profile import ARN, UNKNOWN, InstanceProfile, of_another_account, profile_name, usable_profile
from .instance_profiles import InstanceProfiles


class Place(NamedTuple):
    """Where profiles are looked for.  ``account`` asks AWS for the account's id, and may raise AwsError."""

    partition: str
    account: Callable[[], str]

    def known_account(self) -> Optional[str]:
        """The account's id; None if AWS does not say."""
        try:
            return self.account()
        except AwsError:
            return None


class Found(NamedTuple):
    """The profiles by the name or ARN that the user gave.  Those in ``missing`` do not exist yet, and have no id."""

    profiles: dict[str, InstanceProfile]
    missing: tuple[Missing, ...] = ()


def find_usable(gateway: InstanceProfiles, option: str, given: Iterable[str], place: Place, plans_missing: bool = False) -> Found:
    """The profiles that the user gave; new ones are waited for.  Raises OptionError for one that can't be used.

    With ``plans_missing``, one that does not exist is planned: in check mode, an earlier task did not create it.
    """
    names = {each: profile_name(option, each) for each in given}
    found = gateway.find_each(names.values()) if names else {}
    errors = {each: _missing_error(gateway, option, each, place) for each, name in names.items() if found[name] is None}
    for each, error in errors.items():
        if not plans_missing or _account_of(each) not in (None, place.known_account()):
            raise error
    planned = {each: _planned(each, names[each], place) for each in errors}
    usable = {each: usable_profile(option, each, found[name]) for each, name in names.items() if each not in errors}
    missing = tuple(Missing("instance profile", each, str(error)) for each, error in errors.items())
    return Found({**planned, **usable}, missing)


def _planned(given: str, name: str, place: Place) -> InstanceProfile:
    """A profile that does not exist.  Its ARN has no path, unless the user gave one."""
    arn = given if ARN.fullmatch(given) else f"arn:{place.partition}:iam::{place.account()}:instance-profile/{name}"
    return InstanceProfile(name, "/", (), None, arn)


def _account_of(given: str) -> Optional[str]:
    return account_in_arn(given) if ARN.fullmatch(given) else None


def _missing_error(gateway: InstanceProfiles, option: str, given: str, place: Place) -> OptionError:
    """The error for a profile that does not exist.  If there is a role of that name, it names the profiles that hold the role."""
    account, other = place.known_account(), _account_of(given)
    problem = f"there is no instance profile {given!r} in {f'account {account}' if account else 'this account'}."
    if account and other and other != account:
        return of_another_account(option, given, account)
    profiles = _profiles_with_role(gateway, given)
    if profiles is None:
        return OptionError(option, problem, UNKNOWN)
    if not profiles:
        found = f"The role {given} exists, but is in no instance profile."
        return OptionError(option, f"{problem} {found}", f"Run keyless.ec2.iam_ec2_role with name={given}, which creates one.")
    found = f"The role {given} exists, and is in the instance profile {' and in '.join(profiles)}."
    return OptionError(option, f"{problem} {found}", f"Give instance_profile={profiles[0]}.")


def _profiles_with_role(gateway: InstanceProfiles, name: str) -> Optional[Sequence[str]]:
    """The names of the profiles that hold the role; None if there is no such role, or if that is unknown."""
    if ":" in name:
        return None
    try:
        return gateway.names_with_role(name)
    except AwsError:
        # The missing profile is the error to report, and not that this could not be read.
        return None
