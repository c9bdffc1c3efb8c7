# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The error for an instance profile that does not exist: the name may be that of a role in another one."""

from __future__ import annotations

from typing import Optional, Sequence

from .._aws.iam import Iam
from .._common.errors import AwsError, OptionError

UNKNOWN = "Check the spelling, or create it with keyless.ec2.iam_ec2_role."


def missing_profile(iam: Iam, given: str) -> OptionError:
    """The error for the option instance_profile. If there is a role of that name, it names the profiles that hold the role."""
    problem = f"there is no instance profile {given!r} in this account."
    profiles = _profiles_with_role(iam, given)
    if profiles is None:
        return OptionError("instance_profile", problem, UNKNOWN)
    if not profiles:
        found = f"The role {given} exists, but is in no instance profile."
        return OptionError("instance_profile", f"{problem} {found}", f"Run keyless.ec2.iam_ec2_role with name={given}, which creates one.")
    found = f"The role {given} exists, and is in the instance profile {' and in '.join(profiles)}."
    return OptionError("instance_profile", f"{problem} {found}", f"Give instance_profile={profiles[0]}.")


def _profiles_with_role(iam: Iam, name: str) -> Optional[Sequence[str]]:
    """The names of the profiles that hold the role; None if there is no such role, or if that is unknown."""
    if ":" in name:
        return None
    try:
        return iam.instance_profiles.names_with_role(name)
    except AwsError:
        # The missing profile is the error to report, and not that this could not be read.
        return None
