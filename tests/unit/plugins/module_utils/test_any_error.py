# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever a call raises, every module that changes something in AWS returns what it did. attach and launch have their own tests."""

from __future__ import annotations

import json
from threading import RLock
from types import SimpleNamespace

import botocore.session
from hypothesis import given, settings
from hypothesis import strategies as st
from moto import mock_aws

from ansible_collections.keyless.ec2.plugins.module_utils._aws.iam import Iam
from ansible_collections.keyless.ec2.plugins.module_utils._aws.metadata_defaults import MetadataDefaults
from ansible_collections.keyless.ec2.plugins.module_utils._aws.region_clients import RegionClients
from ansible_collections.keyless.ec2.plugins.module_utils._common.origin import Origin
from ansible_collections.keyless.ec2.plugins.module_utils._metadata_defaults.job import DefaultsJob
from ansible_collections.keyless.ec2.plugins.module_utils._metadata_defaults.options import NAMES, defaults_spec
from ansible_collections.keyless.ec2.plugins.module_utils._metadata_options.job import MetadataOptionsJob
from ansible_collections.keyless.ec2.plugins.module_utils._metadata_options.row import Rules
from ansible_collections.keyless.ec2.plugins.module_utils._metadata_options.spec import MetadataSpec
from ansible_collections.keyless.ec2.plugins.module_utils._policy.trusted_entities import ec2_trust_policy
from ansible_collections.keyless.ec2.plugins.module_utils._role.absent import AbsentRole
from ansible_collections.keyless.ec2.plugins.module_utils._role.present import PresentRole
from ansible_collections.keyless.ec2.plugins.module_utils._role.spec import RoleSpec
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils import raising_aws
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils.raising_aws import (
    IDS,
    RaisingAws,
    any_error,
    check_account,
    each_call_raises,
    run_to_the_end,
)

READS = ("get_", "list_", "describe_", "simulate_")
ALLOWED = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
with_moto = settings(any_error, max_examples=20)


class Raising:
    """A boto3 client, some of whose calls raise anything; ``writes`` has the operations that changed something."""

    def __init__(self, client, raised):
        self._client, self._raised = client, raised
        self._counting, self._calls = RLock(), 0
        self.meta, self.exceptions = client.meta, client.exceptions
        self.writes = []

    def can_paginate(self, name):
        return self._client.can_paginate(name)

    def get_paginator(self, name):
        pages = self._client.get_paginator(name)
        return SimpleNamespace(paginate=lambda **parameters: self._called(lambda: list(pages.paginate(**parameters))))

    def __getattr__(self, name):
        method = getattr(self._client, name)
        return lambda **parameters: self._called(lambda: self._made(name, method, parameters))

    def _called(self, call):
        with self._counting:
            self._calls += 1
            if self._calls in self._raised:
                raise self._raised[self._calls]
            return call()

    def _made(self, name, method, parameters):
        answer = method(**parameters)
        if not name.startswith(READS):
            self.writes.append(name)
        return answer


def operations(found):
    """The writing calls that the module returns, by the names of boto3's methods."""
    return sorted(botocore.xform_name(each["operation"].partition(":")[2]) for each in found["actions"])


def check_role(found, client):
    assert operations(found) == sorted(client.writes) and found["changed"] is bool(client.writes)
    assert not found.get("failed") or "fault of this collection" not in found["msg"]


@with_moto
@given(raised=raising_aws.raised(16))
def test_a_role_that_is_created(clock, make_client, raised):  # pylint: disable=unused-argument  # nothing waits
    with mock_aws():
        client = Raising(make_client("iam"), raised)
        spec = RoleSpec("web", inline_policies={"own": ALLOWED}, tags={"team": "a"}, trust_policy=ec2_trust_policy("aws"))
        check_role(run_to_the_end(lambda: PresentRole(spec, Iam(client))), client)


@with_moto
@given(raised=raising_aws.raised(16))
def test_a_role_that_is_deleted(clock, make_client, raised):  # pylint: disable=unused-argument
    with mock_aws():
        iam = make_client("iam")
        iam.create_role(RoleName="web", AssumeRolePolicyDocument=json.dumps(ec2_trust_policy("aws")))
        iam.put_role_policy(RoleName="web", PolicyName="own", PolicyDocument=json.dumps(ALLOWED))
        iam.create_instance_profile(InstanceProfileName="web")
        iam.add_role_to_instance_profile(InstanceProfileName="web", RoleName="web")
        client = Raising(iam, raised)
        found = run_to_the_end(lambda: AbsentRole(RoleSpec("web"), Iam(client), None))
        check_role(found, client)


