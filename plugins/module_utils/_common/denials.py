# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a user can do about a denied call: AWS's message names the action, the resource and the type of policy.  Pure.

https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
"""

from __future__ import annotations

import re
from typing import NamedTuple, Optional, Tuple

REFUSED = re.compile(r"is not authorized to perform: (?P<action>[\w-]+:\w+)(?: on resource: (?P<resource>\S+))?")
EXPLICIT = re.compile(r"with an explicit deny in (?:an?|the) (?P<policy>[\w -]*?(?:policy|boundary))\b")
MISSING = re.compile(r"because no (?P<policy>[\w -]*?(?:policy|boundary)) allows")

RUNS_THIS_TASK = "the identity that runs this task"
CHANGE_POLICY = "A policy explicitly denies {what}: change it, or use another identity."
ALLOW = "Allow {what} for {identity}."

# By the type of policy, in AWS's words: what to do if it does not allow the call, and if it explicitly denies it
POLICIES = {
    "identity-based policy": (ALLOW, "A policy of {identity} explicitly denies {what}: change it, or use another identity."),
    "service control policy": (
        "No service control policy of the organization allows {what}: only those who manage the organization can change that.",
        "A service control policy of the organization denies {what}: only those who manage the organization can change that.",
    ),
    "resource control policy": (
        "No resource control policy of the organization allows {what}: only those who manage the organization can change that.",
        "A resource control policy of the organization denies {what}: only those who manage the organization can change that.",
    ),
    "permissions boundary": (
        "Allow {what} in the permissions boundary of {identity} too.",
        "The permissions boundary of {identity} denies {what}: change it, or use another identity.",
    ),
    "session policy": (
        "Allow {what} in the session policy too: whoever or whatever started the session of {identity} limited it.",
        "The session policy denies {what}: start the session of {identity} with another one.",
    ),
    "VPC endpoint policy": (
        "Allow {what} in the policy of the VPC endpoint through which the call goes.",
        "The policy of the VPC endpoint through which the call goes denies {what}: change it, or use another endpoint.",
    ),
    "resource-based policy": (
        "Allow {what} for {identity} in the policy of the resource.",
        "The policy of the resource denies {what}: change it, or use another identity.",
    ),
    "role trust policy": (
        "Let the role's trust policy allow {identity} {what}.",
        "The role's trust policy denies {identity} {what}: change it, or use another identity.",
    ),
}
# For a type of policy that AWS has added since
OTHER = ("No {policy} allows {what}: change that policy.", "A {policy} denies {what}: change it, or use another identity.")


class Denial(NamedTuple):
    """Why AWS denied a call: the action, which can differ from the call (``iam:PassRole``), and the resource, empty if AWS does not name it.

    For an explicit deny, ``statements`` are the ids of the statements that deny it, if they have ids.  ``policy`` is the type of
    policy in AWS's words (``service control policy``), or None if AWS does not name it.
    """

    action: str
    resource: str
    is_explicit: bool
    statements: Tuple[str, ...] = ()
    policy: Optional[str] = None


def denial_in_message(message: str) -> Optional[Denial]:
    """The denial that AWS's message describes, or None if it does not name the action."""
    refused = REFUSED.search(message)
    if not refused:
        return None
    explicit = EXPLICIT.search(message)
    found = explicit or MISSING.search(message)
    # Amazon S3 quotes the ARN.
    resource = (refused.group("resource") or "").rstrip(".,;").strip('"')
    return Denial(refused.group("action"), resource, explicit is not None, policy=found.group("policy") if found else None)


def suggestion_for_denial(denial: Denial, identity: str = RUNS_THIS_TASK) -> str:
    """A sentence; ``identity`` is a phrase for whoever made the call."""
    named = f", in the statement {' or '.join(denial.statements)}" if denial.statements else ""
    what = f"{denial.action} on {denial.resource}{named}"
    if denial.policy is None:
        text = CHANGE_POLICY if denial.is_explicit else ALLOW
    else:
        texts = {name.lower(): both for name, both in POLICIES.items()}
        text = texts.get(denial.policy.lower(), OTHER)[denial.is_explicit]
    return text.format(what=what, identity=identity, policy=denial.policy)
