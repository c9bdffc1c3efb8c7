# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Web pages in a browser on this machine get no answer. Each test sends what the browser would send."""

from __future__ import annotations

import http.client
from collections.abc import Callable
from typing import Any

import pytest

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON = {"Content-Type": "application/json"}
SIGNED = {"Authorization": "AWS4-HMAC-SHA256 Credential=AKIAPAGE/20260101/us-east-1/iam/aws4_request, Signature=none"}
CREATE_ROLE = "Action=CreateRole&Version=2010-05-08&RoleName=mallory&AssumeRolePolicyDocument=%7B%7D"
ELSEWHERE = {"Origin": "https://page.example"}

Ask = Callable[..., http.client.HTTPResponse]


@pytest.fixture(name="ask")
def _ask(aws: Any) -> Ask:
    """Sends a request with these headers and this body, and returns the answer."""

    def ask(method: str, path: str, headers: dict[str, str], body: str = "") -> http.client.HTTPResponse:
        connection = http.client.HTTPConnection(aws.endpoint.removeprefix("http://"))
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            answer.read()
            return answer
        finally:
            connection.close()

    return ask


def _port(aws: Any) -> str:
    return aws.endpoint.rpartition(":")[2]


def _opens(answer: http.client.HTTPResponse) -> list[str]:
    """Returns the headers that would let a page read the answer or send more."""
    return [name for name in answer.headers if name.lower().startswith("access-control-")]


@pytest.mark.parametrize("host", ["page.example:{}", "127.0.0.1.page.example:{}", "localhost:1", "127.0.0.1", "[::1]:{}", ""])
def test_name_that_resolves_to_this_machine(aws: Any, ask: Ask, host: str) -> None:
    """A page could read the answers if its own host name resolved to 127.0.0.1."""
    answer = ask("GET", "/emulator/calls", {"Host": host.format(_port(aws))})
    assert answer.status == 403


@pytest.mark.parametrize("host", ["127.0.0.1:{}", "localhost:{}", "LOCALHOST:{}"])
def test_own_name(aws: Any, ask: Ask, host: str) -> None:
    assert ask("GET", "/emulator/calls", {"Host": host.format(_port(aws))}).status == 200


@pytest.mark.parametrize(
    ("method", "path", "headers", "body"),
    [
        ("GET", "/emulator/calls", ELSEWHERE, ""),
        ("GET", "/imds/i-0123456789abcdef0/latest/meta-data/iam/info", ELSEWHERE, ""),
        ("POST", "/emulator/reset", ELSEWHERE | JSON, ""),
        ("POST", "/moto-api/reset", ELSEWHERE | JSON, ""),
        ("POST", "/moto-api/reset-auth", ELSEWHERE | JSON, "0"),
        ("POST", "/", ELSEWHERE | FORM | SIGNED, CREATE_ROLE),
        ("POST", "/", {"Origin": "null"} | FORM | SIGNED, CREATE_ROLE),
    ],
)
def test_request_from_elsewhere(aws: Any, ask: Ask, method: str, path: str, headers: dict[str, str], body: str) -> None:
    aws.role("web")
    answer = ask(method, path, headers, body)
    assert (answer.status, _opens(answer)) == (403, [])
    assert [role["RoleName"] for role in aws.iam.list_roles()["Roles"]] == ["web"]
    assert [call["operation"] for call in aws.calls()] == ["CreateRole", "ListRoles"]


@pytest.mark.parametrize("path", ["/", "/emulator/reset", "/moto-api/reset", "/imds/i-0123456789abcdef0/latest/api/token"])
def test_preflight_request(ask: Ask, path: str) -> None:
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization, content-type"}
    answer = ask("OPTIONS", path, ELSEWHERE | asked)
    assert (answer.status, _opens(answer)) == (403, [])


@pytest.mark.parametrize("site", ["cross-site", "same-site", "same-origin"])
def test_picture_or_script(ask: Ask, site: str) -> None:
    """Browsers request these without Origin, and run a script's text."""
    assert ask("GET", "/emulator/calls", {"Sec-Fetch-Site": site}).status == 403


def test_person_in_a_browser(ask: Ask) -> None:
    assert ask("GET", "/emulator/calls", {"Sec-Fetch-Site": "none"}).status == 200


@pytest.mark.parametrize("content_type", [None, "text/plain", "multipart/form-data; boundary=x", FORM["Content-Type"]])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/emulator/reset"),
        ("POST", "/moto-api/reset"),
        ("POST", "/moto-api/reset-auth"),
        ("PUT", "/emulator/latency"),
        ("DELETE", "/emulator/calls"),
    ],
)
def test_form(aws: Any, ask: Ask, method: str, path: str, content_type: str | None) -> None:
    """Old browsers send forms without saying where they come from."""
    aws.role("web")
    assert ask(method, path, {"Content-Type": content_type} if content_type else {}, "0").status == 415
    assert [role["RoleName"] for role in aws.iam.list_roles()["Roles"]] == ["web"]
    assert [call["operation"] for call in aws.calls()] == ["CreateRole", "ListRoles"]


def test_json_with_another_content_type(ask: Ask) -> None:
    assert ask("POST", "/emulator/reset", {"Content-Type": "Application/JSON; charset=utf-8"}).status == 200


def test_header_with_an_underscore_is_ignored(ask: Ask) -> None:
    assert ask("POST", "/emulator/reset", {"Content_Type": "application/json"}).status == 415


def test_no_answer_can_be_read_by_a_page(aws: Any, ask: Ask) -> None:
    """moto sends Access-Control-Allow-Origin with every answer."""
    answer = ask("POST", "/", FORM | SIGNED, "Action=ListRoles&Version=2010-05-08")
    assert (answer.status, _opens(answer)) == (200, [])
    assert aws.calls()[-1]["operation"] == "ListRoles"
