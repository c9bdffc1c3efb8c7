# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The client of the metadata service, with valid and invalid services."""

from __future__ import annotations

import http.client
import socket
from threading import Event

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._identity.background import within
from ansible_collections.keyless.ec2.plugins.module_utils._identity.imds import client as client_file
from ansible_collections.keyless.ec2.plugins.module_utils._identity.imds.client import (
    NoAnswer,
    TimedOut,
    TurnedOff,
)
from ansible_collections.keyless.ec2.plugins.module_utils._identity.imds.imdsv1_probe import Imdsv1Probe
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._identity.imds.fake_imds import (
    PAGE,
    PROBE_PATH,
    SESSION,
    TOKEN_PATH,
    client,
    closed_port,
    drip,
    endless,
    garbage,
    hang_up,
    headers_in,
    huge,
    in_turn,
    send,
    silent,
)

BRIEFLY = 0.1  # seconds; a slow machine makes no difference, because these calls never finish

# Tokens and pages


def test_a_token_is_valid_for_a_minute_and_comes_with_the_date(serve):
    imds = serve()
    token = client(imds.url).get_token()
    assert token == (SESSION, 1795489200.0)
    assert imds.asked[0][:2] == ("PUT", TOKEN_PATH)
    assert headers_in(imds.asked[0])["x-aws-ec2-metadata-token-ttl-seconds"] == "60"


INVALID_DATES = [
    "",
    "yesterday",
    "nan",
    "Tue, 99 Nov 2026 03:00:00 GMT",
    "Tue, 24 Nov 2026 nan:inf:1e9 GMT",
    "1 Jan 99999999 0:0:0 +9999",
    f"Tue, 24 Nov {'9' * 5000} 03:00:00 GMT",
    # Pythons before 3.10 raise UnboundLocalError and IndexError at these.
    "0 Nov 0 ...inf",
    "Nov 3 , - ",
]


@pytest.mark.parametrize("date", INVALID_DATES)
def test_invalid_dates_are_ignored(serve, date):
    imds = serve()
    imds.date = date
    assert client(imds.url).get_token().date is None


@pytest.mark.parametrize("error", [IndexError, UnboundLocalError, AttributeError, OSError, RecursionError])
def test_any_error_of_the_date_parser_is_ignored(serve, monkeypatch, error):
    def fail(date):
        raise error

    monkeypatch.setattr(client_file, "parsedate_to_datetime", fail)
    assert client(serve().url).get_token().text == SESSION


def test_the_last_possible_date_is_valid(serve):
    imds = serve()
    imds.date = "Fri, 31 Dec 9999 23:59:59 GMT"
    assert client(imds.url).get_token().date == 253402300799


def test_a_page_is_requested_with_the_token_below_the_path_of_the_endpoint(serve):
    imds = serve({f"/imds/i-1;hops=2{PAGE}": (200, "eu-central-1")})
    assert client(f"{imds.url}/imds/i-1;hops=2/").get(PAGE, SESSION) == "eu-central-1"
    assert headers_in(imds.asked[0])["x-aws-ec2-metadata-token"] == SESSION


def test_a_missing_page_is_none(serve):
    assert client(serve().url).get(PAGE, SESSION) is None


def test_a_page_of_the_largest_size_is_read(serve):
    assert len(client(serve({PAGE: (200, "x" * 65536)}).url).get(PAGE, SESSION)) == 65536


def test_the_bad_token_is_never_valid(serve):
    imds = serve(without_token=(200, "i-1"))
    assert client(imds.url).status_with_bad_token() == 401
    assert headers_in(imds.asked[0])["x-aws-ec2-metadata-token"] != SESSION


@pytest.mark.parametrize(("answer", "expected"), [((200, "i-1"), True), ((401, ""), False), (hang_up, None)])
def test_imdsv1_is_probed_at_most_once(serve, answer, expected):
    imds = serve(without_token=answer)
    probe = Imdsv1Probe(wanted=True)
    assert [probe.is_allowed(client(imds.url)) for number in range(3)] == [expected] * 3
    assert [each[:2] for each in imds.asked] == [("GET", PROBE_PATH)]


def test_imdsv1_is_only_probed_on_request(serve):
    imds = serve(without_token=(200, "i-1"))
    assert Imdsv1Probe(wanted=False).is_allowed(client(imds.url)) is None
    assert imds.asked == []


# Errors

TOKEN_FAILURES = [
    ((403, ""), TurnedOff, "HTTP 403"),
    ((404, ""), NoAnswer, "HTTP 404"),
    ((400, ""), NoAnswer, "HTTP 400"),
    ((500, ""), NoAnswer, "HTTP 500"),
    ((200, ""), NoAnswer, "not a token"),
    ((200, "<html>\r\nInjected: yes"), NoAnswer, "not a token"),
    ((200, "x" * 1025), NoAnswer, "not a token"),
    (garbage, NoAnswer, "not answer with valid HTTP"),
    (hang_up, NoAnswer, "connection was closed"),
    (huge, NoAnswer, "more than 65536 bytes"),
    (endless, NoAnswer, "more than 65536 bytes"),
]


