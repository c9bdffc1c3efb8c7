# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys that may do no more than the policies of their users, or of their roles, say."""

from __future__ import annotations

from threading import RLock
from typing import Any

from moto.iam.access_control import AssumedRoleAccessKey, CreateAccessKeyFailure, IAMPolicy, IAMUserAccessKey
from moto.iam.models import get_account_id_from
from moto.utilities.utils import get_partition

from ..server.calls import Call
from ..server.checks import only
from ..server.denials import encoded_denial
from ..server.refusals import Refusal
from .policies import Asked, Verdict, verdict_of
from .resources import asked_by
from .sessions import role_of, session_of

# Nobody needs a permission for it, and no policy forbids it.
FREE = "sts:GetCallerIdentity"


class Permissions:
    """A setting, and a hook that refuses what is not allowed; ``lock`` is that of moto's state."""

    def __init__(self, lock: RLock) -> None:
        self._lock = lock
        self._keys: list[str] = []

    def shown(self) -> dict[str, list[str]]:
        """The setting."""
        return {"access_key_ids": self._keys}

    def change(self, described: Any) -> None:
        """Holds these keys, and no others, to the policies of their users or roles. Raises ValueError.

        The ARN of a role stands for the keys of all its sessions.
        """
        keys = only(described, "access_key_ids")
        if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
            raise ValueError("access_key_ids must be a list of texts.")
        self._keys = keys

    def __call__(self, call: Call) -> None:
        """Raises the Refusal that AWS would answer the call with, if any."""
        if not self._keys or f"{call.service}:{call.operation}" == FREE:
            return
        with self._lock:
            if not self._holds(call):
                return
            caller = _caller_of(call)
            documents = [IAMPolicy(each)._policy_json for each in caller.collect_policies()]  # pylint: disable=protected-access
            for asked in asked_by(call):
                verdict = verdict_of(documents, asked)
                if not verdict.allowed:
                    raise _refusal(call.service, caller.arn, asked, verdict)

    def _holds(self, call: Call) -> bool:
        session = session_of(call)
        return call.access_key_id in self._keys or (session is not None and session.role_arn in self._keys)


def _caller_of(call: Call) -> IAMUserAccessKey | AssumedRoleAccessKey:
    """Who makes the call; raises the Refusal of a key that is nobody's, as that of a role which was deleted."""
    of_key = (get_account_id_from(str(call.access_key_id)), get_partition(call.region or "us-east-1"), str(call.access_key_id))
    session = session_of(call)
    try:
        if session and role_of(session):
            return AssumedRoleAccessKey(*of_key, {"X-Amz-Security-Token": session.session_token})
        return IAMUserAccessKey(*of_key, {})
    except CreateAccessKeyFailure as error:
        if call.service == "ec2":
            text = "AWS was not able to validate the provided access credentials"
            raise Refusal("AuthFailure", text, 401) from error
        text = "The security token included in the request is invalid."
        raise Refusal("InvalidClientTokenId", text, 403) from error


def _refusal(service: str, user_arn: str, asked: Asked, verdict: Verdict) -> Refusal:
    if asked.template:
        # Auto Scaling does not tell what is missing: users have seen it in ansible-collections/community.aws#831 and others.
        return Refusal("AccessDenied", f"You are not authorized to use launch template: {asked.template}", 403)
    why = f"because no identity-based policy allows the {asked.action} action"
    if verdict.denied_by is not None:
        why = "with an explicit deny in an identity-based policy"
    text = f"User: {user_arn} is not authorized to perform: {asked.action} on resource: {asked.resource} {why}"
    if service != "ec2":
        return Refusal("AccessDenied", text, 403)
    encoded = encoded_denial(asked.action, asked.resource, user_arn, verdict.denied_by)
    return Refusal(
        "UnauthorizedOperation",
        f"You are not authorized to perform this operation. {text}. Encoded authorization failure message: {encoded}",
        403,
    )
