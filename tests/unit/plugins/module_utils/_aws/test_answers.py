# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server whose answers never end although they go on: calls end in time, and send nothing more."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._aws import answers as answers_file
from ansible_collections.keyless.ec2.plugins.module_utils._aws import calls
from ansible_collections.keyless.ec2.plugins.module_utils._aws.answers import Answers, SlowAnswer
from ansible_collections.keyless.ec2.plugins.module_utils._aws.clients import client
from ansible_collections.keyless.ec2.plugins.module_utils._common.change import Change
from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import AwsError
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._aws.test_clients import Module

LIST = ("ec2:DescribeInstances", "*", "list the instances")
WRITE = Change("ec2", "DisassociateIamInstanceProfile", "instance/i-1", {"AssociationId": "iip-assoc-1"}, "detach the profile")


class Server(ThreadingHTTPServer):
    """Sends ``part`` again and again after ``beginning``; ``requests`` is how many have come."""

    daemon_threads = True

    def __init__(self, beginning, part):
        super().__init__(("127.0.0.1", 0), Handler)
        self.beginning, self.part = beginning, part
        self.over, self.requests = threading.Event(), 0

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        self.server.requests += 1
        self.wfile.write(self.server.beginning)
        while not self.server.over.wait(0.02):
            self.wfile.write(self.server.part)

    def log_message(self, *_line):
        pass


@pytest.fixture(name="serve")
def _serve():
    served = []

    def serve(beginning, part):
        server = Server(beginning, part)
        served.append(server)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        return server

    yield serve
    for server in served:
        server.over.set()
        server.shutdown()
        server.server_close()


SLOWLY = {
    "the status line": (b"HTTP/1.1 200 ", b"x"),
    "a header": (b"HTTP/1.1 200 OK\r\nX: ", b"x"),
    "the body": (b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b" "),
    "an error": (b"HTTP/1.1 503 Busy\r\nContent-Length: 100000\r\n\r\n", b" "),
}


CALLS = {
    "one": lambda made: calls.read(made, "ec2:DescribeRegions", "*", "read the regions"),
    "a list": lambda made: calls.read(made, *LIST),
    "pages": lambda made: list(calls.read_pages(made, *LIST)),
    "a change": lambda made: calls.perform(made, WRITE),
}


@pytest.mark.parametrize(("call", "where"), list(zip(CALLS, SLOWLY)))
def test_an_answer_that_comes_byte_by_byte(monkeypatch, serve, call, where):
    monkeypatch.setattr(answers_file, "LONGEST_ANSWER", 0.2)
    server = serve(*SLOWLY[where])
    with pytest.raises(AwsError, match="the answer was not complete after") as caught:
        CALLS[call](client(Module(endpoint_url=server.url), "ec2"))
    assert (caught.value.code, server.requests) == ("ReadTimeout", 1)


def test_the_answers_for_all_pages_have_a_limit_together(monkeypatch):
    monkeypatch.setattr(answers_file, "LONGEST_CALL", 0.01)
    answers = Answers()

    def page():
        answers_file._begin()
        threading.Event().wait(0.02)
        answers_file._end()

    with pytest.raises(SlowAnswer):
        for _page in range(3):
            answers.wait_for(page)


def test_what_is_left_behind_sends_nothing_more(monkeypatch):
    monkeypatch.setattr(answers_file, "LONGEST_ANSWER", 0.05)
    go_on, at_end, refused = threading.Event(), threading.Event(), []

    def call():
        answers_file._begin()
        go_on.wait()
        answers_file._end()
        try:
            answers_file._begin()  # before a retry
        except SlowAnswer as error:
            refused.append(error)
        at_end.set()

    with pytest.raises(SlowAnswer):
        Answers().wait_for(call)
    go_on.set()
    at_end.wait()
    assert len(refused) == 1


def test_pauses_between_answers_do_not_count(monkeypatch):
    monkeypatch.setattr(answers_file, "LONGEST_ANSWER", 0.02)

    def call():
        answers_file._begin()
        answers_file._end()
        threading.Event().wait(0.2)  # pacing, or a pause before a retry
        return "done"

    assert Answers().wait_for(call) == "done"


@pytest.mark.parametrize("error", [TimeoutError("theirs"), KeyError("x"), SystemExit(3)])
def test_errors_of_the_call_are_its_own(error):
    def call():
        raise error

    with pytest.raises(type(error)) as caught:
        Answers().wait_for(call)
    assert caught.value is error
