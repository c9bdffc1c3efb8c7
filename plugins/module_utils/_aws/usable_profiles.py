# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The instance profiles that a user names by name or ARN, and the error for one that does not exist: its name may be that of a role."""

from __future__ import annotations

from typing import Iterable, Optional, Sequence

from .._common.errors import AwsError, OptionError
from .._values.instance_profile import UNKNOWN, InstanceProfile, profile_name, usable_profile
from .instance_profiles import InstanceProfiles


def find_usable(gateway: InstanceProfiles, option: str, given: Iterable[str]) -> dict[str, InstanceProfile]:
    """The profiles by the name or ARN that the user gave; new ones are waited for.  Raises OptionError for one that can't be used."""
    names = {each: profile_name(option, each) for each in given}
    found = gateway.find_each(names.values()) if names else {}
    return {each: _usable(gateway, option, each, found[name]) for each, name in names.items()}


def _usable(gateway: InstanceProfiles, option: str, given: str, found: Optional[InstanceProfile]) -> InstanceProfile:
    if found is None:
        raise missing_profile(gateway, option, given)
    return usable_profile(option, given, found)


def missing_profile(gateway: InstanceProfiles, option: str, given: str) -> OptionError:
    """The error for a profile that does not exist.  If there is a role of that name, it names the profiles that hold the role."""
    problem = f"there is no instance profile {given!r} in this account."
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
