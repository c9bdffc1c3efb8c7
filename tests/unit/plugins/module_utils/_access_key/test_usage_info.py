# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What keys did, held against a role: what is asked, what could not be asked, and what is told of it."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from types import SimpleNamespace

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._access_key.usage_info import ALWAYS, Aws, Request, look, now
from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import AwsError, OptionError
from ansible_collections.keyless.ec2.plugins.module_utils._policy.service_reference import load_reference
from ansible_collections.keyless.ec2.plugins.module_utils._values.permissions import Permissions
from ansible_collections.keyless.ec2.plugins.module_utils._values.usage import EventUse, ServiceUse

NOW = datetime(2026, 6, 1, tzinfo=timezone.utc)
USED = NOW - timedelta(days=2)
S3 = ServiceUse("s3", USED, {"ListAllMyBuckets": USED})
EVENT = EventUse("ec2.amazonaws.com", "DescribeInstances", USED)
KEYS = {"alice": ["AKIA1", "AKIA2"], "bob": ["AKIA3"]}


class Account:
    """IAM and CloudTrail; ``refuse`` names what AWS refuses: services of a user, ``regions``, or events of a region."""

    def __init__(self, refuse=(), code="AccessDenied", events=(EVENT,), role=()):
        self.refuse, self.code, self.events, self.role = set(refuse), code, events, role
        self.asked = []
        keys = SimpleNamespace(of_user=self.of_user, user_arn=lambda user: f"arn:{user}", last_use=self.last_use, callers=None)
        iam = SimpleNamespace(
            access_keys=keys, roles=SimpleNamespace(find=lambda name: name == "web" or None), permissions_of=lambda name: role_of(self.role)
        )
        self.aws = Aws(iam, SimpleNamespace(of=self.services), lambda region: SimpleNamespace(used_with=self.used_with(region)), self.regions)

    def check(self, what):
        self.asked.append(what)
        if what in self.refuse:
            raise AwsError("x:Y", "x", f"ask for {what}", self.code, "no")

    def of_user(self, user):
        return [{"AccessKeyId": each, "Status": "Active", "CreateDate": NOW} for each in KEYS[user]]

    def last_use(self, key):
        (user,) = [user for user, keys in KEYS.items() if key in keys] or [None]
        return {**({"UserName": user} if user else {}), "AccessKeyLastUsed": {"ServiceName": "N/A", "Region": "N/A"}}

    def services(self, arn):
        self.check(arn)
        return [S3]

    def regions(self):
        self.check("regions")
        return ["eu-central-1", "us-east-1"]

    def used_with(self, region):
        def used_with(key, since):
            self.check(f"{region} {key} {(NOW - since).days}")
            return self.events if region == "us-east-1" else []

        return used_with


