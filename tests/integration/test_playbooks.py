# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbooks, run by their names."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.tests.integration.support.aws import SECRET

S3 = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
LAUNCH = {
    "launch_name": "fleet",
    "launch_count": 3,
    "launch_create_role": True,
    "launch_tags": {"team": "web"},
    "ec2_role_name": "fleet",
    "ec2_role_managed_policies": ["AmazonS3ReadOnlyAccess"],
}


class TestLaunch:
    def test_check_mode_announces_and_writes_nothing(self, aws, controller):
        run = controller.run("keyless.ec2.launch", "--check", "--diff", variables=LAUNCH).succeeded()
        assert run.changed
        assert run.writes == []
        assert aws.instances_named("fleet") == []

    def test_then_the_instances_run_with_the_role(self, aws, controller):
        controller.run("keyless.ec2.launch", variables=LAUNCH).succeeded()
        instances = aws.instances_named("fleet")
        assert len(instances) == 3
        assert {each["State"]["Name"] for each in instances} == {"running"}
        assert {aws.profile_of(each["InstanceId"]) for each in instances} == {"fleet"}
        assert {each["MetadataOptions"]["HttpTokens"] for each in instances} == {"required"}
        assert all({"Key": "team", "Value": "web"} in each["Tags"] for each in instances)
        assert aws.attached("fleet") == {S3}

    def test_again_nothing_changes(self, controller):
        for arguments in ((), ("--check",)):
            run = controller.run("keyless.ec2.launch", *arguments, variables=LAUNCH).succeeded()
            assert not run.changed
            assert run.writes == []

    def test_what_is_missing_is_launched_and_nothing_is_ever_terminated(self, aws, controller):
        controller.run("keyless.ec2.launch", variables={**LAUNCH, "launch_count": 4}).succeeded()
        assert len(aws.instances_named("fleet")) == 4
        fewer = controller.run("keyless.ec2.launch", variables={**LAUNCH, "launch_count": 1}).succeeded()
        assert not fewer.changed
        assert {each["State"]["Name"] for each in aws.instances_named("fleet")} == {"running"}

    def test_an_instance_of_the_name_without_the_profile_gets_it(self, aws, controller):
        (bare,) = aws.run_instances(name="fleet")
        run = controller.run("keyless.ec2.launch", variables=LAUNCH).succeeded()
        assert [call["operation"] for call in run.writes] == ["AssociateIamInstanceProfile"]
        assert aws.profile_of(bare) == "fleet"

    def test_what_is_missing_can_be_spot_instances(self, aws, controller):
        (there,) = aws.run_instances(name="spot", profile="fleet")
        variables = {**LAUNCH, "launch_name": "spot", "launch_count": 2, "launch_spot": True, "launch_security_groups": ["default"]}
        check = controller.run("keyless.ec2.launch", "--check", variables=variables).succeeded()
        assert (check.changed, check.writes) == (True, [])
        controller.run("keyless.ec2.launch", variables=variables).succeeded()
        kept, made = sorted(aws.instances_named("spot"), key=lambda each: each["InstanceId"] != there)
        assert (kept["InstanceId"], kept.get("InstanceLifecycle"), kept["State"]["Name"]) == (there, None, "running")
        assert (made["InstanceLifecycle"], made["MetadataOptions"]["HttpTokens"]) == ("spot", "required")
        assert aws.profile_of(made["InstanceId"]) == "fleet"
        assert controller.run("keyless.ec2.launch", variables=variables).succeeded().writes == []

    def test_spot_instances_are_not_launched_from_a_template_of_somebody_else(self, aws, controller):
        name = "keyless-ec2-spot"
        if aws.ec2.describe_launch_templates(Filters=[{"Name": "launch-template-name", "Values": [name]}])["LaunchTemplates"]:
            aws.ec2.delete_launch_template(LaunchTemplateName=name)
        aws.ec2.create_launch_template(LaunchTemplateName=name, LaunchTemplateData={"UserData": "YQ=="})
        run = controller.run("keyless.ec2.launch", variables={**LAUNCH, "launch_name": "other", "launch_spot": True})
        assert run.returncode != 0 and run.writes == []
        assert "launch_spot: the launch template keyless-ec2-spot is another one" in run.output

    @pytest.mark.parametrize(
        "variables, says",
        [
            ({}, "missing required arguments: launch_name"),
            ({"launch_name": "x"}, "launch_instance_profile: is missing"),
            ({"launch_name": "x", "launch_create_role": True}, "ec2_role_name"),
            ({"launch_name": "x", "launch_instance_profile": "nobody"}, "nobody"),
        ],
    )
    def test_what_is_wrong_is_said(self, aws, controller, variables, says):
        run = controller.run("keyless.ec2.launch", variables=variables)
        assert run.returncode != 0
        assert says in run.output
        assert run.writes == []


