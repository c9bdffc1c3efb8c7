# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The managed policies that the options name: their ARNs, or what is wrong with the name."""

from __future__ import annotations

from typing import Iterable, Mapping

from .._aws.calls import each_in_parallel
from .._aws.managed_policies import ManagedPolicies
from .._common.errors import ACCESS_DENIED, AwsError, OptionError
from .._common.suggestions import did_you_mean

WORKERS = 8  # policies looked up side by side; IAM's rates are unpublished and low


def policy_arns(policies: ManagedPolicies, given: Iterable[str], attached: Mapping[str, str], option: str = "managed_policies") -> tuple[str, ...]:
    """The ARN of each managed policy that is given by name or ARN, each once; raises OptionError for an unknown one.

    ``attached`` maps ARNs to names; what is attached already costs no call.
    """
    known = {**{arn: arn for arn in attached}, **{name: arn for arn, name in attached.items()}}

    def resolve(policy: str) -> str:
        if policy in known:
            return known[policy]
        if policy.startswith("arn:"):
            _need_policy(policies, option, policy)
            return policy
        return policies.arn_of(policy) or _listed_arn(policies, option, policy)

    return tuple(dict.fromkeys(each_in_parallel(resolve, given, WORKERS)))


def _need_policy(policies: ManagedPolicies, option: str, arn: str) -> None:
    """Raises OptionError where there is no managed policy of this ARN."""
    try:
        exists = policies.exists(arn)
    except AwsError as error:
        # To use a policy takes no iam:GetPolicy; without it the call that uses it is the first to tell.
        if error.code in ACCESS_DENIED:
            return
        raise
    if not exists:
        raise OptionError(option, f"there is no managed policy {arn}.", "Check the spelling.")


def _listed_arn(policies: ManagedPolicies, option: str, name: str) -> str:
    """The ARN of the policy of that name, wherever it lies; lists all policies, because nothing else finds it."""
    known: set[str] = set()
    for scope in ("Local", "AWS"):
        arns = policies.arns(scope)
        if name in arns:
            return arns[name]
        known |= arns.keys()
    raise OptionError(
        option,
        f"there is no managed policy named {name!r}, neither AWS's nor this account's.",
        did_you_mean(name, sorted(known), 3, 0.8) or "Check the spelling, or give the policy's ARN.",
    )
