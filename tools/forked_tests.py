# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs tests in a copy of the checkout, in processes that are forked from one that has imported what most tests need, for mutation.py.

To start pytest in such a process takes 0.2 seconds of a core, instead of 2.
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
# Those that `make test` runs
USUAL = "not exhaustive"
# What a test gathers without end is limited, and so is how long it goes on: in seconds of a core, as a busy machine is slow.
MEMORY = 4 << 30  # bytes
TIMES, SECONDS = 5, 10
# Only what waits for something that never comes takes so many times longer by the clock.
WAITING = 20
FORK = multiprocessing.get_context("fork")

Lines = Mapping[str, Mapping[str, Sequence[int]]]
Stage = Mapping[str, Collection[str]]


@dataclass(frozen=True)
class Trace:
    """What the tests of a file run: for each test, or the file itself for what its tests share, the lines of each file."""

    lines: Lines = field(default_factory=dict)
    seconds: float = 0
    failed: str = ""


def warm_up() -> None:
    """Imports what is no part of the checkout, and lets botocore read the description of each service only once."""
    os.environ.update(isolated())
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
    """A copy of the checkout, for a process of its own."""

    def __init__(self, copy: Path) -> None:
        self._copy = copy
        self._output = copy.parent / "output"
        self._times = itertools.count()
        sys.path.insert(0, str(copy.parents[2]))
        os.environ["PYTHONPATH"] = str(copy.parents[2])  # for what the tests start
        os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
        os.chdir(copy)

    def trace(self, tests: str) -> Trace:
        """What the tests of a file run."""
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
        """Whether a test fails where a file has another text.

        Each stage has the ids of tests by file, and the seconds of a core that they may take.
        """
        file = self._copy / path
        original, at = file.read_text(encoding="utf-8"), file.stat()
        try:
            file.write_text(text, encoding="utf-8")
            os.utime(file, (time := next(self._times), time))  # one of its own, lest Python take what it has compiled of another mutant
            return any(self._fork(partial(self._pytest, list(stage), Chosen(stage)), seconds) for stage, seconds in stages)
        finally:
            file.write_text(original, encoding="utf-8")
            os.utime(file, ns=(at.st_atime_ns, at.st_mtime_ns))

    def _pytest(self, files: list[str], plugin: Any) -> int:
        options = [*OPTIONS, "-m", USUAL, f"--basetemp={self._copy.parent / 'tmp'}"]
        return int(pytest.main([*options, *files], plugins=[plugin]))

    def _fork(self, run: Callable[[], int], seconds: float) -> int:
        """The exit status of a process that does this, and may take so many seconds of a core."""
        shutil.rmtree(self._copy / ".hypothesis", ignore_errors=True)  # examples that another mutant failed would be tried first
        process = FORK.Process(target=self._become, args=(run, seconds))
        process.start()
        assert process.pid
        process.join(WAITING * seconds)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # it, and what it has started and left
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
    """What this process may have, each of those that it starts may have, too; one that wants more fails, and is noticed."""
    _soft, hard = resource.getrlimit(what)
    resource.setrlimit(what, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


class Tracer:
    """Notes the lines that each test runs.  What is made for several tests of a file belongs to the file."""

    def __init__(self, copy: Path, tests: str) -> None:
        self._copy = copy
        self._tests = self._test = tests
        self._coverage = Coverage(data_file=None, config_file=False, include=[f"{copy}/plugins/*"])
        self._coverage.set_option("run:core", "ctrace")  # the one that knows contexts
        self._coverage.start()
        self._coverage.switch_context(tests)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """A test."""
        self._test = item.nodeid
        self._coverage.switch_context(self._test)
        return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any]) -> Generator[None, object, object]:
        """What a test needs, or several."""
        self._coverage.switch_context(self._test if fixturedef.scope == "function" else self._tests)
        try:
            return (yield)
        finally:
            self._coverage.switch_context(self._test)

    def lines(self) -> Lines:
        """By test and file."""
        self._coverage.stop()
        data = self._coverage.get_data()
        lines: dict[str, dict[str, list[int]]] = {}
        for path in data.measured_files():
            for number, contexts in data.contexts_by_lineno(path).items():
                for context in filter(None, contexts):
                    lines.setdefault(context, {}).setdefault(str(Path(path).relative_to(self._copy)), []).append(number)
        return lines


class Chosen:
    """Leaves these tests of each file."""

    def __init__(self, stage: Stage) -> None:
        self._chosen = {each for ids in stage.values() for each in ids}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """All of a file's tests where the file itself is chosen."""
        items[:] = [each for each in items if self._chosen & {each.nodeid, each.nodeid.partition("::")[0]}]
