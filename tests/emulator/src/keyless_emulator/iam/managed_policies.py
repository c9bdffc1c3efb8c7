# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""AWS's managed policies: their 1,400 documents are loaded only once."""

from __future__ import annotations

import copy
from functools import cached_property
from typing import Any

from moto.iam import models
from moto.iam.models import AWSManagedPolicy, IAMBackend

ATTACH_OR_DETACH = [f"{verb}_{kind}_policy" for verb in ("attach", "detach") for kind in ("role", "user", "group")]
MANAGED = "managed_policies"

_PRISTINE: dict[str, dict[str, Any]] = {}


class _Policies(dict[str, Any]):
    """The managed policies of an account by ARN. It has its own copy of each AWS policy that was requested by ARN.

    A policy counts its attachments in the account.
    """

    def __init__(self, pristine: dict[str, Any], account_id: str) -> None:
        super().__init__(pristine)
        self._pristine = pristine
        self._account_id = account_id

    def __getitem__(self, arn: str) -> Any:
        policy = super().__getitem__(arn)
        if policy is self._pristine.get(arn):
            policy = self[arn] = copy.copy(policy)
            policy.account_id = self._account_id
        return policy


def patch_managed_policies() -> None:
    """Provides AWS's managed policies, as on AWS. moto loads them only if configured, and again for each account and partition after each reset."""
    models.load_iam_aws_managed_policies = lambda: True
    load = IAMBackend._init_aws_policies  # pylint: disable=protected-access

    def managed_policies(self: Any) -> _Policies:
        known = vars(self)
        if MANAGED not in known:
            if self.partition not in _PRISTINE:
                _PRISTINE[self.partition] = {policy.arn: policy for policy in load(self)}
            known[MANAGED] = _Policies(_PRISTINE[self.partition], self.account_id)
        return known[MANAGED]

    # moto briefly creates a backend in each partition to find the account of a key.
    IAMBackend._init_aws_policies = IAMBackend._init_managed_policies = _ignore  # pylint: disable=protected-access
    IAMBackend.managed_policies = property(managed_policies, _ignore)
    IAMBackend.aws_managed_policies = property(_aws_managed_policies, _ignore)
    for name in ATTACH_OR_DETACH:
        setattr(IAMBackend, name, _asking_by_arn(getattr(IAMBackend, name)))


def patch_arns() -> None:
    """Looks up a policy by ARN. To attach one, moto builds the ARNs of all policies."""
    arn = cached_property(AWSManagedPolicy.arn.fget)
    arn.__set_name__(AWSManagedPolicy, "arn")
    AWSManagedPolicy.arn = arn


def patch_account_details() -> None:
    """Describes only those policies of AWS that the account uses, as AWS does. moto describes all of them, each time."""
    describe = IAMBackend.get_account_authorization_details

    def get_account_authorization_details(self: Any, policy_filter: list[str]) -> dict[str, Any]:
        found = describe(self, policy_filter)
        boundaries = {getattr(each, "permissions_boundary_arn", None) for each in (*self.roles.values(), *self.users.values())}
        found[MANAGED] = [
            each for each in found[MANAGED] if not isinstance(each, AWSManagedPolicy) or each.attachment_count or each.arn in boundaries
        ]
        return found

    IAMBackend.get_account_authorization_details = get_account_authorization_details


def _ignore(*_arguments: Any) -> None:
    """Does nothing. Policies are loaded on demand."""


def _aws_managed_policies(backend: Any) -> list[Any]:
    return [policy for policy in backend.managed_policies.values() if isinstance(policy, AWSManagedPolicy)]


def _asking_by_arn(attach_or_detach: Any) -> Any:
    """Looks up a policy by ARN. moto searches all policies, and would count attachments in the shared copy."""

    def call(self: Any, policy_arn: str, *args: Any, **kwargs: Any) -> None:
        if policy_arn in self.managed_policies:
            _own = self.managed_policies[policy_arn]
        attach_or_detach(self, policy_arn, *args, **kwargs)

    return call
