# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Trying actions on a host: signatures, calls, answers, and invalid options."""

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
from ansible_collections.keyless.ec2.plugins.module_utils._identity.actions.checks import run_checks
from ansible_collections.keyless.ec2.plugins.module_utils._identity.actions.client import (
    ALLOWED,
    DENIED,
    DENIED_OR_MISSING,
    UNKNOWN,
    ActionAnswer,
    SignedClient,
    interpret_error,
)
from ansible_collections.keyless.ec2.plugins.module_utils._identity.actions.options import (
    action_checks,
    check_aws_endpoint,
)
from ansible_collections.keyless.ec2.plugins.module_utils._identity.actions.signing import (
    Request,
    RoleSecrets,
    encoded_query,
    signed_headers,
)
from ansible_collections.keyless.ec2.plugins.module_utils._identity.metadata import role_secrets_in

KEY, SECRET, TOKEN = "ASIAIOSFODNN7EXAMPLE", "the-secret-access-key-of-a-role", "the-session-token"
SECRETS = RoleSecrets(KEY, SECRET, TOKEN)
NOW = 1780000000.0
TEXT = st.text(st.characters(min_codepoint=33, max_codepoint=0x17F, exclude_characters="/?#"), max_size=12)


# The signature


@given(
    service=st.sampled_from(["ec2", "s3", "dynamodb"]),
    parts=st.lists(TEXT.filter(lambda part: part not in (".", "..")).filter(bool), max_size=3),
    query=st.dictionaries(TEXT.filter(bool), TEXT, max_size=3),
    body=st.binary(max_size=40),
    value=st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=12),
)
def test_signatures_are_the_same_as_botocore_s(service, parts, query, body, value):
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


def test_secrets_are_not_in_their_repr():
    assert SECRET not in repr(SECRETS) + str(SECRETS) + f"{[SECRETS]!r}"


# The calls


@pytest.mark.parametrize("action", known_actions())
def test_every_call_is_harmless(action):
    resource = {"s3": "arn:aws:s3:::bucket/key"}.get(action.partition(":")[0], "arn:aws:dynamodb:eu-west-1:123456789012:table/orders")
    call = call_for(action, resource)
    name = action.partition(":")[2]
    assert name.startswith(("Describe", "Get", "List"))
    assert call.method in ("GET", "HEAD") or name.encode() in call.body or name in call.headers["x-amz-target"]
    assert (b"DryRun=true" in call.body) == action.startswith("ec2:")


@pytest.mark.parametrize("action", known_actions())
def test_calls_go_over_tls_and_the_secret_key_never_leaves(monkeypatch, action):
    resource = {"s3": "arn:aws:s3:::bucket/key"}.get(action.partition(":")[0], "arn:aws:dynamodb:eu-west-1:123456789012:table/orders")
    client, made = SignedClient("eu-west-1", SECRETS, None, 0), []
    (https,) = [each for each in client._opener.handlers if isinstance(each, HTTPSHandler)]
    assert https._context.verify_mode == ssl.CERT_REQUIRED and https._context.check_hostname

    def refuse(request, timeout):
        made.append(request)
        raise OSError("connection refused")

    monkeypatch.setattr(client._opener, "open", refuse)
    client.answer_to(call_for(action, resource))
    (request,) = made
    assert re.fullmatch(r"https://[\w.-]+\.amazonaws\.com(/.*)?", request.full_url.partition("?")[0])
    headers = dict(request.header_items())
    assert headers.pop("X-amz-security-token") == TOKEN
    sent = f"{request.full_url} {request.data} {headers}"
    assert SECRET not in sent and TOKEN not in sent


@pytest.mark.parametrize(
    "action, member", [("dynamodb:DescribeTable", "TableName"), ("kms:DescribeKey", "KeyId"), ("secretsmanager:DescribeSecret", "SecretId")]
)
@pytest.mark.parametrize("resource", ["orders", "arn:aws:dynamodb:eu-west-1:123456789012:table/orders"])
def test_the_resource_is_sent_as_it_is(action, member, resource):
    assert json.loads(call_for(action, resource).body) == {member: resource}


@pytest.mark.parametrize("body, sent", [(None, b""), ("a=b", b"a=b"), ({"a": 1}, b'{"a": 1}'), ("", b""), ([], b"[]")])
def test_the_body_of_an_own_call(body, sent):
    (check,) = action_checks([{"action": "own:Action", "call": {"service": "own", "body": body}}])
    assert check.call.body == sent


WITHOUT = [("ec2:RunInstances", None), ("s3:PutObject", "arn:aws:s3:::b/k"), ("s3:ListBucket", None), ("s3:GetObject", "arn:aws:s3:::b")]


@pytest.mark.parametrize("action, resource", WITHOUT)
def test_actions_without_a_call(action, resource):
    assert call_for(action, resource) is None


# Answers


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
def test_interpreting_errors(status, text, answer, code):
    found = interpret_error(status, text)
    assert (found.answer, found.code) == (answer, code)


