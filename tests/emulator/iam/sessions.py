# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The access keys of sessions."""

from __future__ import annotations

from typing import Any

from moto.iam.utils import generate_access_key_id_from_account_id
from moto.sts.responses import TokenResponse


def patch_session_keys() -> None:
    """Each session has an id of its own that says it is temporary (ASIA); moto gives all the same AKIA id."""
    for operation in ("get_session_token", "get_federation_token"):
        _patch(operation, getattr(TokenResponse, operation))


def _patch(operation: str, original: Any) -> None:
    def respond(self: Any) -> Any:
        answer = original(self)
        credentials = answer.result["Credentials"]
        credentials["AccessKeyId"] = generate_access_key_id_from_account_id(self.current_account, "ASIA")
        return answer

    setattr(TokenResponse, operation, respond)
