# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plugin of pytest that runs the tests in forks of the process that has collected them.

Usage: pytest -p ansible_collections.keyless.ec2.tests.forks --forks 2

pytest-xdist collects all tests in each worker, and takes longer to report a small test than to run it. Here, the tests of a file run in one fork, so
that they share fixtures. A fork takes the next file when it begins the last test of the one before. If a fork dies, the test that it was running has
failed, and new forks run the rest.
"""

from __future__ import annotations

import multiprocessing
import os
import struct
from collections.abc import Iterator
from multiprocessing.connection import wait
from typing import Any

import pytest
from _pytest.runner import runtestprotocol

FORK = multiprocessing.get_context("fork")
# All forks read the numbers of files from the same pipe, and each read returns one.
NUMBER = struct.Struct("i")
# How often to look for forks that died without closing their pipe, because a process that they had started still has it open
SECONDS = 1


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds the option."""
    parser.addoption("--forks", type=int, default=0, metavar="N", help="run the tests in this many processes")


def pytest_configure(config: pytest.Config) -> None:
    """Replaces pytest's loop over the tests."""
    if config.option.forks and not config.option.collectonly:
        config.pluginmanager.register(Forks(config.option.forks))


class Forks:
    """Runs the tests, and hands the reports from the forks to pytest."""

    def __init__(self, number: int) -> None:
        self._number = number

    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        """Runs all tests, or leaves the loop to pytest if the collection failed."""
        if session.testsfailed:
            return None
        # Otherwise, the name of the file would be printed whenever a test of another fork ends.
        session.config.pluginmanager.getplugin("terminalreporter").showfspath = False
        left = dict(enumerate(session.items))
        while left:
            Round(session, left).run(self._number)
        return True


class Round:
    """Runs what is left, which is everything unless a fork dies."""

    def __init__(self, session: pytest.Session, left: dict[int, pytest.Item]) -> None:
        self._session = session
        self._left = left
        files: dict[str, list[int]] = {}
        for number, item in left.items():
            files.setdefault(item.location[0], []).append(number)
        self._files = list(files.values())

    def run(self, number: int) -> None:
        """Reports tests until all forks have ended."""
        queue = self._queue()
        forks = [Fork(self._session, self._files, queue) for _fork in range(min(number, len(self._files)))]
        os.close(queue)
        try:
            while forks:
                wait([each.connection for each in forks], SECONDS)
                forks = [each for each in forks if not self._has_ended(each)]
        finally:
            for each in forks:
                each.process.terminate()

    def _queue(self) -> int:
        """Returns the end of a pipe from which the numbers of all files can be read."""
        queue, end = os.pipe()
        os.set_blocking(end, False)  # If a pipe could not hold that many files, this would fail rather than wait for ever.
        os.write(end, b"".join(map(NUMBER.pack, range(len(self._files)))))
        os.close(end)
        return queue

    def _has_ended(self, fork: Fork) -> bool:
        """Reports what a fork has sent."""
        is_alive = fork.process.is_alive()
        try:
            while fork.connection.poll():
                self._report(*fork.connection.recv())
        except EOFError:
            fork.process.join()
            is_alive = False
        if not is_alive and fork.process.exitcode:
            self._fail(fork.running.value, fork.process.exitcode)
        return not is_alive

    def _report(self, number: int, reports: list[dict[str, Any]]) -> None:
        """Reports a test, and raises if pytest wants to stop."""
        hook, item = self._session.config.hook, self._left.pop(number)
        hook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        for each in reports:
            hook.pytest_runtest_logreport(report=hook.pytest_report_from_serializable(config=self._session.config, data=each))
        hook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
        if self._session.shouldfail:
            raise self._session.Failed(self._session.shouldfail)
        if self._session.shouldstop:
            raise self._session.Interrupted(self._session.shouldstop)

    def _fail(self, number: int, code: int) -> None:
        """Reports the test that a fork was running when it died."""
        if number not in self._left:
            raise RuntimeError(f"A fork ended with {code} outside of a test.")
        item = self._left[number]
        text = f"The process that ran this test ended with {code}."
        report = pytest.TestReport(item.nodeid, item.location, {}, "failed", text, "call")
        self._report(number, [self._session.config.hook.pytest_report_to_serializable(config=self._session.config, report=report)])


class Fork:
    """A process that runs files of tests, and the plugin that sends their reports from there."""

    def __init__(self, session: pytest.Session, files: list[list[int]], queue: int) -> None:
        self._session = session
        self._files = files
        self._queue = queue
        self.running = FORK.RawValue("i", -1)
        self.connection, self._sender = FORK.Pipe(duplex=False)
        self.process = FORK.Process(target=self._run)
        self.process.start()
        self._sender.close()

    def _run(self) -> None:
        config = self._session.config
        config.pluginmanager.register(self)
        # Otherwise, all forks would write what they capture into the same file.
        capture = config.pluginmanager.getplugin("capturemanager")
        capture.stop_global_capturing()
        capture.start_global_capturing()
        capture.suspend_global_capture()
        ahead = self._numbers()
        number = next(ahead, None)
        while number is not None:
            following = next(ahead, None)
            self._run_test(number, following)
            number = following

    def _numbers(self) -> Iterator[int]:
        """Yields the tests to run."""
        while found := os.read(self._queue, NUMBER.size):
            yield from self._files[NUMBER.unpack(found)[0]]

    def _run_test(self, number: int, following: int | None) -> None:
        """Runs a test, and ends the fixtures that the following test does not use."""
        self.running.value = number
        items = self._session.items
        item, next_item = items[number], None if following is None else items[following]
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=next_item)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> bool:
        """Sends the reports of a test, which pytest would show here."""
        reports = runtestprotocol(item, nextitem=nextitem, log=False)
        serialize = item.config.hook.pytest_report_to_serializable
        self._sender.send((self.running.value, [serialize(config=item.config, report=each) for each in reports]))
        return True
