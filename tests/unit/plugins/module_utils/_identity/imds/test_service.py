# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The metadata service's client against services that are slow, silent, hostile, or none at all."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._identity.imds import contact as contact_file
from ansible_collections.keyless.ec2.plugins.module_utils._identity.imds import service as service_file
from ansible_collections.keyless.ec2.plugins.module_utils._identity.imds.contact import first_contact
from ansible_collections.keyless.ec2.plugins.module_utils._identity.imds.service import (
    Imds,
    NoAnswer,
    TimedOut,
    TurnedOff,
)
from ansible_collections.keyless.ec2.plugins.module_utils._identity.imds.threads import within

TOKEN_PATH = "/latest/api/token"
PROBE_PATH = "/latest/meta-data/instance-id"
PAGE = "/latest/meta-data/placement/region"
SESSION = "session-token-that-nobody-may-see"
DATE = "Tue, 24 Nov 2026 03:00:00 GMT"
SLOW = 0.3  # seconds that a try takes in tests that wait


class FakeImds(ThreadingHTTPServer):
    """Serves ``pages``: by path a status and a text, or what is done with the handler. Those that ask are in ``asked``.

    ``token`` and ``without_token`` are what PUT and requests without a token are answered with.
    """

    def __init__(self, pages=None, address="127.0.0.1", token=(200, SESSION), without_token=(401, "")):
        self.address_family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.pages, self.token, self.without_token = pages or {}, token, without_token
        self.date = DATE
        self.asked = []
        self.ended = threading.Event()
        super().__init__((address, 0), Handler)
        host = f"[{address}]" if ":" in address else address
        self.url = f"http://{host}:{self.server_address[1]}"

    def answer(self, handler):
        self.asked.append((handler.command, handler.path, dict(handler.headers)))
        if handler.command == "PUT":
            return self.token
        if handler.headers.get("X-aws-ec2-metadata-token") is None:
            return self.without_token
        return self.pages.get(handler.path, (404, "not found"))

    @contextmanager
    def running(self):
        thread = threading.Thread(target=self.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield self
        finally:
            self.ended.set()
            self.shutdown()
            thread.join()
            self.server_close()

    def handle_error(self, request, client_address):
        """A client that hangs up is no error."""


class Handler(BaseHTTPRequestHandler):
    """Answers as its server is told to."""

    def _answer(self):
        answer = self.server.answer(self)
        if callable(answer):
            answer(self)
        else:
            send(self, *answer)

    do_GET = do_PUT = _answer

    def date_time_string(self, timestamp=None):
        return self.server.date

    def log_message(self, format, *args):
        """Keeps the tests' output clean."""


def send(handler, status, text, **headers):
    body = text.encode()
    handler.send_response(status)
    for name, value in {"Content-Length": str(len(body)), **headers}.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body)


def silent(handler):
    handler.server.ended.wait(10)


def garbage(handler):
    handler.wfile.write(f"{SESSION} is no HTTP\r\n\r\n".encode())


def hang_up(handler):
    handler.close_connection = True


def drip(handler):
    """A byte now and then, each in time, and never done."""
    handler.wfile.write(b"HTTP/1.0 200 OK\r\nContent-Length: 1000\r\n\r\n")
    while not handler.server.ended.wait(0.02):
        handler.wfile.write(b"x")


def huge(handler):
    send(handler, 200, "x" * 65537)


def endless(handler):
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while not handler.server.ended.is_set():
        handler.wfile.write(b"1000\r\n" + b"x" * 4096 + b"\r\n")


def in_turn(*answers):
    """One answer after the other."""
    left = list(answers)

    def answer(handler):
        given = left.pop(0)
        if callable(given):
            given(handler)
        else:
            send(handler, *given)

    return answer


@pytest.fixture(name="serve")
def _serve():
    """Starts fake services that end with the test."""
    running = []

    def serve(pages=None, **options):
        running.append(FakeImds(pages, **options).running())
        return running[-1].__enter__()

    yield serve
    for each in running:
        each.__exit__(None, None, None)


