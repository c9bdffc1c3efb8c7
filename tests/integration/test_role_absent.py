# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""iam_ec2_role with state=absent: it does not take the credentials from instances by mistake."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.tests.integration.support.aws import REGION

ELSEWHERE = "us-west-2"
CLOSED = "ap-south-1"


def test_a_role_in_use_is_kept_and_the_instance_named(aws, controller):
    aws.make_profile("in-use")
    (instance,) = aws.run_instances(profile="in-use")
    asked = {"name": "in-use", "state": "absent", "regions": [REGION]}
    for arguments in ((), ("--check",)):
        run = controller.module("iam_ec2_role", *arguments, **asked)
        assert run.returncode != 0
        assert run.writes == []
        assert run.last["changed"] is False
        assert f"{instance} ({REGION})" in run.last["msg"] and "force" in run.last["msg"]
    controller.module("iam_ec2_role", **asked, force=True).succeeded()
    assert "in-use" not in {role["RoleName"] for role in aws.iam.list_roles()["Roles"]}


def test_an_instance_of_another_region_counts_unless_regions_are_narrowed(aws, controller):
    aws.make_profile("abroad")
    client = aws.client("ec2", ELSEWHERE)
    options = {"ImageId": "ami-12c6146b", "MinCount": 1, "MaxCount": 1, "IamInstanceProfile": {"Name": "abroad"}}
    instance = client.run_instances(**options)["Instances"][0]["InstanceId"]
    run = controller.module("iam_ec2_role", name="abroad", state="absent")
    assert run.returncode != 0
    assert f"{instance} ({ELSEWHERE})" in run.last["msg"]
    narrowed = controller.module("iam_ec2_role", name="abroad", state="absent", regions=[REGION]).succeeded()
    assert {call["region"] for call in narrowed.calls if call["service"] == "ec2"} == {REGION}


def test_a_terminated_instance_uses_nothing(aws, controller):
    aws.make_profile("over")
    aws.ec2.terminate_instances(InstanceIds=aws.run_instances(profile="over"))
    controller.module("iam_ec2_role", name="over", state="absent", regions=[REGION]).succeeded()
    again = controller.module("iam_ec2_role", name="over", state="absent", regions=[REGION]).succeeded()
    assert (again.last["changed"], again.writes) == (False, [])


def close_region(aws, code):
    aws.fail("*", code, region=CLOSED, count=None)


@pytest.mark.parametrize("code", ["UnauthorizedOperation", "AuthFailure"])
def test_a_region_where_nobody_may_look_keeps_the_role_until_it_is_left_out(aws, controller, code):
    aws.make_profile("perhaps")
    close_region(aws, code)
    try:
        run = controller.module("iam_ec2_role", name="perhaps", state="absent")
        assert run.returncode != 0 and run.writes == []
        assert f"{CLOSED} ({code})" in run.last["msg"] and "option regions" in run.last["msg"]
        named = controller.module("iam_ec2_role", name="perhaps", state="absent", regions=[REGION, CLOSED])
        assert named.returncode != 0 and named.writes == []
        assert f"instances of {CLOSED}: {code}" in named.last["msg"]
        controller.module("iam_ec2_role", name="perhaps", state="absent", regions=[REGION, ELSEWHERE]).succeeded()
    finally:
        aws.fail_no_more()


def test_force_does_not_look(aws, controller):
    aws.make_profile("forced")
    close_region(aws, "UnauthorizedOperation")
    try:
        controller.module("iam_ec2_role", name="forced", state="absent", force=True).succeeded()
    finally:
        aws.fail_no_more()


def test_the_instances_of_the_other_regions_are_told(aws, controller):
    aws.make_profile("told")
    (instance,) = aws.run_instances(profile="told")
    close_region(aws, "UnauthorizedOperation")
    try:
        run = controller.module("iam_ec2_role_info", name="told", include_instances=True).succeeded()
    finally:
        aws.fail_no_more()
    assert run.last["iam_roles"][0]["instances"] == [{"instance_id": instance, "region": REGION}]
    (closed,) = run.last["regions_not_read"]
    assert (closed["region"], closed["code"]) == (CLOSED, "UnauthorizedOperation")
    assert "not authorized" in closed["message"]
