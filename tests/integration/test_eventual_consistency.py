# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All modules that use IAM, run directly after each other with stale replicas, reach the right state.

IAM's replicas are a few seconds behind, so reads are stale and writes fail for that reason.  Every wait in the modules is longer
than that delay, on a machine of any speed.
"""

from __future__ import annotations

import functools
import itertools

import pytest

from ansible_collections.keyless.ec2.tests.integration.support.aws import REGION
from ansible_collections.keyless.ec2.tests.integration.support.tables import table

S3 = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
EC2 = "arn:aws:iam::aws:policy/AmazonEC2ReadOnlyAccess"
READ = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]}
WRITE = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Put*", "Resource": "*"}]}
HOURS = itertools.count(1)
BEHIND = {"one": (2,), "two": (0, 2), "three": (2, 0, 2), "five": (0, 1, 2, 0, 2)}
FIRST = {"managed_policies": [S3], "inline_policies": {"read": READ}, "tags": {"a": "1"}}
THEN = {"managed_policies": [EC2], "inline_policies": {"write": WRITE}, "tags": {"b": "2"}, "description": "new"}


@pytest.fixture(params=table(BEHIND, ["two"]), name="late")
def _late(request, aws):
    """Makes IAM's replicas lag; the returned function lets them catch up."""
    aws.delay_replicas(*BEHIND[request.param], arns_after=2)
    yield functools.partial(propagate, aws)
    aws.clear_conditions()
    aws.let_time_pass(0)


def propagate(aws):
    """Lets the replicas catch up."""
    aws.let_time_pass(3600 * next(HOURS))


@pytest.fixture(name="name")
def _name(request):
    return "late-" + "".join(each if each.isalnum() else "-" for each in request.node.name[5:])[-50:]


def role(controller, name, **options):
    return controller.module("iam_ec2_role", name=name, **options).succeeded()


def check_role(aws, name, policy, inline, tag):
    shown = aws.iam.get_role(RoleName=name)["Role"]
    assert aws.attached(name) == {policy}
    assert aws.iam.list_role_policies(RoleName=name)["PolicyNames"] == [inline]
    assert shown["Tags"] == [tag]
    profile = aws.iam.get_instance_profile(InstanceProfileName=name)["InstanceProfile"]
    assert [each["RoleName"] for each in profile["Roles"]] == [name]


def test_a_role_is_recreated_and_changed(aws, controller, late, name):
    created = role(controller, name, **FIRST)
    for thing, kind in (("iam_role", "role"), ("instance_profile", "instance-profile")):
        assert created.last[thing]["arn"] == f"arn:aws:iam::123456789012:{kind}/{name}"
    role(controller, name, **FIRST)
    late()
    check_role(aws, name, S3, "read", {"Key": "a", "Value": "1"})
    role(controller, name, **THEN)
    role(controller, name, **THEN)
    late()
    check_role(aws, name, EC2, "write", {"Key": "b", "Value": "2"})
    assert role(controller, name, **THEN).last["changed"] is False


def test_a_role_is_deleted_twice(aws, controller, late, name):
    role(controller, name, **FIRST)
    late()
    absent = {"state": "absent", "regions": [REGION]}
    for _time in range(2):
        role(controller, name, **absent)
    late()
    assert role(controller, name, **absent).last["changed"] is False
    assert name not in {each["RoleName"] for each in aws.iam.list_roles()["Roles"]}
    assert name not in {each["InstanceProfileName"] for each in aws.iam.list_instance_profiles()["InstanceProfiles"]}


def test_a_new_profile_is_attached_and_detached(aws, controller, late, name):
    (instance,) = aws.run_instances()
    role(controller, name)
    named = {"instance_ids": [instance], "instance_profile": name}
    attached = controller.module("instance_profile_attach", **named).succeeded().last["instances"][0]
    assert attached["after"] == f"arn:aws:iam::123456789012:instance-profile/{name}"
    assert controller.module("instance_profile_attach", **named).succeeded().last["changed"] is False
    shown = controller.module("instance_profile_attach_info", instance_ids=[instance]).succeeded().last["instances"][0]
    assert shown["instance_profile"]["arn"] == attached["after"]
    assert {each["code"] for each in shown["problems"]} <= {"imdsv1_allowed"}
    controller.module("instance_profile_attach", state="absent", **named).succeeded()
    assert aws.profile_of(instance) is None


def test_a_role_that_is_used_is_kept(aws, controller, late, name):
    (instance,) = aws.run_instances()
    role(controller, name)
    controller.module("instance_profile_attach", instance_ids=[instance], instance_profile=name).succeeded()
    late()
    refused = controller.module("iam_ec2_role", name=name, state="absent", regions=[REGION])
    assert refused.returncode != 0 and instance in refused.last["msg"]


def test_info_modules_show_the_current_or_an_earlier_state(aws, controller, late, name):
    role(controller, name, **FIRST)
    for options in ({"names": [name]}, {}):
        shown = controller.module("iam_ec2_role_info", **options).succeeded().last["iam_roles"]
        assert [each for each in shown if each["role_name"] == name and not each["arn"].startswith("arn:")] == []
    late()
    (shown,) = controller.module("iam_ec2_role_info", names=[name], include_instances=True).succeeded().last["iam_roles"]
    assert [each["instance_profile_name"] for each in shown["instance_profiles"]] == [name]
