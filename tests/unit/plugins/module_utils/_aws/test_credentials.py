# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Credentials that break in the middle: an operation of its own, after which no call is sent."""

from __future__ import annotations

import json
import shlex

import pytest
from botocore.awsrequest import AWSResponse
from botocore.credentials import Credentials
from botocore.parsers import ResponseParserError

from ansible_collections.keyless.ec2.plugins.module_utils._aws.call_errors import aws_errors
from ansible_collections.keyless.ec2.plugins.module_utils._aws.calls import read
from ansible_collections.keyless.ec2.plugins.module_utils._aws.clients import client
from ansible_collections.keyless.ec2.plugins.module_utils._aws.credentials import GuardedCredentials
from ansible_collections.keyless.ec2.plugins.module_utils._common.error_suggestions import CREDENTIALS
from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import AwsError
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._aws.test_clients import Module, Raw

NOBODY = {"access_key": None, "secret_key": None}
EXPIRED = b"<E><Errors><Error><Code>RequestExpired</Code><Message>Request has expired.</Message></Error></Errors></E>"


@pytest.fixture(name="process")
def _process(tmp_path, monkeypatch):
    """A script that prints credentials, for the profile ``process``."""
    script = tmp_path / "process"
    keys = {"Version": 1, "AccessKeyId": "AKIAUNITTESTS0000000", "SecretAccessKey": "secret"}
    keys["Expiration"] = "2099-01-01T00:00:00Z"
    script.write_text(f"#!/bin/sh\necho '{json.dumps(keys)}'\n")
    script.chmod(0o755)
    config = tmp_path / "config"
    config.write_text(f"[profile process]\ncredential_process = {shlex.quote(str(script))}\n")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    return script


def answering(made, body=b"<R/>", status=200):
    """The calls that were sent; each gets this response."""
    sent = []

    def answer(request, **_event):
        sent.append(request)
        return AWSResponse("https://ec2/", status, {}, Raw(body))

    made.meta.events.register("before-send", answer)
    return sent


def failed(made, **options):
    with pytest.raises(AwsError) as caught:
        read(made, "ec2:DescribeRegions", "*", "list the regions", **options)
    return caught.value


def test_a_process_that_disappears_fails_the_call_and_all_later_ones(process):
    made = client(Module(profile="process", **NOBODY), "ec2")
    sent = answering(made)
    read(made, "ec2:DescribeRegions", "*", "list the regions")
    made._request_signer._credentials._credentials._expiry_time = made._request_signer._credentials._credentials._time_fetcher()
    process.unlink()
    first, second = failed(made), failed(made)
    assert (first.operation, first.code) == (second.operation, second.code) == (CREDENTIALS, "FileNotFound")
    assert str(first).startswith("Could not fetch AWS credentials to list the regions: FileNotFound: custom-process: ")
    assert "the call was not sent" in second.message and "credential_process" in str(second)
    assert len(sent) == 1


@pytest.mark.parametrize(("script", "says"), [("echo hello", "custom-process: Expecting value"), ("exit 3", "credential_process")])
def test_a_process_that_fails_at_first(process, script, says):
    process.write_text(f"#!/bin/sh\n{script}\n")
    with pytest.raises(AwsError, match=says) as caught:
        client(Module(profile="process", **NOBODY), "ec2")
    assert caught.value.operation == CREDENTIALS
    assert "proxy" not in str(caught.value)


def test_no_credentials_stop_all_calls(process):
    process.parent.joinpath("config").write_text("")
    module = Module(**NOBODY)
    first, second = failed(client(module, "ec2")), failed(client(module, "ec2"))
    assert [each.operation for each in (first, second)] == [CREDENTIALS] * 2
    assert first.message == second.message == "Unable to locate credentials" and "Give the task AWS credentials" in str(second)


def test_an_expired_request_stops_all_clients_of_the_module():
    module = Module()
    one, other = client(module, "ec2"), client(module, "ec2")
    sent = [*answering(one, EXPIRED, 400), *answering(other)]
    assert failed(one).code == "RequestExpired"
    stopped = failed(other)
    assert (stopped.operation, stopped.code, sent) == ("ec2:DescribeRegions", "RequestExpired", [])
    assert "DescribeRegions: Request has expired." in stopped.message and "renew" in str(stopped)


def test_a_session_token_that_is_no_header_is_not_shown():
    """Python's HTTP client quotes it, for example one with a line break at its end."""
    module = Module(access_key="AKIAUNITTESTS0000000", secret_key="secret", session_token="IQoJtoken\n", endpoint_url="http://127.0.0.1:9")
    error = failed(client(module, "ec2"))
    assert "Invalid header value" in str(error) and "IQoJ" not in str(error)


@pytest.mark.parametrize("url", ["http://bob:s3cr3t@127.0.0.1:9", "http://bob:s3@cr3t@127.0.0.1:9", "nonsense://bob:s3cr3t@:x"])
def test_the_password_of_an_endpoint_is_not_shown(monkeypatch, url):
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    # botocore raises ValueError for the last, which amazon.aws shows.
    with pytest.raises((AwsError, ValueError)) as caught:
        read(client(Module(endpoint_url=url), "ec2"), "ec2:DescribeRegions", "*", "list the regions")
    assert "cr3t" not in str(caught.value) and "…@" in str(caught.value)


def test_the_credentials_in_a_response_that_is_not_xml_are_not_shown():
    broken = ResponseParserError("invalid XML:\nb'<Credentials><SecretAccessKey>wJalr</SecretAccessKey><SessionToken>IQoJ")
    with pytest.raises(AwsError) as caught, aws_errors("sts:AssumeRole", "role/x", "assume it"):
        raise broken
    assert "wJalr" not in str(caught.value) and "IQoJ" not in str(caught.value)


def test_an_attribute_that_credentials_do_not_have_is_no_failure():
    credentials = GuardedCredentials(Credentials("AKIAUNITTESTS0000000", "secret"), "env")
    assert not hasattr(credentials, "no_such_attribute") and credentials.access_key == "AKIAUNITTESTS0000000"