def test_a_denial_can_be_in_a_header_or_answer_a_head_request():
    assert interpret_error(403, "{}", "AccessDeniedException:http://internal").answer == DENIED
    assert interpret_error(403, "{}", "ExpiredTokenException").answer == UNKNOWN
    assert interpret_error(403, "", None, "HEAD") == (UNKNOWN, "HTTP 403", DENIED_OR_MISSING)


@pytest.mark.parametrize("broken", ["a\nb", "", "a b", 3, None])
@pytest.mark.parametrize("name", ["AccessKeyId", "SecretAccessKey", "Token"])
def test_credentials_with_an_invalid_header_value_are_ignored(name, broken):
    document = {"AccessKeyId": KEY, "SecretAccessKey": SECRET, "Token": TOKEN}
    assert role_secrets_in(json.dumps(document)) and role_secrets_in(json.dumps({**document, name: broken})) is None


def test_an_error_while_sending_reveals_no_secret():
    client = SignedClient("eu-west-1", RoleSecrets(KEY, SECRET, "a\nsecret-token"), "http://127.0.0.1:9", 0)
    answer = client.answer_to(checks_of("/")[0].call)
    assert answer.answer == UNKNOWN and "secret-token" not in answer.message and KEY not in answer.message


def test_an_invalid_http_answer_is_unknown():
    with socket.create_server(("127.0.0.1", 0)) as server:
        Thread(target=lambda: server.accept()[0].sendall(b"nonsense\r\n\r\n"), daemon=True).start()
        client = SignedClient("eu-west-1", SECRETS, f"http://127.0.0.1:{server.getsockname()[1]}", 0)
        assert client.answer_to(checks_of("/")[0].call).answer == UNKNOWN


def test_the_region_of_the_resource_is_used():
    (check,) = action_checks([{"action": "dynamodb:DescribeTable", "resource": "arn:aws:dynamodb:us-west-2:1:table/t"}])
    assert check.region == "us-west-2" and b"arn:aws:dynamodb:us-west-2:1:table/t" in check.call.body


def test_messages_are_printable_and_without_the_encoded_part():
    text = "<Error><Code>UnauthorizedOperation</Code><Message>No.\x1b[31m Encoded authorization failure message: abc-DEF</Message></Error>"
    assert interpret_error(403, text).message == "No.\\x1b[31m"


