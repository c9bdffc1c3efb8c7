# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ARNs of the managed policies that the options name."""

from __future__ import annotations

from typing import Iterable, Mapping

from .._aws.managed_policies import ManagedPolicies
from .._aws.parallel import each_in_parallel
from .._common.errors import ACCESS_DENIED, AwsError, OptionError
from .._common.identifiers import account_in_arn
from .._common.suggestions import did_you_mean

WORKERS = 8  # policies looked up in parallel; IAM's rate limits are unpublished and low


def resolve_policies(
    policies: ManagedPolicies, names: Iterable[str], attached: Mapping[str, str], option: str = "managed_policies"
) -> tuple[str, ...]:
    """The ARNs of managed policies given by name or ARN, without duplicates; raises OptionError for an unknown one.

    ``attached`` maps ARNs to names. An AWS managed policy that is already attached takes no call. One of the account only has the name if AWS
    has no policy of that name: whoever may create policies could have attached it in the place of AWS's.
    """
    names_of_aws = {name: arn for arn, name in attached.items() if account_in_arn(arn) == "aws"}
    own = {name: arn for arn, name in attached.items() if name not in names_of_aws}
    known = {**{arn: arn for arn in attached}, **names_of_aws}

    def resolve(policy: str) -> str:
        if policy in known:
            return known[policy]
        if policy.startswith("arn:"):
            _check_exists(policies, option, policy)
            return policy
        if policy in own:
            return policies.aws_arn_of(policy) or own[policy]
        return policies.arn_of(policy) or _find_in_lists(policies, option, policy)

    return tuple(dict.fromkeys(each_in_parallel(resolve, names, WORKERS)))


def _check_exists(policies: ManagedPolicies, option: str, arn: str) -> None:
    """Raises OptionError if there is no managed policy with this ARN."""
    try:
        exists = policies.exists(arn)
    except AwsError as error:
        # Using a policy does not need iam:GetPolicy. Without that permission, the call that uses the policy fails instead.
        if error.code in ACCESS_DENIED:
            return
        raise
    if not exists:
        raise OptionError(option, f"there is no managed policy {arn}.", "Check the spelling.")


def _find_in_lists(policies: ManagedPolicies, option: str, name: str) -> str:
    """The ARN of the policy with that name under any path. Only a list of all policies has it."""
    known: set[str] = set()
    for scope in ("Local", "AWS"):
        arns = policies.arns(scope)
        if name in arns:
            return arns[name]
        known |= arns.keys()
    raise OptionError(
        option,
        f"there is no managed policy named {name!r}, neither from AWS nor in this account.",
        did_you_mean(name, sorted(known), 3, 0.8) or "Check the spelling, or give the policy's ARN.",
    )
