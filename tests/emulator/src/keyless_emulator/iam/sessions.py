# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sessions: their access keys and their roles."""

from __future__ import annotations

from typing import Any

from moto.iam.models import get_account_id_from, iam_backends
from moto.iam.utils import generate_access_key_id_from_account_id
from moto.sts.models import sts_backends
from moto.sts.responses import TokenResponse
from moto.utilities.utils import get_partition

from ..server.calls import Call

TEMPORARY = "ASIA"


def patch_session_keys() -> None:
    """Gives each session a unique id of a temporary key (ASIA). In moto, all share one id of a long-term key (AKIA)."""
    for operation in ("get_session_token", "get_federation_token"):
        _patch(operation, getattr(TokenResponse, operation))


def _patch(operation: str, original: Any) -> None:
    def respond(self: Any) -> Any:
        answer = original(self)
        credentials = answer.result["Credentials"]
        credentials["AccessKeyId"] = generate_access_key_id_from_account_id(self.current_account, TEMPORARY)
        return answer

    setattr(TokenResponse, operation, respond)


def session_of(call: Call) -> Any:
    """Returns the session of a role that makes the call, or None."""
    if not str(call.access_key_id).startswith(TEMPORARY):
        return None
    partition = get_partition(call.region or "us-east-1")
    account = get_account_id_from(str(call.access_key_id))
    return sts_backends[account][partition].get_assumed_role_from_access_key(call.access_key_id)


def role_of(session: Any) -> Any:
    """Returns the role of the session, or None if it no longer exists."""
    roles = iam_backends[session.account_id][session.partition].roles.values()
    return next((role for role in roles if role.arn == session.role_arn), None)
