# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Trying actions on a host: the signature, the calls, what an answer says, and what is refused beforehand."""

from __future__ import annotations

import json
import re
import socket
import ssl
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from urllib.parse import quote
from urllib.request import HTTPSHandler

import pytest
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import OptionError
from ansible_collections.keyless.ec2.plugins.module_utils._identity.actions.calls import call_for, known_actions
from ansible_collections.keyless.ec2.plugins.module_utils._identity.actions.checks import tried
from ansible_collections.keyless.ec2.plugins.module_utils._identity.actions.client import (
    ALLOWED,
    DENIED,
    UNKNOWN,
    Answer,
    Aws,
    judged,
)
from ansible_collections.keyless.ec2.plugins.module_utils._identity.actions.options import (
    check_aws_endpoint,
    wanted_actions,
)
from ansible_collections.keyless.ec2.plugins.module_utils._identity.actions.signing import (
    Request,
    Secrets,
    encoded_query,
    signed_headers,
)
from ansible_collections.keyless.ec2.plugins.module_utils._identity.metadata import secrets_in

KEY, SECRET, TOKEN = "ASIAIOSFODNN7EXAMPLE", "the-secret-access-key-of-a-role", "the-session-token"
SECRETS = Secrets(KEY, SECRET, TOKEN)
NOW = 1780000000.0
TEXT = st.text(st.characters(min_codepoint=33, max_codepoint=0x17F, exclude_characters="/?#"), max_size=12)


# The signature is botocore's


@given(
    service=st.sampled_from(["ec2", "s3", "dynamodb"]),
    parts=st.lists(TEXT.filter(lambda part: part not in (".", "..")).filter(bool), max_size=3),
    query=st.dictionaries(TEXT.filter(bool), TEXT, max_size=3),
    body=st.binary(max_size=40),
    value=st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=12),
)
def test_a_signature_is_the_one_that_botocore_makes(service, parts, query, body, value):
    url = "https://service.eu-west-1.amazonaws.com/" + "/".join(quote(part, safe="-_.~") for part in parts)
    ours = signed_headers(Request("POST", url, query, {"Content-Type": value}, body), service, "eu-west-1", SECRETS, NOW)
    theirs = AWSRequest("POST", f"{url}?{encoded_query(query)}" if query else url, {"Content-Type": value}, body)
    theirs.context.update(timestamp=ours["x-amz-date"], payload_signing_enabled=True)
    signer = (S3SigV4Auth if service == "s3" else SigV4Auth)(Credentials(KEY, SECRET, TOKEN), service, "eu-west-1")
    theirs.headers["X-Amz-Date"] = ours["x-amz-date"]
    theirs.headers["X-Amz-Security-Token"] = TOKEN
    if service == "s3":
        theirs.headers["X-Amz-Content-SHA256"] = ours["x-amz-content-sha256"]
    canonical = signer.canonical_request(theirs)
    signature = signer.signature(signer.string_to_sign(theirs, canonical), theirs)
    assert ours["authorization"].endswith(f"Signature={signature}")


def test_secrets_have_no_text():
    assert SECRET not in repr(SECRETS) + str(SECRETS) + f"{[SECRETS]!r}"


# The calls


@pytest.mark.parametrize("action", known_actions())
def test_every_call_reads_and_asks_for_little(action):
    resource = {"s3": "arn:aws:s3:::bucket/key"}.get(action.partition(":")[0], "arn:aws:dynamodb:eu-west-1:123456789012:table/orders")
    call = call_for(action, resource)
    name = action.partition(":")[2]
    assert name.startswith(("Describe", "Get", "List"))
    assert call.method in ("GET", "HEAD") or name.encode() in call.body or name in call.headers["x-amz-target"]
    assert call.dry_run == action.startswith("ec2:")


@pytest.mark.parametrize("action", known_actions())
def test_calls_go_over_tls_and_the_secret_key_never_leaves(monkeypatch, action):
    resource = {"s3": "arn:aws:s3:::bucket/key"}.get(action.partition(":")[0], "arn:aws:dynamodb:eu-west-1:123456789012:table/orders")
    aws, made = Aws("eu-west-1", SECRETS, None, 0), []
    (https,) = [each for each in aws._opener.handlers if isinstance(each, HTTPSHandler)]
    assert https._context.verify_mode == ssl.CERT_REQUIRED and https._context.check_hostname

    def refuse(request, timeout):
        made.append(request)
        raise OSError("nobody there")

    monkeypatch.setattr(aws._opener, "open", refuse)
    aws.ask(call_for(action, resource))
    (request,) = made
    assert re.fullmatch(r"https://[\w.-]+\.amazonaws\.com(/.*)?", request.full_url.partition("?")[0])
    headers = dict(request.header_items())
    assert headers.pop("X-amz-security-token") == TOKEN
    sent = f"{request.full_url} {request.data} {headers}"
    assert SECRET not in sent and TOKEN not in sent


