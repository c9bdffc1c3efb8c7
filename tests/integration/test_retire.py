# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook retire deletes a role that nothing uses, after a quarantine in which nothing used it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

import pytest

from ansible_collections.keyless.ec2.tests.integration.support.aws import EC2_TRUST, IMAGE, REGION
from ansible_collections.keyless.ec2.tests.integration.support.controller import Run
from ansible_collections.keyless.ec2.tests.integration.support.fleets import EC2, Fleets
from ansible_collections.keyless.ec2.tests.integration.support.quarantine import DENIAL, POLICY, TAG, TIME, denial, quarantine

S3 = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
ALLOWANCE = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]}
CLOSED = "eu-west-1"

# Roles that are retired together, as hosts of one play, each with its variables
HOSTS = {
    "fresh": {},
    "in-use": {},
    "unseen": {"regions": None},
    "half": {},
    "lifted": {"after_days": 0},
    "over": {},
    "missed": {},
    "undated": {},
    "negative": {"after_days": -1},
    "denied": {"quarantine_policy": "deny-all"},
    "weak": {"quarantine_policy": "deny-little"},
    "AWSServiceRoleForAutoScaling": {},
    "simlar": {},
}
CHECKED = ("fresh", "over")
LATER = {
    "fresh": {},
    "lifted": {"after_days": 0},
    "over": {},
    "missed": {"although_used": True},
    "denied": {"quarantine_policy": "Deny-All", "state": "restored"},
    "simlar": {"state": "restored"},
}


@dataclass(frozen=True)
class Retired:
    """The results of a play that retires several roles."""

    run: Run

    def of(self, role):
        """The final retire_result of the role."""
        facts = [each.get("ansible_facts", {}) for each in self._results(role)]
        return [each["retire_result"] for each in facts if "retire_result" in each][-1]

    def state(self, role):
        return self.of(role)["state"]

    def msg(self, role):
        """The last message about the role."""
        last = [each["msg"] for each in self._results(role) if "msg" in each][-1]
        return "\n".join(last) if isinstance(last, list) else last

    def writes(self, role):
        names = ("RoleName", "InstanceProfileName")
        return [call["operation"] for call in self.run.writes if role in [call["parameters"].get(name) for name in names]]

    def _results(self, role):
        return [each["result"] for each in self.run.results if each["host"] == role]


def retire(controller, hosts, *arguments):
    """Retires the roles, by default in one region."""
    tasks = [{"name": "Retire the role", "ansible.builtin.include_role": {"name": "keyless.ec2.retire"}}]
    variables = {role: {"role_name": role, "regions": [REGION], **options} for role, options in hosts.items()}
    named = {role: {f"retire_{name}": each for name, each in given.items()} for role, given in variables.items()}
    return Retired(controller.play(tasks, *arguments, hosts=named))


