# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import urllib.error
from typing import Any

import pytest

HOUR = 3600  # seconds, which pass only by the emulator's clock
MANAGED = "arn:aws:iam::aws:policy/ReadOnlyAccess"
POLICY = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]})


def _behind(aws: Any, *seconds: float) -> None:
    aws.http("PUT", "/emulator/replicas", {"behind": list(seconds)})


def _ahead(aws: Any, seconds: float) -> None:
    aws.http("PUT", "/emulator/clock", {"ahead": seconds})


def _roles(aws: Any) -> list[str]:
    return sorted(each["RoleName"] for each in aws.iam.list_roles()["Roles"])


def test_a_read_shows_what_its_replica_knows(aws: Any, refused: Any) -> None:
    aws.role("old")
    _behind(aws, HOUR)
    aws.role("web")
    assert _roles(aws) == ["old"]
    with refused("NoSuchEntity"):
        aws.iam.get_role(RoleName="web")
    _ahead(aws, HOUR)
    assert _roles(aws) == ["old", "web"]


def test_each_earlier_state_is_seen_in_turn(aws: Any) -> None:
    aws.profile("web")
    _behind(aws, HOUR)
    for moment, role in enumerate(("first", "second")):
        _ahead(aws, moment * HOUR / 2)
        aws.role(role)
    for hours, seen in ((0.9, ["web"]), (1.2, ["first", "web"]), (1.6, ["first", "second", "web"])):
        _ahead(aws, hours * HOUR)
        assert _roles(aws) == seen


def test_two_reads_in_a_row_disagree(aws: Any) -> None:
    _behind(aws, 0, HOUR)
    aws.role("web")
    assert sorted(len(_roles(aws)) for _read in range(4)) == [0, 0, 1, 1]


def test_a_deleted_role_is_still_shown(aws: Any) -> None:
    aws.profile("web")
    aws.iam.attach_role_policy(RoleName="web", PolicyArn=MANAGED)
    _behind(aws, HOUR)
    aws.iam.detach_role_policy(RoleName="web", PolicyArn=MANAGED)
    aws.iam.remove_role_from_instance_profile(InstanceProfileName="web", RoleName="web")
    assert aws.iam.list_attached_role_policies(RoleName="web")["AttachedPolicies"]
    assert aws.iam.list_instance_profiles_for_role(RoleName="web")["InstanceProfiles"]
    _ahead(aws, HOUR)
    assert not aws.iam.list_attached_role_policies(RoleName="web")["AttachedPolicies"]
    assert not aws.iam.list_instance_profiles_for_role(RoleName="web")["InstanceProfiles"]


def test_a_write_to_what_its_replica_does_not_know_is_refused(aws: Any, refused: Any) -> None:
    _behind(aws, HOUR)
    aws.role("web")
    aws.iam.create_instance_profile(InstanceProfileName="web")
    writes = (
        lambda: aws.iam.attach_role_policy(RoleName="web", PolicyArn=MANAGED),
        lambda: aws.iam.put_role_policy(RoleName="web", PolicyName="a", PolicyDocument=POLICY),
        lambda: aws.iam.add_role_to_instance_profile(InstanceProfileName="web", RoleName="web"),
        lambda: aws.iam.delete_role(RoleName="web"),
    )
    for write in writes:
        with refused("NoSuchEntity"):
            write()
    _ahead(aws, HOUR)
    for write in writes[:-1]:
        write()


def test_a_principal_that_its_replica_does_not_know_is_refused(aws: Any, refused: Any) -> None:
    _behind(aws, HOUR)
    arn = aws.role("web")["Arn"]
    statement = {"Effect": "Allow", "Principal": {"AWS": arn}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    with refused("MalformedPolicyDocument", "Invalid principal in policy"):
        aws.iam.create_role(RoleName="other", AssumeRolePolicyDocument=trust)
    _ahead(aws, HOUR)
    aws.iam.create_role(RoleName="other", AssumeRolePolicyDocument=trust)


def test_a_deletion_is_refused_for_what_was_in_the_way(aws: Any, refused: Any) -> None:
    aws.role("web")
    aws.iam.attach_role_policy(RoleName="web", PolicyArn=MANAGED)
    _behind(aws, HOUR)
    aws.iam.detach_role_policy(RoleName="web", PolicyArn=MANAGED)
    with refused("DeleteConflict", "Cannot delete entity, must detach all policies first."):
        aws.iam.delete_role(RoleName="web")
    _ahead(aws, HOUR)
    aws.iam.delete_role(RoleName="web")


def test_a_write_is_done_once(aws: Any) -> None:
    aws.profile("web")
    aws.iam.attach_role_policy(RoleName="web", PolicyArn=MANAGED)
    _behind(aws, HOUR)
    aws.role("other")
    aws.iam.detach_role_policy(RoleName="web", PolicyArn=MANAGED)
    assert aws.iam.get_policy(PolicyArn=MANAGED)["Policy"]["AttachmentCount"] == 0
    aws.iam.tag_role(RoleName="web", Tags=[{"Key": "a", "Value": "1"}])
    _ahead(aws, HOUR)
    assert aws.iam.list_role_tags(RoleName="web")["Tags"] == [{"Key": "a", "Value": "1"}]


def test_a_name_that_is_taken_is_taken_everywhere(aws: Any, refused: Any) -> None:
    _behind(aws, HOUR)
    aws.role("web")
    with refused("EntityAlreadyExists"):
        aws.role("web")


def test_ids_in_place_of_arns(aws: Any) -> None:
    aws.http("PUT", "/emulator/replicas", {"arns_after": HOUR})
    role, profile = aws.role("web"), aws.profile("other")
    assert (role["Arn"], profile["Arn"]) == (role["RoleId"], profile["InstanceProfileId"])
    assert aws.iam.get_role(RoleName="web")["Role"]["Arn"] == role["RoleId"]
    listed = aws.iam.list_instance_profiles()["InstanceProfiles"]
    assert [each["Arn"] for each in listed] == [profile["InstanceProfileId"]]
    _ahead(aws, HOUR)
    assert aws.iam.get_role(RoleName="web")["Role"]["Arn"].startswith("arn:")
    assert aws.iam.get_instance_profile(InstanceProfileName="other")["InstanceProfile"]["Arn"].startswith("arn:")


@pytest.mark.parametrize("body", [[], {"behind": 3}, {"behind": [-1]}, {"arns_after": "1"}, {"ahead": 1}])
def test_invalid_replicas(aws: Any, body: Any) -> None:
    with pytest.raises(urllib.error.HTTPError) as caught:
        aws.http("PUT", "/emulator/replicas", body)
    assert caught.value.code == 400
