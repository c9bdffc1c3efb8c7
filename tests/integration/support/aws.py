# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A client of the emulator: AWS clients, the log of calls, conditions such as faults, and resources that tests need."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import boto3
from botocore.config import Config

REGION = "eu-central-1"
# All that are enabled, to keep searches of all regions short
ENABLED_REGIONS = (REGION, "us-east-1", "us-west-2", "eu-west-1")
# What an undo value says of where it belongs
HERE = {"account": "123456789012", "region": REGION, "collection_version": "1.0.0"}
SECRET = "this-is-the-secret-access-key-of-the-tests"
READS = ("Get", "List", "Describe", "Decode", "Validate", "AssumeRole", "GenerateServiceLastAccessed", "Lookup", "Simulate")
IMAGE = "ami-12c6146b"
EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
EC2_TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}


def trust_in(principal: str, **conditions: Any) -> dict:
    """A trust policy that names one principal of IAM."""
    statement = {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "sts:AssumeRole"}
    return {"Version": "2012-10-17", "Statement": [{**statement, "Condition": conditions} if conditions else statement]}


class Aws:
    """An emulator at an endpoint.  Calls that the tests make themselves are not in ``calls``."""

    OWN_KEY = "AKIATESTSOWNCALLS000"

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self.iam = self.client("iam")
        self.ec2 = self.client("ec2")

    def client(self, service: str, region: str = REGION, access_key_id: str = OWN_KEY) -> Any:
        return boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name=region,
            aws_access_key_id=access_key_id,
            aws_secret_access_key=SECRET,
            # The machine may be so busy that an answer takes long.
            config=Config(retries={"total_max_attempts": 1}, read_timeout=None),
        )

    def client_of_account(self, account: str, service: str, region: str = REGION) -> Any:
        """A client of another account, which the emulator creates on the first call."""
        client = self.client(service, region)
        client.meta.events.register("before-sign", lambda request, **_others: request.headers.add_header("x-moto-account-id", account))
        return client

    def make_role_to_assume(self, account: str, name: str = "audit", policy: dict | None = None, **conditions: Any) -> str:
        """A role in another account that trusts ours, with this policy or all permissions; its ARN."""
        iam = self.client_of_account(account, "iam")
        trust = trust_in("arn:aws:iam::123456789012:root", **conditions)
        made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]
        iam.put_role_policy(RoleName=name, PolicyName="may", PolicyDocument=json.dumps(policy or EVERYTHING))
        return made["Arn"]

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """The emulator's answer to a request to its own API."""
        return self._http(method, path, body)

    def _http(self, method: str, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(self.endpoint + path, method=method, data=data, headers=headers)
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)

    def reset(self) -> None:
        """Resets all resources, conditions and the log of calls."""
        self._http("POST", "/emulator/reset")
        self.forget_calls()

    def forget_calls(self) -> None:
        self._http("DELETE", "/emulator/calls")

    def calls(self, access_key_id: str | None = None) -> list[dict]:
        """The logged calls, in order: those with this access key, or all but the tests' own."""
        if access_key_id:
            return self._http("GET", f"/emulator/calls?access_key_id={access_key_id}")
        calls = self._http("GET", "/emulator/calls")
        return [call for call in calls if call["access_key_id"] != self.OWN_KEY]

    def writes(self, access_key_id: str | None = None) -> list[dict]:
        """The logged calls that change something."""
        return writes_of(self.calls(access_key_id))

    # Conditions

    def slow_down(self, milliseconds: int) -> None:
        """Delays every call from now on."""
        self._http("PUT", "/emulator/latency", {"milliseconds": milliseconds})

    def fail(self, operation: str, code: str, **options: Any) -> None:
        """The next call of this operation fails with this code."""
        self._http("POST", "/emulator/faults", {"operation": operation, "code": code, **options})

    def find(self, kind: str, code: str, details: str, **options: Any) -> None:
        """Access Analyzer finds this in every policy from now on."""
        self._http("POST", "/emulator/findings", {"type": kind, "code": code, "details": details, **options})

    def answer(self, operation: str, **fault: Any) -> None:
        """The next call of this operation gets this answer, such as a body that does not come from AWS."""
        self._http("POST", "/emulator/faults", {"operation": operation, **fault})

    def clear_faults(self) -> list[dict]:
        """Removes faults and disconnects, and returns the faults that no call met."""
        left = self._http("GET", "/emulator/faults")
        self._http("DELETE", "/emulator/faults")
        self._http("DELETE", "/emulator/disconnects")
        return left

    def set_transitions(self, **seconds: float) -> None:
        """How long transitional states last from now on: associating, disassociating, pending, stopping."""
        self._http("PUT", "/emulator/transitions", seconds)

    def let_time_pass(self, seconds: float) -> None:
        """Sets the emulator's clock ahead of the machine's, or back."""
        self._http("PUT", "/emulator/clock", {"ahead": seconds})

    def limit(self, **buckets: tuple[float, float]) -> None:
        """Limits operations with token buckets: a capacity, and tokens per second. Without arguments, removes all limits."""
        rows = {name: {"capacity": capacity, "refill": refill} for name, (capacity, refill) in buckets.items()}
        self._http("PUT", "/emulator/buckets", rows)

    def delay_profiles(self, seconds: float) -> None:
        """EC2 sees new instance profiles this many seconds after IAM."""
        self._http("PUT", "/emulator/propagation", {"seconds": seconds})

    def delay_replicas(self, *behind: float, arns_after: float = 0) -> None:
        """IAM's replicas lag by these seconds, and new ARNs appear later. Without arguments, nothing lags."""
        self._http("PUT", "/emulator/replicas", {"behind": behind, "arns_after": arns_after})

    def enforce_policies(self, *access_key_ids: str) -> None:
        """Enforces the policies of these keys' users; all other keys may do anything."""
        self._http("PUT", "/emulator/permissions", {"access_key_ids": list(access_key_ids)})

    def meanwhile(self, before: str, operation: str, after: int = 0, service: str = "ec2", **parameters: Any) -> None:
        """Another client makes a call, by default to EC2, just before the next call of the operation ``before``."""
        call = {"service": service, "operation": operation, "parameters": parameters}
        self._http("POST", "/emulator/concurrent_calls", {"operation": before, "after": after, "call": call})

    def clear_conditions(self) -> None:
        """Removes all delays, limits, concurrent calls and faults."""
        self.set_transitions(associating=0, disassociating=0, pending=0, stopping=0, unseen=0, reporting=0, **{"shutting-down": 0})
        self.limit()
        self.delay_profiles(0)
        self.delay_replicas()
        self._http("DELETE", "/emulator/concurrent_calls")
        self.clear_faults()

    def kill_after(self, writes: int, access_key_id: str) -> None:
        """Cuts the connections of this access key after this many writing calls."""
        self._http("POST", "/emulator/disconnects", {"access_key_id": access_key_id, "after_writes": writes})

    # Resources

    def make_role(self, name: str, policies: tuple[str, ...] = (), **options: Any) -> None:
        self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(EC2_TRUST), **options)
        for arn in policies:
            self.iam.attach_role_policy(RoleName=name, PolicyArn=arn)

    def use(self, role: str, region: str = REGION, call: str = "describe_regions") -> None:
        """Makes a call as a session of the role, in the region. Meanwhile, the role trusts everybody."""
        described = self.iam.get_role(RoleName=role)["Role"]
        self.iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(trust_in("*")))
        made = self.client("sts").assume_role(RoleArn=described["Arn"], RoleSessionName="tests")["Credentials"]
        trust = json.dumps(described["AssumeRolePolicyDocument"])
        self.iam.update_assume_role_policy(RoleName=role, PolicyDocument=trust)
        getattr(self.client("ec2", region, made["AccessKeyId"]), call)()

    def make_profile(self, name: str, role: str | None = None) -> str:
        """Creates a profile with the role, by default a new one of the same name; returns the profile's ARN."""
        if role is None:
            self.make_role(name)
        profile = self.iam.create_instance_profile(InstanceProfileName=name)["InstanceProfile"]
        self.iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=role or name)
        return profile["Arn"]

    def recreate_profile(self, name: str, role: str) -> None:
        """Deletes the profile and creates it again with the same name, which leaves its associations stale."""
        self.iam.remove_role_from_instance_profile(InstanceProfileName=name, RoleName=role)
        self.iam.delete_instance_profile(InstanceProfileName=name)
        self.make_profile(name, role)

    def replace_role_in(self, profile: str, role: str) -> None:
        """Replaces the role in the profile."""
        for each in self.iam.get_instance_profile(InstanceProfileName=profile)["InstanceProfile"]["Roles"]:
            self.iam.remove_role_from_instance_profile(InstanceProfileName=profile, RoleName=each["RoleName"])
        self.iam.add_role_to_instance_profile(InstanceProfileName=profile, RoleName=role)

    def run_instances(self, count: int = 1, profile: str | None = None, name: str | None = None, **tags: str) -> list[str]:
        options: dict[str, Any] = {"IamInstanceProfile": {"Name": profile}} if profile else {}
        given = {**({"Name": name} if name else {}), **tags}
        if given:
            described = [{"Key": key, "Value": value} for key, value in given.items()]
            options["TagSpecifications"] = [{"ResourceType": "instance", "Tags": described}]
        answer = self.ec2.run_instances(ImageId=IMAGE, InstanceType="t3.micro", MinCount=count, MaxCount=count, **options)
        return [instance["InstanceId"] for instance in answer["Instances"]]

    def run_instances_earlier(self, days: float, count: int = 1, **options: Any) -> list[str]:
        """Launches instances that have run for so many days."""
        self.let_time_pass(-days * 86400)
        try:
            return self.run_instances(count, **options)
        finally:
            self.let_time_pass(0)

    def use_imdsv1(self, instance_id: str, days_ago: float = 0, requests: int = 1) -> None:
        """Makes requests without a token to the instance's metadata service."""
        self.let_time_pass(-days_ago * 86400)
        for _number in range(requests):
            urllib.request.urlopen(f"{self.endpoint}/imds/{instance_id}/latest/meta-data/").close()
        self.let_time_pass(0)

    def metadata_options(self, instance_id: str) -> dict:
        return self.instance(instance_id)["MetadataOptions"]

    def tag(self, *instance_ids: str, **tags: str) -> None:
        self.ec2.create_tags(Resources=list(instance_ids), Tags=[{"Key": key, "Value": tags[key]} for key in tags])

    def stop(self, *instance_ids: str) -> None:
        self.ec2.stop_instances(InstanceIds=list(instance_ids))
        assert {self.state(each) for each in instance_ids} == {"stopped"}

    # State

    def instance(self, instance_id: str) -> dict:
        return self.ec2.describe_instances(InstanceIds=[instance_id])["Reservations"][0]["Instances"][0]

    def state(self, instance_id: str) -> str:
        return self.instance(instance_id)["State"]["Name"]

    def association_of(self, instance_id: str) -> dict | None:
        """The association that EC2 lists for the instance."""
        filters = [{"Name": "instance-id", "Values": [instance_id]}]
        listed = self.ec2.describe_iam_instance_profile_associations(Filters=filters)["IamInstanceProfileAssociations"]
        return listed[-1] if listed else None

    def requests_without_token(self, instance_id: str) -> int:
        """How many requests without a token the instance's metadata service got, answered or not."""
        return sum(self._http("GET", "/emulator/metrics")[instance_id].values())

    def profile_of(self, instance_id: str) -> str | None:
        """The name of the profile that EC2 shows for the instance."""
        shown = self.instance(instance_id).get("IamInstanceProfile")
        return shown and shown["Arn"].rsplit("/", 1)[-1]

    def instances_named(self, name: str) -> list[dict]:
        filters = [{"Name": "tag:Name", "Values": [name]}]
        pages = self.ec2.get_paginator("describe_instances").paginate(Filters=filters)
        return [each for page in pages for reservation in page["Reservations"] for each in reservation["Instances"]]

    def attached(self, role: str) -> set[str]:
        policies = self.iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
        return {policy["PolicyArn"] for policy in policies}


def writes_of(calls: list[dict]) -> list[dict]:
    """The logged calls that change something."""
    return [call for call in calls if not call["operation"].startswith(READS)]


def wait_until(event: Callable[[], bool], running: Future) -> None:
    """Waits for the event, or until ``running`` has ended."""
    while not running.done() and not event():
        time.sleep(0.05)


def as_actions(calls: list[dict]) -> list[dict]:
    """The logged calls in the form of a module's ``actions``, without targets."""
    return [{"operation": f"{call['service']}:{call['operation']}", "parameters": call["parameters"]} for call in calls]


def without_targets(actions: list[dict]) -> list[dict]:
    """A module's ``actions`` in the form of the log."""
    return [{"operation": action["operation"], "parameters": action["parameters"]} for action in actions]
