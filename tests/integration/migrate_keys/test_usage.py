# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys that did what the host's role does not allow are reported before they are set aside, or stop the host."""

from __future__ import annotations

import json
from pathlib import Path

import boto3
import pytest
import yaml

from ansible_collections.keyless.ec2.tests.integration.support.aws import REGION
from ansible_collections.keyless.ec2.tests.integration.support.hosts import Host
from ansible_collections.keyless.ec2.tests.integration.support.tables import table

POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "ec2:Describe*", "Resource": "*"}]}
NEEDED = "in the last 90 days for actions that role app does not allow: ec2:DescribeRegions"


@pytest.fixture(name="used")
def _used(aws, make_key):
    """Makes a key and calls DescribeRegions with it, which the role app does not allow."""

    def used(user: str) -> dict:
        key = make_key(user)
        aws.iam.put_user_policy(UserName=user, PolicyName="own", PolicyDocument=json.dumps(POLICY))
        credentials = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
        boto3.client("ec2", endpoint_url=aws.endpoint, region_name=REGION, **credentials).describe_regions()
        return key

    return used


@pytest.fixture(name="host")
def _host(aws, used, make_key, tmp_path):
    """A host with one key that was used, and one that never was."""
    return Host(aws, tmp_path / "a", "a", [used(f"used-{tmp_path.name}"), make_key(f"unused-{tmp_path.name}")])


def test_it_is_reported_and_the_host_is_migrated(host, migrate):
    run = migrate([host], migrate_keys_usage="warn").succeeded()
    assert NEEDED in run.output
    assert "not allowed   used-" in run.output
    assert "not allowed   unused-" not in run.output
    assert "home/app/.aws/.keyless.credentials.keyless-aside" in host.names()


def test_a_host_that_stops_is_left_as_it_is(aws, host, make_key, migrate, tmp_path):
    other = Host(aws, tmp_path / "b", "b", [make_key(f"other-{tmp_path.name}")])
    before = host.snapshot()
    run = migrate([host, other], migrate_keys_usage="fail")
    assert run.returncode == 2
    assert NEEDED in run.output
    assert host.snapshot() == before
    assert "home/app/.aws/.keyless.credentials.keyless-aside" in other.names()
    associated = [each for each in run.writes if each["operation"] == "AssociateIamInstanceProfile"]
    assert [each["parameters"]["InstanceId"] for each in associated] == [other.instance_id]
    generated = [each for each in run.calls if each["operation"] == "GenerateServiceLastAccessedDetails"]
    assert len(generated) == 3


@pytest.mark.parametrize("usage", table(["warn", "fail"], ["fail"]))
def test_missing_permissions_are_reported(aws, host, migrate, usage):
    for operation in ("GenerateServiceLastAccessedDetails", "LookupEvents"):
        aws.fail(operation, "AccessDenied", count=None)
    run = migrate([host], migrate_keys_usage=usage)
    assert run.returncode == (0 if usage == "warn" else 2)
    assert "could not be found out" in run.output
    assert "Allow iam:GenerateServiceLastAccessedDetails" in run.output
    assert ("home/app/.aws/.keyless.credentials.keyless-aside" in host.names()) == (usage != "fail")


def test_by_default_it_is_reported():
    defaults = Path(__file__).resolve().parents[3] / "roles/migrate_keys/defaults/main.yml"
    assert yaml.safe_load(defaults.read_text(encoding="utf-8"))["migrate_keys_usage"] == "warn"
