# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which of IAM's refusals may be news that has not arrived yet, and how long it is worth asking again.  Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, Collection

from .._common.change import Change
from .._common.errors import AwsError
from .calls import PROPAGATION_SECONDS, USUAL_SECONDS

CREATIONS = frozenset({"CreateRole", "CreateInstanceProfile"})
REMOVALS = ("Detach", "Delete", "Remove")
# What has to go before a deletion, in IAM's words, and the call that takes it away.
IN_THE_WAY = {
    "detach all policies": "DetachRolePolicy",
    "delete policies": "DeleteRolePolicy",
    "remove roles from instance profile": "RemoveRoleFromInstanceProfile",
}


@dataclass(frozen=True)
class PrincipalWait:
    """How long a principal that IAM does not know is taken for a new one, in seconds, and who is told of it."""

    principal_seconds: float = 0
    say: Callable[[str], None] = lambda _text: None


def is_unknown_principal(error: AwsError) -> bool:
    """Whether a trust policy names a principal that IAM does not know: its words are the same for new and for misspelt."""
    return error.code == "MalformedPolicyDocument" and "Invalid principal in policy" in error.message


def patience(error: AwsError, made: Collection[str], principal_seconds: float) -> float:
    """For how many seconds the call is worth making again; ``made`` are the operations of this run's calls so far."""
    if is_unknown_principal(error):
        return principal_seconds
    if error.code == "DeleteConflict":
        gone = [call for words, call in IN_THE_WAY.items() if words in error.message]
        return PROPAGATION_SECONDS if set(gone) & set(made) else USUAL_SECONDS
    if error.code != "NoSuchEntity":
        return 0
    # "… does not exist or is not attachable" is about a policy, of which this run makes none.
    is_new = CREATIONS & set(made) and "not attachable" not in error.message
    return PROPAGATION_SECONDS if is_new and not is_removal(error.operation) else USUAL_SECONDS


def is_unseen_profile(error: AwsError) -> bool:
    """Whether EC2 has not yet heard of an instance profile that IAM has, or of the role in it, in its own words."""
    return "Invalid IAM Instance Profile" in error.message or "has no associated IAM Roles" in error.message


def is_gone(error: AwsError) -> bool:
    """Whether somebody else has removed already what the call was to remove: that is what was wanted."""
    return error.code == "NoSuchEntity" and is_removal(error.operation)


def is_removal(permission: str) -> bool:
    """Whether the call of that name takes something away."""
    return permission.partition(":")[2].startswith(REMOVALS)


def is_outdated(error: AwsError) -> bool:
    """Whether IAM says that there is more than the plan knew of: what was read was too old, or somebody came in between."""
    if error.code == "LimitExceeded":
        return error.operation == "iam:AddRoleToInstanceProfile" and "InstanceSessionsPerInstanceProfile" in error.message
    return error.code in ("EntityAlreadyExists", "DeleteConflict")


def waiting_for_principal(change: Change, error: AwsError, seconds: float) -> str:
    """What to tell the user as soon as it is waited for."""
    return (
        f"Could not {change.summary} at once: {error.message.rstrip('.')}. It is tried again for up to {seconds:g} seconds, "
        "in case this principal was made just now."
    )


def principal_suggestion(seconds: float) -> str:
    """What the user can do about a principal that IAM did not know for so long."""
    waited = f"IAM did not know it for {seconds:g} seconds" if seconds else "IAM does not know it"
    return f"{waited}: check how the principal is written. If it was made just before, set wait_timeout to more seconds, and wait to true."
