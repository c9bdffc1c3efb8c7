# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""AWS in memory behind a boto3 client, some of whose calls raise anything; and a module that runs on it to its end."""

from __future__ import annotations

import json
from threading import RLock
from types import SimpleNamespace

import pytest
from botocore.exceptions import ClientError, CredentialRetrievalError, EndpointConnectionError
from hypothesis import HealthCheck, example, settings
from hypothesis import strategies as st

from ansible_collections.keyless.ec2.plugins.module_utils._aws.credentials import CredentialsFailed
from ansible_collections.keyless.ec2.plugins.module_utils._common.run import run
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._attachment.memory_ec2 import OLD, WEB

IDS = tuple(f"i-{number:017x}" for number in range(1, 6))
ROLE = {"RoleName": "r", "Arn": "arn:aws:iam::123456789012:role/r", "AssumeRolePolicyDocument": {}}
PROFILES = {each.name: each for each in (WEB, OLD)}


class Strange(Exception):
    """An exception that nobody knows."""


def json_error():
    try:
        json.loads("hello")
    except ValueError as error:
        return error


RAISED = [
    FileNotFoundError(2, "No such file", "/opt/process"),
    PermissionError("no"),
    EOFError("EOF when reading a line"),
    KeyError("AccessKeyId"),
    TypeError("x"),
    RuntimeError(),
    RecursionError("deep"),
    MemoryError(),
    Strange(object()),
    json_error(),
    UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid"),
    CredentialsFailed("custom-process", FileNotFoundError("gone")),
    CredentialRetrievalError(provider="x", error_msg="y"),
    EndpointConnectionError(endpoint_url="https://x"),
    ClientError({"Error": {"Code": "ExpiredToken", "Message": "no"}}, "X"),
    ClientError({}, "X"),
]


any_error = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


def raised(calls):
    """A strategy: what some of the first calls raise, by their numbers."""
    return st.dictionaries(st.integers(1, calls), st.sampled_from(RAISED), max_size=6)


def each_call_raises(calls, **others):
    """Adds examples to those that are generated: each of the first calls raises something."""

    def add(test):
        for number in range(1, calls + 1):
            test = example(raised={number: RAISED[number % len(RAISED)]}, **others)(test)
        return test

    return add


class RaisingAws:
    """A boto3 client for all services: instances, their associations, and two instance profiles.

    ``profiles`` are the ARNs of the instances' profiles, ``writes`` the operations that changed something, with their targets.
    """

    def __init__(self, raised, profile=None):  # pylint: disable=redefined-outer-name
        events = SimpleNamespace(register=lambda *_handler: None)
        self.meta = SimpleNamespace(partition="aws", region_name="eu-central-1", events=events)
        self.raised = raised
        self._counting = RLock()
        self._calls = 0
        self.profiles = dict.fromkeys(IDS, profile)
        self.writes = []

    def __getattr__(self, name):
        return self.through(object.__getattribute__(self, f"_{name}"))

    def through(self, method):
        """The method, which raises what is to be raised by this call."""

        def call(**parameters):
            with self._counting:
                self._calls += 1
                if self._calls in self.raised:
                    raise self.raised[self._calls]
                return method(**parameters)

        return call

    def can_paginate(self, _name):
        return False

    def get_paginator(self, name):
        return SimpleNamespace(paginate=lambda **parameters: (page for page in [getattr(self, name)(**parameters)]))

    def wrote(self, operation, target):
        self.writes.append((operation, target))

    def _get_caller_identity(self):
        return {"Account": "123456789012"}

    def _describe_instances(self, InstanceIds=(), **_others):
        found = [{"InstanceId": each, "State": {"Name": "running"}} for each in InstanceIds]
        return {"Reservations": [{"Instances": found}]}

    def _describe_iam_instance_profile_associations(self, **_others):
        return {"IamInstanceProfileAssociations": [self._association(each) for each, found in self.profiles.items() if found]}

    def _get_instance_profile(self, InstanceProfileName):
        found = PROFILES[InstanceProfileName]
        named = {"InstanceProfileName": found.name, "InstanceProfileId": found.profile_id, "Arn": found.arn, "Path": "/"}
        return {"InstanceProfile": {**named, "Roles": [ROLE], "CreateDate": SimpleNamespace(isoformat=lambda: "2026")}}

    def _associate_iam_instance_profile(self, InstanceId, IamInstanceProfile):
        return self._give("AssociateIamInstanceProfile", InstanceId, IamInstanceProfile["Arn"])

    def _replace_iam_instance_profile_association(self, AssociationId, IamInstanceProfile):
        return self._give("ReplaceIamInstanceProfileAssociation", AssociationId.removeprefix("iip-"), IamInstanceProfile["Arn"])

    def _give(self, operation, instance_id, arn):
        self.profiles[instance_id] = arn
        self.wrote(operation, f"instance/{instance_id}")
        return {"IamInstanceProfileAssociation": self._association(instance_id)}

    def _association(self, instance_id):
        of = next(each for each in PROFILES.values() if each.arn == self.profiles[instance_id])
        profile = {"Arn": of.arn, "Id": of.profile_id}
        return {"AssociationId": f"iip-{instance_id}", "InstanceId": instance_id, "IamInstanceProfile": profile, "State": "associated"}


class End(Exception):
    """The end of the module."""


class Module:
    """AnsibleModule, as run knows it."""

    check_mode, _diff = False, False
    params: dict = {}

    def warn(self, warning):
        pass

    def fail_json(self, msg, **result):
        raise End({"failed": True, "msg": msg, **result})

    def exit_json(self, **result):
        raise End(result)


def run_to_the_end(make_job):
    """What the module returns."""
    with pytest.raises(End) as end:
        run(Module(), make_job)
    return end.value.args[0]


def check_account(found, aws):
    """The module returns exactly the calls that changed something; without rows, nothing was changed, and it says why."""
    assert sorted((each["operation"].partition(":")[2], each["target"]) for each in found["actions"]) == sorted(aws.writes)
    assert found["changed"] is bool(aws.writes)
    if "undo" not in found:
        assert not aws.writes and found["failed"] and "fault of this collection" not in found["msg"]
