# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Making the changes of a role and its instance profile."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Callable, Collection, Iterable

from .._common.change import Change
from .._common.errors import AwsError
from .calls import perform
from .eventual_consistency import PrincipalWait, is_gone, is_unknown_principal, patience, principal_suggestion, waiting_for_principal
from .wait_for_arn import find_with_arns, has_arns

# What shows what a creation has made.
READS = {"CreateRole": "GetRole", "CreateInstanceProfile": "GetInstanceProfile"}


def make_in_order(
    client: Any, changes: Iterable[Change], done: Callable[[Change], None], wait: PrincipalWait = PrincipalWait()
) -> dict[str, dict[str, Any]]:
    """Makes the calls one after the other and tells ``done`` of each; AWS's answers by operation.

    One role's writes are never made side by side: IAM answers those with ConcurrentModification.
    """
    answers: dict[str, dict[str, Any]] = {}
    for change in changes:
        answers[change.operation] = _settled(client, change, _make(client, change, answers, wait))
        done(change)
    return answers


def _make(client: Any, change: Change, made: Collection[str], wait: PrincipalWait) -> dict[str, Any]:
    """IAM's answer; an empty one where what was to be removed is gone."""
    told: list[str] = []

    def seconds(error: AwsError) -> float:
        if is_unknown_principal(error) and wait.principal_seconds and not told:
            told.append(waiting_for_principal(change, error, wait.principal_seconds))
            wait.say(told[0])
        return patience(error, made, wait.principal_seconds)

    try:
        return perform(client, change, seconds)
    except AwsError as error:
        if is_gone(error):
            return {}
        if is_unknown_principal(error):
            raise replace(error, suggestion=principal_suggestion(wait.principal_seconds)) from error
        raise


def _settled(client: Any, change: Change, answer: dict[str, Any]) -> dict[str, Any]:
    """The answer to a creation, with an ARN that can be used."""
    if change.operation not in READS or has_arns(answer):
        return answer
    name = {key: value for key, value in change.parameters.items() if key in ("RoleName", "InstanceProfileName")}
    doing = f"read the ARN of {change.target}"
    return find_with_arns(client, f"iam:{READS[change.operation]}", change.target, doing, must_exist=True, **name)
