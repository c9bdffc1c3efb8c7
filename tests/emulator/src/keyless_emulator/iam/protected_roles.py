# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Service-linked roles and those of IAM Identity Center, which only AWS can change. The message is as in rebuy-de/aws-nuke#441."""

from __future__ import annotations

from typing import Any

from moto.iam.exceptions import IAMException
from moto.iam.responses import IamResponse

PATHS = ("/aws-service-role/", "/aws-reserved/")
CHANGES = (
    *("add_role_to_instance_profile", "attach_role_policy", "delete_role", "delete_role_permissions_boundary", "delete_role_policy"),
    *("detach_role_policy", "put_role_permissions_boundary", "put_role_policy", "update_assume_role_policy", "update_role"),
)


class UnmodifiableEntity(IAMException):
    code = "UnmodifiableEntity"


def patch_protected_roles() -> None:
    """Refuses changes of AWS's own roles. moto allows them."""
    for name in CHANGES:
        _protect(name)


def _protect(name: str) -> None:
    original = getattr(IamResponse, name)

    def change(self: Any) -> Any:
        role_name = self._get_param("RoleName")  # pylint: disable=protected-access
        if any(role.name == role_name and role.path.startswith(PATHS) for role in self.backend.get_roles()):
            text = f"Cannot perform the operation on the protected role '{role_name}' - this role is only modifiable by AWS"
            raise UnmodifiableEntity(text)
        return original(self)

    setattr(IamResponse, name, change)
