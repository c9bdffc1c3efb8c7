# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each playbook as a job of AWX, with the answers to its survey, which are strings."""

from __future__ import annotations

import json

import pytest

from ansible_collections.keyless.ec2.tests.integration.support.aws import EC2_TRUST, IMAGE, REGION
from ansible_collections.keyless.ec2.tests.integration.support.hosts import Host

S3 = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
EC2 = "arn:aws:iam::aws:policy/AmazonEC2ReadOnlyAccess"
QUEUE = """\
queue:
  Version: 2012-10-17
  Statement:
    - Effect: Allow
      Action: sqs:SendMessage
      Resource: "*"
"""
ON_HOST = {"ansible_connection": "local"}


@pytest.fixture(scope="module", name="role")
def _role(aws, runner, answer):
    """The role and profile web, created by a job."""
    answers = answer(
        "ec2_role",
        ec2_role_name="web",
        ec2_role_trust_policy=json.dumps(EC2_TRUST, indent=2),
        ec2_role_managed_policies=f"AmazonS3ReadOnlyAccess\n{EC2}\n",
        ec2_role_inline_policies=QUEUE,
        ec2_role_tags="team: web\ncost center: '17'",
    )
    return runner.run("ec2_role", {"ec2_role_max_session_duration": 7200, **answers}).succeeded()


def test_a_role_gets_the_documents_of_its_survey(aws, role):
    found = aws.iam.get_role(RoleName="web")["Role"]
    assert found["AssumeRolePolicyDocument"] == EC2_TRUST
    assert found["MaxSessionDuration"] == 7200
    assert {tag["Key"]: tag["Value"] for tag in found["Tags"]} == {"team": "web", "cost center": "17"}
    assert aws.attached("web") == {S3, EC2}
    (policy,) = aws.iam.list_role_policies(RoleName="web")["PolicyNames"]
    document = aws.iam.get_role_policy(RoleName="web", PolicyName=policy)["PolicyDocument"]
    assert (policy, document["Version"]) == ("queue", "2012-10-17")


def test_empty_answers_leave_a_role_as_it_is(aws, runner, answer, role):
    job = runner.run("ec2_role", answer("ec2_role", ec2_role_name="web")).succeeded()
    assert job.writes == []


# What job templates set in addition to the answers
TEMPLATES = {
    "launch_image_id": IMAGE,
    "launch_user_data": "#!/bin/sh\n# key: value\ntouch /tmp/ready\n",
    "launch_group_image_id": IMAGE,
    "launch_group_availability_zones": [f"{REGION}a", f"{REGION}b"],
}


@pytest.fixture(scope="module", name="job")
def _job(aws, runner, answer, role):
    """A job with several playbooks, which get the answers to all of their surveys."""
    aws.make_role("old")
    aws.run_instances(2, name="by document")
    answers = {
        **answer("launch", launch_name="web", launch_count="2", launch_instance_profile="web", launch_tags='{"team": "web"}'),
        **answer(
            "launch_group",
            launch_group_name="workers",
            launch_group_instance_profile="web",
            launch_group_max_size="2",
            launch_group_tags="team: web",
        ),
        **answer("attach", attach_instance_profile="web", attach_filters='"tag:Name": by document'),
        **answer("retire", retire_role_name="old", retire_regions=REGION),
        **answer("operator_policy", operator_policy_jobs="attach\nlaunch", operator_policy_tags="team: web"),
    }
    playbooks = ("launch", "launch_group", "attach", "retire", "operator_policy")
    source = json.dumps([{"name": each, "ansible.builtin.import_playbook": f"keyless.ec2.{each}"} for each in playbooks])
    return runner.run("several", {**TEMPLATES, **answers}, source=source).succeeded()


@pytest.mark.usefixtures("job")
def test_instances_are_launched(aws):
    found = aws.instances_named("web")
    assert [aws.profile_of(each["InstanceId"]) for each in found] == ["web", "web"]
    assert all({"Key": "team", "Value": "web"} in each["Tags"] for each in found)


@pytest.mark.usefixtures("job")
def test_a_group_is_created(aws):
    (group,) = aws.client("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=["workers"])["AutoScalingGroups"]
    assert (sorted(group["AvailabilityZones"]), group["MaxSize"]) == ([f"{REGION}a", f"{REGION}b"], 2)
    assert {aws.profile_of(each["InstanceId"]) for each in group["Instances"]} == {"web"}


@pytest.mark.usefixtures("job")
def test_an_instance_profile_is_attached(aws):
    """The test of another execution node chooses the instance by its id."""
    assert [aws.profile_of(each["InstanceId"]) for each in aws.instances_named("by document")] == ["web", "web"]


@pytest.mark.usefixtures("job")
def test_a_role_is_retired(aws):
    assert aws.iam.list_role_policies(RoleName="old")["PolicyNames"] == ["KeylessEc2Quarantine"]


def test_the_policy_of_an_operator_is_written(job):
    output = job.output.partition("operator_policy : Show the policy]")[2]
    assert "ec2:AssociateIamInstanceProfile" in output and "retire" not in output


@pytest.mark.usefixtures("role")
def test_hosts_prove_their_role(aws, runner, answer):
    (instance,) = aws.run_instances(profile="web")
    answers = {**answer("verify", verify_expected_role="web"), "verify_endpoint": f"{aws.endpoint}/imds/{instance}"}
    job = runner.run("verify", answers, hosts={"web-1": ON_HOST}).succeeded()
    assert "acts as role web" in job.output


@pytest.mark.exhaustive
@pytest.mark.usefixtures("role")
def test_hosts_move_off_their_keys(aws, runner, answer, tmp_path):
    aws.iam.create_user(UserName="app")
    key = aws.iam.create_access_key(UserName="app")["AccessKey"]
    host = Host(aws, tmp_path, "web-1", [key])
    texts = {"migrate_keys_instance_profile": "web", "migrate_keys_deactivate": "app"}
    template = {"migrate_keys_max_file_size": 100000, "migrate_keys_become": False}
    answers = {**answer("migrate_keys", **texts), **host.variables, **template}
    job = runner.run("migrate_keys", answers, hosts={"web-1": ON_HOST}).succeeded()
    assert "home/app/.aws/.keyless.credentials.keyless-aside" in host.names()
    assert aws.iam.list_access_keys(UserName="app")["AccessKeyMetadata"][0]["Status"] == "Inactive"
    assert key["SecretAccessKey"] not in job.output + job.artifacts


@pytest.mark.usefixtures("role")
def test_another_execution_node_runs_a_job(aws, runner, answer, tmp_path):
    """As Receptor does it: the job is sent to another process, which runs it and sends the results back."""
    ids = aws.run_instances(2)
    answers = answer("attach", attach_instance_profile="web", attach_instance_ids="\n".join(ids))
    data, access_key_id = runner.prepare("attach", answers)
    sent = runner.command("transmit", str(data), "-p", "attach.yml")
    worked = runner.command("worker", "--private-data-dir", str(tmp_path), given=sent.stdout)
    job = runner.finished(data, access_key_id, runner.command("process", str(data), given=worked.stdout)).succeeded()
    assert [call["operation"] for call in job.writes] == ["AssociateIamInstanceProfile"] * 2
    assert [aws.profile_of(each) for each in ids] == ["web"] * 2
    assert "attach" in job.artifacts
