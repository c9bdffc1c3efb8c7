# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""launch_profile_attach_info: what the next instance would get, and each problem with its fix."""

from __future__ import annotations

import gzip
import json
from base64 import b64encode
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from itertools import chain

import pytest

from ansible_collections.keyless.ec2.tests.integration.support import known
from ansible_collections.keyless.ec2.tests.integration.support.aws import EC2_TRUST, IMAGE, REGION
from ansible_collections.keyless.ec2.tests.integration.support.fleets import EC2, SPOT, Fleets

KEY_ID = "AKIAQ3EGRI4BXKCWZN5T"
SECRET = "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"
SCRIPT = f"#!/bin/sh\nexport AWS_ACCESS_KEY_ID={KEY_ID}\nexport AWS_SECRET_ACCESS_KEY={SECRET}\n"
LAMBDA = {**EC2_TRUST, "Statement": [{**EC2_TRUST["Statement"][0], "Principal": {"Service": "lambda.amazonaws.com"}}]}
DATA = {
    "ImageId": IMAGE,
    "InstanceType": "t3.micro",
    "IamInstanceProfile": {"Name": "web"},
    "MetadataOptions": {"HttpTokens": "required"},
}


def multipart():
    message = MIMEMultipart()
    part = MIMEText(SCRIPT, "x-shellscript")
    message.attach(part)
    return message.as_bytes()


@pytest.fixture(scope="module", autouse=True)
def _profiles(aws):
    for name in ("web", "old"):
        aws.make_profile(name)
    aws.iam.create_instance_profile(InstanceProfileName="empty")
    aws.iam.create_role(RoleName="lambda", AssumeRolePolicyDocument=json.dumps(LAMBDA))
    aws.make_profile("lambda", "lambda")


@pytest.fixture(name="launcher")
def _launcher(aws):
    """Creates a template with this data and a group without instances; their name."""
    numbers = iter(range(100))
    made = []

    def launcher(size=0, **data):
        name = f"launcher-{next(numbers)}"
        chosen = {key: value for key, value in {**DATA, **data}.items() if value is not None}
        aws.ec2.create_launch_template(LaunchTemplateName=name, LaunchTemplateData=chosen)
        template = {"LaunchTemplateName": name, "Version": "$Latest"}
        aws.client("autoscaling").create_auto_scaling_group(
            AutoScalingGroupName=name, MinSize=0, MaxSize=3, DesiredCapacity=size, AvailabilityZones=[f"{REGION}a"], LaunchTemplate=template
        )
        made.append(name)
        return name

    yield launcher
    for name in made:
        aws.client("autoscaling").delete_auto_scaling_group(AutoScalingGroupName=name, ForceDelete=True)
        aws.ec2.delete_launch_template(LaunchTemplateName=name)


def codes(row):
    return [problem["code"] for problem in row["problems"]]


def test_what_the_next_instance_would_get(controller, launcher):
    name = launcher()
    run = controller.module("launch_profile_attach_info").succeeded()
    for kind, count in (("auto_scaling_groups", 1), ("launch_templates", 1)):
        (row,) = [each for each in run.last[kind] if each["name"] == name]
        assert codes(row) == [] and len(row["launches"]) == count
        launch = row["launches"][0]
        assert (launch["launch_template_name"], launch["version"]) == (name, "1")
        assert (launch["instance_profile"], launch["role_name"]) == ("web", "web")
    assert run.writes == []


