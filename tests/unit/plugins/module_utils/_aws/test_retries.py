# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How often calls are repeated: by the cause, and by the user's settings."""

from __future__ import annotations

import ssl

import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ConnectTimeoutError, EndpointConnectionError, HTTPClientError, ProxyConnectionError, SSLError

from ansible_collections.keyless.ec2.plugins.module_utils._aws.clients import client
from ansible_collections.keyless.ec2.plugins.module_utils._aws.retries import CONNECTION_ATTEMPTS
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._aws.test_clients import Module, Raw

URL = {"endpoint_url": "https://ec2/"}
CERTIFICATE = SSLError(**URL, error=ssl.SSLCertVerificationError("[SSL: CERTIFICATE_VERIFY_FAILED] self-signed"))
HANDSHAKE = SSLError(**URL, error=ssl.SSLEOFError("EOF"))
NO_BUNDLE = HTTPClientError(error=FileNotFoundError("ca.pem"))
BRIEF = [EndpointConnectionError(**URL), ConnectTimeoutError(**URL), ProxyConnectionError(proxy_url="http://p"), HANDSHAKE]
THROTTLED = b"<E><Errors><Error><Code>RequestLimitExceeded</Code></Error></Errors></E>"


@pytest.fixture(autouse=True)
def _nothing_configured(monkeypatch, tmp_path):
    for name in ("AWS_PROFILE", "AWS_MAX_ATTEMPTS", "AWS_RETRY_MODE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _seconds: None)


def attempts(outcome, **options):
    """How often a call is sent that has this outcome each time, an exception or a response."""
    made = client(Module(**options), "ec2")
    sent = []

    def answer(**_event):
        sent.append(1)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome()

    made.meta.events.register("before-send", answer)
    with pytest.raises(Exception):  # noqa: B017, PT011  # only the number counts
        made.describe_regions()
    return len(sent)


def busy(status, body=b""):
    return lambda: AWSResponse("https://ec2/", status, {}, Raw(body))


@pytest.mark.parametrize("error", [CERTIFICATE, NO_BUNDLE])
def test_what_no_retry_can_fix_is_not_retried(error, monkeypatch):
    assert attempts(error) == 1
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "5")
    assert attempts(error) == 1


@pytest.mark.parametrize("error", BRIEF)
def test_connection_errors_are_retried_briefly(error):
    assert attempts(error) == CONNECTION_ATTEMPTS


@pytest.mark.parametrize("outcome", [busy(503), busy(503, THROTTLED)])
def test_server_errors_and_throttling_are_retried_patiently(outcome, monkeypatch):
    monkeypatch.setenv("AWS_RETRY_MODE", "standard")  # the other one waits in earnest
    assert attempts(outcome) == 12


@pytest.mark.parametrize("outcome", [busy(503), BRIEF[0]])
def test_the_user_s_number_of_attempts_counts(outcome, monkeypatch, tmp_path):
    assert attempts(outcome, aws_config={"retries": {"total_max_attempts": 2}}) == 2
    (tmp_path / "config").write_text("[default]\nmax_attempts = 5\n")
    assert attempts(outcome) == 5
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "4")
    assert attempts(outcome) == 4


def test_the_user_s_mode_counts(monkeypatch, tmp_path):
    def mode():
        return client(Module(), "ec2").meta.config.retries

    assert mode() == {"mode": "adaptive", "total_max_attempts": 12}
    (tmp_path / "config").write_text("[default]\nretry_mode = legacy\n")
    assert mode()["mode"] == "legacy"
    monkeypatch.setenv("AWS_RETRY_MODE", "standard")
    assert mode() == {"mode": "standard", "total_max_attempts": 12}


def test_connecting_takes_ten_seconds_at_most_unless_the_user_decides():
    assert client(Module(), "ec2").meta.config.connect_timeout == 10
    assert client(Module(aws_config={"connect_timeout": 50}), "ec2").meta.config.connect_timeout == 50
