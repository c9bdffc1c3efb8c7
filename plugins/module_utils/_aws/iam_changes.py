# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the changes of a role and its instance profile."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Callable, Collection, Iterable

from .._common.change import Change
from .._common.errors import AwsError
from .calls import perform
from .eventual_consistency import PrincipalWait, is_gone, is_unknown_principal, principal_suggestion, retry_seconds, waiting_for_principal
from .wait_for_arn import find_with_arns, has_arns

# The call that reads what each creation created.
READS = {"CreateRole": "GetRole", "CreateInstanceProfile": "GetInstanceProfile"}


def make_in_order(
    client: Any, changes: Iterable[Change], done: Callable[[Change], None], wait: PrincipalWait = PrincipalWait()
) -> dict[str, dict[str, Any]]:
    """Makes the calls one after the other, calls ``done`` after each, and returns the responses by operation.

    Writes to one role are never parallel: IAM refuses those with ConcurrentModification.
    """
    responses: dict[str, dict[str, Any]] = {}
    for change in changes:
        responses[change.operation] = _with_arn(client, change, _make(client, change, responses, wait))
        done(change)
    return responses


def _make(client: Any, change: Change, made: Collection[str], wait: PrincipalWait) -> dict[str, Any]:
    """IAM's response; an empty one if what was to be removed no longer exists."""
    reported: list[str] = []

    def seconds(error: AwsError) -> float:
        if is_unknown_principal(error) and wait.seconds and not reported:
            reported.append(waiting_for_principal(change, error, wait.seconds))
            wait.report(reported[0])
        return retry_seconds(error, made, wait.seconds)

    try:
        return perform(client, change, seconds)
    except AwsError as error:
        if is_gone(error):
            return {}
        if is_unknown_principal(error):
            raise replace(error, suggestion=principal_suggestion(wait.seconds)) from error
        raise


def _with_arn(client: Any, change: Change, response: dict[str, Any]) -> dict[str, Any]:
    """The response to a creation, with an ARN that works in other calls."""
    if change.operation not in READS or has_arns(response):
        return response
    name = {key: value for key, value in change.parameters.items() if key in ("RoleName", "InstanceProfileName")}
    doing = f"read the ARN of {change.target}"
    return find_with_arns(client, f"iam:{READS[change.operation]}", change.target, doing, must_exist=True, **name)
