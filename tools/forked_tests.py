# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs tests for mutation.py, in a copy of the checkout and in forks of a process that has imported what most tests need.

Starting pytest in a fork takes 0.2 seconds of CPU time instead of 2.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import itertools
import json
import multiprocessing
import os
import resource
import shutil
import signal
import sys
from collections.abc import Callable, Collection, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Any

import pytest
from coverage import Coverage
from environment import isolated

WARM = (
    "boto3.session",
    "botocore.config",
    "botocore.exceptions",
    "botocore.stub",
    "hypothesis.strategies",
    "jinja2",
    "moto",
    "moto.ec2.urls",
    "moto.iam.urls",
    "yaml",
    "ansible.plugins.inventory",
    "ansible.plugins.filter.core",
    "ansible.module_utils.basic",
    "ansible_collections.amazon.aws.plugins.module_utils.modules",
)
SERVICES = ("autoscaling", "ec2", "iam", "sts")
OPTIONS = ("--quiet", "--exitfirst", "-p", "no:warnings", "-p", "_hypothesis_pytestplugin", "--hypothesis-seed=0")
# More generated examples than at every change
EXAMPLES = {"KEYLESS_EXAMPLES": "usual"}
# The tests that `make test` runs
USUAL = "not exhaustive"
# Limits of a test that would never end: memory, and CPU time, since elapsed time depends on the machine.
MEMORY = 12 << 30  # bytes of address space, of which the C library reserves a lot for threads
TIMES, SECONDS = 5, 10
# Only a test that waits for an event that never comes takes this many times longer by the clock.
WAITING = 20
FORK = multiprocessing.get_context("fork")

Lines = Mapping[str, Mapping[str, Sequence[int]]]
Stage = Mapping[str, Collection[str]]


@dataclass(frozen=True)
class Trace:
    """What the tests of a file run: the lines of each file, for each test, and for the file itself what its tests share."""

    lines: Lines = field(default_factory=dict)
    seconds: float = 0
    failed: str = ""


def warm_up() -> None:
    """Imports what is not part of the checkout, and makes botocore read the description of each service only once."""
    os.environ.update(isolated() | EXAMPLES)
    for name in WARM:
        importlib.import_module(name)
    loader = importlib.import_module("botocore.loaders").JSONFileLoader
    loader.load_file = cache(loader.load_file)
    session = importlib.import_module("boto3.session").Session(region_name="eu-central-1")
    for service in SERVICES:
        session.client(service, aws_access_key_id="unused", aws_secret_access_key="unused")
    gc.collect()
    gc.freeze()


class Place:
    """A copy of the checkout for one process."""

    def __init__(self, copy: Path) -> None:
        self._copy = copy
        self._output = copy.parent / "output"
        self._times = itertools.count()
        sys.path.insert(0, str(copy.parents[2]))
        os.environ["PYTHONPATH"] = str(copy.parents[2])  # for processes that the tests start
        os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
        os.chdir(copy)

    def trace(self, tests: str) -> Trace:
        """Returns what the tests of a file run."""
        found = self._copy.parent / "trace.json"
        code = self._fork(partial(self._write_trace, tests, found), 3600)
        if code not in (0, pytest.ExitCode.NO_TESTS_COLLECTED):
            return Trace(failed=f"{tests} ended with {code}:\n{self._output.read_text(encoding='utf-8')}")
        return Trace(**json.loads(found.read_text(encoding="utf-8")))

    def _write_trace(self, tests: str, to: Path) -> int:
        tracer = Tracer(self._copy, tests)
        code = self._pytest([tests], tracer)
        usage = resource.getrusage(resource.RUSAGE_SELF)
        to.write_text(json.dumps({"lines": tracer.lines(), "seconds": usage.ru_utime + usage.ru_stime}), encoding="utf-8")
        return code

    def notices(self, path: str, text: str, stages: Sequence[tuple[Stage, float]]) -> bool:
        """Tells whether a test fails if a file has another text.

        Each stage has the ids of tests by file, and the seconds of CPU time that they may take.
        """
        file = self._copy / path
        original, at = file.read_text(encoding="utf-8"), file.stat()
        try:
            file.write_text(text, encoding="utf-8")
            os.utime(file, (time := next(self._times), time))  # A unique time, so that Python does not use the bytecode of another mutant.
            return any(self._fork(partial(self._pytest, list(stage), Chosen(stage)), seconds) for stage, seconds in stages)
        finally:
            file.write_text(original, encoding="utf-8")
            os.utime(file, ns=(at.st_atime_ns, at.st_mtime_ns))

    def _pytest(self, files: list[str], plugin: Any) -> int:
        options = [*OPTIONS, "-m", USUAL, f"--basetemp={self._copy.parent / 'tmp'}"]
        return int(pytest.main([*options, *files], plugins=[plugin]))

    def _fork(self, run: Callable[[], int], seconds: float) -> int:
        """Runs a function in a fork with limited CPU time, and returns the exit status."""
        shutil.rmtree(self._copy / ".hypothesis", ignore_errors=True)  # Otherwise hypothesis would first try the examples that another mutant failed.
        process = FORK.Process(target=self._become, args=(run, seconds))
        process.start()
        assert process.pid
        process.join(WAITING * seconds)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # the process and its children
        process.join()
        return process.exitcode or 0

    def _become(self, run: Callable[[], int], seconds: float) -> None:
        os.setpgid(0, 0)
        output = os.open(self._output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        for descriptor in (1, 2):
            os.dup2(output, descriptor)
        limit(resource.RLIMIT_AS, MEMORY)
        limit(resource.RLIMIT_CPU, int(seconds) + 1)
        code = 1
        try:
            code = run()
        finally:
            sys.stdout.flush()
            os._exit(code)


def limit(what: int, most: int) -> None:
    """Limits memory and CPU time of this process and of each child. A test that exceeds a limit fails, which counts as noticed."""
    _soft, hard = resource.getrlimit(what)
    resource.setrlimit(what, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


class Tracer:
    """Records the lines that each test runs. What several tests of a file share is recorded for the file."""

    def __init__(self, copy: Path, tests: str) -> None:
        self._copy = copy
        self._tests = self._test = tests
        self._coverage = Coverage(data_file=None, config_file=False, include=[f"{copy}/plugins/*"])
        self._coverage.set_option("run:core", "ctrace")  # the only core that supports contexts
        self._coverage.start()
        self._coverage.switch_context(tests)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Records a test."""
        self._test = item.nodeid
        self._coverage.switch_context(self._test)
        return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any]) -> Generator[None, object, object]:
        """Records a fixture, for one test or for the file."""
        self._coverage.switch_context(self._test if fixturedef.scope == "function" else self._tests)
        try:
            return (yield)
        finally:
            self._coverage.switch_context(self._test)

    def lines(self) -> Lines:
        """Returns the lines, by test and file."""
        self._coverage.stop()
        data = self._coverage.get_data()
        lines: dict[str, dict[str, list[int]]] = {}
        for path in data.measured_files():
            for number, contexts in data.contexts_by_lineno(path).items():
                for context in filter(None, contexts):
                    lines.setdefault(context, {}).setdefault(str(Path(path).relative_to(self._copy)), []).append(number)
        return lines


class Chosen:
    """Selects these tests of each file."""

    def __init__(self, stage: Stage) -> None:
        self._chosen = {each for ids in stage.values() for each in ids}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Keeps the selected tests, or all tests of a file if the file itself is selected."""
        items[:] = [each for each in items if self._chosen & {each.nodeid, each.nodeid.partition("::")[0]}]
