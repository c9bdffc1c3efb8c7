# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gateway to managed policies: AWS's own and those of the account."""

from __future__ import annotations

from typing import Any, Callable, Mapping, Optional

from .._common.identifiers import name_in_arn
from .calls import find, read
from .parallel import each_in_parallel

# The paths of AWS managed policies
AWS_MANAGED_PATHS = ("/", "/service-role/", "/job-function/")


class ManagedPolicies:
    """The managed policies through one boto3 client of IAM; ``make_sts`` creates one for STS, which is rarely needed."""

    def __init__(self, client: Any, make_sts: Optional[Callable[[], Any]] = None) -> None:
        self._client = client
        self._make_sts = make_sts

    def exists(self, arn: str) -> bool:
        """Whether a managed policy with this ARN exists."""
        doing = f"look up the managed policy {arn}"
        found = find(self._client, "iam:GetPolicy", f"policy/{name_in_arn(arn)}", doing, PolicyArn=arn)
        return found is not None and bool(found["Policy"]["Arn"])

    def document(self, arn: str) -> Optional[Mapping[str, Any]]:
        """The document of the policy's default version, or None if the policy does not exist; two calls."""
        target = f"policy/{name_in_arn(arn)}"
        doing = f"read the managed policy {arn}"
        found = find(self._client, "iam:GetPolicy", target, doing, PolicyArn=arn)
        version = found and found["Policy"]["DefaultVersionId"]
        found = version and find(self._client, "iam:GetPolicyVersion", target, doing, PolicyArn=arn, VersionId=version)
        return found and found["PolicyVersion"]["Document"]

    def arn_of(self, name: str) -> Optional[str]:
        """The ARN of the AWS managed policy with this name, or of the account's own policy if that has no path."""
        return self.aws_arn_of(name) or self._own_arn_of(name)

    def aws_arn_of(self, name: str) -> Optional[str]:
        """The ARN of the AWS managed policy with this name; one call for each path."""
        partition = self._client.meta.partition
        aws_managed = [f"arn:{partition}:iam::aws:policy{path}{name}" for path in AWS_MANAGED_PATHS]
        for arn, exists in zip(aws_managed, each_in_parallel(self.exists, aws_managed, len(aws_managed))):
            if exists:
                return arn
        return None

    def arns(self, scope: str) -> dict[str, str]:
        """The ARNs of all policies by name, under any path; ``scope`` is ``Local`` for the account's own, or ``AWS``."""
        found = read(self._client, "iam:ListPolicies", "policy/*", "list the managed policies", Scope=scope)
        return {name_in_arn(each["Arn"]): each["Arn"] for each in found["Policies"]}

    def _own_arn_of(self, name: str) -> Optional[str]:
        if self._make_sts is None:
            return None
        # This call needs no permission.
        account = read(self._make_sts(), "sts:GetCallerIdentity", "*", "find out the account")["Account"]
        arn = f"arn:{self._client.meta.partition}:iam::{account}:policy/{name}"
        return arn if self.exists(arn) else None
