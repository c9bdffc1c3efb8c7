# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Instance profiles as EC2 sees them, and what IAM requires of them."""

from __future__ import annotations

import re
import secrets
import string
from dataclasses import dataclass, replace
from typing import Any

from moto.ec2.exceptions import EC2ClientError
from moto.iam.exceptions import EntityAlreadyExists, NotFoundException, ValidationError
from moto.iam.models import IAMBackend, iam_backends

from ..conditions.propagation import ec2_sees, ec2_sees_role

ID_ALPHABET = string.ascii_uppercase + string.digits
NAME = re.compile(r"[\w+=,.@-]{1,128}", re.ASCII)
CHARACTERS = "alphanumeric characters and/or the following: +=,.@_-"


@dataclass(frozen=True)
class ProfileReference:
    """A profile as an association remembers it, whatever happens to the profile.

    EC2 keeps the id, so a profile that was recreated with its old name (same ARN, new id) is a different one. It also keeps the role. A role that is
    put into the profile later does not reach the association.
    """

    arn: str
    profile_id: str
    role_id: str = ""

    def description(self) -> dict[str, str]:
        """Returns the reference as EC2 describes it."""
        return {"Arn": self.arn, "Id": self.profile_id}


def usable_profile(ec2_backend: Any, specification: dict[str, str]) -> ProfileReference:
    """Returns the profile that ``{"Name": …}`` or ``{"Arn": …}`` names.

    Raises InvalidParameterValue if EC2 does not see the profile, or no role in it. Everything that EC2 knows about IAM comes through here.
    """
    profile = _visible_profile(ec2_backend, specification)
    if not ec2_sees_role(profile):
        raise EC2ClientError("InvalidParameterValue", f'IAM Instance Profile "{profile.arn}" has no associated IAM Roles')
    return ProfileReference(profile.arn, profile.id, profile.roles[0].id)


def with_present_role(ec2_backend: Any, reference: ProfileReference) -> ProfileReference:
    """Returns the reference with the role that is in the profile now, for an instance that starts."""
    for profile in iam_backends[ec2_backend.account_id][ec2_backend.partition].instance_profiles.values():
        if profile.id == reference.profile_id and ec2_sees_role(profile):
            return replace(reference, role_id=profile.roles[0].id)
    return reference


def _visible_profile(ec2_backend: Any, specification: dict[str, str]) -> Any:
    key, word = ("Arn", "ARN") if "Arn" in specification else ("Name", "name")
    wanted = specification.get(key)
    profiles = iam_backends[ec2_backend.account_id][ec2_backend.partition].instance_profiles
    for profile in profiles.values():
        if wanted == (profile.arn if key == "Arn" else profile.name) and ec2_sees(profile):
            return profile
    raise EC2ClientError(
        "InvalidParameterValue",
        f"Value ({wanted}) for parameter iamInstanceProfile.{key.lower()} is invalid. Invalid IAM Instance Profile {word}",
    )


def patch_create_instance_profile() -> None:
    """Makes names unique regardless of case, and ids start with AIPA.

    moto's names depend on case and can be invalid on AWS, and its ids have 20 lower-case characters.
    """
    original = IAMBackend.create_instance_profile

    def create_instance_profile(self: Any, name: str, *args: Any, **kwargs: Any) -> Any:
        if not NAME.fullmatch(name):
            raise ValidationError(f"The specified value for instanceProfileName is invalid. It must contain only {CHARACTERS}")
        if name.lower() in (known.lower() for known in self.instance_profiles):
            raise EntityAlreadyExists(f"Instance Profile {name} already exists.")
        profile = original(self, name, *args, **kwargs)
        profile.id = "AIPA" + "".join(secrets.choice(ID_ALPHABET) for _index in range(17))
        return profile

    IAMBackend.create_instance_profile = create_instance_profile


def patch_unknown_profile() -> None:
    """Gives IAM's message for an unknown profile."""
    original = IAMBackend.get_instance_profile

    def get_instance_profile(self: Any, profile_name: str) -> Any:
        try:
            return original(self, profile_name)
        except NotFoundException as error:
            raise NotFoundException(f"Instance Profile {profile_name} cannot be found.") from error

    IAMBackend.get_instance_profile = get_instance_profile


def patch_remove_role() -> None:
    """Answers NoSuchEntity for a role that is not in the profile. moto fails with a ValueError."""
    original = IAMBackend.remove_role_from_instance_profile

    def remove_role_from_instance_profile(self: Any, profile_name: str, role_name: str) -> None:
        profile = self.get_instance_profile(profile_name)
        if self.get_role(role_name) not in profile.roles:
            raise NotFoundException(f"Role {role_name} is not in instance profile {profile_name}.")
        original(self, profile_name, role_name)

    IAMBackend.remove_role_from_instance_profile = remove_role_from_instance_profile
