# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Enforces the policies of users and roles for chosen keys."""

from __future__ import annotations

from threading import RLock
from typing import Any

from moto.iam.access_control import AssumedRoleAccessKey, CreateAccessKeyFailure, IAMPolicy, IAMUserAccessKey
from moto.iam.models import get_account_id_from
from moto.utilities.utils import get_partition

from ..server.calls import Call
from ..server.denial_messages import encoded_denial
from ..server.errors import AwsError
from ..server.value_checks import only
from .policy_evaluation import RequiredPermission, Verdict, verdict_of
from .required_permissions import required_permissions
from .sessions import role_of, session_of

# It needs no permission, and no policy can deny it.
FREE = "sts:GetCallerIdentity"


class Permissions:
    """A setting, and a hook that refuses what is not allowed. ``lock`` is the lock of moto's state."""

    def __init__(self, lock: RLock) -> None:
        self._lock = lock
        self._keys: list[str] = []

    def show(self) -> dict[str, list[str]]:
        """Returns the setting."""
        return {"access_key_ids": self._keys}

    def change(self, described: Any) -> None:
        """Sets the keys for which policies are enforced. Raises ValueError.

        The ARN of a role stands for all its sessions.
        """
        keys = only(described, "access_key_ids")
        if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
            raise ValueError("access_key_ids must be a list of strings.")
        self._keys = keys

    def __call__(self, call: Call) -> None:
        """Raises AWS's error if the call is not allowed."""
        if not self._keys or f"{call.service}:{call.operation}" == FREE:
            return
        with self._lock:
            if not self._holds(call):
                return
            caller = _caller_of(call)
            documents = [IAMPolicy(each)._policy_json for each in caller.collect_policies()]  # pylint: disable=protected-access
            for asked in required_permissions(call):
                verdict = verdict_of(documents, asked)
                if not verdict.allowed:
                    raise _refusal(call.service, caller.arn, asked, verdict)

    def _holds(self, call: Call) -> bool:
        session = session_of(call)
        return call.access_key_id in self._keys or (session is not None and session.role_arn in self._keys)


def _caller_of(call: Call) -> IAMUserAccessKey | AssumedRoleAccessKey:
    """Returns the caller. Raises AwsError if the key belongs to nobody, for example because its role was deleted."""
    of_key = (get_account_id_from(str(call.access_key_id)), get_partition(call.region or "us-east-1"), str(call.access_key_id))
    session = session_of(call)
    try:
        if session and role_of(session):
            return AssumedRoleAccessKey(*of_key, {"X-Amz-Security-Token": session.session_token})
        return IAMUserAccessKey(*of_key, {})
    except CreateAccessKeyFailure as error:
        if call.service == "ec2":
            text = "AWS was not able to validate the provided access credentials"
            raise AwsError("AuthFailure", text, 401) from error
        text = "The security token included in the request is invalid."
        raise AwsError("InvalidClientTokenId", text, 403) from error


def _refusal(service: str, user_arn: str, asked: RequiredPermission, verdict: Verdict) -> AwsError:
    if asked.template:
        # Auto Scaling does not name the missing permission, as in ansible-collections/community.aws#831 and other issues.
        return AwsError("AccessDenied", f"You are not authorized to use launch template: {asked.template}", 403)
    why = f"because no identity-based policy allows the {asked.action} action"
    if verdict.denied_by is not None:
        why = "with an explicit deny in an identity-based policy"
    text = f"User: {user_arn} is not authorized to perform: {asked.action} on resource: {asked.resource} {why}"
    if service != "ec2":
        return AwsError("AccessDenied", text, 403)
    encoded = encoded_denial(asked.action, asked.resource, user_arn, verdict.denied_by)
    return AwsError(
        "UnauthorizedOperation",
        f"You are not authorized to perform this operation. {text}. Encoded authorization failure message: {encoded}",
        403,
    )
