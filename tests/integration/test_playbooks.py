# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbooks, run by their names."""

from __future__ import annotations

import json

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


BARE = "named-by-somebody"  # an instance that the role did not launch
WRONG = {
    "nothing": ({}, "launch_name: is missing or empty."),
    "no_profile": ({"launch_name": "x"}, "launch_instance_profile: is missing"),
    "no_role": ({"launch_name": "x", "launch_create_role": True}, "ec2_role_name"),
    "unknown_profile": ({"launch_name": "x", "launch_instance_profile": "nobody"}, "launch_instance_profile: there is no instance profile 'nobody'."),
    "instance_of_somebody_else": ({**LAUNCH, "launch_name": BARE, "ec2_role_name": BARE}, "set launch_on_conflict to replace"),
    "template_of_somebody_else": (
        {**LAUNCH, "launch_name": "other", "launch_spot": True},
        "launch_spot: the launch template keyless-ec2-spot exists and is not the one that this role creates",
    ),
}


def operations(run):
    return [call["operation"] for call in run.writes]


def in_turn(controller, playbook, *variables):
    """Runs the playbook several times in one run, each time with its own variables."""
    imports = [{"ansible.builtin.import_playbook": playbook, "vars": each} for each in variables]
    (controller.folder / "in_turn.yml").write_text(json.dumps(imports), encoding="utf-8")
    return controller.run("in_turn.yml").succeeded()


def twice(controller, playbook, variables):
    """Runs the playbook twice in one run; the second time, there is nothing to do."""
    run = in_turn(controller, playbook, variables, variables)
    assert run.changed and not run.again.changed
    return run


@pytest.fixture(scope="module", name="wrong")
def _wrong(aws, controller):
    """Runs the role with wrong variables of every kind, each on its own host."""
    for each in aws.ec2.describe_launch_templates()["LaunchTemplates"]:
        aws.ec2.delete_launch_template(LaunchTemplateId=each["LaunchTemplateId"])
    aws.ec2.create_launch_template(LaunchTemplateName="keyless-ec2-spot", LaunchTemplateData={"UserData": "YQ=="})
    aws.run_instances(name=BARE)
    role = {"ansible.builtin.include_role": {"name": "keyless.ec2.launch"}}
    return controller.play([role], hosts={host: variables for host, (variables, _says) in WRONG.items()})


class TestLaunch:
    def test_check_mode_announces_and_writes_nothing(self, aws, controller):
        run = controller.run("keyless.ec2.launch", "--check", "--diff", variables=LAUNCH).succeeded()
        assert run.changed
        assert run.writes == []
        assert aws.instances_named("fleet") == []

    def test_then_the_instances_run_with_the_role_and_again_nothing_changes(self, aws, controller):
        run = twice(controller, "keyless.ec2.launch", LAUNCH)
        expected = ["AddRoleToInstanceProfile", "AttachRolePolicy", "CreateInstanceProfile", "CreateRole", "RunInstances"]
        assert sorted(operations(run)) == expected
        instances = aws.instances_named("fleet")
        assert len(instances) == 3
        assert {each["State"]["Name"] for each in instances} == {"running"}
        assert {aws.profile_of(each["InstanceId"]) for each in instances} == {"fleet"}
        assert {each["MetadataOptions"]["HttpTokens"] for each in instances} == {"required"}
        assert all({"Key": "team", "Value": "web"} in each["Tags"] for each in instances)
        assert aws.attached("fleet") == {S3}

    def test_what_is_missing_is_launched_and_nothing_is_ever_terminated(self, aws, controller):
        """An existing instance with the name but without the profile gets it, if that was chosen."""
        (bare,) = aws.run_instances(name="fleet")
        adopting = {**LAUNCH, "launch_count": 5, "launch_on_conflict": "replace"}
        run = in_turn(controller, "keyless.ec2.launch", adopting, {**LAUNCH, "launch_count": 1})
        assert sorted(operations(run)) == ["AssociateIamInstanceProfile", "RunInstances"]
        assert aws.profile_of(bare) == "fleet"
        assert len(aws.instances_named("fleet")) == 5
        assert {each["State"]["Name"] for each in aws.instances_named("fleet")} == {"running"}
        of_each = [each["result"]["ansible_facts"] for each in run.results if each["task"].endswith(" : Set the result")]
        assert [len(each["launch_instance_ids"]) for each in of_each] == [5, 5]
        assert [each["launch_attach_result"]["changed"] for each in of_each] == [True, False]

    def test_what_is_missing_can_be_spot_instances(self, aws, controller):
        (there,) = aws.run_instances(name="spot", profile="fleet")
        variables = {**LAUNCH, "launch_name": "spot", "launch_count": 2, "launch_spot": True, "launch_security_groups": ["default"]}
        check = controller.run("keyless.ec2.launch", "--check", variables=variables).succeeded()
        assert (check.changed, check.writes) == (True, [])
        run = twice(controller, "keyless.ec2.launch", variables)
        assert operations(run).count("RunInstances") == 1
        kept, made = sorted(aws.instances_named("spot"), key=lambda each: each["InstanceId"] != there)
        assert (kept["InstanceId"], kept.get("InstanceLifecycle"), kept["State"]["Name"]) == (there, None, "running")
        assert (made["InstanceLifecycle"], made["MetadataOptions"]["HttpTokens"]) == ("spot", "required")
        assert aws.profile_of(made["InstanceId"]) == "fleet"

    @pytest.mark.parametrize("host", WRONG)
    def test_errors_name_the_variable(self, wrong, host):
        (_variables, says) = WRONG[host]
        failed = [each["result"] for each in wrong.results if (each["host"], each["status"]) == (host, "failed")]
        assert says in str(failed[-1]), "it is the last thing on the screen"
        assert wrong.writes == []


