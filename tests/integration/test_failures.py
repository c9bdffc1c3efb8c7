# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""launch_group and retire under any setting of Ansible, and whatever fails: each host is as before or done, and the play fails and says which."""

from __future__ import annotations

import json

import pytest
import yaml

from ansible_collections.keyless.ec2.tests.integration.support.aws import REGION
from ansible_collections.keyless.ec2.tests.integration.support.failures import MODES, SETTINGS, leaving, sabotage, tasks_of, write_play
from ansible_collections.keyless.ec2.tests.integration.support.groups import DATA, ZONES
from ansible_collections.keyless.ec2.tests.integration.support.hosts import LOCAL
from ansible_collections.keyless.ec2.tests.integration.support.tables import table

FATAL = {"any_errors_fatal": True, "max_fail_percentage": 0}
BACK, DONE, PARTLY = "all changes were rolled back.", "all changes were made, but the run failed afterwards.", "not all changes were made."
ALLOWED = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}}
QUARANTINE = ("KeylessEc2Quarantine", "keyless.ec2:quarantined")


def group_variables(name):
    """The role's variables."""
    return {
        "launch_group_name": name,
        "launch_group_instance_profile": "web",
        "launch_group_on_conflict": "replace",
        "launch_group_instance_type": "t3.small",
        "launch_group_image_id": DATA["ImageId"],
        "launch_group_availability_zones": ZONES,
    }


class GroupHosts:
    """Hosts of a play that each change their own group: its instance profile, launch template and tags."""

    role = "launch_group"

    def __init__(self, groups, prefix):
        self._groups = groups
        self.names = {host: f"{prefix}-{host}" for host in "abc"}
        for name in self.names.values():
            made = groups.aws.ec2.create_launch_template(LaunchTemplateName=name, LaunchTemplateData={**DATA, "IamInstanceProfile": {"Name": "old"}})
            source = {"LaunchTemplateId": made["LaunchTemplate"]["LaunchTemplateId"], "Version": "1"}
            groups.client.create_auto_scaling_group(
                AutoScalingGroupName=name, MinSize=0, MaxSize=1, DesiredCapacity=1, AvailabilityZones=ZONES, LaunchTemplate=source
            )

    def variables(self, host):
        return group_variables(self.names[host])

    def state(self, host):
        """The profiles of the members; and the profile and type of the next instance, with its tags."""
        shown = self._groups.shown(self.names[host])
        source = shown["LaunchTemplate"]
        data = self._groups.versions(source["LaunchTemplateId"])[int(source["Version"])]
        profile = data["IamInstanceProfile"]
        launched = (profile.get("Name") or profile["Arn"].rsplit("/")[-1], data["InstanceType"], [each["Key"] for each in shown["Tags"]])
        return self._groups.profiles(self.names[host]), launched

    before = (["old"], ("old", "t3.micro", []))
    done = (["web"], ("web", "t3.small", ["Name"]))


class RoleHosts:
    """Hosts of a play that each retire a role."""

    role = "retire"
    # The tag without the policy is removed first.
    stale = "2026-01-31T08:15:00Z"
    before, done = (False, "stale"), (True, "new")

    def __init__(self, groups, prefix):
        self._aws = groups.aws
        self.names = {host: f"{prefix}-{host}" for host in "abc"}
        for name in self.names.values():
            self._aws.make_role(name, Tags=[{"Key": QUARANTINE[1], "Value": self.stale}])

    def variables(self, host):
        return {"retire_role_name": self.names[host], "retire_regions": [REGION]}

    def state(self, host):
        """Whether it has the policy, and which tag."""
        role = self._aws.iam.get_role(RoleName=self.names[host])["Role"]
        policies = self._aws.iam.list_role_policies(RoleName=self.names[host])["PolicyNames"]
        tags = [each["Value"] for each in role.get("Tags", []) if each["Key"] == QUARANTINE[1]]
        return QUARANTINE[0] in policies, {(): "none", (self.stale,): "stale"}.get(tuple(tags), "new")


KINDS = {each.role: each for each in (GroupHosts, RoleHosts)}


