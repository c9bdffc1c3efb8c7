# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever a call raises, the module returns what it did: a row for each instance, the actions, and the undo value."""

from __future__ import annotations

import json
from threading import Lock
from types import SimpleNamespace

import pytest
from botocore.exceptions import ClientError, CredentialRetrievalError, EndpointConnectionError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.keyless.ec2.plugins.module_utils._attachment.job import AttachmentJob
from ansible_collections.keyless.ec2.plugins.module_utils._attachment.row import Rules
from ansible_collections.keyless.ec2.plugins.module_utils._attachment.spec import AttachmentSpec
from ansible_collections.keyless.ec2.plugins.module_utils._aws.credentials import CredentialsFailed
from ansible_collections.keyless.ec2.plugins.module_utils._aws.region_clients import RegionClients
from ansible_collections.keyless.ec2.plugins.module_utils._common.run import run
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._attachment.memory_ec2 import WEB

IDS = tuple(f"i-{number:017x}" for number in range(1, 6))


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


class Aws:
    """A boto3 client for all services: instances, their associations, and one instance profile; some calls raise something."""

    def __init__(self, raised):
        events = SimpleNamespace(register=lambda *_handler: None)
        self.meta = SimpleNamespace(partition="aws", region_name="eu-central-1", events=events)
        self._raised = raised
        self._counting = Lock()
        self._calls = 0
        self.profiles = dict.fromkeys(IDS)

    def __getattr__(self, name):
        method = object.__getattribute__(self, f"_{name}")

        def call(**parameters):
            with self._counting:
                self._calls += 1
                if self._calls in self._raised:
                    raise self._raised[self._calls]
                return method(**parameters)

        return call

    def can_paginate(self, _name):
        return False

    def get_paginator(self, name):
        return SimpleNamespace(paginate=lambda **parameters: (page for page in [getattr(self, name)(**parameters)]))

    def _describe_instances(self, InstanceIds=(), **_others):
        found = [{"InstanceId": each, "State": {"Name": "running"}} for each in InstanceIds]
        return {"Reservations": [{"Instances": found}]}

    def _describe_iam_instance_profile_associations(self, **_others):
        return {"IamInstanceProfileAssociations": [self._association(each) for each, found in self.profiles.items() if found]}

    def _get_instance_profile(self, InstanceProfileName):
        roles = [{"RoleName": "r", "Arn": "arn:aws:iam::123456789012:role/r", "AssumeRolePolicyDocument": {}}]
        return {
            "InstanceProfile": {
                "InstanceProfileName": InstanceProfileName,
                "InstanceProfileId": WEB.profile_id,
                "Arn": WEB.arn,
                "Path": "/",
                "Roles": roles,
                "CreateDate": SimpleNamespace(isoformat=lambda: "2026"),
            }
        }

    def _associate_iam_instance_profile(self, InstanceId, IamInstanceProfile):
        self.profiles[InstanceId] = IamInstanceProfile
        return {"IamInstanceProfileAssociation": self._association(InstanceId)}

    def _association(self, instance_id):
        profile = {"Arn": WEB.arn, "Id": WEB.profile_id}
        return {"AssociationId": f"iip-{instance_id}", "InstanceId": instance_id, "IamInstanceProfile": profile, "State": "associated"}


class End(Exception):
    """The end of the module."""


class Module:
    """AnsibleModule, as run knows it."""

    check_mode, _diff = False, False

    def warn(self, warning):
        pass

    def fail_json(self, msg, **result):
        raise End({"failed": True, "msg": msg, **result})

    def exit_json(self, **result):
        raise End(result)


def attach(aws, wait):
    spec = AttachmentSpec(profiles=dict.fromkeys(IDS, "web"), filters=None, profile=None, only=None, rules=Rules(), wait=wait, wait_timeout=1)
    with pytest.raises(End) as end:
        run(Module(), lambda: AttachmentJob(spec, RegionClients(lambda _service: aws, 3), 0))
    return end.value.args[0]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)
@given(raised=st.dictionaries(st.integers(1, 14), st.sampled_from(RAISED), max_size=6), wait=st.booleans())
def test_the_module_always_returns_what_it_did(raised, wait):
    aws = Aws(raised)
    found = attach(aws, wait)
    changed = {each for each, profile in aws.profiles.items() if profile}
    assert {each["target"] for each in found["actions"]} == {f"instance/{each}" for each in changed}
    assert found["changed"] is bool(changed)
    if "instances" in found:
        assert {each["instance_id"] for each in found["instances"] if each["changed"]} == changed
        assert [each["instance_id"] for each in found["instances"]] == list(IDS)
        assert found["undo"]["instances"] == dict.fromkeys(changed)
    else:
        assert not changed and found["failed"] and "fault of this collection" not in found["msg"]


def test_without_errors_all_instances_get_the_profile():
    aws = Aws({})
    assert attach(aws, True)["counts"]["associated"] == len(IDS)
    assert all(aws.profiles.values())
