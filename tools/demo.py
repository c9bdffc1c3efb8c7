# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shows the main job on an emulator: creates a role, launches instances with it, attaches it to running ones, proves it, and runs again.

Usage: .venv/bin/python tools/demo.py [VENV]

With VENV, it runs the playbooks of the collection that is installed in that environment.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import urllib.request
from collections import Counter
from pathlib import Path
from typing import Any

import boto3
from environment import CHECKOUT, VENV, isolated

from ansible_collections.keyless.ec2.tests.integration.support.aws import Aws as Estate
from ansible_collections.keyless.ec2.tests.integration.support.estate import make_estate
from keyless_emulator.process import running_emulator

REGION = "eu-central-1"
# The emulator accepts any key, and logs which key made a call.
OURS, PLAYBOOKS = "AKIADEMOLOOKINGATIT0", "AKIADEMOPLAYBOOKS000"
SECRET = "an-emulator-takes-any-secret"
READS = ("Get", "List", "Describe")
REPLACING = 60  # seconds that a group takes to replace an instance, by the emulator's clock
LAUNCHED = {"ImageId": "ami-12c6146b", "InstanceType": "t3.micro"}

# The large estate, and the folder of its report
OTHER_ACCOUNTS = ("111122223333", "444455556666", "777788889999")
REGIONS = (REGION, "eu-west-1", "us-east-1")
TENS = 6  # tens of instances in each region of each account
REPORT = CHECKOUT / "dist" / "demo"

LAUNCH = {
    "launch_name": "web",
    "launch_count": 2,
    "launch_create_role": True,
    "ec2_role_name": "web",
    "ec2_role_managed_policies": ["AmazonS3ReadOnlyAccess"],
}


def main() -> None:
    """Runs the demonstration. Exits with 1 if an outcome is wrong."""
    with running_emulator() as endpoint:
        aws = Aws(endpoint)
        say("Start: two running instances without a role, one of them in an Auto Scaling group")
        running = aws.run_instance("old")
        aws.create_group("shop")
        aws.show()

        say("Create a role with its instance profile, and launch two instances with it")
        playbook(endpoint, "keyless.ec2.launch", LAUNCH)
        say("Attach the instance profile to the running instance, and to the group and its instance")
        attach = {"attach_instance_ids": [running], "attach_auto_scaling_groups": ["shop"], "attach_instance_profile": "web"}
        playbook(endpoint, "keyless.ec2.attach", attach)

        say("Proof: what AWS reports")
        proved = aws.show()
        aws.show_writes()

        say("The group replaces its instance")
        aws.replace_instance_of("shop")
        replaced = aws.show()

        say("Proof: what an instance reports")
        verify = {"verify_hosts": "localhost", "verify_endpoint": f"{endpoint}/imds/{running}", "verify_expected_role": "web"}
        playbook(endpoint, "keyless.ec2.verify", verify)

        say("Run both playbooks again")
        again = [playbook(endpoint, "keyless.ec2.launch", LAUNCH), playbook(endpoint, "keyless.ec2.attach", attach)]
        nothing_changed = again == [0, 0] and not aws.show_writes()
    if not (proved and replaced and nothing_changed):
        sys.exit("The demonstration failed: an outcome is not as expected.")
    say("All instances have the role, also the group's new one, and the second run changed nothing")
    report_on_a_large_estate()


def report_on_a_large_estate() -> None:
    """Writes a report of four accounts, whose instances have many kinds of problems."""
    say("Report on four other accounts, with many kinds of problems, on one page")
    with running_emulator() as endpoint:
        roles = make_estate(Estate(endpoint), OTHER_ACCOUNTS, REGIONS, TENS)
        playbook(endpoint, "keyless.ec2.report", {"report_directory": str(REPORT), "report_accounts": ["self", *roles]})
    say(f"Open {REPORT / 'report.html'}")


def playbook(endpoint: str, name: str, variables: dict[str, Any]) -> int:
    """Runs the playbook, prints its output, and returns how many tasks changed something."""
    venv = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else VENV
    command = [str(venv / "bin" / "ansible-playbook"), name, "-e", json.dumps(variables)]
    print(f"$ ansible-playbook {name} -e '{json.dumps(variables)}'", flush=True)
    environment = isolated(venv) | {
        "AWS_URL": endpoint,
        "AWS_ACCESS_KEY_ID": PLAYBOOKS,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_REGION": REGION,
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
        "ANSIBLE_DISPLAY_SKIPPED_HOSTS": "false",
    }
    finished = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=False)
    print(re.sub(r"\n\n+", "\n", finished.stdout), flush=True)
    if finished.returncode:
        sys.exit(f"{name} failed.")
    [changed] = re.findall(r"changed=(\d+)", finished.stdout)[:1]
    return int(changed)


