# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gateway to policy validation by IAM Access Analyzer."""

from __future__ import annotations

import json
from typing import Any, Mapping

from .._values.policy_finding import AnalyzerFinding, finding_in
from .calls import read

OPERATION = "access-analyzer:ValidatePolicy"
# If it can't be reached, for example from an isolated network, a task must not wait for many minutes.
SHORT_TIMEOUTS: Mapping[str, Any] = {"connect_timeout": 10, "retries": {"mode": "standard", "total_max_attempts": 5}}


class AccessAnalyzer:
    """IAM Access Analyzer through one boto3 client."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def validate_permissions(self, option: str, document: Mapping[str, Any]) -> list[AnalyzerFinding]:
        """The findings in a policy that grants permissions; raises AwsError."""
        return self._validate(option, document, policyType="IDENTITY_POLICY")

    def validate_trust(self, option: str, document: Mapping[str, Any]) -> list[AnalyzerFinding]:
        """The findings in a role's trust policy; raises AwsError."""
        resource_type = "AWS::IAM::AssumeRolePolicyDocument"
        return self._validate(option, document, policyType="RESOURCE_POLICY", validatePolicyResourceType=resource_type)

    def _validate(self, option: str, document: Mapping[str, Any], **kind: str) -> list[AnalyzerFinding]:
        doing = f"have Access Analyzer validate {option}"
        found = read(self._client, OPERATION, "*", doing, policyDocument=json.dumps(document), **kind)
        return [finding_in(each) for each in found["findings"]]
