# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an instance sees of its instance profile and role."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from moto.iam.models import iam_backends
from moto.sts.models import sts_backends

from ..conditions.clock import clock
from ..conditions.propagation import ec2_sees
from ..ec2.associations import Association, table_of
from .ec2_trust import allows_ec2
from .times import iso_8601

CREDENTIALS = "role_credentials"
LIFETIME = 6 * 3600
RENEWED_BEFORE_END = 3600

NOT_TRUSTED = (
    "EC2 cannot assume the role {role}. Please see documentation at "
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_iam-ec2.html"
    "#troubleshoot_iam-ec2_errors-info-doc."
)


@dataclass(frozen=True)
class RoleCredentials:
    """The credentials of one session of a role, and the association that provides them. Times are in Unix seconds."""

    association_id: str
    role_id: str
    begun: float
    access_key_id: str
    secret_access_key: str
    token: str

    @property
    def expiration(self) -> float:
        """Returns when they expire."""
        return self.begun + LIFETIME

    def is_current(self, association: Association, role: Any) -> bool:
        """Tells whether they are still valid for the instance, and not due for renewal."""
        same = (self.association_id, self.role_id) == (association.association_id, role.id)
        return same and clock().now() < self.expiration - RENEWED_BEFORE_END

    def show(self) -> dict[str, str]:
        """Returns the credentials as the metadata service shows them."""
        return {
            "Code": "Success",
            "LastUpdated": iso_8601(self.begun),
            "Type": "AWS-HMAC",
            "AccessKeyId": self.access_key_id,
            "SecretAccessKey": self.secret_access_key,
            "Token": self.token,
            "Expiration": iso_8601(self.expiration),
        }


def iam_metadata(instance: Any) -> dict[str, str]:
    """Returns the files under iam/. There are none before the association is complete."""
    association = table_of(instance.ec2_backend).active(instance.id)
    if association is None or association.state() != "associated":
        return {}
    profile = _profile_of(instance, association)
    files = {"info": _info(association, profile)}
    role = _role_of(instance, association, profile)
    if role:
        files[f"security-credentials/{role.name}"] = _security_credentials(instance, association, role)
    return {name: json.dumps(content, indent=2) for name, content in files.items()}


def _profile_of(instance: Any, association: Association) -> Any:
    """Returns the associated profile, or None if it was deleted, even if another one has its name."""
    backend = instance.ec2_backend
    for profile in iam_backends[backend.account_id][backend.partition].instance_profiles.values():
        if profile.id == association.profile.profile_id and ec2_sees(profile):
            return profile
    return None


def _role_of(instance: Any, association: Association, profile: Any) -> Any:
    """Returns the role that was in the profile when it was associated or when the instance started.

    A role that is put into the profile later does not reach the instance. Returns None if the role was deleted, or if the profile has none now.
    """
    if profile is None or not profile.roles:
        return None
    backend = instance.ec2_backend
    roles = iam_backends[backend.account_id][backend.partition].roles.values()
    return next((role for role in roles if role.id == association.profile.role_id), None)


def _info(association: Association, profile: Any) -> dict[str, str]:
    updated = iso_8601(association.associated_at)
    if profile is None:
        message = "Instance Profile not found."
        return {"Code": "InstanceProfileNotFound", "Message": message, "LastUpdated": updated}
    return {
        "Code": "Success",
        "LastUpdated": updated,
        "InstanceProfileArn": association.profile.arn,
        "InstanceProfileId": association.profile.profile_id,
    }


def _security_credentials(instance: Any, association: Association, role: Any) -> dict[str, str]:
    if not allows_ec2(role.assume_role_policy_document):
        updated, message = iso_8601(clock().now()), NOT_TRUSTED.format(role=role.name)
        return {"Code": "AssumeRoleUnauthorizedAccess", "Message": message, "LastUpdated": updated}
    credentials = vars(instance).get(CREDENTIALS)
    if credentials is None or not credentials.is_current(association, role):
        credentials = _assumed(instance, association, role)
        setattr(instance, CREDENTIALS, credentials)
    return credentials.show()


def _assumed(instance: Any, association: Association, role: Any) -> RoleCredentials:
    """Assumes the role in moto, so that all services know the session by the instance's id."""
    backend = instance.ec2_backend
    session = sts_backends[backend.account_id][backend.partition].assume_role(
        region_name=backend.region_name,
        role_session_name=instance.id,
        role_arn=role.arn,
        policy="",
        duration=LIFETIME,
        external_id="",
    )
    return RoleCredentials(
        association_id=association.association_id,
        role_id=role.id,
        begun=clock().now(),
        access_key_id=session.access_key_id,
        secret_access_key=session.secret_access_key,
        token=session.session_token,
    )
