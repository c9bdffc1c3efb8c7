# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Making the changes of a role and its instance profile."""

from __future__ import annotations

from typing import Any, Callable, Iterable, Mapping

from .._common.change import Change
from .._common.errors import AwsError
from .calls import perform

CREATIONS = frozenset({"CreateRole", "CreateInstanceProfile"})


def make_in_order(client: Any, changes: Iterable[Change], done: Callable[[Change], None]) -> dict[str, dict]:
    """Makes the calls one after the other and tells ``done`` of each; AWS's answers by operation.

    One role's writes are never made side by side: IAM answers those with ConcurrentModification.
    """
    answers: dict[str, dict] = {}
    for change in changes:
        answers[change.operation] = perform(client, change, lambda error: _is_late(error, answers))
        done(change)
    return answers


def _is_late(error: AwsError, answers: Mapping[str, dict]) -> bool:
    """Whether the error is about something that was made a moment ago, and IAM has not noticed yet."""
    # Nobody can tell a principal that is new from one that is misspelt: IAM has the same words for both.
    if error.code == "MalformedPolicyDocument":
        return "Invalid principal in policy" in error.message
    late = error.operation == "iam:AddRoleToInstanceProfile" and error.code == "NoSuchEntity"
    return late and bool(CREATIONS & answers.keys())
