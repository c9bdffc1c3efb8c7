# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls in a child process, and the limit for core dumps."""

from __future__ import annotations

import json
import os
import pickle
import resource
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._common import core_dumps, detached
from ansible_collections.keyless.ec2.plugins.module_utils._common.detached import NoResult, call_detached
from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import OptionError
from ansible_collections.keyless.ec2.plugins.module_utils._common.run import run_info


class Ended(Exception):
    pass


class Module:
    """Notes how the module ends."""

    def __init__(self):
        self.params = {}

    def fail_json(self, **result):
        raise Ended({**result, "failed": True})

    def exit_json(self, **result):
        raise Ended(result)


def ended(gather, call):
    with pytest.raises(Ended) as caught:
        run_info(Module(), gather, call)
    return caught.value.args[0]


def test_the_child_returns_what_the_function_returns():
    big = {"text": "x\udcff" * 1_000_000, "pid": os.getpid()}
    found = call_detached(lambda: {**big, "pid": os.getpid()}, 600)
    assert found["text"] == big["text"] and found["pid"] != big["pid"]


def test_an_error_is_a_failure_as_usual():
    def fails():
        raise OptionError("root", "is wrong.", "Give another.")

    found = ended(fails, lambda function: call_detached(function, 600))
    assert found["failed"] and found["msg"] == str(OptionError("root", "is wrong.", "Give another."))


@pytest.mark.parametrize("length", [1, 1000])
def test_a_child_that_is_killed_while_it_writes(monkeypatch, length):
    monkeypatch.setattr(detached.pickle, "dumps", lambda result: pickle._dumps(result)[:length])
    with pytest.raises(NoResult):
        call_detached(lambda: "x" * 100_000, 600)


@pytest.mark.parametrize("end", [lambda: os._exit(3), lambda: os.kill(os.getpid(), 9)])
def test_a_child_that_ends_without_a_result(end):
    with pytest.raises(NoResult):
        call_detached(end, 600)
    assert "did not end in time, or was killed" in ended(end, lambda function: call_detached(function, 600))["msg"]


def test_a_child_that_does_not_end_is_left_behind(monkeypatch):
    monkeypatch.setattr(detached, "GRACE", 0.1)
    with pytest.raises(NoResult):
        call_detached(lambda: time.sleep(600), 0)


def test_a_child_holds_no_stream_of_the_module():
    """Ansible waits until all of them are closed."""
    assert call_detached(lambda: [os.readlink(f"/proc/self/fd/{number}") for number in range(3)], 600) == [os.devnull] * 3


class Exited(Exception):
    """In place of the end of the process."""


@pytest.mark.parametrize("fails", [False, True])
def test_what_a_child_does(monkeypatch, fails):
    """In this process, so that nothing is left to a real one."""
    replaced, reading, writing = [], *os.pipe()

    def leave(status):
        raise Exited(status)

    own = {"dup2": lambda _null, stream: replaced.append(stream), "_exit": leave}
    monkeypatch.setattr(detached, "os", SimpleNamespace(**{**vars(os), **own}))
    monkeypatch.setattr(detached, "_end_with_parent", lambda: replaced.append("ends with its parent"))
    with pytest.raises(Exited) as caught:
        detached._in_child(lambda: 1 // (not fails), writing)
    assert (caught.value.args, replaced) == ((int(fails),), ["ends with its parent", 0, 1, 2])
    if fails:
        os.close(writing)
    with open(reading, "rb") as pipe:
        assert pipe.read() == (b"" if fails else pickle.dumps(1))


def test_a_child_is_killed_with_its_parent():
    program = f"""
import os, signal
from {detached.__name__} import NoResult, call_detached
import {detached.__name__} as detached
detached.GRACE = 0.5
reading, writing = os.pipe()
try:
    call_detached(lambda: os.write(writing, str(os.getpid()).encode()) and os.kill(os.getpid(), signal.SIGSTOP), 0)
except NoResult:
    print(os.read(reading, 100).decode())
"""
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    while Path(f"/proc/{int(ran.stdout)}/stat").exists() and Path(f"/proc/{int(ran.stdout)}/stat").read_text().split()[2] != "Z":
        time.sleep(0.05)


def test_no_module_leaves_a_core_dump():
    """With this limit, Linux writes no file, and calls no program for core dumps either."""
    program = f"""
import json, resource, sys
from {run_info.__module__} import run_info
class Module:
    params = {{}}
    def exit_json(self, **result):
        print(json.dumps(resource.getrlimit(resource.RLIMIT_CORE)))
run_info(Module(), dict)
"""

    def allow():
        resource.setrlimit(resource.RLIMIT_CORE, (resource.getrlimit(resource.RLIMIT_CORE)[1],) * 2)

    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, preexec_fn=allow)
    assert json.loads(ran.stdout) == ([1, 1] if resource.getrlimit(resource.RLIMIT_CORE)[1] else [0, 0])


@pytest.mark.parametrize("error", [None, ValueError("too high"), OSError("no")])
def test_a_limit_of_one_byte_is_set_if_it_can_be(monkeypatch, error):
    limits = []

    def setrlimit(*arguments):
        limits.append(arguments)
        if error:
            raise error

    monkeypatch.setattr(core_dumps.resource, "setrlimit", setrlimit)
    core_dumps.forbid_core_dumps()
    assert limits == [(resource.RLIMIT_CORE, (1, 1))]
