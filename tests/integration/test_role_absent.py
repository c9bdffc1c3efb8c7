# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""iam_ec2_role with state=absent does not delete a role that is in use."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.tests.integration.support.aws import IMAGE, REGION
from ansible_collections.keyless.ec2.tests.integration.support.fleets import SPOT, Fleets
from ansible_collections.keyless.ec2.tests.integration.support.tables import table

ELSEWHERE = "us-west-2"
CLOSED = "eu-west-1"


def test_a_role_in_use_is_kept(aws, controller):
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


def test_instances_of_all_regions_count_unless_regions_are_selected(aws, controller):
    aws.make_profile("abroad")
    client = aws.client("ec2", ELSEWHERE)
    options = {"ImageId": "ami-12c6146b", "MinCount": 1, "MaxCount": 1, "IamInstanceProfile": {"Name": "abroad"}}
    instance = client.run_instances(**options)["Instances"][0]["InstanceId"]
    run = controller.module("iam_ec2_role", name="abroad", state="absent")
    assert run.returncode != 0
    assert f"{instance} ({ELSEWHERE})" in run.last["msg"]
    narrowed = controller.module("iam_ec2_role", name="abroad", state="absent", regions=[REGION]).succeeded()
    assert {call["region"] for call in narrowed.calls if call["service"] == "ec2"} == {REGION}


def test_a_terminated_instance_does_not_count(aws, controller):
    aws.make_profile("over")
    aws.ec2.terminate_instances(InstanceIds=aws.run_instances(profile="over"))
    controller.module("iam_ec2_role", name="over", state="absent", regions=[REGION]).succeeded()
    again = controller.module("iam_ec2_role", name="over", state="absent", regions=[REGION]).succeeded()
    assert (again.last["changed"], again.writes) == (False, [])


def close_region(aws, code):
    aws.fail("*", code, region=CLOSED, count=None)


@pytest.mark.parametrize("code", ["UnauthorizedOperation", "AuthFailure"])
def test_a_region_that_cannot_be_read_keeps_the_role_until_it_is_left_out(aws, controller, code):
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
        aws.clear_faults()


def test_force_reads_no_regions(aws, controller):
    aws.make_profile("forced")
    close_region(aws, "UnauthorizedOperation")
    try:
        controller.module("iam_ec2_role", name="forced", state="absent", force=True).succeeded()
    finally:
        aws.clear_faults()


def test_the_instances_of_other_regions_are_returned(aws, controller):
    aws.make_profile("told")
    (instance,) = aws.run_instances(profile="told")
    close_region(aws, "UnauthorizedOperation")
    try:
        run = controller.module("iam_ec2_role_info", name="told", include_instances=True).succeeded()
    finally:
        aws.clear_faults()
    assert run.last["iam_roles"][0]["instances"] == [{"instance_id": instance, "region": REGION}]
    (closed,) = run.last["incomplete"]
    assert (closed["target"], closed["reason"]) == (CLOSED, "UnauthorizedOperation")
    assert "not authorized" in closed["message"]


@pytest.mark.parametrize("size", [0, 1])
@pytest.mark.parametrize("version", table(["1", "$Latest", "$Default"], ["1"]))
def test_a_role_that_a_group_launches_with_is_in_use(aws, groups, controller, size, version):
    role = f"next-{size}-{version.strip('$')}"
    aws.make_profile(role)
    name = groups.group(groups.template(profile=role), version, size=size)
    if size:
        instances = [each["InstanceId"] for each in groups.shown(name)["Instances"]]
        controller.module("instance_profile_attach", instance_ids=instances, state="absent").succeeded()
    run = controller.module("iam_ec2_role", name=role, state="absent", regions=[REGION])
    assert run.returncode != 0 and run.writes == []
    assert f"Auto Scaling group {name} ({REGION})" in run.last["msg"] and "launch_profile_attach" in run.last["msg"]
    info = controller.module("iam_ec2_role_info", name=role, include_instances=True, regions=[REGION]).succeeded()
    launched_by = info.last["iam_roles"][0]["launched_by"]
    assert {"kind": "Auto Scaling group", "name": name, "region": REGION} in launched_by
    controller.module("launch_profile_attach", auto_scaling_groups=[name], state="absent").succeeded()


def test_a_launch_template_counts_unless_force(aws, groups, controller):
    aws.make_profile("templated")
    template = groups.template(profile="old")
    groups.version(template, IamInstanceProfile={"Arn": "arn:aws:iam::123456789012:instance-profile/templated"})
    run = controller.module("iam_ec2_role", name="templated", state="absent", regions=[REGION])
    assert run.returncode != 0 and "launch template template-" in run.last["msg"]
    controller.module("iam_ec2_role", name="templated", state="absent", force=True).succeeded()


def test_the_launch_configuration_of_a_group_counts(aws, groups, controller):
    aws.make_profile("configured")
    groups.client.create_launch_configuration(
        LaunchConfigurationName="configured", ImageId=IMAGE, InstanceType="t3.micro", IamInstanceProfile="configured"
    )
    name = groups.group(LaunchConfigurationName="configured", size=0)
    run = controller.module("iam_ec2_role", name="configured", state="absent", regions=[REGION])
    assert run.returncode != 0 and f"Auto Scaling group {name}" in run.last["msg"]


def test_fleets_and_persistent_spot_requests_count(aws, groups, controller):
    aws.make_profile("spot")
    specification = {"ImageId": IMAGE, "InstanceType": "t3.micro", "IamInstanceProfile": {"Name": "spot"}}
    request = aws.ec2.request_spot_instances(SpotPrice="0.1", Type="persistent", LaunchSpecification=specification)
    request_id = request["SpotInstanceRequests"][0]["SpotInstanceRequestId"]
    template = groups.template(profile="old")
    version = groups.version(template, IamInstanceProfile={"Name": "spot"})
    groups.version(template, source=version, IamInstanceProfile={"Name": "old"})
    fleet = aws.ec2.create_fleet(
        LaunchTemplateConfigs=[{"LaunchTemplateSpecification": {"LaunchTemplateId": template, "Version": version}}],
        TargetCapacitySpecification={"TotalTargetCapacity": 0, "DefaultTargetCapacityType": "on-demand"},
    )["FleetId"]
    spot_fleet = Fleets(aws).make(SPOT, specifications=[specification], size=0)
    run = controller.module("iam_ec2_role_info", name="spot", include_instances=True, regions=[REGION]).succeeded()
    launched_by = {(each["kind"], each["name"]) for each in run.last["iam_roles"][0]["launched_by"]}
    assert launched_by == {("Spot Instance request", request_id), ("EC2 Fleet", fleet), ("Spot Fleet", spot_fleet)}