class Instances(RaisingAws):
    """Instances with metadata options."""

    def __init__(self, raised):
        super().__init__(raised)
        self.tokens = dict.fromkeys(IDS, "optional")

    def _describe_instances(self, InstanceIds=(), **_others):
        found = [{"InstanceId": each, "State": {"Name": "running"}, "MetadataOptions": self._options(each)} for each in InstanceIds]
        return {"Reservations": [{"Instances": found}]}

    def _modify_instance_metadata_options(self, InstanceId, HttpTokens):
        self.tokens[InstanceId] = HttpTokens
        self.wrote("ModifyInstanceMetadataOptions", f"instance/{InstanceId}")
        return {"InstanceId": InstanceId, "InstanceMetadataOptions": self._options(InstanceId)}

    def _options(self, instance_id):
        return {"State": "applied", "HttpTokens": self.tokens[instance_id], "HttpEndpoint": "enabled", "HttpPutResponseHopLimit": 1}


REQUIRED = {"http_tokens": "required"}


def require_tokens(aws):
    spec = MetadataSpec(dict.fromkeys(IDS, REQUIRED), None, REQUIRED, Rules(on_use="ignore"), 14, True, 1)
    return run_to_the_end(lambda: MetadataOptionsJob(spec, RegionClients(lambda _service: aws, 3)))


@any_error
@each_call_raises(12)
@given(raised=raising_aws.raised(12))
def test_metadata_options(raised):
    aws = Instances(raised)
    found = require_tokens(aws)
    check_account(found, aws)
    if "instances" in found:
        changed = {each for each, tokens in aws.tokens.items() if tokens == "required"}
        assert found["undo"]["instances"].keys() == changed
        assert {each["instance_id"] for each in found["instances"] if each["changed"]} == changed


def test_without_errors_all_instances_require_tokens():
    aws = Instances({})
    assert require_tokens(aws)["counts"]["modified"] == len(IDS) and set(aws.tokens.values()) == {"required"}


REGIONS = [f"eu-{where}-1" for where in ("central", "north", "south", "west")]
MODEL = botocore.session.get_session().get_service_model("ec2")


class Region(RaisingAws):
    """The client of a region with its defaults; all regions share the numbers of their calls."""

    def __init__(self, region, shared):
        super().__init__(shared.raised)
        self.meta = SimpleNamespace(service_model=MODEL, region_name=region, partition="aws", events=self.meta.events)
        self._shared = shared

    def __getattr__(self, name):
        return self._shared.through(object.__getattribute__(self, f"_{name}"))

    def _get_instance_metadata_defaults(self):
        return {"AccountLevel": {"ManagedBy": "account"}}

    def _modify_instance_metadata_defaults(self, **_wanted):
        self._shared.writes.append(("ModifyInstanceMetadataDefaults", self.meta.region_name))
        return {"Return": True}


@any_error
@each_call_raises(9, workers=2)
@given(raised=raising_aws.raised(9), workers=st.integers(1, 3))
def test_metadata_defaults(raised, workers):
    aws = RaisingAws(raised)
    given_options = {
        **dict.fromkeys(NAMES),
        "http_tokens": "required",
        "regions": REGIONS,
        "undo": None,
        "on_refused_launches": "skip",
        "max_concurrency": workers,
    }
    connections = SimpleNamespace(
        origin=lambda: Origin("123456789012", "eu-central-1"),
        regions=lambda: REGIONS,
        defaults=lambda region: MetadataDefaults(Region(region, aws)),
    )
    found = run_to_the_end(lambda: DefaultsJob(defaults_spec(given_options), connections, workers))
    assert len(found["actions"]) == len(aws.writes) and found["changed"] is bool(aws.writes)
    assert not found.get("failed") or "fault of this collection" not in found["msg"]
    if "undo" in found:
        assert sorted(found["undo"]["regions"]) == sorted(region for _operation, region in aws.writes)
