# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Making the changes of a role: on botocore's Stubber, for what moto can't do."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from botocore.stub import Stubber

from ansible_collections.keyless.ec2.plugins.module_utils._aws.iam_changes import make_in_order
from ansible_collections.keyless.ec2.plugins.module_utils._common.change import Change
from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import AwsError

UPDATE = Change("iam", "UpdateAssumeRolePolicy", "role/web", {"RoleName": "web", "PolicyDocument": "{}"}, "set it")


@pytest.mark.parametrize("says, tries", [("Invalid principal in policy: ...", 2), ("Syntax errors in policy.", 1)])
def test_a_principal_that_iam_does_not_know_may_be_new(make_client, clock, says, tries):
    client = make_client("iam")
    done = []
    with Stubber(client) as aws:
        aws.add_client_error("update_assume_role_policy", "MalformedPolicyDocument", says, http_status_code=400)
        aws.add_response("update_assume_role_policy", {})
        if tries == 2:
            make_in_order(client, [UPDATE], done.append)
        else:
            with pytest.raises(AwsError, match="Check the policy"):
                make_in_order(client, [UPDATE], done.append)
    assert len(clock.naps) == tries - 1


CREATE = Change("iam", "CreateInstanceProfile", "instance-profile/web", {"InstanceProfileName": "web"}, "create it")
ADD = Change(
    "iam",
    "AddRoleToInstanceProfile",
    "instance-profile/web",
    {"InstanceProfileName": "web", "RoleName": "web"},
    "add the role web to the instance profile web",
)
PROFILE = {
    "Path": "/",
    "InstanceProfileName": "web",
    "InstanceProfileId": "AIPAEXAMPLE4EXAMPLE4X",
    "Arn": "arn:aws:iam::123456789012:instance-profile/web",
    "CreateDate": datetime(2026, 1, 31, 8, 15, tzinfo=timezone.utc),
    "Roles": [],
}


def test_what_was_just_made_may_take_its_time(make_client, clock):
    client = make_client("iam")
    done = []
    with Stubber(client) as aws:
        aws.add_response("create_instance_profile", {"InstanceProfile": PROFILE})
        aws.add_client_error("add_role_to_instance_profile", "NoSuchEntity", http_status_code=404)
        aws.add_response("add_role_to_instance_profile", {})
        make_in_order(client, [CREATE, ADD], done.append)
    assert done == [CREATE, ADD]
    assert len(clock.naps) == 1


def test_what_was_not_just_made_is_missing_at_once(make_client, clock):
    client = make_client("iam")
    with Stubber(client) as aws:
        aws.add_client_error("add_role_to_instance_profile", "NoSuchEntity", http_status_code=404)
        with pytest.raises(AwsError, match="NoSuchEntity.*check the name, or run again"):
            make_in_order(client, [ADD], lambda change: None)
    assert clock.naps == []


def test_a_failure_half_way_leaves_an_account_of_what_was_done(make_client):
    client = make_client("iam")
    done = []
    with Stubber(client) as aws:
        aws.add_response("create_instance_profile", {"InstanceProfile": PROFILE})
        aws.add_client_error("add_role_to_instance_profile", "AccessDenied", http_status_code=403)
        with pytest.raises(AwsError, match="iam:PassRole"):
            make_in_order(client, [CREATE, ADD], done.append)
    assert done == [CREATE]
