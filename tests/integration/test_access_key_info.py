# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""access_key_info: keys of users, temporary keys, keys of other accounts, and the number of calls."""

from __future__ import annotations

import boto3
import pytest

from ansible_collections.keyless.ec2.tests.integration.support.aws import REGION

MODULE = "access_key_info"
FOREIGN = "AKIAIOSFODNN7EXAMPLE"
TEMPORARY = "ASIAIOSFODNN7EXAMPLE"


@pytest.fixture(scope="module", name="keys", autouse=True)
def _keys(aws):
    """The ids of ann's two access keys: a used one and an inactive one."""
    aws.iam.create_user(UserName="ann")
    used, inactive = (aws.iam.create_access_key(UserName="ann")["AccessKey"] for _number in range(2))
    aws.iam.update_access_key(UserName="ann", AccessKeyId=inactive["AccessKeyId"], Status="Inactive")
    use(aws, used)
    return used["AccessKeyId"], inactive["AccessKeyId"]


def use(aws, key):
    """Makes a call with the access key."""
    credentials = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
    boto3.client("ec2", endpoint_url=aws.endpoint, region_name=REGION, **credentials).describe_regions()


def rows_of(run):
    """The rows of a run that must not write."""
    assert run.succeeded().writes == []
    assert run.last["changed"] is False
    return run.last["access_keys"]


def operations(run):
    return sorted(call["operation"] for call in run.calls)


def test_keys_have_status_and_last_use(controller, keys):
    run = controller.task(MODULE, access_key_ids=[*keys, keys[0]])
    used, inactive = rows_of(run)
    assert used.pop("create_date") and inactive.pop("create_date")
    assert used.pop("last_used_date")[:2] == "20"
    common = {"type": "long_term", "user_name": "ann", "used_by_task": False, "msg": None}
    assert used == {
        **common,
        "access_key_id": keys[0],
        "status": "Active",
        "last_used_service": "ec2",
        "last_used_region": REGION,
    }
    assert inactive == {
        **common,
        "access_key_id": keys[1],
        "status": "Inactive",
        "last_used_date": None,
        "last_used_service": None,
        "last_used_region": None,
    }
    assert operations(run) == ["GetAccessKeyLastUsed", "GetAccessKeyLastUsed", "ListAccessKeys"]
    assert "WARNING" not in run.output


def test_a_foreign_and_a_temporary_key_do_not_fail_the_task(controller, keys):
    run = controller.module(MODULE, "--check", access_key_ids=[FOREIGN, TEMPORARY, keys[0]])
    rows = rows_of(run)
    assert [(row["type"], row["user_name"]) for row in rows] == [
        ("long_term", None),
        ("temporary", None),
        ("long_term", "ann"),
    ]
    assert "belongs to another account" in rows[0]["msg"]
    assert operations(run) == ["GetAccessKeyLastUsed", "GetAccessKeyLastUsed", "ListAccessKeys"]


def test_the_user_is_returned_without_the_permission_to_list_keys(aws, controller, keys):
    aws.fail("ListAccessKeys", "AccessDenied")
    (row,) = rows_of(controller.module(MODULE, access_key_id=keys[0]))
    assert (row["user_name"], row["last_used_service"], row["status"]) == ("ann", "ec2", None)
    assert "Allow iam:ListAccessKeys on user/ann" in row["msg"]


def test_an_invalid_id_is_rejected_before_any_call(controller, keys):
    run = controller.module(MODULE, access_key_ids=[keys[0], "AKIA0"])
    assert run.returncode
    assert run.last["msg"].startswith("access_key_ids: 'AKIA0' is not the id of an access key.")
    assert run.calls == []


def test_other_aws_errors_fail_the_task(aws, controller, keys):
    aws.fail("GetAccessKeyLastUsed", "InvalidClientTokenId")
    run = controller.module(MODULE, access_key_id=keys[0])
    assert run.returncode
    assert run.last["error"]["operation"] == "iam:GetAccessKeyLastUsed"
