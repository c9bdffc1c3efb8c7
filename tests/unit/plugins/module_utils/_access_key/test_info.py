# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Information about access keys, on botocore's Stubber, which also counts the calls."""

from __future__ import annotations

import threading
from datetime import datetime, timezone

import pytest
from botocore.stub import Stubber
from moto import mock_aws

from ansible_collections.keyless.ec2.plugins.module_utils._access_key.info import AccessKey, describe
from ansible_collections.keyless.ec2.plugins.module_utils._access_key.options import check_access_key_ids
from ansible_collections.keyless.ec2.plugins.module_utils._aws.access_keys import AccessKeys
from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import AwsError, OptionError
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils.conftest import CREDENTIALS

A, B, C, D = (f"AKIA{letter * 16}" for letter in "ABCD")
SESSION = f"ASIA{'S' * 16}"
CREATED = datetime(2021, 3, 4, tzinfo=timezone.utc)
USED = datetime(2026, 1, 31, 8, 15, tzinfo=timezone.utc)
IN_S3 = {"LastUsedDate": USED, "ServiceName": "s3", "Region": "eu-central-1"}
NEVER = {"ServiceName": "N/A", "Region": "N/A"}


class Account(Stubber):
    """An IAM that expects its calls in this order, as one thread makes them."""

    def __init__(self, client):
        super().__init__(client)
        self.iam = AccessKeys(client)

    def _validate_operation_response(self, operation_name, service_response):
        """Not at all: older models ask for the date of the last use, which AWS leaves out where there was none."""

    def is_used(self, access_key_id, user_name, use):
        """The answer to a call about the key."""
        answer = {"UserName": user_name, "AccessKeyLastUsed": use}
        self.add_response("get_access_key_last_used", answer, {"AccessKeyId": access_key_id})

    def has_keys(self, user_name, **status):
        """The answer to a call about the user."""
        listed = [{"AccessKeyId": key, "Status": each, "CreateDate": CREATED} for key, each in status.items()]
        answer = {"AccessKeyMetadata": listed, "IsTruncated": False}
        self.add_response("list_access_keys", answer, {"UserName": user_name})

    def refuses(self, method, code, parameters):
        """An error in answer to a call."""
        self.add_client_error(method, code, "It is so.", expected_params=parameters)


@pytest.fixture(name="account")
def _account(make_client, monkeypatch):
    """Makes the calls one after the other, because the Stubber expects them in order."""
    one_by_one = "ansible_collections.keyless.ec2.plugins.module_utils._access_key.info.WORKERS"
    monkeypatch.setattr(one_by_one, 1)
    with Account(make_client("iam")) as account:
        yield account
        account.assert_no_pending_responses()


def test_a_key_has_its_user_status_and_last_use(account):
    account.is_used(A, "ann", IN_S3)
    account.has_keys("ann", **{A: "Active"})
    (key,) = describe(account.iam, [A])
    assert key.as_result() == {
        "access_key_id": A,
        "type": "long_term",
        "user_name": "ann",
        "status": "Active",
        "create_date": "2021-03-04T00:00:00+00:00",
        "last_used_date": "2026-01-31T08:15:00+00:00",
        "last_used_service": "s3",
        "last_used_region": "eu-central-1",
        "used_by_task": False,
        "msg": None,
    }


def test_each_key_and_each_user_takes_one_call(account):
    account.is_used(B, "bob", NEVER)
    account.is_used(A, "ann", IN_S3)
    account.is_used(C, "bob", IN_S3)
    account.has_keys("ann", **{A: "Active"})
    account.has_keys("bob", **{B: "Inactive", C: "Active"})
    keys = describe(account.iam, [B, A, B, C, A])
    assert [key.access_key_id for key in keys] == [B, A, C]
    assert [(key.user_name, key.status) for key in keys] == [
        ("bob", "Inactive"),
        ("ann", "Active"),
        ("bob", "Active"),
    ]


def test_a_key_that_was_never_used(account):
    account.is_used(A, "ann", NEVER)
    account.has_keys("ann", **{A: "Active"})
    (key,) = describe(account.iam, [A])
    assert (key.last_used_date, key.last_used_service, key.last_used_region, key.msg) == (None, None, None, None)


