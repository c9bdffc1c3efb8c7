# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Making the changes of a role, on botocore's Stubber for what moto can't do."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from botocore.stub import Stubber

from ansible_collections.keyless.ec2.plugins.module_utils._aws.eventual_consistency import USUAL_SECONDS, PrincipalWait
from ansible_collections.keyless.ec2.plugins.module_utils._aws.iam_changes import make_in_order
from ansible_collections.keyless.ec2.plugins.module_utils._common.change import Change
from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import AwsError

UPDATE = Change("iam", "UpdateAssumeRolePolicy", "role/web", {"RoleName": "web", "PolicyDocument": "{}"}, "set it")
UNKNOWN = 'Invalid principal in policy: "AWS":"arn:aws:iam::123456789012:user/anna"'


def refuse(aws, operation, code, message="", times=1):
    for _time in range(times):
        aws.add_client_error(operation, code, message, http_status_code=400)


def test_an_unknown_principal_is_retried(make_client, clock):
    client, said = make_client("iam"), []
    with Stubber(client) as aws:
        refuse(aws, "update_assume_role_policy", "MalformedPolicyDocument", UNKNOWN, times=2)
        aws.add_response("update_assume_role_policy", {})
        make_in_order(client, [UPDATE], lambda change: None, PrincipalWait(30, said.append))
    assert len(clock.naps) == 2
    (text,) = said
    assert "user/anna" in text and "30 seconds" in text


@pytest.mark.parametrize("seconds, says", [(30, "did not know it for 30 seconds"), (0, "does not know it")])
def test_the_error_says_how_long_a_principal_was_waited_for(make_client, clock, seconds, says):
    client, said = make_client("iam"), []
    with Stubber(client) as aws:
        refuse(aws, "update_assume_role_policy", "MalformedPolicyDocument", UNKNOWN, times=20)
        with pytest.raises(AwsError, match=f"user/anna.*IAM {says}.*wait_timeout"):
            make_in_order(client, [UPDATE], lambda change: None, PrincipalWait(seconds, said.append))
    assert seconds / 2 <= sum(clock.naps) <= seconds
    assert len(said) == bool(seconds)


def test_other_policy_errors_are_raised_at_once(make_client, clock):
    client = make_client("iam")
    with Stubber(client) as aws:
        refuse(aws, "update_assume_role_policy", "MalformedPolicyDocument", "Syntax errors in policy.")
        with pytest.raises(AwsError, match="Check the policy"):
            make_in_order(client, [UPDATE], lambda change: None, PrincipalWait(30))
    assert clock.naps == []


CREATE = Change("iam", "CreateInstanceProfile", "instance-profile/web", {"InstanceProfileName": "web"}, "create it")
ADD = Change(
    "iam",
    "AddRoleToInstanceProfile",
    "instance-profile/web",
    {"InstanceProfileName": "web", "RoleName": "web"},
    "add the role web to the instance profile web",
)
POLICY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
DETACH = Change("iam", "DetachRolePolicy", "role/web", {"RoleName": "web", "PolicyArn": POLICY}, "detach it")
DELETE = Change("iam", "DeleteRole", "role/web", {"RoleName": "web"}, "delete it")
PROFILE = {
    "Path": "/",
    "InstanceProfileName": "web",
    "InstanceProfileId": "AIPAEXAMPLE4EXAMPLE4X",
    "Arn": "arn:aws:iam::123456789012:instance-profile/web",
    "CreateDate": datetime(2026, 1, 31, 8, 15, tzinfo=timezone.utc),
    "Roles": [],
}


def test_a_new_resource_is_waited_for(make_client, clock):
    client = make_client("iam")
    done = []
    with Stubber(client) as aws:
        aws.add_response("create_instance_profile", {"InstanceProfile": PROFILE})
        aws.add_client_error("add_role_to_instance_profile", "NoSuchEntity", http_status_code=404)
        aws.add_response("add_role_to_instance_profile", {})
        make_in_order(client, [CREATE, ADD], done.append)
    assert done == [CREATE, ADD]
    assert len(clock.naps) == 1


def test_an_older_resource_is_missing_after_a_short_wait(make_client, clock):
    client = make_client("iam")
    with Stubber(client) as aws:
        refuse(aws, "add_role_to_instance_profile", "NoSuchEntity", times=20)
        with pytest.raises(AwsError, match="NoSuchEntity.*check the name, or run again"):
            make_in_order(client, [ADD], lambda change: None)
    assert 0 < sum(clock.naps) <= USUAL_SECONDS


def test_a_deletion_waits_until_removals_have_propagated(make_client, clock):
    client, done = make_client("iam"), []
    with Stubber(client) as aws:
        aws.add_response("detach_role_policy", {})
        refuse(aws, "delete_role", "DeleteConflict", "Cannot delete entity, must detach all policies first.", times=5)
        aws.add_response("delete_role", {})
        make_in_order(client, [DETACH, DELETE], done.append)
    assert done == [DETACH, DELETE]
    assert sum(clock.naps) > USUAL_SECONDS


def test_a_missing_resource_counts_as_removed(make_client, clock):
    client, done = make_client("iam"), []
    with Stubber(client) as aws:
        for operation in ("detach_role_policy", "delete_role"):
            refuse(aws, operation, "NoSuchEntity", times=3)
        make_in_order(client, [DETACH, DELETE], done.append)
    assert done == [DETACH, DELETE]
    assert sum(clock.naps) <= 2 * USUAL_SECONDS


def test_an_id_in_place_of_an_arn_is_waited_for(make_client, clock):
    client = make_client("iam")
    early = {**PROFILE, "Arn": PROFILE["InstanceProfileId"]}
    with Stubber(client) as aws:
        aws.add_response("create_instance_profile", {"InstanceProfile": early})
        refuse(aws, "get_instance_profile", "NoSuchEntity")
        aws.add_response("get_instance_profile", {"InstanceProfile": early}, {"InstanceProfileName": "web"})
        aws.add_response("get_instance_profile", {"InstanceProfile": PROFILE})
        responses = make_in_order(client, [CREATE], lambda change: None)
    assert responses["CreateInstanceProfile"]["InstanceProfile"]["Arn"] == PROFILE["Arn"]
    assert len(clock.naps) == 2


def test_changes_before_a_failure_are_reported(make_client):
    client = make_client("iam")
    done = []
    with Stubber(client) as aws:
        aws.add_response("create_instance_profile", {"InstanceProfile": PROFILE})
        aws.add_client_error("add_role_to_instance_profile", "AccessDenied", http_status_code=403)
        with pytest.raises(AwsError, match="iam:PassRole"):
            make_in_order(client, [CREATE, ADD], done.append)
    assert done == [CREATE]