@pytest.fixture(name="play")
def _play(controller, groups, tmp_path, request):
    """Creates the hosts of a role, and returns them with what runs a play on them."""

    def play(role):
        hosts = KINDS[role](groups, f"{role.replace('_', '-')}-{abs(hash(request.node.name)) % 10**8}")

        def run(environment=None, own=None, **keywords):
            rows = {host: {**hosts.variables(host), **(own or {}).get(host, {})} for host in hosts.names}
            inventory = tmp_path / "inventory.yml"
            inventory.write_text(yaml.safe_dump({"all": {"hosts": rows, "vars": LOCAL}}), encoding="utf-8")
            playbook = write_play(tmp_path / "play.yml", role, **keywords)
            return controller.run("-i", str(inventory), playbook, variables={"__retire_delay": 0}, **(environment or {}))

        return hosts, run

    return play


# After all changes
LATER = ["keyless.ec2.launch_group : Report the result", *(f"keyless.ec2.{role} : Fail if not all changes were made" for role in KINDS)]


def said(run, host="b"):
    """The last message of a task that failed on the host."""
    return [each["result"] for each in run.results if each["host"] == host and each["status"] == "failed"][-1]["msg"]


def check(hosts, run, again, task=""):
    """Each host is as before or done, and says which; another run completes all."""
    assert run.returncode == 2, run.output
    assert "ansible_failed_task" not in run.output
    states = {host: hosts.state(host) for host in hosts.names}
    assert all(each in (hosts.before, hosts.done) for each in states.values()), run.output
    assert PARTLY not in said(run)
    if task in LATER:  # it fails itself, after everything has succeeded
        assert states["b"] == hosts.done
    else:
        assert (DONE in said(run)) is (states["b"] == hosts.done) and (BACK not in said(run) or states["b"] == hosts.before)
    again().succeeded()
    assert [hosts.state(host) for host in hosts.names] == [hosts.done] * 3


LAST = {"launch_group": "Create or update the Auto Scaling group", "retire": "Write the quarantine tag"}


@pytest.fixture(name="fails_on_b")
def _fails_on_b(play):
    """Checks a run in which the second of three hosts fails at its last change, under these settings of the play."""

    def fails_on_b(role, **keywords):
        hosts, run = play(role)
        failed = run(sabotage("before", f"keyless.ec2.{role} : {LAST[role]}"), **keywords)
        assert BACK in said(failed), said(failed)
        assert hosts.state("b") == hosts.before
        assert hosts.state("a") == hosts.done
        check(hosts, failed, run)

    return fails_on_b


@pytest.mark.parametrize("role", KINDS)
def test_each_host_is_completed_or_rolled_back_although_any_error_is_fatal(fails_on_b, role):
    fails_on_b(role, **FATAL)


@pytest.mark.exhaustive
@pytest.mark.parametrize("keywords", SETTINGS, ids="-".join)
@pytest.mark.parametrize("role", KINDS)
def test_each_host_is_completed_or_rolled_back_with_other_settings(fails_on_b, role, keywords):
    fails_on_b(role, **keywords)


TASKS = [(role, mode, task) for role in KINDS for task in tasks_of(role) for mode in MODES]


@pytest.mark.parametrize("role, mode, task", table(TASKS, []))
@pytest.mark.exhaustive
def test_whatever_fails_each_host_is_as_before_or_done(play, role, mode, task):
    hosts, run = play(role)
    failed = run(sabotage(mode, task), **FATAL)
    if failed.returncode == 0:  # a task that has nothing to do
        assert [hosts.state(host) for host in hosts.names] == [hosts.done] * 3
        return
    check(hosts, failed, run, task)


@pytest.mark.exhaustive
@pytest.mark.parametrize("role, task", [(role, task) for role in KINDS for task in tasks_of(role, section="block")])
def test_a_run_that_is_killed_is_continued_by_the_next(play, role, task):
    hosts, run = play(role)
    run(sabotage("kill", task))
    run().succeeded()
    assert [hosts.state(host) for host in hosts.names] == [hosts.done] * 3


