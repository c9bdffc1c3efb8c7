# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""iam_ec2_role with replace_profile_role, while instances keep the former role's credentials."""

from __future__ import annotations

import pytest

OTHER_REGION = "us-east-1"


@pytest.fixture(autouse=True)
def _kind_again(aws):
    yield
    aws.clear_conditions()


@pytest.fixture(name="instances")
def _instances(aws, request):
    """Creates an instance in each of two regions; returns their ids by region, and the name of their role."""
    name = request.node.name.replace("[", "-").rstrip("]")[-40:]
    aws.make_profile(name)
    ids = {}
    for region in ("eu-central-1", OTHER_REGION):
        options = {"ImageId": "ami-12c6146b", "MinCount": 1, "MaxCount": 1, "IamInstanceProfile": {"Name": name}}
        (made,) = aws.client("ec2", region).run_instances(**options)["Instances"]
        ids[region] = made["InstanceId"]
    return ids, name


def replacing(name, **options):
    return {"name": f"{name}-2", "instance_profile_name": name, "replace_profile_role": True, **options}


def role_on(aws, controller, instance):
    run = controller.module("instance_identity_info", endpoint=f"{aws.endpoint}/imds/{instance}").succeeded()
    return run.last["identity"]["role_name"]


def test_the_instances_that_keep_the_former_role_are_returned(aws, controller, instances):
    ids, name = instances
    planned = controller.task("iam_ec2_role", "--check", **replacing(name)).succeeded()
    run = controller.task("iam_ec2_role", **replacing(name)).succeeded()
    rows = run.last["instances"]
    assert {row["region"]: row["instance_id"] for row in rows} == ids
    assert planned.last["instances"] == rows
    assert {problem["code"] for row in rows for problem in row["problems"]} == {"role_replaced"}
    (problem,) = next(row for row in rows if row["region"] == OTHER_REGION)["problems"]
    assert f"the credentials of the role {name} until" in problem["message"]
    assert f"instance_profile={name}, renew=true and region={OTHER_REGION}" in problem["fix"]
    for each in (planned, run):
        assert "renew=true" in each.output
        assert ids[OTHER_REGION] in each.output
    assert {role_on(aws, controller, each) for each in ids.values()} == {name}


def test_the_suggested_task_gives_them_the_new_role(aws, controller, instances):
    ids, name = instances
    rows = controller.module("iam_ec2_role", **replacing(name)).succeeded().last["instances"]
    for row in rows:
        renew = {"instance_ids": [row["instance_id"]], "region": row["region"], "instance_profile": name, "renew": True}
        controller.module("instance_profile_attach", **renew).succeeded()
    assert {role_on(aws, controller, each) for each in ids.values()} == {f"{name}-2"}


def test_it_searches_only_if_a_role_is_replaced(controller, instances):
    _ids, name = instances
    controller.module("iam_ec2_role", **replacing(name, regions=["eu-central-1"])).succeeded()
    again = controller.module("iam_ec2_role", **replacing(name)).succeeded()
    assert (again.last["changed"], "instances" in again.last) == (False, False)
    assert {call["service"] for call in again.calls} == {"iam"}


def test_only_selected_regions_are_searched(controller, instances):
    ids, name = instances
    run = controller.module("iam_ec2_role", **replacing(name, regions=[OTHER_REGION])).succeeded()
    assert [row["instance_id"] for row in run.last["instances"]] == [ids[OTHER_REGION]]
    assert {call["region"] for call in run.calls if call["service"] == "ec2"} == {OTHER_REGION}


def test_a_profile_that_an_interrupted_run_emptied_counts_too(aws, controller, instances):
    ids, name = instances
    aws.iam.remove_role_from_instance_profile(InstanceProfileName=name, RoleName=name)
    run = controller.module("iam_ec2_role", **replacing(name)).succeeded()
    assert {row["instance_id"] for row in run.last["instances"]} == set(ids.values())
    assert "the role that was in it before" in run.last["instances"][0]["problems"][0]["message"]


def test_a_read_error_is_only_a_warning(aws, controller, instances):
    _ids, name = instances
    aws.fail("DescribeRegions", "UnauthorizedOperation", count=None)
    run = controller.task("iam_ec2_role", **replacing(name)).succeeded()
    assert run.last["instances"] == []
    assert run.last["instance_profile"]["roles"] == [f"{name}-2"]
    warnings = " ".join(run.last["warnings"])
    assert f"It is not known which instances keep the credentials of the role {name}." in warnings
    assert "ec2:DescribeRegions" in warnings
