# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gateway to instance profiles: a few by name, many from the list, and waiting for one."""

from __future__ import annotations

import json
from datetime import datetime, timezone

import pytest
from botocore.stub import Stubber
from moto import mock_aws

from ansible_collections.keyless.ec2.plugins.module_utils._aws import instance_profiles
from ansible_collections.keyless.ec2.plugins.module_utils._aws.instance_profiles import FEW, InstanceProfiles
from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import AwsError
from ansible_collections.keyless.ec2.plugins.module_utils._policy.trusted_entities import ec2_trust_policy
from ansible_collections.keyless.ec2.plugins.module_utils._values.instance_profile import InstanceProfile


class Counting:
    """A client that counts its calls by their name."""

    def __init__(self, client):
        self.calls = []
        client.meta.events.register("before-call.iam", self._note)

    def _note(self, model, **_parameters):
        self.calls.append(model.name)


@pytest.fixture(name="client")
def _client(make_client):
    with mock_aws():
        yield make_client("iam")


def make_profiles(client, names):
    client.create_role(RoleName="app", AssumeRolePolicyDocument=json.dumps(ec2_trust_policy("aws")))
    for name in names:
        client.create_instance_profile(InstanceProfileName=name)
        client.add_role_to_instance_profile(InstanceProfileName=name, RoleName="app")


NAMES = [f"profile-{number}" for number in range(FEW)]


@pytest.mark.parametrize(
    "asked, calls",
    [
        ([], []),
        (NAMES[:1] * 2, ["GetInstanceProfile"]),
        (NAMES[:-1], ["GetInstanceProfile"] * (FEW - 1)),
        (NAMES, ["ListInstanceProfiles"]),
    ],
)
def test_few_profiles_are_read_one_by_one_and_many_from_the_list(client, asked, calls):
    make_profiles(client, [*NAMES, "other"])
    counting = Counting(client)
    found = InstanceProfiles(client).find_trusted(asked)
    assert counting.calls == calls
    assert found.keys() == set(asked)
    assert all((each.profile.roles, each.trust_policy) == (("app",), ec2_trust_policy("aws")) for each in found.values())


@pytest.mark.parametrize("few", [FEW, 0])
def test_profiles_that_are_missing_empty_or_in_capitals(client, clock, monkeypatch, few):
    monkeypatch.setattr(instance_profiles, "FEW", few)
    make_profiles(client, ["Web"])
    client.create_instance_profile(InstanceProfileName="empty")
    found = InstanceProfiles(client).find_trusted(["Web", "empty", "missing"])
    assert found.keys() == {"web", "empty"}
    assert found["web"].profile.name == "Web"
    assert (found["empty"].profile.roles, found["empty"].trust_policy) == ((), None)
    assert clock.naps == [1, 2]


def test_a_profile_that_becomes_visible_late_is_found(client, clock, monkeypatch):
    make_profiles(client, ["web"])
    profiles = InstanceProfiles(client)
    look, early = profiles._described_among, [[]]
    monkeypatch.setattr(profiles, "_described_among", lambda names: early.pop() if early else look(names))
    assert profiles.find_trusted(["web"]).keys() == {"web"}
    assert clock.naps == [1]


def test_case_of_a_name_does_not_matter(client):
    make_profiles(client, ["web"])
    assert InstanceProfiles(client).find_trusted(["Web", "web", "WEB"]).keys() == {"web"}


@pytest.mark.parametrize("names, call", [(NAMES[:1], "get_instance_profile"), (NAMES, "list_instance_profiles")])
def test_an_error_is_not_a_missing_profile(make_client, names, call):
    client = make_client("iam")
    with Stubber(client) as aws:
        aws.add_client_error(call, "AccessDenied", "no", http_status_code=403)
        with pytest.raises(AwsError, match="Allow iam:"):
            InstanceProfiles(client).find_trusted(names)


PROFILE = {
    "Path": "/",
    "InstanceProfileName": "web",
    "InstanceProfileId": "AIPAEXAMPLE4EXAMPLE4X",
    "Arn": "arn:aws:iam::123456789012:instance-profile/web",
    "CreateDate": datetime(2026, 1, 31, 8, 15, tzinfo=timezone.utc),
    "Roles": [],
}


WANTED = InstanceProfile("web", "/", ("web",), {})
ROLE_IN_PROFILE = {
    "Path": "/",
    "RoleName": "web",
    "RoleId": "AROAEXAMPLE4EXAMPLE4X",
    "Arn": "arn:aws:iam::123456789012:role/web",
    "CreateDate": datetime(2026, 1, 31, 8, 15, tzinfo=timezone.utc),
}


def test_waiting_ends_when_the_profile_has_its_role(make_client, clock):
    client = make_client("iam")
    with Stubber(client) as aws:
        aws.add_client_error("get_instance_profile", "NoSuchEntity", http_status_code=404)
        aws.add_response("get_instance_profile", {"InstanceProfile": PROFILE})
        aws.add_response("get_instance_profile", {"InstanceProfile": {**PROFILE, "Roles": [ROLE_IN_PROFILE]}})
        InstanceProfiles(client).wait_for(WANTED, 60)
        aws.assert_no_pending_responses()
    assert len(clock.naps) == 2


def test_waiting_too_long_is_an_error(make_client, clock):
    client = make_client("iam")
    with Stubber(client) as aws:
        for _attempt in range(5):
            aws.add_response("get_instance_profile", {"InstanceProfile": PROFILE})
        with pytest.raises(AwsError, match="did not return it within 10 seconds"):
            InstanceProfiles(client).wait_for(WANTED, 10)


def test_profiles_by_the_role_in_them(client):
    make_profiles(client, NAMES[:2])
    client.create_instance_profile(InstanceProfileName="empty")
    profiles = InstanceProfiles(client)
    assert {role: [each.name for each in found] for role, found in profiles.by_role().items()} == {"app": NAMES[:2]}
    assert [each.name for each in profiles.of_role("app")] == profiles.names_with_role("app") == NAMES[:2]
