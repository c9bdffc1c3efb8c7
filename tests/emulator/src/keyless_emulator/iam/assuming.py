# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who can assume a role. moto lets everybody assume any role, even one that does not exist."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from moto.iam.access_control import CreateAccessKeyFailure, IAMUserAccessKey
from moto.iam.models import get_account_id_from, iam_backends
from moto.utilities.utils import get_partition

from ..server.calls import Call
from ..server.errors import AwsError
from ..server.value_checks import as_list
from .organizations import is_closed
from .policy_evaluation import RequiredPermission, verdict_of
from .sessions import role_of, session_of

OPERATION = "AssumeRole"


def check_assuming(call: Call) -> None:
    """Raises AWS's error, which is the same for a missing role and for one that does not trust the caller.

    A key that nobody has created belongs to the root user of the account.
    """
    if call.service != "sts" or call.operation != OPERATION:
        return
    role_arn = str(call.parameters.get("RoleArn"))
    callers = _names_of_caller(call)
    role = _role(role_arn)
    context = {"sts:ExternalId": str(call.parameters["ExternalId"])} if call.parameters.get("ExternalId") else {}
    asked = RequiredPermission("sts:AssumeRole", role_arn, {**context, "aws:PrincipalArn": callers[0]})
    if role is None or not verdict_of([{"Statement": list(_naming(role, callers))}], asked).allowed:
        text = f"User: {callers[0]} is not authorized to perform: sts:AssumeRole on resource: {role_arn}"
        raise AwsError("AccessDenied", text, 403)


def _names_of_caller(call: Call) -> list[str]:
    """Returns the names that a trust policy can use for the caller, the caller's ARN first."""
    key, partition = str(call.access_key_id), get_partition(call.region or "us-east-1")
    account = get_account_id_from(key)
    root = f"arn:{partition}:iam::{account}:root"
    session = session_of(call)
    if session and role_of(session):
        return [session.arn, session.role_arn, root, account, "*"]
    try:
        user = IAMUserAccessKey(account, partition, key, {}).arn
    except CreateAccessKeyFailure:
        user = root
    return [user, root, account, "*"]


def _role(role_arn: str) -> Any:
    account, partition = role_arn.split(":")[4], role_arn.split(":")[1]
    if is_closed(account):
        return None
    roles = iam_backends[account][partition].roles.values()
    return next((role for role in roles if role.arn == role_arn), None)


def _naming(role: Any, callers: list[str]) -> Iterator[Mapping[str, Any]]:
    """Yields the statements of the trust policy that name the caller. A role's own statements are about itself."""
    for statement in as_list(json.loads(role.assume_role_policy_document)["Statement"]):
        principal = statement.get("Principal", {})
        named = ["*"] if principal == "*" else as_list(principal.get("AWS", []))
        if set(named) & set(callers):
            yield {**statement, "Resource": "*"}