@pytest.mark.parametrize(
    "data, code",
    [
        ({"IamInstanceProfile": None}, "no_profile"),
        ({"IamInstanceProfile": {"Name": "lambda"}}, "role_not_assumable_by_ec2"),
        ({"MetadataOptions": None}, "imdsv1_allowed"),
        ({"UserData": b64encode(SCRIPT.encode()).decode()}, "keys_in_user_data"),
        ({"UserData": b64encode(gzip.compress(SCRIPT.encode())).decode()}, "keys_in_user_data"),
        ({"UserData": b64encode(multipart()).decode()}, "keys_in_user_data"),
        ({"UserData": b64encode(gzip.compress(multipart())).decode()}, "keys_in_user_data"),
    ],
)
def test_each_problem_has_its_code_and_its_fix(controller, launcher, data, code):
    name = launcher(**data)
    run = controller.module("launch_profile_attach_info", auto_scaling_groups=[name]).succeeded()
    (row,) = run.last["auto_scaling_groups"]
    if code == "imdsv1_allowed" and not known.DEFAULTS:
        assert codes(row) == [] and row["launches"][0]["imdsv1_allowed"] is None
        return
    assert codes(row) == [code]
    assert run.last["affected"][code]["auto_scaling_groups"] == [name] and run.last["counts"][code] == 1
    assert row["problems"][0]["fix"]
    assert SECRET not in run.output
    assert (KEY_ID in row["problems"][0]["message"]) == (code == "keys_in_user_data")
    assert run.last["launch_templates"] == []


@pytest.mark.parametrize("before, code", [("gone", "missing_profile"), ("emptied", "empty_profile")])
def test_instance_profiles_that_changed_since(aws, controller, launcher, before, code):
    aws.make_profile(before)
    name = launcher(IamInstanceProfile={"Name": before})
    aws.iam.remove_role_from_instance_profile(InstanceProfileName=before, RoleName=before)
    if code == "missing_profile":
        aws.iam.delete_instance_profile(InstanceProfileName=before)
    run = controller.module("launch_profile_attach_info", auto_scaling_groups=[name]).succeeded()
    assert codes(run.last["auto_scaling_groups"][0]) == [code]


def test_members_with_another_profile_are_listed(aws, controller, launcher):
    name = launcher(size=2)
    client = aws.client("autoscaling")
    group = client.describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"][0]
    first = group["Instances"][0]["InstanceId"]
    controller.module("instance_profile_attach", instance_ids=[first], instance_profile="old").succeeded()
    run = controller.module("launch_profile_attach_info", auto_scaling_groups=[name]).succeeded()
    (row,) = run.last["auto_scaling_groups"]
    assert codes(row) == ["members_differ"] and first in row["problems"][0]["message"]
    controller.module("launch_profile_attach", auto_scaling_groups=[name], instance_profile="web").succeeded()
    again = controller.module("launch_profile_attach_info", auto_scaling_groups=[name]).succeeded()
    assert codes(again.last["auto_scaling_groups"][0]) == []


def test_a_deleted_template(aws, controller, launcher):
    name = launcher()
    aws.ec2.delete_launch_template(LaunchTemplateName=name)
    run = controller.module("launch_profile_attach_info", auto_scaling_groups=[name]).succeeded()
    assert codes(run.last["auto_scaling_groups"][0]) == ["missing_template"]
    aws.ec2.create_launch_template(LaunchTemplateName=name, LaunchTemplateData=DATA)


FIX = "Run keyless.ec2.launch_profile_attach with launch_templates={name} and the instance_profile for the next instance."
CREATE_NEW = "AWS cannot change what {fixed} launch. Create a new one with the instance profile for the next instance, and cancel {id}."


@pytest.fixture(name="without")
def _without(aws, launcher):
    """A template whose version 1 has no instance profile, and fleets and a request that launch without one."""
    name, fleets = launcher(IamInstanceProfile=None), Fleets(aws)
    aws.ec2.create_launch_template_version(LaunchTemplateName=name, LaunchTemplateData=DATA)
    own = {key: value for key, value in DATA.items() if key in ("ImageId", "InstanceType")}
    request = aws.ec2.request_spot_instances(SpotPrice="0.1", Type="persistent", LaunchSpecification=own)
    yield {
        "template": name,
        "EC2 Fleet maintain": fleets.make(EC2, name, size=0),
        "Spot Fleet maintain": fleets.make(SPOT, name, size=0),
        "EC2 Fleet request": fleets.make(EC2, name, size=0, Type="request"),
        "Spot Fleet of its own": fleets.make(SPOT, specifications=[own], size=0),
        "request": request["SpotInstanceRequests"][0]["SpotInstanceRequestId"],
    }
    fleets.end_all()