def test_strings_from_the_command_line_are_accepted_and_no_output_has_a_secret(aws, controller):
    run = controller.run(
        "keyless.ec2.launch",
        "-vvvv", "--diff",
        "-e", "launch_name=strings launch_count=2 launch_create_role=yes",
        "-e", "ec2_role_name=strings ec2_role_managed_policies=AmazonS3ReadOnlyAccess,AmazonEC2ReadOnlyAccess",
        "-e", "ec2_role_create_instance_profile=true ec2_role_max_session_duration=7200",
    ).succeeded()  # fmt: skip
    assert run.changed
    assert len(aws.instances_named("strings")) == 2
    assert len(aws.attached("strings")) == 2
    assert "iam:CreateRole" in run.output
    assert SECRET not in run.output


@pytest.mark.exhaustive
def test_the_role_playbook_creates_and_deletes(aws, controller):
    made = {"ec2_role_name": "alone", "ec2_role_tags": {"a": "b"}}
    run = in_turn(controller, "keyless.ec2.ec2_role", made, {"ec2_role_name": "alone", "ec2_role_state": "absent"})
    (created,) = [call for call in run.writes if call["operation"] == "CreateRole"]
    assert created["parameters"]["Tags"] == [{"Key": "a", "Value": "b"}]
    assert operations(run)[-2:] == ["DeleteRole", "DeleteInstanceProfile"]
    assert "alone" not in {role["RoleName"] for role in aws.iam.list_roles()["Roles"]}


def test_omitted_variables_change_nothing_and_empty_ones_clear_settings(aws, controller):
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


@pytest.mark.exhaustive
def test_the_attach_playbook_attaches_and_detaches(aws, controller):
    aws.make_profile("attached")
    (instance,) = aws.run_instances(name="attached")
    variables = {"attach_filters": {"tag:Name": "attached"}, "attach_instance_profile": "attached"}
    check = controller.run("keyless.ec2.attach", "--check", variables=variables).succeeded()
    assert (check.changed, check.writes) == (True, [])
    run = in_turn(controller, "keyless.ec2.attach", variables, variables, {**variables, "attach_state": "absent"})
    assert operations(run) == ["AssociateIamInstanceProfile", "DisassociateIamInstanceProfile"]
    assert run.writes[0]["parameters"]["InstanceId"] == instance
    assert aws.profile_of(instance) is None