def described(aws, role):
    """The role, its tags, and its inline policies."""
    found = aws.iam.get_role(RoleName=role)["Role"]
    names = aws.iam.list_role_policies(RoleName=role)["PolicyNames"]
    inline = {name: aws.iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"] for name in names}
    return {each["Key"]: each["Value"] for each in found.get("Tags", [])}, inline, aws.attached(role)


def days_ago(days):
    return (datetime.now(timezone.utc) - timedelta(days=days)).strftime(TIME)


def make_quarantined(aws, role, days, **tags):
    """Creates a role that has been in quarantine for so many days."""
    aws.make_profile(role)
    quarantine(aws, role, days, **tags)


@pytest.fixture(scope="module", name="used")
def _used(aws, groups):
    """Creates the roles; returns what uses one of them."""
    aws.make_role("fresh", (S3,), Tags=[{"Key": "team", "Value": "web"}, {"Key": "aws:cloudformation:stack-name", "Value": "web"}])
    aws.iam.put_role_policy(RoleName="fresh", PolicyName="own", PolicyDocument=json.dumps(ALLOWANCE))
    aws.use("fresh", "us-west-2")
    aws.make_profile("unseen")
    aws.make_role("similar")
    for name, document in (("deny-all", DENIAL), ("deny-little", json.loads(json.dumps(ALLOWANCE).replace("Allow", "Deny")))):
        aws.iam.create_policy(PolicyName=name, PolicyDocument=json.dumps(document))
    for role in ("denied", "weak"):
        aws.make_role(role, (S3,))
    aws.make_role("half")
    aws.iam.put_role_policy(RoleName="half", PolicyName=POLICY, PolicyDocument=json.dumps(DENIAL))
    for role, days in {"lifted": 20, "over": 14, "missed": 20, "undated": 20}.items():
        make_quarantined(aws, role, days, team="web")
    aws.iam.delete_role_policy(RoleName="lifted", PolicyName=POLICY)
    aws.use("missed", "us-west-2")
    aws.iam.tag_role(RoleName="undated", Tags=[{"Key": TAG, "Value": "2026-02-30"}])
    aws.iam.create_service_linked_role(AWSServiceName="autoscaling.amazonaws.com")
    return use(aws, groups, "in-use")


def use(aws, groups, role):
    """Creates everything that can use a role; returns names or ids by kind."""
    profile = {"Name": role}
    aws.make_profile(role)
    (instance,) = aws.run_instances(profile=role)
    template = groups.template(profile=role)
    specification = {"ImageId": IMAGE, "InstanceType": "t3.micro", "IamInstanceProfile": profile}
    request = aws.ec2.request_spot_instances(SpotPrice="0.1", Type="persistent", LaunchSpecification=specification)
    trust = {**EC2_TRUST["Statement"][0], "Principal": {"AWS": f"arn:aws:iam::123456789012:role/{role}"}}
    aws.iam.create_role(RoleName="follower", AssumeRolePolicyDocument=json.dumps({**EC2_TRUST, "Statement": [trust]}))
    return {
        "instance": instance,
        "launch template": aws.ec2.describe_launch_templates(LaunchTemplateIds=[template])["LaunchTemplates"][0]["LaunchTemplateName"],
        "Auto Scaling group": groups.group(template, size=0),
        EC2: Fleets(aws).make(EC2, template, size=0),
        "Spot Instance request": request["SpotInstanceRequests"][0]["SpotInstanceRequestId"],
    }


@pytest.fixture(scope="module", name="checked")
def _checked(controller, used):
    return retire(controller, {role: HOSTS[role] for role in CHECKED}, "--check")


@pytest.fixture(scope="module", name="before")
def _before(aws, checked):
    """The role before it is retired."""
    return described(aws, "fresh")


@pytest.fixture(scope="module", name="first")
def _first(aws, controller, before):
    aws.fail("*", "UnauthorizedOperation", region=CLOSED, count=None)
    try:
        return retire(controller, HOSTS)
    finally:
        aws.clear_faults()


@pytest.fixture(scope="module", name="quarantined")
def _quarantined(aws, first):
    """The role in quarantine."""
    return described(aws, "fresh")


@pytest.fixture(scope="module", name="later")
def _later(controller, quarantined):
    return retire(controller, LATER)


def test_check_mode_reports_the_same_and_writes_nothing(checked, first):
    assert checked.msg("over") == "The role over would be deleted."
    assert checked.run.succeeded().changed and checked.run.writes == []
    assert {role: checked.state(role) for role in CHECKED} == {role: first.state(role) for role in CHECKED}


def test_a_role_in_use_is_kept_and_all_uses_are_listed(first, used):
    assert (first.state("in-use"), first.writes("in-use")) == ("in_use", [])
    assert [first.of("in-use")[key] for key in ("quarantined_at", "deletable_from", "last_used")] == [None, None, None]
    found = first.of("in-use")["used_by"]
    launched_by = {each["kind"]: each["name"] for each in found["launched_by"]}
    ids = [each["instance_id"] for each in found["instances"]]
    assert {**launched_by, "instance": used["instance"]} == used
    assert used["instance"] in ids
    assert found["trusting_roles"] == ["follower"]
    msg = first.msg("in-use")
    detach = f"ansible-playbook keyless.ec2.attach -e attach_state=absent -e attach_region={REGION} -e"
    for kind, option in (("Auto Scaling group", "auto_scaling_groups"), ("launch template", "launch_templates")):
        assert f"- {kind} {used[kind]} ({REGION})" in msg
        assert f"""{detach} '{{"attach_{option}": ["{used[kind]}"]}}'""" in msg
    assert f"- Instance {ids[0]} ({REGION})" in msg or f"- Instances {', '.join(ids)} ({REGION})" in msg
    assert f"""{detach} '{json.dumps({"attach_instance_ids": ids})}'""" in msg
    assert f"- {EC2} {used[EC2]} ({REGION})" in msg and f"{detach} attach_launch_templates=ID" in msg
    assert f"- Spot Instance request {used['Spot Instance request']} ({REGION})" in msg and "cancel it" in msg
    assert "Role follower names it in its trust policy" in msg and "ec2_role_name=follower" in msg


def test_a_region_that_cannot_be_read_keeps_the_role(first):
    assert (first.state("unseen"), first.writes("unseen")) == ("in_use", [])
    msg = first.msg("unseen")
    assert f"Access denied in {CLOSED} (UnauthorizedOperation)" in msg and "retire_regions" in msg


def test_an_unused_role_is_denied_everything(first, before, quarantined):
    assert first.writes("fresh") == ["PutRolePolicy", "TagRole"]
    result = first.of("fresh")
    tags, inline, attached = before
    assert quarantined == ({**tags, TAG: result["quarantined_at"]}, {**inline, POLICY: denial(result["quarantined_at"])}, attached)
    began, end = (datetime.strptime(result[key], TIME) for key in ("quarantined_at", "deletable_from"))
    assert end - began == timedelta(days=14)
    assert (result["state"], result["last_used"]["region"]) == ("quarantined", "us-west-2")
    assert result["deletable_from"] in first.msg("fresh") and "retire_state=restored" in first.msg("fresh")


def test_a_managed_policy_can_deny_everything(aws, first, later):
    assert (first.state("denied"), first.writes("denied")) == ("quarantined", ["AttachRolePolicy", "TagRole"])
    assert "retire_quarantine_policy=deny-all" in first.msg("denied")
    assert (later.state("denied"), later.writes("denied")) == ("restored", ["UntagRole", "DetachRolePolicy"])
    assert described(aws, "denied") == ({}, {}, {S3})


def test_a_managed_policy_that_does_not_deny_everything_is_not_accepted(first):
    assert (first.state("weak"), first.writes("weak")) == ("unchanged", [])
    assert "has no policy deny-little whose default version only denies everything" in first.msg("weak")


def test_nothing_changes_until_the_days_are_over(later):
    assert (later.state("fresh"), later.writes("fresh")) == ("waiting", [])
    assert "days left: 14" in later.msg("fresh")


def test_it_is_deleted_after_the_days_and_then_nothing_changes(aws, first, later):
    assert first.state("over") == "deleted"
    assert "over" not in {each["RoleName"] for each in aws.iam.list_roles()["Roles"]}
    assert "over" not in {each["InstanceProfileName"] for each in aws.iam.list_instance_profiles()["InstanceProfiles"]}
    assert (later.state("over"), later.writes("over")) == ("absent", [])


def test_a_role_that_was_used_in_quarantine_is_kept_unless_retire_although_used(first, later):
    assert (first.state("missed"), first.writes("missed")) == ("in_use", [])
    date = first.of("missed")["last_used"]["date"]
    assert f"was used in us-west-2 at {date}" in first.msg("missed")
    assert later.state("missed") == "deleted"


def test_an_interrupted_run_is_completed(first):
    assert (first.state("half"), first.writes("half")) == ("quarantined", ["PutRolePolicy", "TagRole"])


def test_days_without_the_policy_do_not_count(first, later):
    assert first.writes("lifted") == ["UntagRole", "PutRolePolicy", "TagRole"]
    assert first.of("lifted")["quarantined_at"] > days_ago(1)
    assert later.state("lifted") == "deleted"


@pytest.mark.parametrize(
    "role, says",
    [
        ("undated", '"2026-02-30", which is not a date and time like 2026-01-31T08:15:00Z'),
        ("AWSServiceRoleForAutoScaling", "is linked to the service autoscaling.amazonaws.com"),
        ("negative", "retire_after_days: -1"),
    ],
)
def test_a_role_or_variable_that_is_not_accepted(first, role, says):
    assert says in first.msg(role)
    assert first.writes(role) == []


def test_a_role_that_does_not_exist_is_reported_with_similar_names(first, later):
    for run, verb in ((first, "retire"), (later, "restore")):
        assert run.msg("simlar") == f"There is no role simlar; nothing to {verb}."
        assert "There is no role simlar. Did you mean similar?" in run.run.output and run.writes("simlar") == []


def test_the_days_count_by_the_clock_of_aws(aws, controller):
    make_quarantined(aws, "clocked", 0)
    aws.let_time_pass(15 * 86400)
    run = retire(controller, {"clocked": {}})
    aws.let_time_pass(0)
    assert (run.msg("clocked"), run.state("clocked")) == ("The role clocked was deleted.", "deleted")


def test_one_command_restores_the_role(aws, controller, before, later):
    command = ("keyless.ec2.retire", "-e", "retire_role_name=fresh", "-e", "retire_state=restored")
    run = controller.run(*command).succeeded()
    assert Retired(run).of("localhost")["state"] == "restored"
    assert Retired(run).msg("localhost") == "The role fresh was restored: its other policies apply again."
    assert [call["operation"] for call in run.writes] == ["UntagRole", "DeleteRolePolicy"]
    assert described(aws, "fresh") == before
    again = controller.run(*command).succeeded()
    assert (again.changed, again.writes, Retired(again).of("localhost")["state"]) == (False, [], "unchanged")