def test_strings_from_the_command_line_do(aws, controller):
    run = controller.run(
        "keyless.ec2.launch",
        "-e", "launch_name=strings launch_count=2 launch_create_role=yes",
        "-e", "ec2_role_name=strings ec2_role_managed_policies=AmazonS3ReadOnlyAccess,AmazonEC2ReadOnlyAccess",
        "-e", "ec2_role_create_instance_profile=true ec2_role_max_session_duration=7200",
    ).succeeded()  # fmt: skip
    assert run.changed
    assert len(aws.instances_named("strings")) == 2
    assert len(aws.attached("strings")) == 2


def test_the_role_playbook_makes_and_deletes(aws, controller):
    controller.run("keyless.ec2.ec2_role", variables={"ec2_role_name": "alone", "ec2_role_tags": {"a": "b"}}).succeeded()
    assert aws.iam.get_role(RoleName="alone")["Role"]["Tags"] == [{"Key": "a", "Value": "b"}]
    gone = {"ec2_role_name": "alone", "ec2_role_state": "absent"}
    controller.run("keyless.ec2.ec2_role", variables=gone).succeeded()
    assert "alone" not in {role["RoleName"] for role in aws.iam.list_roles()["Roles"]}


def test_what_is_not_given_to_the_role_is_left_alone_and_what_is_empty_is_emptied(aws, controller):
    boundary = "arn:aws:iam::aws:policy/PowerUserAccess"
    aws.make_role("kept", (S3,), PermissionsBoundary=boundary, Description="d", Tags=[{"Key": "a", "Value": "b"}])
    controller.run("keyless.ec2.ec2_role", variables={"ec2_role_name": "kept"}).succeeded()
    kept = aws.iam.get_role(RoleName="kept")["Role"]
    assert (kept["Description"], kept["PermissionsBoundary"]["PermissionsBoundaryArn"]) == ("d", boundary)
    assert aws.attached("kept") == {S3}
    empty = {
        "ec2_role_permissions_boundary": "",
        "ec2_role_description": "",
        "ec2_role_managed_policies": [],
        "ec2_role_tags": {},
    }
    controller.run("keyless.ec2.ec2_role", variables={"ec2_role_name": "kept", **empty}).succeeded()
    emptied = aws.iam.get_role(RoleName="kept")["Role"]
    assert (emptied.get("Description", ""), "PermissionsBoundary" in emptied, emptied.get("Tags", [])) == ("", False, [])
    assert aws.attached("kept") == set()


def test_the_attach_playbook_attaches_and_detaches(aws, controller):
    aws.make_profile("attached")
    (instance,) = aws.run_instances(name="attached")
    variables = {"attach_filters": {"tag:Name": "attached"}, "attach_instance_profile": "attached"}
    check = controller.run("keyless.ec2.attach", "--check", variables=variables).succeeded()
    assert (check.changed, check.writes) == (True, [])
    controller.run("keyless.ec2.attach", variables=variables).succeeded()
    assert aws.profile_of(instance) == "attached"
    assert not controller.run("keyless.ec2.attach", variables=variables).succeeded().changed
    controller.run("keyless.ec2.attach", variables={**variables, "attach_state": "absent"}).succeeded()
    assert aws.profile_of(instance) is None


def test_no_secret_shows_however_much_is_asked_for(controller):
    variables = {**LAUNCH, "launch_name": "verbose", "ec2_role_name": "verbose"}
    run = controller.run("keyless.ec2.launch", "-vvvv", "--diff", variables=variables).succeeded()
    assert "iam:CreateRole" in run.output
    assert SECRET not in run.output