def test_a_temporary_key_takes_no_call(account):
    (key,) = describe(account.iam, [SESSION])
    assert key == AccessKey(SESSION, "temporary", msg="This is a temporary key: it has no IAM user, and expires by itself.")


def test_no_keys_take_no_call(account):
    assert describe(account.iam, []) == []


@pytest.mark.parametrize("code", ["AccessDenied", "NoSuchEntity"])
def test_an_error_about_one_key_does_not_affect_the_others(account, code):
    account.is_used(A, "ann", IN_S3)
    account.refuses("get_access_key_last_used", code, {"AccessKeyId": B})
    account.is_used(C, "ann", NEVER)
    account.has_keys("ann", **{A: "Active", C: "Active"})
    first, foreign, last = describe(account.iam, [A, B, C])
    assert (first.status, first.msg, last.status, last.msg) == ("Active", None, "Active", None)
    assert foreign == AccessKey(
        B,
        msg=f"It does not exist, belongs to another account, or the task lacks the permission iam:GetAccessKeyLastUsed: {code}: It is so.",
    )


def test_an_error_about_one_user_does_not_affect_the_others(account):
    account.is_used(A, "ann", IN_S3)
    account.is_used(B, "bob", IN_S3)
    account.refuses("list_access_keys", "AccessDenied", {"UserName": "ann"})
    account.has_keys("bob", **{B: "Active"})
    anns, bobs = describe(account.iam, [A, B])
    assert (anns.user_name, anns.last_used_service, anns.status, anns.create_date) == ("ann", "s3", None, None)
    assert "Allow iam:ListAccessKeys on user/ann" in anns.msg
    assert (bobs.status, bobs.msg) == ("Active", None)


def test_a_key_that_was_deleted_in_the_meantime(account):
    account.is_used(A, "ann", IN_S3)
    account.has_keys("ann", **{B: "Active"})
    (key,) = describe(account.iam, [A])
    assert (key.user_name, key.status, key.msg) == ("ann", None, "User ann no longer has this key.")


def test_a_key_without_a_user(account):
    account.add_response("get_access_key_last_used", {"AccessKeyLastUsed": IN_S3})
    (key,) = describe(account.iam, [A])
    assert (key.user_name, key.last_used_service) == (None, "s3")
    assert key.msg == "AWS returns no IAM user for this key."


@pytest.mark.parametrize("method", ["get_access_key_last_used", "list_access_keys"])
def test_an_error_that_concerns_all_keys_is_raised(account, method):
    if method == "list_access_keys":
        account.is_used(A, "ann", IN_S3)
    account.refuses(method, "InvalidClientTokenId", None)
    with pytest.raises(AwsError, match="AWS does not accept the credentials"):
        describe(account.iam, [A])


class Slow:
    """An IAM that answers once eight calls are waiting."""

    callers = None

    def __init__(self):
        self._all_here = threading.Barrier(8)

    def last_use(self, _access_key_id):
        self._all_here.wait(10)
        return {"AccessKeyLastUsed": NEVER}


def test_eight_keys_are_read_in_parallel():
    ids = [f"AKIA{number:016o}".replace("0", "Z").replace("1", "Y") for number in range(16)]
    assert len(describe(Slow(), ids)) == 16


def test_the_key_of_the_task_itself_is_marked(make_client):
    with mock_aws():
        client = make_client("iam")
        client.create_user(UserName="ann")
        other = client.create_access_key(UserName="ann")["AccessKey"]["AccessKeyId"]
        own = CREDENTIALS["aws_access_key_id"]
        found = {key.access_key_id: key.used_by_task for key in describe(AccessKeys(client), [other, own])}
    assert found == {other: False, own: True}


@pytest.mark.parametrize("good", [[], [A], [A, SESSION], ["AKIAIOSFODNN7EXAMPLE"]])
def test_valid_ids(good):
    check_access_key_ids(good)


@pytest.mark.parametrize("bad", ["", "AKIA", A + "A", A[:-1], A.lower(), f"AKIA{'0' * 16}", f"AROA{'A' * 16}", f" {A}", A + "\n"])
def test_the_error_names_an_invalid_id(bad):
    with pytest.raises(OptionError) as caught:
        check_access_key_ids([A, bad])
    assert str(caught.value).startswith(f"access_key_ids: {bad!r} is not the id of an access key. Use an id such as AKIA")
