# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gateway to IAM: on moto, and on botocore's Stubber for what moto can't do."""

from __future__ import annotations

import json
from datetime import datetime, timezone

import pytest
from botocore.stub import Stubber
from moto import mock_aws

from ansible_collections.keyless.ec2.plugins.module_utils._aws.iam import IamGateway
from ansible_collections.keyless.ec2.plugins.module_utils._common.change import Change
from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import AwsError, OptionError
from ansible_collections.keyless.ec2.plugins.module_utils._policy.trust import trust_ec2
from ansible_collections.keyless.ec2.plugins.module_utils._role.plan import RoleSpec, RoleState
from ansible_collections.keyless.ec2.plugins.module_utils._role.quotas import UNKNOWN_QUOTAS
from ansible_collections.keyless.ec2.plugins.module_utils._values.instance_profile import InstanceProfile

READ = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]}


@pytest.fixture(name="client")
def _client(make_client):
    with mock_aws():
        yield make_client("iam")


@pytest.fixture(name="iam")
def _iam(client):
    return IamGateway(client)


def make_role(client, name="web", **options):
    client.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust_ec2("aws")), **options)


def make_policy(client, name, path="/"):
    document = json.dumps(READ)
    return client.create_policy(PolicyName=name, Path=path, PolicyDocument=document)["Policy"]["Arn"]


def test_what_is_not_there_is_none(iam):
    assert iam.read_for_present(RoleSpec(name="web")) == RoleState()
    assert iam.read_for_absent(RoleSpec(name="web")) == RoleState()


def test_a_role_is_read_with_all_that_belongs_to_it(client, iam):
    boundary, attached = make_policy(client, "boundary"), make_policy(client, "attached")
    make_role(client, Path="/team/", Description="d", MaxSessionDuration=7200, PermissionsBoundary=boundary)
    client.tag_role(RoleName="web", Tags=[{"Key": "a", "Value": "1"}])
    client.attach_role_policy(RoleName="web", PolicyArn=attached)
    client.put_role_policy(RoleName="web", PolicyName="read", PolicyDocument=json.dumps(READ))
    role = iam.find_role("web")
    assert (role.name, role.path, role.description, role.max_session_duration) == ("web", "/team/", "d", 7200)
    assert (role.permissions_boundary, role.tags) == (boundary, {"a": "1"})
    assert (role.managed_policies, role.inline_policies) == ({attached: "attached"}, {"read": READ})
    assert role.trust_policy == trust_ec2("aws")
    assert role.arn == "arn:aws:iam::123456789012:role/team/web"


def test_every_profile_that_holds_the_role_is_read_for_its_deletion(client, iam):
    make_role(client)
    for name in ("web", "other", "third"):
        client.create_instance_profile(InstanceProfileName=name)
    for name in ("web", "other"):
        client.add_role_to_instance_profile(InstanceProfileName=name, RoleName="web")
    state = iam.read_for_absent(RoleSpec(name="web"))
    assert state.profile.roles == ("web",)
    assert [profile.name for profile in state.other_profiles] == ["other"]


def test_a_policy_goes_by_name_or_arn(client, iam):
    mine = make_policy(client, "mine", "/team/")
    attached = {"arn:aws:iam::aws:policy/There": "There"}
    assert iam.resolve_policies(["mine", mine, "There"], attached) == {
        "mine": mine,
        mine: mine,
        "There": "arn:aws:iam::aws:policy/There",
    }


@pytest.mark.parametrize("given", ["nobody", "arn:aws:iam::123456789012:policy/nobody"])
def test_a_policy_that_is_not_there_is_an_error(iam, given):
    with pytest.raises(OptionError, match="^managed_policies: there is no managed policy"):
        iam.resolve_policies([given], {})


def test_an_unknown_name_comes_with_the_near_misses(client, iam):
    make_policy(client, "WebServers")
    make_policy(client, "Databases")
    with pytest.raises(OptionError, match=r"named 'WebServer', .*Did you mean WebServers\?$"):
        iam.resolve_policies(["WebServer"], {})