def say(text: str) -> None:
    """Prints a headline."""
    print(f"\n=== {text}\n", flush=True)


class Aws:
    """Calls the emulator directly, without the collection."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self.seen = 0
        options = {"endpoint_url": endpoint, "region_name": REGION}
        credentials = {"aws_access_key_id": OURS, "aws_secret_access_key": SECRET}
        self.ec2 = boto3.client("ec2", **options, **credentials)
        self.iam = boto3.client("iam", **options, **credentials)
        self.auto_scaling = boto3.client("autoscaling", **options, **credentials)

    def run_instance(self, name: str) -> str:
        """Launches an instance without a role, and returns its id."""
        tags = [{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": name}]}]
        answer = self.ec2.run_instances(**LAUNCHED, MinCount=1, MaxCount=1, TagSpecifications=tags)
        return answer["Instances"][0]["InstanceId"]

    def create_group(self, name: str) -> None:
        """Creates an Auto Scaling group with one instance, and a launch template without a role."""
        self.ec2.create_launch_template(LaunchTemplateName=name, LaunchTemplateData=LAUNCHED)
        self.auto_scaling.create_auto_scaling_group(
            AutoScalingGroupName=name,
            LaunchTemplate={"LaunchTemplateName": name, "Version": "1"},
            MinSize=1,
            MaxSize=1,
            AvailabilityZones=[f"{REGION}a"],
            Tags=[{"Key": "Name", "Value": name, "PropagateAtLaunch": True}],
        )

    def replace_instance_of(self, name: str) -> None:
        """Terminates the group's instance, and moves the clock forward until the group has launched another one."""
        self._put("transitions", {"replacing": REPLACING})
        groups = self.auto_scaling.describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"]
        self.ec2.terminate_instances(InstanceIds=[groups[0]["Instances"][0]["InstanceId"]])
        self.show()
        self._put("clock", {"ahead": REPLACING})
        print()

    def _put(self, setting: str, value: dict[str, Any]) -> None:
        headers = {"Content-Type": "application/json"}
        url = f"{self.endpoint}/emulator/{setting}"
        urllib.request.urlopen(urllib.request.Request(url, json.dumps(value).encode(), headers, method="PUT")).close()

    def show(self) -> bool:
        """Prints every running instance with its role. Returns whether all of them have the current instance profile, by its id."""
        print(f"{'INSTANCE':<22}{'NAME':<8}{'STATE':<10}{'INSTANCE PROFILE':<19}{'ROLE':<6}")
        living = {"Name": "instance-state-name", "Values": ["pending", "running"]}
        found = self.ec2.describe_instances(Filters=[living])["Reservations"]
        roles = [self._show_instance(instance) for reservation in found for instance in reservation["Instances"]]
        return all(roles)

    def _show_instance(self, instance: dict[str, Any]) -> str:
        name = {tag["Key"]: tag["Value"] for tag in instance.get("Tags", [])}.get("Name", "")
        attached = instance.get("IamInstanceProfile")
        profile = role = ""
        if attached:
            profile = attached["Arn"].rsplit("/", 1)[-1]
            described = self.iam.get_instance_profile(InstanceProfileName=profile)["InstanceProfile"]
            if described["InstanceProfileId"] == attached["Id"]:
                role = described["Roles"][0]["RoleName"]
        state = instance["State"]["Name"]
        print(f"{instance['InstanceId']:<22}{name:<8}{state:<10}{profile or '-':<19}{role or '-':<6}")
        return role

    def show_writes(self) -> int:
        """Prints the calls that the playbooks have made since the last time. Returns how many of them write."""
        with urllib.request.urlopen(f"{self.endpoint}/emulator/calls?since={self.seen}") as answer:
            log = json.load(answer)
        self.seen = log[-1]["n"] if log else self.seen
        calls = [f"{call['service']}:{call['operation']}" for call in log if call["access_key_id"] == PLAYBOOKS]
        writes = [call for call in calls if not call.partition(":")[2].startswith(READS)]
        print(f"\nThe playbooks made {len(calls)} AWS calls, of which {len(writes)} write.")
        for call, count in Counter(writes).items():
            print(f"  {count} x {call}")
        return len(writes)


if __name__ == "__main__":
    main()
