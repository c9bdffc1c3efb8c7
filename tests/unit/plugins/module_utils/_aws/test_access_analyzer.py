# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gateway to IAM Access Analyzer, checked against botocore's service model."""

from __future__ import annotations

import json

import pytest
from botocore.stub import Stubber

from ansible_collections.keyless.ec2.plugins.module_utils._aws.access_analyzer import SHORT_TIMEOUTS, AccessAnalyzer
from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import AwsError
from ansible_collections.keyless.ec2.plugins.module_utils._values.policy_finding import AnalyzerFinding

DOCUMENT = {"Version": "2012-10-17", "Statement": []}
SENT = {"policyDocument": json.dumps(DOCUMENT), "policyType": "IDENTITY_POLICY"}
POSITION = {"line": 1, "column": 0, "offset": 0}


def finding(*path, kind="ERROR"):
    location = {"path": list(path), "span": {"start": POSITION, "end": POSITION}}
    return {
        "findingType": kind,
        "issueCode": "INVALID_ACTION",
        "findingDetails": "It does not exist.",
        "learnMoreLink": "https://example.com",
        "locations": [location],
    }


@pytest.fixture(name="stubbed")
def _stubbed(make_client):
    client = make_client("accessanalyzer")
    with Stubber(client) as stubber:
        yield AccessAnalyzer(client), stubber
        stubber.assert_no_pending_responses()


def test_findings_of_all_pages_have_their_locations(stubbed):
    analyzer, stubber = stubbed
    path = [{"value": "Statement"}, {"index": 0}, {"value": "Action"}, {"substring": {"start": 0, "length": 2}}]
    stubber.add_response("validate_policy", {"findings": [finding(*path)], "nextToken": "t"}, SENT)
    stubber.add_response("validate_policy", {"findings": [finding(kind="SUGGESTION")]}, {**SENT, "nextToken": "t"})
    assert analyzer.validate_permissions("inline_policies[a]", DOCUMENT) == [
        AnalyzerFinding("ERROR", "INVALID_ACTION", ".Statement[0].Action", "It does not exist."),
        AnalyzerFinding("SUGGESTION", "INVALID_ACTION", "", "It does not exist."),
    ]


def test_a_trust_policy_is_validated_as_one(stubbed):
    analyzer, stubber = stubbed
    kind = {"policyType": "RESOURCE_POLICY", "validatePolicyResourceType": "AWS::IAM::AssumeRolePolicyDocument"}
    stubber.add_response("validate_policy", {"findings": []}, {**SENT, **kind})
    assert analyzer.validate_trust("assume_role_policy_document", DOCUMENT) == []


def test_a_finding_can_have_no_location(stubbed):
    analyzer, stubber = stubbed
    stubber.add_response("validate_policy", {"findings": [{**finding(), "locations": []}]}, SENT)
    assert analyzer.validate_permissions("inline_policies[a]", DOCUMENT)[0].location == ""


def test_a_denied_call_names_the_permission(stubbed):
    analyzer, stubber = stubbed
    stubber.add_client_error("validate_policy", "AccessDeniedException", "no", 403)
    with pytest.raises(AwsError, match="Allow access-analyzer:ValidatePolicy on "):
        analyzer.validate_permissions("inline_policies[a]", DOCUMENT)


def test_a_service_that_does_not_answer_costs_less_than_a_minute():
    """A role can be created without it, so it gets fewer attempts than other services."""
    assert SHORT_TIMEOUTS["connect_timeout"] * SHORT_TIMEOUTS["retries"]["total_max_attempts"] == 50