def test_the_quotas_are_read_where_that_is_allowed(make_client):
    client = make_client("iam")
    with Stubber(client) as aws:
        aws.add_response("get_account_summary", {"SummaryMap": {"AttachedPoliciesPerRoleQuota": 20}})
        assert IamGateway(client).read_quotas().attached == 20
        aws.add_client_error("get_account_summary", "AccessDenied", http_status_code=403)
        assert IamGateway(client).read_quotas() == UNKNOWN_QUOTAS


UPDATE = Change("iam", "UpdateAssumeRolePolicy", "role/web", {"RoleName": "web", "PolicyDocument": "{}"}, "set it")


@pytest.mark.parametrize("says, tries", [("Invalid principal in policy: ...", 2), ("Syntax errors in policy.", 1)])
def test_a_principal_that_iam_does_not_know_may_be_new(make_client, clock, says, tries):
    client = make_client("iam")
    done = []
    with Stubber(client) as aws:
        aws.add_client_error("update_assume_role_policy", "MalformedPolicyDocument", says, http_status_code=400)
        aws.add_response("update_assume_role_policy", {})
        if tries == 2:
            IamGateway(client).apply([UPDATE], done.append)
        else:
            with pytest.raises(AwsError, match="Check the policy"):
                IamGateway(client).apply([UPDATE], done.append)
    assert len(clock.naps) == tries - 1


def test_without_the_permission_to_look_an_arn_is_taken_as_it_is(make_client):
    client = make_client("iam")
    arn = "arn:aws:iam::123456789012:policy/p"
    with Stubber(client) as aws:
        aws.add_client_error("get_policy", "AccessDenied", http_status_code=403)
        assert IamGateway(client).resolve_policies([arn], {}) == {arn: arn}


def test_the_partition_is_the_regions(make_client):
    assert IamGateway(make_client("iam", "cn-north-1")).partition == "aws-cn"
    assert IamGateway(make_client("iam", "us-gov-west-1")).partition == "aws-us-gov"


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
        IamGateway(client).apply([CREATE, ADD], done.append)
    assert done == [CREATE, ADD]
    assert len(clock.naps) == 1


def test_what_was_not_just_made_is_missing_at_once(make_client, clock):
    client = make_client("iam")
    with Stubber(client) as aws:
        aws.add_client_error("add_role_to_instance_profile", "NoSuchEntity", http_status_code=404)
        with pytest.raises(AwsError, match="NoSuchEntity.*check the name, or run again"):
            IamGateway(client).apply([ADD], lambda change: None)
    assert clock.naps == []


def test_a_failure_half_way_leaves_an_account_of_what_was_done(make_client):
    client = make_client("iam")
    done = []
    with Stubber(client) as aws:
        aws.add_response("create_instance_profile", {"InstanceProfile": PROFILE})
        aws.add_client_error("add_role_to_instance_profile", "AccessDenied", http_status_code=403)
        with pytest.raises(AwsError, match="iam:PassRole"):
            IamGateway(client).apply([CREATE, ADD], done.append)
    assert done == [CREATE]


WANTED = InstanceProfile("web", "/", ("web",), {})
ROLE_IN_PROFILE = {
    "Path": "/",
    "RoleName": "web",
    "RoleId": "AROAEXAMPLE4EXAMPLE4X",
    "Arn": "arn:aws:iam::123456789012:role/web",
    "CreateDate": datetime(2026, 1, 31, 8, 15, tzinfo=timezone.utc),
}


def test_waiting_sees_the_profile_appear_with_its_role(make_client, clock):
    client = make_client("iam")
    with Stubber(client) as aws:
        aws.add_client_error("get_instance_profile", "NoSuchEntity", http_status_code=404)
        aws.add_response("get_instance_profile", {"InstanceProfile": PROFILE})
        aws.add_response("get_instance_profile", {"InstanceProfile": {**PROFILE, "Roles": [ROLE_IN_PROFILE]}})
        IamGateway(client).wait_for_profile(WANTED, 60)
        aws.assert_no_pending_responses()
    assert len(clock.naps) == 2


def test_waiting_in_vain_is_said(make_client, clock):
    client = make_client("iam")
    with Stubber(client) as aws:
        for _attempt in range(5):
            aws.add_response("get_instance_profile", {"InstanceProfile": PROFILE})
        with pytest.raises(AwsError, match="did not show it within 10 seconds"):
            IamGateway(client).wait_for_profile(WANTED, 10)