@pytest.fixture(name="impatient")
def _impatient(monkeypatch):
    monkeypatch.setattr(service_file, "TRY_SECONDS", SLOW)
    monkeypatch.setattr(contact_file, "TRY_SECONDS", SLOW)


@pytest.fixture(name="black_hole")
def _black_hole():
    """The URL of a place from which nothing at all comes back: its queue of connections is full."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        waiting = [socket.socket() for number in range(3)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(listener.getsockname())
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        for each in waiting:
            each.close()


def client(url):
    return Imds(urlsplit(url))


def closed_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def has_ipv6():
    try:
        with socket.socket(socket.AF_INET6) as listener:
            listener.bind(("::1", 0))
    except OSError:
        return False
    return True


def headers_in(request):
    return {name.lower(): value for name, value in request[2].items()}


# A token, and what it is good for


def test_a_token_is_asked_for_a_minute_and_comes_with_the_time(serve):
    imds = serve()
    token = client(imds.url).get_token()
    assert token == (SESSION, 1795489200.0)
    assert imds.asked[0][:2] == ("PUT", TOKEN_PATH)
    assert headers_in(imds.asked[0])["x-aws-ec2-metadata-token-ttl-seconds"] == "60"


@pytest.mark.parametrize("date", ["", "yesterday", "Tue, 99 Nov 2026 03:00:00 GMT", "1 Jan 99999999 0:0:0 +9999"])
def test_a_date_that_is_none_is_none(serve, date):
    imds = serve()
    imds.date = date
    assert client(imds.url).get_token().date is None


def test_a_page_is_asked_for_with_the_token_below_the_endpoint_s_path(serve):
    imds = serve({f"/imds/i-1;hops=2{PAGE}": (200, "eu-central-1")})
    assert client(f"{imds.url}/imds/i-1;hops=2/").get(PAGE, SESSION) == "eu-central-1"
    assert headers_in(imds.asked[0])["x-aws-ec2-metadata-token"] == SESSION


def test_what_is_not_there_is_none(serve):
    assert client(serve().url).get(PAGE, SESSION) is None


def test_a_page_of_the_greatest_size_is_read(serve):
    assert len(client(serve({PAGE: (200, "x" * 65536)}).url).get(PAGE, SESSION)) == 65536


def test_no_more_than_one_request_is_ever_made_without_a_token(serve):
    imds = serve(without_token=(200, "i-1"))
    asking = client(imds.url)
    assert [asking.status_without_token() for number in range(3)] == [200] * 3
    assert [each[:2] for each in imds.asked] == [("GET", PROBE_PATH)]


# What does not work out

TOKEN_FAILURES = [
    ((403, ""), TurnedOff, "HTTP 403"),
    ((404, ""), NoAnswer, "HTTP 404"),
    ((400, ""), NoAnswer, "HTTP 400"),
    ((500, ""), NoAnswer, "HTTP 500"),
    ((200, ""), NoAnswer, "is none"),
    ((200, "<html>\r\nInjected: yes"), NoAnswer, "is none"),
    ((200, "x" * 1025), NoAnswer, "is none"),
    (garbage, NoAnswer, "does not speak HTTP"),
    (hang_up, NoAnswer, "connection was closed"),
    (huge, NoAnswer, "more than 65536 bytes"),
    (endless, NoAnswer, "more than 65536 bytes"),
]


@pytest.mark.parametrize(("token", "error", "text"), TOKEN_FAILURES)
def test_what_gives_no_token_is_told(serve, token, error, text):
    with pytest.raises(error, match=text) as raised:
        client(serve(token=token).url).get_token()
    assert isinstance(raised.value, TurnedOff) is (error is TurnedOff)
    assert SESSION not in str(raised.value)


PAGE_FAILURES = [
    ((401, ""), f"HTTP 401 to {PAGE}"),
    ((403, ""), f"HTTP 403 to {PAGE}"),
    ((500, ""), f"HTTP 500 to {PAGE}"),
    (garbage, "does not speak HTTP"),
    (hang_up, "connection was closed"),
    (huge, "more than 65536 bytes"),
]


@pytest.mark.parametrize(("page", "text"), PAGE_FAILURES)
def test_what_is_no_page_is_told(serve, page, text):
    with pytest.raises(NoAnswer, match=text) as raised:
        client(serve({PAGE: page}).url).get(PAGE, SESSION)
    assert SESSION not in str(raised.value)


@pytest.mark.parametrize("answer", [silent, drip])
def test_a_try_has_an_end_however_slowly_the_answer_comes(serve, impatient, answer):
    imds, begun = serve({PAGE: answer}), time.monotonic()
    with pytest.raises(TimedOut):
        client(imds.url).get(PAGE, SESSION)
    assert SLOW * 2 <= time.monotonic() - begun < SLOW * 2 + 0.5
    assert len(imds.asked) == 2


@pytest.mark.parametrize("first", [(500, ""), (503, ""), hang_up, garbage, silent])
def test_there_is_one_more_try(serve, impatient, first):
    imds = serve({PAGE: in_turn(first, (200, "eu-central-1"))})
    assert client(imds.url).get(PAGE, SESSION) == "eu-central-1"


def test_a_refusal_is_not_asked_for_again(serve):
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


def test_a_refused_connection_is_told():
    with pytest.raises(NoAnswer, match="Connection refused"):
        client(f"http://127.0.0.1:{closed_port()}").get_token()


def test_https_is_spoken_where_the_endpoint_says_so(serve):
    with pytest.raises(NoAnswer):
        client(serve().url.replace("http:", "https:")).get_token()


def test_what_goes_wrong_in_the_background_is_raised():
    def fail():
        raise KeyError("x")

    with pytest.raises(KeyError):
        within(5, fail)


# The first contact


def contact_with(*urls):
    """The contact, and how many seconds it took to know whether there is one."""
    begun = time.monotonic()
    contact = first_contact([client(url) for url in urls])
    try:
        contact.token()
    except NoAnswer:
        contact.status_without_token()
    return contact, time.monotonic() - begun


def test_the_second_endpoint_is_left_alone_where_the_first_answers(serve):
    first, second = serve(), serve()
    contact, seconds = contact_with(first.url, second.url)
    assert contact.token().text == SESSION
    assert seconds < 0.5
    assert second.asked == []


def test_the_second_endpoint_is_asked_where_the_first_refuses(serve):
    second = serve()
    contact, seconds = contact_with(f"http://127.0.0.1:{closed_port()}", second.url)
    assert contact.token().text == SESSION
    assert seconds < 0.5


def test_the_second_endpoint_does_not_wait_for_a_first_that_is_silent(serve, black_hole):
    contact, seconds = contact_with(black_hole, serve().url)
    assert contact.token().text == SESSION
    assert seconds < 2


@pytest.mark.skipif(not has_ipv6(), reason="This machine has no IPv6")
def test_a_service_with_an_ipv6_address_is_asked(serve):
    imds = serve(address="::1")
    contact, seconds = contact_with(f"http://127.0.0.1:{closed_port()}", imds.url)
    assert contact.token().text == SESSION
    assert seconds < 0.5


def test_a_slow_first_is_waited_for_where_the_second_does_not_answer(serve):
    def slow(handler):
        time.sleep(0.2)
        send(handler, 200, "slow")

    contact, seconds = contact_with(serve(token=slow).url, f"http://127.0.0.1:{closed_port()}")
    assert contact.token().text == "slow"
    assert 0.2 < seconds < 1


def test_where_nothing_answers_it_is_known_within_two_seconds(serve, black_hole):
    mute = serve(token=silent, without_token=silent)
    contact, seconds = contact_with(black_hole, mute.url)
    assert contact.status_without_token() is None
    assert 1 < seconds < 2


def test_a_service_behind_a_hop_answers_only_without_a_token(serve, impatient):
    imds = serve(token=silent)
    contact, seconds = contact_with(imds.url, f"http://127.0.0.1:{closed_port()}")
    assert contact.imds.status_without_token() == 401
    with pytest.raises(TimedOut):
        contact.token()
    assert [each[0] for each in imds.asked].count("GET") == 1
