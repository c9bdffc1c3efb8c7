# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""IAM errors that eventual consistency can explain, and how long to retry them.  Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, Collection

from .._common.change import Change
from .._common.errors import AwsError
from .._values.instance_profile import is_unknown_to_ec2

# IAM's own reads, and EC2, see a change late.  AWS's own tools wait up to two minutes.
PROPAGATION_SECONDS = 120
# Most changes are visible after two seconds.  This is how long to retry without evidence that something is new.
USUAL_SECONDS = 5
CREATIONS = frozenset({"CreateRole", "CreateInstanceProfile"})
REMOVALS = ("Detach", "Delete", "Remove")
# What must be removed before a deletion, in IAM's words, and the call that removes it.
BLOCKERS = {
    "detach all policies": "DetachRolePolicy",
    "delete policies": "DeleteRolePolicy",
    "remove roles from instance profile": "RemoveRoleFromInstanceProfile",
}


@dataclass(frozen=True)
class PrincipalWait:
    """How many seconds to wait for a principal that IAM does not know yet, and a function that reports the wait."""

    seconds: float = 0
    report: Callable[[str], None] = lambda _text: None


def is_unknown_principal(error: AwsError) -> bool:
    """Whether a trust policy names a principal that IAM does not know: IAM's message is the same for new and misspelled ones."""
    return error.code == "MalformedPolicyDocument" and "Invalid principal in policy" in error.message


def retry_seconds(error: AwsError, made: Collection[str], principal_seconds: float) -> float:
    """For how many seconds to retry the call; ``made`` are the operations of this run so far."""
    if is_unknown_principal(error):
        return principal_seconds
    if error.code == "DeleteConflict":
        removals = {call for words, call in BLOCKERS.items() if words in error.message}
        return PROPAGATION_SECONDS if removals & set(made) else USUAL_SECONDS
    if error.code != "NoSuchEntity":
        return 0
    # "… does not exist or is not attachable" is about a managed policy, and this collection creates none.
    is_new = CREATIONS & set(made) and "not attachable" not in error.message
    return PROPAGATION_SECONDS if is_new and not is_removal(error.operation) else USUAL_SECONDS


def is_unseen_profile(error: AwsError) -> bool:
    """Whether EC2 does not see an instance profile, or the role in it, that exists in IAM."""
    return is_unknown_to_ec2(error.message)


def is_gone(error: AwsError) -> bool:
    """Whether another client has already removed what the call was to remove, so that it counts as done."""
    return error.code == "NoSuchEntity" and is_removal(error.operation)


def is_removal(permission: str) -> bool:
    """Whether the call of this name removes something."""
    return permission.partition(":")[2].startswith(REMOVALS)


def is_outdated(error: AwsError) -> bool:
    """Whether the error shows that the plan is outdated: the reads were stale, or another client made changes since."""
    if error.code == "LimitExceeded":
        return error.operation == "iam:AddRoleToInstanceProfile" and "InstanceSessionsPerInstanceProfile" in error.message
    return error.code in ("EntityAlreadyExists", "DeleteConflict")


def waiting_for_principal(change: Change, error: AwsError, seconds: float) -> str:
    """A warning for the user when the wait begins."""
    return (
        f"Could not {change.summary} yet: {error.message.rstrip('.')}. Retrying for up to {seconds:g} seconds, "
        "in case this principal was created just now."
    )


def principal_suggestion(seconds: float) -> str:
    """What the user can do about a principal that IAM did not know for this many seconds."""
    waited = f"IAM did not know it for {seconds:g} seconds" if seconds else "IAM does not know it"
    return f"{waited}: check the spelling of the principal. If it was created just now, increase wait_timeout, and set wait to true."