WITHOUT = [("ec2:RunInstances", None), ("s3:PutObject", "arn:aws:s3:::b/k"), ("s3:ListBucket", None), ("s3:GetObject", "arn:aws:s3:::b")]


@pytest.mark.parametrize("action, resource", WITHOUT)
def test_what_has_no_call(action, resource):
    assert call_for(action, resource) is None


# What an answer says


@pytest.mark.parametrize(
    "status, text, answer, code",
    [
        (412, "<Response><Errors><Error><Code>DryRunOperation</Code></Error></Errors></Response>", ALLOWED, None),
        (403, "<Error><Code>UnauthorizedOperation</Code><Message>No.</Message></Error>", DENIED, "UnauthorizedOperation"),
        (403, "<Error><Code>AccessDenied</Code></Error>", DENIED, "AccessDenied"),
        (400, '{"__type": "com.amazon.coral.service#AccessDeniedException", "Message": "No."}', DENIED, "AccessDeniedException"),
        (403, "", UNKNOWN, "HTTP 403"),
        (403, "<Error><Code>ExpiredToken</Code></Error>", UNKNOWN, "ExpiredToken"),
        (404, "<Error><Code>NoSuchBucket</Code></Error>", UNKNOWN, "NoSuchBucket"),
        (301, "", UNKNOWN, "HTTP 301"),
        (500, "\x1b[31m" * 9, UNKNOWN, "HTTP 500"),
    ],
)
def test_what_an_answer_says(status, text, answer, code):
    found = judged(status, text)
    assert (found.answer, found.code) == (answer, code)


def test_a_denial_can_be_in_a_header_or_answer_a_head():
    assert judged(403, "{}", "AccessDeniedException:http://internal").answer == DENIED
    assert judged(403, "{}", "ExpiredTokenException").answer == UNKNOWN
    assert judged(403, "", None, "HEAD").answer == DENIED


@pytest.mark.parametrize("broken", ["a\nb", "", "a b", 3, None])
@pytest.mark.parametrize("name", ["AccessKeyId", "SecretAccessKey", "Token"])
def test_credentials_that_can_not_be_in_a_header_are_none(name, broken):
    document = {"AccessKeyId": KEY, "SecretAccessKey": SECRET, "Token": TOKEN}
    assert secrets_in(json.dumps(document)) and secrets_in(json.dumps({**document, name: broken})) is None


def test_what_can_not_be_sent_tells_nothing_of_the_secrets():
    aws = Aws("eu-west-1", Secrets(KEY, SECRET, "a\nsecret-token"), "http://127.0.0.1:9", 0)
    answer = aws.ask(wanted_path("/")[0].call)
    assert answer.answer == UNKNOWN and "secret-token" not in answer.message and KEY not in answer.message


def test_what_does_not_speak_http_is_not_known():
    with socket.create_server(("127.0.0.1", 0)) as server:
        Thread(target=lambda: server.accept()[0].sendall(b"nonsense\r\n\r\n"), daemon=True).start()
        aws = Aws("eu-west-1", SECRETS, f"http://127.0.0.1:{server.getsockname()[1]}", 0)
        assert aws.ask(wanted_path("/")[0].call).answer == UNKNOWN


def test_a_resource_s_own_region_is_asked():
    (wanted,) = wanted_actions([{"action": "dynamodb:DescribeTable", "resource": "arn:aws:dynamodb:us-west-2:1:table/t"}])
    assert wanted.region == "us-west-2" and b"arn:aws:dynamodb:us-west-2:1:table/t" in wanted.call.body


def test_a_message_is_shown_without_what_is_encoded_or_moves_a_cursor():
    text = "<Error><Code>UnauthorizedOperation</Code><Message>No.\x1b[31m Encoded authorization failure message: abc-DEF</Message></Error>"
    assert judged(403, text).message == "No.\\x1b[31m"


# Over the network


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.seen.append(self.path)
        if self.path.startswith("/away"):
            self.send_response(302)
            self.send_header("Location", f"http://127.0.0.1:{self.server.server_port}/stolen")
        elif self.path.startswith("/large"):
            self.send_response(400)
        else:
            self.send_response(200)
        self.end_headers()
        if self.path.startswith("/large"):
            self.wfile.write(b"<Code>Large</Code>" + b"x" * 200_000)

    def log_message(self, *_arguments):
        pass


@pytest.fixture(name="server")
def _server():
    server = HTTPServer(("127.0.0.1", 0), Handler)
    server.seen = []
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def wanted_path(path):
    return wanted_actions([{"action": "own:Action", "call": {"service": "own", "path": path}}])


