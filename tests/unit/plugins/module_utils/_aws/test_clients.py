# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Clients with amazon.aws's options, sharing one session."""

from __future__ import annotations

from datetime import datetime, timezone
from io import BytesIO

import boto3
import pytest
from botocore.awsrequest import AWSResponse

from ansible_collections.keyless.ec2.plugins.module_utils._aws import clients as clients_file
from ansible_collections.keyless.ec2.plugins.module_utils._aws.access_analyzer import SHORT_TIMEOUTS
from ansible_collections.keyless.ec2.plugins.module_utils._aws.clients import client, client_anywhere
from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import AwsError, OptionError
from ansible_collections.keyless.ec2.plugins.module_utils._values.unknown_members import unknown_members

OPTIONS = {
    "region": "us-west-2",
    "endpoint_url": None,
    "access_key": "AKIAUNITTESTS0000000",
    "secret_key": "secret",
    "session_token": None,
    "profile": None,
    "validate_certs": True,
    "aws_ca_bundle": None,
    "aws_config": None,
}


class Raw(BytesIO):
    """A response body like urllib3's."""

    def stream(self):
        yield self.read()


class Module:
    """The parts of AnsibleAWSModule that creating clients needs."""

    def __init__(self, **options):
        self.params = {**OPTIONS, **options}
        self.region = self.params["region"]


@pytest.fixture(autouse=True)
def _nothing_configured(monkeypatch):
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    "asked, own, expected",
    [("eu-west-1", "us-west-2", "eu-west-1"), (None, "us-west-2", "us-west-2"), (None, None, "us-east-1")],
)
def test_a_region_can_be_given_if_none_is_configured(asked, own, expected):
    assert client_anywhere(Module(region=own), "ec2", asked).meta.region_name == expected


def test_settings_of_a_client_can_be_overridden():
    made = client_anywhere(Module(), "accessanalyzer", **SHORT_TIMEOUTS).meta.config
    assert (made.connect_timeout, made.retries["mode"]) == (10, "standard")
    assert "keyless.ec2" in made.user_agent_extra


def test_botocore_handles_throttling_unless_the_user_configures_it():
    made = client(Module(), "ec2", 3).meta.config
    assert (made.retries["mode"], made.max_pool_connections) == ("adaptive", 3)
    once = {"retries": {"mode": "standard", "total_max_attempts": 1}}
    assert client(Module(aws_config=once), "ec2").meta.config.retries["mode"] == "standard"


def test_connection_options_are_used():
    made = client(Module(endpoint_url="http://127.0.0.1:5000"), "iam")
    assert made.meta.endpoint_url == "http://127.0.0.1:5000"
    assert made._request_signer._credentials.access_key == OPTIONS["access_key"]


def test_clients_of_a_module_share_a_session(monkeypatch):
    made = []

    class Session(boto3.session.Session):
        def __init__(self, **options):
            made.append(options)
            super().__init__(**options)

    monkeypatch.setattr("ansible_collections.keyless.ec2.plugins.module_utils._aws.clients.BotoSession", Session)
    module = Module()
    assert client(module, "iam").meta.service_model.service_name == "iam"
    assert client(module, "ec2").meta.service_model.service_name == "ec2"
    assert client(module, "ec2") is not client(module, "ec2")
    assert [each["profile_name"] for each in made] == [None]
    client(Module(), "iam")
    assert len(made) == 2


@pytest.mark.parametrize("variable, expected", [(None, "regional"), ("legacy", "legacy")])
def test_tokens_are_of_the_region_unless_the_user_says_otherwise(monkeypatch, variable, expected):
    """Regions that an account must enable refuse those of the global endpoint, which is botocore's default before 1.40."""
    if variable:
        monkeypatch.setenv("AWS_STS_REGIONAL_ENDPOINTS", variable)
    module = Module()
    client(module, "sts")
    assert clients_file._shared(module, None).core.get_config_variable("sts_regional_endpoints") == expected


def test_what_botocore_does_not_parse_is_marked():
    autoscaling = client(Module(), "autoscaling")
    override = "<member><InstanceType>t4g.small</InstanceType><Newer>x</Newer></member>"
    policy = f"<MixedInstancesPolicy><LaunchTemplate><Overrides>{override}</Overrides></LaunchTemplate></MixedInstancesPolicy>"
    group = f"<AutoScalingGroups><member><AutoScalingGroupName>a</AutoScalingGroupName>{policy}</member></AutoScalingGroups>"
    body = f"<R><DescribeAutoScalingGroupsResult>{group}</DescribeAutoScalingGroupsResult></R>"
    autoscaling.meta.events.register("before-send.auto-scaling", lambda **_event: AWSResponse("https://x/", 200, {}, Raw(body.encode())))
    [found] = autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"]
    assert unknown_members(found["MixedInstancesPolicy"]) == ["LaunchTemplate.Overrides[0].Newer"]


def test_the_user_agent_names_the_collection():
    assert "keyless.ec2" in client(Module(), "iam").meta.config.user_agent_extra


@pytest.mark.parametrize(
    "options, says",
    [({"region": None}, "AWS_REGION"), ({"endpoint_url": "no address"}, "no address"), ({"profile": "nobody"}, "nobody")],
)
def test_invalid_connection_options_are_reported(options, says, tmp_path, monkeypatch):
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    if "profile" in options:
        options = {**options, "access_key": None, "secret_key": None}
    with pytest.raises((AwsError, OptionError), match=says):
        client(Module(**options), "ec2")


def test_timestamps_are_parsed_without_dateutil(monkeypatch):
    """Tested with a real response body, so that botocore's own parser would be noticed."""
    monkeypatch.setattr("botocore.utils.dateutil.parser.parse", lambda *_args, **_options: pytest.fail("dateutil has parsed"))
    ec2 = client(Module(), "ec2")
    instance = "<item><instanceId>i-1</instanceId><launchTime>2026-11-30T09:45:17.000Z</launchTime></item>"
    body = f"<D><reservationSet><item><instancesSet>{instance}</instancesSet></item></reservationSet></D>"
    ec2.meta.events.register("before-send.ec2", lambda **_event: AWSResponse("https://ec2/", 200, {}, Raw(body.encode())))
    [reservation] = ec2.describe_instances()["Reservations"]
    assert reservation["Instances"][0]["LaunchTime"] == datetime(2026, 11, 30, 9, 45, 17, tzinfo=timezone.utc)


@pytest.mark.parametrize("setting", [{"nonsense": 1}, {"s3": {"addressing_style": "x"}}, {"max_pool_connections": None, "a b": 2}])
def test_a_setting_that_botocore_does_not_know_names_the_option(setting):
    with pytest.raises(OptionError, match="^aws_config: .* See botocore's documentation"):
        client(Module(aws_config=setting), "ec2")


def test_a_region_that_can_be_none_has_a_next_step():
    with pytest.raises(AwsError, match="InvalidRegion: .* is written like eu-central-1"):
        client(Module(region="eu central"), "ec2")