def role_of(actions):
    return Permissions(({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": "*"}]},))


def usage(account, ids=None, users=(), role=None, days=30):
    return look(account.aws, ids, users, Request(role, days, NOW), load_reference())


def test_all_keys_of_users_with_what_is_known_of_both():
    account = Account()
    result = usage(account, users=["alice", "bob"])
    assert [(row["access_key_id"], row["user_name"]) for row in result["access_keys"]] == [("AKIA1", "alice"), ("AKIA2", "alice"), ("AKIA3", "bob")]
    row = result["access_keys"][0]
    assert [(each["action"], each["source"]) for each in row["actions"]] == [("ec2:DescribeInstances", "key"), ("s3:ListAllMyBuckets", "user")]
    assert [each["service"] for each in row["services"]] == ["s3"] and row["not_allowed"] is None
    assert row["incomplete"] == [each.as_result() for each in ALWAYS]
    # IAM once for each user, and CloudTrail for each key in each region.
    assert sorted(each for each in account.asked if each.startswith("arn:")) == ["arn:alice", "arn:bob"]
    assert sum("AKIA" in each for each in account.asked) == 6 and account.asked.count("regions") == 1
    assert result["msg"] == "3 access keys, 3 used in the last 30 days."


def test_keys_by_their_ids_with_one_that_has_no_user():
    account = Account(events=())
    first, second = usage(account, ids=["AKIA9", "AKIA3"])["access_keys"]
    (unknown,) = first["incomplete"]
    assert (first["user_name"], unknown["target"], unknown["reason"]) == (None, "AKIA9", "unknown_user")
    assert (first["actions"], first["services"], first["draft_policy"]) == ([], [], None)
    assert (second["user_name"], len(second["actions"])) == ("bob", 1)


def test_where_no_key_has_a_user_nothing_more_is_asked():
    account = Account()
    result = usage(account, ids=["AKIA9"])
    assert (account.asked, result["msg"]) == ([], "1 access key, 0 used in the last 30 days.")


@pytest.mark.parametrize(
    "days, since, older",
    [(30, 30, False), (90, 90, False), (91, 90, True), (400, 90, True), (1, 1, False)],
)
def test_events_go_back_ninety_days_and_it_is_told_where_that_is_not_all(days, since, older):
    account = Account()
    (row,) = usage(account, users=["bob"], days=days)["access_keys"]
    assert f"us-east-1 AKIA3 {since}" in account.asked
    assert ("older_events" in [each["reason"] for each in row["incomplete"]]) == older


@pytest.mark.parametrize(
    "refused, left, told",
    [
        (["arn:bob"], ["ec2:DescribeInstances"], ["ask for arn:bob"]),
        (["regions"], ["s3:ListAllMyBuckets"], ["ask for regions"]),
        (["us-east-1 AKIA3 30"], ["s3:ListAllMyBuckets"], ["ask for us-east-1 AKIA3 30"]),
        (["eu-central-1 AKIA3 30"], ["ec2:DescribeInstances", "s3:ListAllMyBuckets"], ["ask for eu-central-1 AKIA3 30"]),
        (["arn:bob", "eu-central-1 AKIA3 30"], ["ec2:DescribeInstances"], ["ask for arn:bob", "ask for eu-central-1 AKIA3 30"]),
    ],
)
@pytest.mark.parametrize("code", ["AccessDenied", "NoSuchEntity"])
def test_what_is_refused_is_told_and_the_rest_is_there(refused, left, told, code):
    (row,) = usage(Account(refused, code), users=["bob"])["access_keys"]
    assert [each["action"] for each in row["actions"]] == left
    said = [each["message"] for each in row["incomplete"] if "ask for" in each["message"]]
    assert [each.partition(": ")[0] for each in said] == [f"Could not {each}" for each in told]


@pytest.mark.parametrize("refused", ["arn:bob", "regions", "us-east-1 AKIA3 30"])
def test_another_error_ends_it(refused):
    with pytest.raises(AwsError, match="Throttling"):
        usage(Account([refused], "Throttling"), users=["bob"])


def test_where_nothing_at_all_could_be_asked_that_is_an_error():
    with pytest.raises(AwsError, match="arn:bob"):
        usage(Account(["arn:bob", "regions"]), users=["bob"])
    with pytest.raises(AwsError, match="arn:bob"):
        usage(Account(["arn:bob"], events=()), users=["bob"])
    # As soon as one user could be asked it is none.
    assert len(usage(Account(["arn:bob", "regions"]), users=["bob", "alice"])["access_keys"]) == 3


@pytest.mark.parametrize(
    "allowed, missing, says",
    [
        (["*"], [], "; none did what the role web does not allow."),
        (["ec2:*"], ["s3:ListAllMyBuckets"], "; 1 did what the role web does not allow: AKIA3."),
        (["s3:*"], ["ec2:DescribeInstances"], "; 1 did what the role web does not allow: AKIA3."),
        ([], ["ec2:DescribeInstances", "s3:ListAllMyBuckets"], "; 1 did what the role web does not allow: AKIA3."),
    ],
)
def test_what_the_role_would_not_allow(allowed, missing, says):
    result = usage(Account(role=allowed), users=["bob"], role="web")
    assert result["access_keys"][0]["not_allowed"] == missing
    assert result["msg"] == f"1 access key, 1 used in the last 30 days{says}"


def test_what_the_role_allows_in_part_is_told():
    account = Account()
    statement = {"Effect": "Allow", "Action": "ec2:*", "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "true"}}}
    account.aws.iam.permissions_of = lambda name: Permissions(
        ({"Version": "2012-10-17", "Statement": [statement, {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]},)
    )
    (row,) = usage(account, users=["bob"], role="web")["access_keys"]
    assert row["incomplete"][0] == {
        "target": "ec2:DescribeInstances",
        "reason": "partly_allowed",
        "message": "The role web allows ec2:DescribeInstances only on some resources or under conditions.",
    }
    assert row["not_allowed"] == []


def test_a_role_that_is_not_there_is_refused_before_anything_is_asked():
    account = Account()
    with pytest.raises(OptionError, match="there is no role db") as caught:
        usage(account, users=["bob"], role="db")
    assert (caught.value.option, account.asked) == ("role_name", [])


def test_the_time_is_as_aws_has_it():
    assert now().tzinfo == timezone.utc and abs(now() - datetime.now(timezone.utc)) < timedelta(hours=1)
