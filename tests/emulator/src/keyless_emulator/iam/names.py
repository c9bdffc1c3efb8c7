# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of roles and instance profiles are found in any case. Answers have the spelling with which they were created."""

from __future__ import annotations

from typing import Any

from moto.iam.responses import IamResponse


def patch_names() -> None:
    """Ignores the case of names, as moto does not. A creation keeps its own spelling, which may be refused."""
    original = IamResponse._get_param  # pylint: disable=protected-access

    def get_param(self: Any, name: str, *args: Any, **kwargs: Any) -> Any:
        given = original(self, name, *args, **kwargs)
        if name not in NAMED or not isinstance(given, str) or self._get_action().startswith("Create"):
            return given
        known = (each.name for each in NAMED[name](self.backend))
        return next((each for each in known if each.lower() == given.lower()), given)

    IamResponse._get_param = get_param  # pylint: disable=protected-access


NAMED = {
    "RoleName": lambda backend: backend.roles.values(),
    "InstanceProfileName": lambda backend: backend.instance_profiles.values(),
}
