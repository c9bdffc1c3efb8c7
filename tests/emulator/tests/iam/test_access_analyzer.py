# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""IAM Access Analyzer returns the findings that it was given."""

from __future__ import annotations

import json
from typing import Any
from urllib.error import HTTPError

import pytest

DOCUMENT = json.dumps({"Version": "2012-10-17", "Statement": []})
ERROR = {"type": "ERROR", "code": "INVALID_ACTION", "details": "The action does not exist."}
PATH = [{"value": "Statement"}, {"index": 0}]
HINT = {"type": "SUGGESTION", "code": "EMPTY_ARRAY", "details": "Empty.", "policy_type": "RESOURCE_POLICY", "path": PATH}


def _found(aws: Any, policy_type: str = "IDENTITY_POLICY", **options: Any) -> Any:
    client = aws.client("accessanalyzer")
    return client.validate_policy(policyDocument=DOCUMENT, policyType=policy_type, **options)


def test_there_are_no_findings_by_default(aws: Any) -> None:
    answer = _found(aws)
    assert (answer["findings"], "nextToken" in answer) == ([], False)
    call = aws.calls()[-1]
    assert (call["service"], call["operation"], call["status"]) == ("access-analyzer", "ValidatePolicy", 200)
    assert call["parameters"] == {"policyDocument": DOCUMENT, "policyType": "IDENTITY_POLICY"}


def test_findings(aws: Any) -> None:
    assert aws.http("POST", "/emulator/findings", [ERROR, HINT]) == aws.http("GET", "/emulator/findings")
    (only,) = _found(aws)["findings"]
    assert (only["findingType"], only["issueCode"]) == ("ERROR", "INVALID_ACTION")
    both = _found(aws, "RESOURCE_POLICY", validatePolicyResourceType="AWS::IAM::AssumeRolePolicyDocument")["findings"]
    assert both[1]["locations"][0]["path"] == PATH
    aws.http("DELETE", "/emulator/findings")
    assert not _found(aws)["findings"]


def test_findings_page_and_end_with_a_reset(aws: Any) -> None:
    aws.http("POST", "/emulator/findings", [ERROR] * 3)
    first = _found(aws, maxResults=2)
    assert len(first["findings"]) == 2
    assert len(_found(aws, maxResults=2, nextToken=first["nextToken"])["findings"]) == 1
    aws.http("POST", "/emulator/reset", {})
    assert not _found(aws)["findings"]


def test_faults_apply_to_it(aws: Any, refused: Any) -> None:
    aws.http("POST", "/emulator/faults", {"operation": "ValidatePolicy", "code": "AccessDeniedException"})
    with refused("AccessDeniedException"):
        _found(aws)


def test_invalid_policies(aws: Any, refused: Any) -> None:
    with refused("ValidationException", "policyType"):
        _found(aws, "POLICY")
    with refused("ValidationException", "not valid JSON"):
        aws.client("accessanalyzer").validate_policy(policyDocument="{", policyType="IDENTITY_POLICY")
    with refused("NotImplemented"):
        aws.client("accessanalyzer").list_analyzers()


@pytest.mark.parametrize("row", [{}, "x", {**ERROR, "type": "BAD"}, {**ERROR, "when": 1}, {**ERROR, "policy_type": "X"}])
def test_invalid_findings(aws: Any, row: Any) -> None:
    with pytest.raises(HTTPError, match="400"):
        aws.http("POST", "/emulator/findings", row)