def test_fleets_and_spot_requests_have_fixes(controller, without):
    run = controller.module("launch_profile_attach_info").succeeded()
    rows = {row["name"]: row for row in (*run.last["fleets"], *run.last["spot_requests"])}
    assert set(rows) == set(without.values()) - {without["template"]}
    fixed = {
        "EC2 Fleet request": "EC2 Fleets of the type request",
        "Spot Fleet of its own": "Spot Fleets with launch specifications",
        "request": "Spot Instance requests",
    }
    for key in ("EC2 Fleet maintain", "Spot Fleet maintain", *fixed):
        row = rows[without[key]]
        assert [each["instance_profile"] for each in row["launches"]] == [None]
        fix = CREATE_NEW.format(fixed=fixed[key], id=row["name"]) if key in fixed else FIX.format(name=without["template"])
        problems = {each["code"]: each["fix"] for each in row["problems"]}
        assert problems["no_profile"] == fix
        if ("its own" in key or key == "request") and known.DEFAULTS:
            assert "from a launch template with MetadataOptions.HttpTokens required" in problems["imdsv1_allowed"]
    shown = {(row["kind"], row["type"]) for row in run.last["fleets"]}
    assert shown == {(EC2, "maintain"), (SPOT, "maintain"), (EC2, "request")}
    assert set(chain(*run.last["affected"]["no_profile"].values())) >= set(rows)


def test_the_suggested_fix_of_a_fleet_works(controller, without):
    controller.module("launch_profile_attach", launch_templates=[without["template"]], instance_profile="web").succeeded()
    run = controller.module("launch_profile_attach_info").succeeded()
    rows = {row["name"]: row for row in run.last["fleets"]}
    for key in ("EC2 Fleet maintain", "Spot Fleet maintain"):
        assert codes(rows[without[key]]) == [] and rows[without[key]]["launches"][0]["instance_profile"] == "web"


def test_a_fleet_with_a_deleted_version_can_be_read(aws, controller, launcher):
    name, fleets = launcher(), Fleets(aws)
    fleet = fleets.make(EC2, name, size=0)
    aws.ec2.create_launch_template_version(LaunchTemplateName=name, LaunchTemplateData=DATA)
    aws.ec2.modify_launch_template(LaunchTemplateName=name, DefaultVersion="2")
    aws.ec2.delete_launch_template_versions(LaunchTemplateName=name, Versions=["1"])
    run = controller.module("launch_profile_attach_info").succeeded()
    (row,) = run.last["fleets"]
    assert (row["name"], codes(row)) == (fleet, ["missing_template"])
    assert f"The launch template {name} (version 1) no longer exists" in row["problems"][0]["message"]
    roles = controller.module("iam_ec2_role_info", name="web", include_instances=True, regions=[REGION]).succeeded()
    assert {"kind": "launch template", "name": name, "region": REGION} in roles.last["iam_roles"][0]["launched_by"]
    fleets.end(fleet)


@pytest.mark.parametrize("count", [1, 12])
def test_reading_everything_takes_a_few_calls(controller, launcher, count):
    for _launcher in range(count):
        launcher()
    run = controller.module("launch_profile_attach_info").succeeded()
    assert len(run.calls) <= 6


@pytest.mark.parametrize("filters", [{"instance-id": "x"}, {}])
def test_invalid_filters_are_refused(controller, filters):
    run = controller.module("launch_profile_attach_info", filters=filters)
    assert run.returncode != 0 and run.calls == []
    assert run.last["msg"].startswith("filters")