LONG = RoleSecrets(KEY, "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "IQoJb3JpZ2luX2VjEN" + "".join(map(str, range(300))) + "//8BEAA+zQ==")


@pytest.mark.parametrize("shown", [LONG.token, LONG.token[:300], LONG.token[-40:], LONG.secret_access_key, quote(LONG.token, safe="")])
def test_an_answer_that_repeats_a_secret_shows_no_part_of_it(server, shown):
    server.answer = f"<Error><Code>Odd</Code><Message>You sent {shown}, which is odd.</Message></Error>".encode()
    client = SignedClient("eu-west-1", LONG, f"http://127.0.0.1:{server.server_port}", 0)
    (row,), _found = run_checks(checks_of("/repeat"), client)
    assert row["message"] == "You sent (redacted), which is odd."


# Over the network


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.seen.append(self.path)
        if self.path.startswith("/away"):
            self.send_response(302)
            self.send_header("Location", f"http://127.0.0.1:{self.server.server_port}/stolen")
        elif self.path.startswith(("/large", "/repeat")):
            self.send_response(400)
        else:
            self.send_response(200)
        self.end_headers()
        if self.path.startswith("/repeat"):
            self.wfile.write(self.server.answer)
        if self.path.startswith("/large"):
            self.wfile.write(b"<Code>Large</Code>" + b"x" * 200_000)

    def do_HEAD(self):
        self.server.seen.append(self.path)
        self.send_response(403)
        self.end_headers()

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


def checks_of(path):
    return action_checks([{"action": "own:Action", "call": {"service": "own", "path": path}}])


def check(server, path):
    rows, found = run_checks(checks_of(path), SignedClient("eu-west-1", SECRETS, f"http://127.0.0.1:{server.server_port}", 0))
    return rows[0], found


def test_no_redirect_is_followed(server):
    row, found = check(server, "/away")
    assert (row["answer"], row["code"]) == (UNKNOWN, "HTTP 302") and server.seen == ["/away"]
    assert found[0]["code"] == "action_unknown"


@pytest.mark.parametrize(("bucket", "row"), [("may-list", (DENIED, "HTTP 403", None)), ("large", (UNKNOWN, "HTTP 403", DENIED_OR_MISSING))])
def test_a_forbidden_object_is_denied_if_its_bucket_can_be_listed_and_otherwise_perhaps_missing(server, bucket, row):
    checks = action_checks([{"action": "s3:GetObject", "resource": f"arn:aws:s3:::{bucket}/a/key", "expect": "denied"}])
    (found,), problems = run_checks(checks, SignedClient("eu-west-1", SECRETS, f"http://127.0.0.1:{server.server_port}", 0))
    assert (found["answer"], found["code"], found["message"]) == row
    assert [each["code"] for each in problems] == ([] if row[0] == DENIED else ["action_unknown"])
    assert server.seen == [f"/{bucket}/a/key", f"/{bucket}?list-type=2&max-keys=0&prefix=a%2Fkey"]


def test_a_large_answer_is_read_only_in_part(server):
    assert check(server, "/large")[0]["code"] == "Large"


def test_a_refused_connection_is_unknown():
    closed = SignedClient("eu-west-1", SECRETS, "http://127.0.0.1:9", 0)
    answer = closed.answer_to(checks_of("/")[0].call)
    assert answer.answer == UNKNOWN and answer.message.startswith("Could not reach AWS: ") and SECRET not in answer.message


def test_without_credentials_there_is_no_call():
    rows, found = run_checks(action_checks(["sts:GetCallerIdentity"]), None)
    assert rows[0]["answer"] == UNKNOWN and found[0]["code"] == "action_unknown"


@pytest.mark.parametrize(
    "expect, answer, code",
    [
        (ALLOWED, ActionAnswer(ALLOWED), None),
        (DENIED, ActionAnswer(DENIED, "AccessDenied"), None),
        (ALLOWED, ActionAnswer(DENIED, "AccessDenied", "No."), "action_denied"),
        (DENIED, ActionAnswer(ALLOWED), "action_allowed"),
        (DENIED, ActionAnswer(UNKNOWN, "HTTP 500"), "action_unknown"),
    ],
)
def test_an_unexpected_answer_is_a_problem(expect, answer, code):
    class Client:
        def answer_to(self, _call, _region):
            return answer

    _rows, found = run_checks(action_checks([{"action": "ec2:DescribeVpcs", "expect": expect}]), Client())
    assert [each["code"] for each in found] == ([code] if code else [])
    assert not any(" on " in each["message"] for each in found)
    assert all(each["message"].endswith("AccessDenied: No.") for each in found if each["code"] == "action_denied")
    _rows, found = run_checks(action_checks([{"action": "kms:DescribeKey", "resource": "key-1", "expect": expect}]), Client())
    assert all(" kms:DescribeKey on key-1" in each["message"] for each in found) and len(found) == bool(code)


# Invalid options


@pytest.mark.parametrize(
    "given, message",
    [
        (["DescribeInstances"], "actions: 'DescribeInstances' is not an action. Write it like ec2:DescribeInstances."),
        ([3], "actions: 3 is not an action."),
        ([{"acton": "ec2:DescribeVpcs"}], "actions: there is no 'acton'. Did you mean action?"),
        ([{"action": "ec2:DescribeVpcs", "expect": "yes"}], "actions: the value of expect for ec2:DescribeVpcs is 'yes'. Give allowed or denied."),
        (["sqs:ListQueue"], "actions: there is no built-in call for sqs:ListQueue. Did you mean sqs:ListQueues? Or describe the call yourself"),
        (["s3:ListBucket"], "actions: s3:ListBucket needs a resource. Give the ARN of one"),
        ([{"action": "s3:ListBucket", "resource": "b*"}], "actions: s3:ListBucket needs a resource, but 'b*' is not a valid one."),
        ([{"action": "a:B", "resource": 3}], "actions: the resource of a:B is 3. Give an ARN."),
        ([{"action": "a:B", "call": {"service": "a", "path": "/a b"}}], "actions: path of the call of a:B is not a valid URL path."),
        ([{"action": "a:B", "call": {"service": "a", "query": "x"}}], "actions: query of the call of a:B is 'x'. Give a dictionary."),
        ([{"action": "a:B", "call": {"service": "a", "method": 3}}], "actions: method of the call of a:B is 3. Give a string."),
        ([{"action": "a:B", "call": {"path": "/"}}], "actions: call of a:B has no valid service."),
        ([{"action": "a:B", "call": {"service": "a.evil.example/"}}], "actions: call of a:B has no valid service."),
        ([{"action": "a:B", "call": {"service": "s3", "region": "evil.example/#"}}], "actions: 'evil.example/#' is not the name of a region."),
        (
            [{"action": "dynamodb:DescribeTable", "resource": "arn:aws:dynamodb:evil.example/?:1:table/t"}],
            "actions: 'evil.example/?' is not the name of a region.",
        ),
        (
            [{"action": "a:B", "call": {"service": "a", "path": "x"}}],
            "actions: path of the call of a:B is not a valid URL path. Begin with a slash",
        ),
        ([{"action": "a:B", "call": {"service": "a", "metod": "GET"}}], "actions: call of a:B: there is no 'metod'. Did you mean method?"),
    ],
)
def test_invalid_actions_are_rejected(given, message):
    with pytest.raises(OptionError) as raised:
        action_checks(given)
    assert message in str(raised.value)


@pytest.mark.parametrize("given", ["vpce.example.com", "ftp://x", "http://"])
def test_an_invalid_aws_endpoint_is_rejected(given):
    with pytest.raises(OptionError, match="aws_endpoint: "):
        check_aws_endpoint(given)


def test_requests_are_signed_with_the_time_of_aws(server):
    client = SignedClient("eu-west-1", SECRETS, f"http://127.0.0.1:{server.server_port}", clock_ahead=time.time())
    assert client.answer_to(checks_of("/")[0].call) == ActionAnswer(ALLOWED)