def ask(server, path):
    rows, found = tried(wanted_path(path), SECRETS, lambda secrets: Aws("eu-west-1", secrets, f"http://127.0.0.1:{server.server_port}", 0))
    return rows[0], found


def test_no_redirect_is_followed(server):
    row, found = ask(server, "/away")
    assert (row["answer"], row["code"]) == (UNKNOWN, "HTTP 302") and server.seen == ["/away"]
    assert found[0]["code"] == "action_unknown"


def test_a_large_answer_is_cut(server):
    assert ask(server, "/large")[0]["code"] == "Large"


def test_nobody_there_is_not_known():
    closed = Aws("eu-west-1", SECRETS, "http://127.0.0.1:9", 0)
    answer = closed.ask(wanted_path("/")[0].call)
    assert answer.answer == UNKNOWN and answer.message.startswith("AWS could not be reached: ") and SECRET not in answer.message


def test_without_credentials_nothing_is_asked():
    rows, found = tried(wanted_actions(["sts:GetCallerIdentity"]), None, lambda _secrets: pytest.fail("It asked."))
    assert rows[0]["answer"] == UNKNOWN and found[0]["code"] == "action_unknown"


@pytest.mark.parametrize(
    "expect, answer, code",
    [
        (ALLOWED, Answer(ALLOWED), None),
        (DENIED, Answer(DENIED, "AccessDenied"), None),
        (ALLOWED, Answer(DENIED, "AccessDenied", "No."), "action_denied"),
        (DENIED, Answer(ALLOWED), "action_allowed"),
        (DENIED, Answer(UNKNOWN, "HTTP 500"), "action_unknown"),
    ],
)
def test_what_is_not_as_expected_is_a_problem(expect, answer, code):
    class Told:
        def ask(self, _call, _region):
            return answer

    _rows, found = tried(wanted_actions([{"action": "ec2:DescribeVpcs", "expect": expect}]), SECRETS, lambda _secrets: Told())
    assert [each["code"] for each in found] == ([code] if code else [])


# Bad input


@pytest.mark.parametrize(
    "given, said",
    [
        (["DescribeInstances"], "actions: 'DescribeInstances' is not an action. Write one like ec2:DescribeInstances."),
        ([3], "actions: 3 is not an action."),
        ([{"acton": "ec2:DescribeVpcs"}], "actions: there is no 'acton'. Did you mean action?"),
        ([{"action": "ec2:DescribeVpcs", "expect": "yes"}], "actions: expect of ec2:DescribeVpcs is 'yes'. Give allowed or denied."),
        (["sqs:ListQueue"], "actions: there is no harmless call for sqs:ListQueue. Did you mean sqs:ListQueues? Or give a call of your own"),
        (["s3:ListBucket"], "actions: s3:ListBucket needs a resource. Give the ARN of one"),
        ([{"action": "s3:ListBucket", "resource": "b*"}], "actions: s3:ListBucket needs a resource, and 'b*' is none."),
        ([{"action": "a:B", "resource": 3}], "actions: resource of a:B is 3. Give an ARN."),
        ([{"action": "a:B", "call": {"service": "a", "path": "/a b"}}], "has what an address can't have."),
        ([{"action": "a:B", "call": {"service": "a", "query": "x"}}], "actions: query of the call of a:B is 'x'. Give a dictionary."),
        ([{"action": "a:B", "call": {"service": "a", "method": 3}}], "actions: method of the call of a:B is 3. Give a text."),
        ([{"action": "a:B", "call": {"path": "/"}}], "actions: call of a:B has no service."),
        (
            [{"action": "a:B", "call": {"service": "a", "path": "x"}}],
            "actions: path of the call of a:B does not begin with a slash, or has what an address can't have.",
        ),
        ([{"action": "a:B", "call": {"service": "a", "metod": "GET"}}], "actions: call of a:B: there is no 'metod'. Did you mean method?"),
    ],
)
def test_what_can_not_be_meant_is_refused(given, said):
    with pytest.raises(OptionError) as raised:
        wanted_actions(given)
    assert said in str(raised.value)


@pytest.mark.parametrize("given", ["vpce.example.com", "ftp://x", "http://"])
def test_an_endpoint_is_a_url(given):
    with pytest.raises(OptionError, match="aws_endpoint: "):
        check_aws_endpoint(given)


def test_signing_goes_by_aws_s_clock(server):
    aws = Aws("eu-west-1", SECRETS, f"http://127.0.0.1:{server.server_port}", clock_ahead=time.time())
    assert aws.ask(wanted_path("/")[0].call) == Answer(ALLOWED)
