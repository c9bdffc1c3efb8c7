# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waiting for ARNs, on botocore's Stubber."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from botocore.stub import Stubber

from ansible_collections.keyless.ec2.plugins.module_utils._aws.attempts import poll_until
from ansible_collections.keyless.ec2.plugins.module_utils._aws.eventual_consistency import PROPAGATION_SECONDS
from ansible_collections.keyless.ec2.plugins.module_utils._aws.instance_profiles import InstanceProfiles
from ansible_collections.keyless.ec2.plugins.module_utils._aws.roles import Roles
from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import AwsError

ARN = "arn:aws:iam::123456789012:instance-profile/web"
PROFILE = {
    "Path": "/",
    "InstanceProfileName": "web",
    "InstanceProfileId": "AIPAEXAMPLE4EXAMPLE4X",
    "Arn": "AIPAEXAMPLE4EXAMPLE4X",
    "CreateDate": datetime(2026, 1, 31, 8, 15, tzinfo=timezone.utc),
    "Roles": [],
}
ROLE = {
    "Path": "/",
    "RoleName": "web",
    "RoleId": "AROAEXAMPLE4EXAMPLE4X",
    "Arn": "AROAEXAMPLE4EXAMPLE4X",
    "CreateDate": PROFILE["CreateDate"],
}


@pytest.mark.parametrize(
    "operation, response, look",
    [
        ("get_instance_profile", lambda each: {"InstanceProfile": each}, lambda gateway: [gateway.find("web")]),
        ("list_instance_profiles_for_role", lambda each: {"InstanceProfiles": [each]}, lambda gateway: gateway.of_role("web")),
    ],
)
def test_a_profile_with_an_id_instead_of_an_arn_is_read_again(make_client, clock, operation, response, look):
    client = make_client("iam")
    with Stubber(client) as aws:
        for arn in (PROFILE["Arn"], PROFILE["Arn"], ARN):
            paged = {"IsTruncated": False} if operation.startswith("list") else {}
            aws.add_response(operation, {**response({**PROFILE, "Arn": arn}), **paged})
        assert [each.arn for each in look(InstanceProfiles(client))] == [ARN]
    assert len(clock.naps) == 2


def test_a_role_that_never_gets_an_arn_is_an_error_with_a_suggestion(make_client, clock, monkeypatch):
    client = make_client("iam")
    roles = Roles(client)
    monkeypatch.setattr(roles, "_attached", lambda name: {})
    monkeypatch.setattr(roles, "_inline_documents", lambda name: {})
    with Stubber(client) as aws:
        for _read in range(60):
            aws.add_response("get_role", {"Role": {**ROLE, "AssumeRolePolicyDocument": "{}"}})
        with pytest.raises(AwsError, match="read the role web: TimedOut: .*ARN.*Run again"):
            roles.find("web")
    assert PROPAGATION_SECONDS - 10 < sum(clock.naps) <= PROPAGATION_SECONDS


def test_a_profile_without_a_role_is_accepted_after_a_short_wait(make_client, clock):
    client = make_client("iam")
    with Stubber(client) as aws:
        aws.add_client_error("get_instance_profile", "NoSuchEntity", http_status_code=404)
        aws.add_response("get_instance_profile", {"InstanceProfile": {**PROFILE, "Arn": ARN}})
        aws.add_response("get_instance_profile", {"InstanceProfile": {**PROFILE, "Arn": ARN}})
        assert InstanceProfiles(client).find_each(["web"])["web"].roles == ()
    assert clock.naps == [1, 2]


@pytest.mark.parametrize("good, found, naps", [(2, 2, [1]), (99, 3, [1, 2]), (0, 1, [])])
def test_polling_returns_the_first_good_result_or_the_last(clock, good, found, naps):
    looks = iter(range(1, 100))
    assert poll_until(lambda: next(looks), lambda each: each >= good, 5) == found
    assert clock.naps == naps