@pytest.mark.parametrize(("token", "error", "text"), TOKEN_FAILURES)
def test_errors_of_token_requests(serve, token, error, text):
    with pytest.raises(error, match=text) as raised:
        client(serve(token=token).url).get_token()
    assert isinstance(raised.value, TurnedOff) is (error is TurnedOff)
    assert SESSION not in str(raised.value)


PAGE_FAILURES = [
    ((401, ""), f"HTTP 401 to {PAGE}"),
    ((403, ""), f"HTTP 403 to {PAGE}"),
    ((500, ""), f"HTTP 500 to {PAGE}"),
    (garbage, "not answer with valid HTTP"),
    (hang_up, "connection was closed"),
    (huge, "more than 65536 bytes"),
]


@pytest.mark.parametrize(("page", "text"), PAGE_FAILURES)
def test_errors_of_page_requests(serve, page, text):
    with pytest.raises(NoAnswer, match=text) as raised:
        client(serve({PAGE: page}).url).get(PAGE, SESSION)
    assert SESSION not in str(raised.value)


@pytest.fixture(name="tries")
def _tries(monkeypatch):
    """The timeouts of all tries, which are short."""
    tries = []

    def recorded(seconds, call):
        tries.append(seconds)
        return within(seconds, call)

    monkeypatch.setattr(client_file, "within", recorded)
    monkeypatch.setattr(client_file, "TRY_SECONDS", BRIEFLY)
    return tries


def test_a_slow_answer_is_timed_out(serve, tries):
    """Each read is in time, but never the whole answer."""
    with pytest.raises(TimedOut):
        client(serve({PAGE: drip}).url).get(PAGE, SESSION)
    assert tries == [BRIEFLY, BRIEFLY]


def test_no_answer_at_all_is_timed_out(black_hole, tries):
    with pytest.raises(TimedOut):
        client(black_hole).get_token()
    with pytest.raises(TimedOut):
        client(black_hole).status_without_token()
    assert tries == [BRIEFLY] * 3


def test_a_connection_has_the_same_timeout_as_a_try(serve, monkeypatch):
    """Otherwise the thread of a try that timed out would run until the module ends."""
    given = []

    class Connection(http.client.HTTPConnection):
        def __init__(self, host, port, timeout):
            given.append(timeout)
            super().__init__(host, port, timeout=timeout)

    monkeypatch.setattr(http.client, "HTTPConnection", Connection)
    client(serve().url).get_token()
    assert given == [client_file.TRY_SECONDS]


@pytest.mark.parametrize("first", [(500, ""), (503, ""), hang_up, garbage, silent])
def test_there_is_a_second_try(serve, impatient, first):
    imds = serve({PAGE: in_turn(first, (200, "eu-central-1"))})
    assert client(imds.url).get(PAGE, SESSION) == "eu-central-1"


def test_there_is_no_third_try(serve, impatient):
    imds = serve({PAGE: silent})
    with pytest.raises(TimedOut):
        client(imds.url).get(PAGE, SESSION)
    assert len(imds.asked) == 2


def test_a_refused_request_is_not_repeated(serve):
    imds = serve(token=(403, ""))
    with pytest.raises(TurnedOff):
        client(imds.url).get_token()
    assert len(imds.asked) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(serve, status):
    elsewhere = serve()

    def redirect(handler):
        send(handler, status, "", Location=elsewhere.url + handler.path)

    imds = client(serve({PAGE: redirect}, token=redirect, without_token=redirect).url)
    with pytest.raises(NoAnswer, match=f"HTTP {status}"):
        imds.get_token()
    with pytest.raises(NoAnswer, match=f"HTTP {status}"):
        imds.get(PAGE, SESSION)
    assert imds.status_without_token() == status
    assert elsewhere.asked == []


@pytest.mark.parametrize("name", ["http_proxy", "HTTP_PROXY", "all_proxy", "https_proxy"])
def test_no_proxy_is_used(serve, monkeypatch, name):
    proxy, imds = serve(), serve()
    monkeypatch.setenv(name, proxy.url)
    assert client(imds.url).get_token().text == SESSION
    assert proxy.asked == []


def test_a_refused_connection_is_reported():
    with pytest.raises(NoAnswer, match="Connection refused"):
        client(f"http://127.0.0.1:{closed_port()}").get_token()


def test_https_is_used_if_the_endpoint_says_so(serve, tries):
    """The service takes the TLS handshake for the beginning of an HTTP request, and waits for the rest."""
    imds = serve()
    with pytest.raises(NoAnswer):
        client(imds.url.replace("http:", "https:")).get_token()
    assert imds.asked == []


def test_errors_in_the_background_are_raised():
    def fail():
        raise KeyError("x")

    with pytest.raises(KeyError):
        within(60, fail)


def test_calls_in_the_background_time_out():
    ended = Event()
    with pytest.raises(socket.timeout):
        within(BRIEFLY, lambda: ended.wait(60))
    ended.set()