@pytest.mark.exhaustive
@pytest.mark.parametrize("role", KINDS)
def test_a_play_that_runs_once_changes_the_first_host_only(play, role):
    hosts, run = play(role)
    run(run_once=True).succeeded()
    assert [hosts.state(host) for host in hosts.names] == [hosts.done, hosts.before, hosts.before]


@pytest.mark.exhaustive
@pytest.mark.parametrize("role", KINDS)
def test_a_host_that_cannot_be_reached_does_not_stop_the_others(play, tmp_path, role):
    """The connection to it is gone from the start, and that to the last one in the middle."""
    hosts, run = play(role)
    away = tmp_path / "away"
    away.touch()
    environment, connection = leaving(away)
    gone = run(environment, own={"b": connection}, **FATAL)
    assert gone.returncode != 0 and "UNREACHABLE" in gone.output
    assert [hosts.state(host) for host in "ab"] == [hosts.before] * 2 or hosts.state("a") == hosts.done
    away.unlink()
    run().succeeded()
    assert [hosts.state(host) for host in hosts.names] == [hosts.done] * 3


@pytest.mark.exhaustive
@pytest.mark.parametrize("mode", MODES)
def test_a_new_group_is_kept_or_its_launch_template_is_deleted(aws, groups, controller, mode):
    name = f"new-{mode}"
    variables = group_variables(name)
    task = "keyless.ec2.launch_group : Create or update the Auto Scaling group"
    run = controller.run("keyless.ec2.launch_group", variables=variables, **sabotage(mode, task, "localhost"))
    templates = aws.ec2.describe_launch_templates(Filters=[{"Name": "launch-template-name", "Values": [name]}])["LaunchTemplates"]
    found = groups.client.describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"]
    assert run.returncode == 2 and (DONE if mode == "after" else BACK) in said(run, "localhost"), said(run, "localhost")
    assert len(templates) == len(found) == (mode == "after")


@pytest.mark.exhaustive
@pytest.mark.parametrize("behind", [(4,), (0, 4)], ids=str)
def test_a_role_is_put_back_although_iam_still_shows_it_as_it_was(aws, controller, behind):
    """The policy that was written does not show yet when the tag is refused."""
    name = f"late-{len(behind)}"
    aws.make_role(name)
    aws.fail("TagRole", "AccessDenied")
    aws.delay_replicas(*behind)
    run = controller.run("keyless.ec2.retire", variables={"retire_role_name": name, "retire_regions": [REGION], "__retire_delay": 1})
    aws.clear_conditions()
    assert run.returncode == 2 and BACK in said(run, "localhost"), said(run, "localhost")
    assert aws.iam.list_role_policies(RoleName=name)["PolicyNames"] == []


@pytest.mark.exhaustive
@pytest.mark.parametrize("operation, is_deleted", [("DeleteRole", False), ("DeleteInstanceProfile", True)])
def test_a_role_whose_deletion_fails_is_put_back_unless_it_is_gone(aws, controller, operation, is_deleted):
    """Everything comes before the deletion of the role, except for that of its instance profile."""
    name = f"retired-{operation}".lower()
    aws.make_profile(name)
    aws.iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=json.dumps(ALLOWED))
    variables = {"retire_role_name": name, "retire_regions": [REGION], "retire_after_days": 0}
    controller.run("keyless.ec2.retire", variables=variables).succeeded()
    aws.fail(operation, "AccessDenied")
    run = controller.run("keyless.ec2.retire", variables=variables)
    assert run.returncode == 2 and (DONE if is_deleted else BACK) in said(run, "localhost"), said(run, "localhost")
    roles = [each["RoleName"] for each in aws.iam.list_roles()["Roles"]]
    profiles = {each["InstanceProfileName"]: each["Roles"] for each in aws.iam.list_instance_profiles()["InstanceProfiles"]}
    if is_deleted:
        assert name not in roles and name not in profiles
        return
    assert sorted(aws.iam.list_role_policies(RoleName=name)["PolicyNames"]) == [QUARANTINE[0], "own"] and profiles[name]
    controller.run("keyless.ec2.retire", variables=variables).succeeded()
