# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""access_key_usage_info: reads, failed reads and the result."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from types import SimpleNamespace

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._access_key.usage_info import ALWAYS, Gateways, UsageRequest, gather, now
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
    """IAM and CloudTrail; ``refuse`` names the reads that fail: services of a user, ``regions``, or events of a region."""

    def __init__(self, refuse=(), code="AccessDenied", events=(EVENT,), role=()):
        self.refuse, self.code, self.events, self.role = set(refuse), code, events, role
        self.asked = []
        keys = SimpleNamespace(of_user=self.of_user, user_arn=lambda user: f"arn:{user}", last_use=self.last_use, callers=None)
        iam = SimpleNamespace(
            access_keys=keys, roles=SimpleNamespace(find=lambda name: name == "web" or None), permissions_of=lambda name: role_of(self.role)
        )
        self.aws = Gateways(iam, SimpleNamespace(of=self.services), lambda region: SimpleNamespace(used_with=self.used_with(region)), self.regions)

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
    return gather(account.aws, ids, users, UsageRequest(role, days, NOW), load_reference())


def test_all_keys_of_two_users():
    account = Account()
    result = usage(account, users=["alice", "bob"])
    assert [(row["access_key_id"], row["user_name"]) for row in result["access_keys"]] == [("AKIA1", "alice"), ("AKIA2", "alice"), ("AKIA3", "bob")]
    row = result["access_keys"][0]
    assert [(each["action"], each["source"]) for each in row["actions"]] == [("ec2:DescribeInstances", "key"), ("s3:ListAllMyBuckets", "user")]
    assert [each["service"] for each in row["services"]] == ["s3"] and row["not_allowed"] is None
    assert row["incomplete"] == [each.as_result() for each in ALWAYS]
    # IAM is read once per user, CloudTrail once per key and region.
    assert sorted(each for each in account.asked if each.startswith("arn:")) == ["arn:alice", "arn:bob"]
    assert sum("AKIA" in each for each in account.asked) == 6 and account.asked.count("regions") == 1
    assert result["msg"] == "3 access keys, 3 used in the last 30 days."


def test_keys_by_id_one_without_a_user():
    account = Account(events=())
    first, second = usage(account, ids=["AKIA9", "AKIA3"])["access_keys"]
    (unknown,) = first["incomplete"]
    assert (first["user_name"], unknown["target"], unknown["reason"]) == (None, "AKIA9", "unknown_user")
    assert (first["actions"], first["services"], first["draft_policy"]) == ([], [], None)
    assert (second["user_name"], len(second["actions"])) == ("bob", 1)


def test_nothing_more_is_read_if_no_key_has_a_user():
    account = Account()
    result = usage(account, ids=["AKIA9"])
    assert (account.asked, result["msg"]) == ([], "1 access key, 0 used in the last 30 days.")


@pytest.mark.parametrize(
    "days, since, older",
    [(30, 30, False), (90, 90, False), (91, 90, True), (400, 90, True), (1, 1, False)],
)
def test_events_reach_back_ninety_days_and_longer_periods_are_incomplete(days, since, older):
    account = Account()
    (row,) = usage(account, users=["bob"], days=days)["access_keys"]
    assert f"us-east-1 AKIA3 {since}" in account.asked
    assert ("older_events" in [each["reason"] for each in row["incomplete"]]) == older


@pytest.mark.parametrize(
    "refused, left, reported",
    [
        (["arn:bob"], ["ec2:DescribeInstances"], ["ask for arn:bob"]),
        (["regions"], ["s3:ListAllMyBuckets"], ["ask for regions"]),
        (["us-east-1 AKIA3 30"], ["s3:ListAllMyBuckets"], ["ask for us-east-1 AKIA3 30"]),
        (["eu-central-1 AKIA3 30"], ["ec2:DescribeInstances", "s3:ListAllMyBuckets"], ["ask for eu-central-1 AKIA3 30"]),
        (["arn:bob", "eu-central-1 AKIA3 30"], ["ec2:DescribeInstances"], ["ask for arn:bob", "ask for eu-central-1 AKIA3 30"]),
    ],
)
@pytest.mark.parametrize("code", ["AccessDenied", "NoSuchEntity"])
def test_a_denied_read_is_incomplete_and_the_rest_is_returned(refused, left, reported, code):
    (row,) = usage(Account(refused, code), users=["bob"])["access_keys"]
    assert [each["action"] for each in row["actions"]] == left
    messages = [each["message"] for each in row["incomplete"] if "ask for" in each["message"]]
    assert [each.partition(": ")[0] for each in messages] == [f"Could not {each}" for each in reported]


@pytest.mark.parametrize("refused", ["arn:bob", "regions", "us-east-1 AKIA3 30"])
def test_other_errors_are_raised(refused):
    with pytest.raises(AwsError, match="Throttling"):
        usage(Account([refused], "Throttling"), users=["bob"])


def test_it_fails_if_nothing_could_be_read():
    with pytest.raises(AwsError, match="arn:bob"):
        usage(Account(["arn:bob", "regions"]), users=["bob"])
    with pytest.raises(AwsError, match="arn:bob"):
        usage(Account(["arn:bob"], events=()), users=["bob"])
    # One user that can be read is enough.
    assert len(usage(Account(["arn:bob", "regions"]), users=["bob", "alice"])["access_keys"]) == 3


@pytest.mark.parametrize(
    "allowed, missing, says",
    [
        (["*"], [], "; none used permissions that the role web does not allow."),
        (["ec2:*"], ["s3:ListAllMyBuckets"], "; 1 used permissions that the role web does not allow: AKIA3."),
        (["s3:*"], ["ec2:DescribeInstances"], "; 1 used permissions that the role web does not allow: AKIA3."),
        ([], ["ec2:DescribeInstances", "s3:ListAllMyBuckets"], "; 1 used permissions that the role web does not allow: AKIA3."),
    ],
)
def test_use_that_the_role_does_not_allow(allowed, missing, says):
    result = usage(Account(role=allowed), users=["bob"], role="web")
    assert result["access_keys"][0]["not_allowed"] == missing
    assert result["msg"] == f"1 access key, 1 used in the last 30 days{says}"


def test_use_that_the_role_allows_only_in_part():
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


def test_a_missing_role_is_rejected_before_any_other_call():
    account = Account()
    with pytest.raises(OptionError, match="the role db does not exist") as caught:
        usage(account, users=["bob"], role="db")
    assert (caught.value.option, account.asked) == ("role_name", [])


def test_the_current_time_has_a_time_zone():
    assert now().tzinfo == timezone.utc and abs(now() - datetime.now(timezone.utc)) < timedelta(hours=1)
