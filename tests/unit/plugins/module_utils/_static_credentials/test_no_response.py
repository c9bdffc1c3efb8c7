# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""File systems that never respond, such as NFS without its server, or one in user space whose program waits: they affect only what is on them."""

from __future__ import annotations

import threading

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._static_credentials import info, job, time_slicing
from ansible_collections.keyless.ec2.plugins.module_utils._static_credentials.host.tree import Tree
from ansible_collections.keyless.ec2.plugins.module_utils._static_credentials.scan import NO_RESPONSE
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._static_credentials.aside_files import (
    LINES,
    Clock,
    actions,
    contents,
    find,
    job_for,
    plan_of,
    plant,
)


class Blocking:
    """Calls of these methods block for paths below ``/home/dead``, until the end of the test. Waiting for them takes no real time."""

    def __init__(self, monkeypatch) -> None:
        self._patch = monkeypatch
        self._blocked: set[int] = set()
        self._end = threading.Event()
        self.clock = Clock()
        monkeypatch.setattr(time_slicing, "time", self.clock)
        monkeypatch.setattr(time_slicing.Call, "has_ended_within", lambda call, seconds: self._has_ended_within(call, seconds))  # noqa: PLW0108

    def at(self, owner, name: str, is_dead) -> None:
        """The method of the class, or the function of the module, blocks for some of its arguments."""
        real = getattr(owner, name)

        def call(*arguments, **options):
            if is_dead(*arguments):
                self._blocked.add(threading.get_ident())
                self._end.wait()
                raise OSError
            return real(*arguments, **options)

        self._patch.setattr(owner, name, call)

    def _has_ended_within(self, call, seconds: float) -> bool:
        while call._thread.is_alive() and call._thread.ident not in self._blocked:
            call._thread.join(0.01)
        if call._thread.is_alive():
            self.clock.now += max(0, seconds)
        return not call._thread.is_alive()

    def end(self) -> None:
        self._end.set()


@pytest.fixture(name="blocking")
def _blocking(monkeypatch):
    made = Blocking(monkeypatch)
    yield made
    made.end()


def is_dead(_tree, path, *_others) -> bool:
    return path.startswith("/home/dead")


def test_the_search_goes_on(tmp_path, blocking):
    for user in ("a", "dead1", "dead2", "z"):
        plant(tmp_path, f"/home/{user}/.aws/credentials", LINES)
        plant(tmp_path, f"/home/{user}/.boto", LINES)
    blocking.at(Tree, "real", is_dead)
    found = find(tmp_path, timeout=100)
    assert [row["path"] for row in found["credentials"]] == [f"/home/{user}/{name}" for user in "az" for name in (".aws/credentials", ".boto")]
    silent = [each["target"] for each in found["incomplete"] if each["message"] == NO_RESPONSE]
    assert [path.split("/")[2] for path in silent] == ["dead1", "dead2"]
    # What the others of these users have is incomplete, too, and nothing else is.
    assert {path["target"].split("/")[2] for path in found["incomplete"]} == {"dead1", "dead2"}
    assert {each["reason"] for each in found["incomplete"]} == {"timeout"} and blocking.clock.now <= 110


def test_a_read_that_blocks(tmp_path, blocking):
    """The user's program responds until the file is read."""
    for user in ("a", "dead", "z"):
        plant(tmp_path, f"/home/{user}/.boto", LINES)
    blocking.at(Tree, "_read", is_dead)
    found = find(tmp_path, timeout=100)
    assert [row["path"] for row in found["credentials"]] == ["/home/a/.boto", "/home/z/.boto"]
    assert [each["target"] for each in found["incomplete"] if each["message"] == NO_RESPONSE] == ["/home/dead"]


def test_processes_that_block(tmp_path, blocking):
    plant(tmp_path, "/proc/7/environ", LINES)
    plant(tmp_path, "/home/a/.boto", LINES)
    blocking.at(Tree, "read_of_process", lambda *_arguments: True)
    blocking.at(Tree, "_read", lambda _tree, path, *_others: path.startswith("/proc/7"))
    found = find(tmp_path, timeout=100, scan_processes=True)
    assert [row["path"] for row in found["credentials"]] == ["/home/a/.boto"]
    assert [each["target"] for each in found["incomplete"]] == ["/proc"]


def test_homes_that_cannot_be_listed(tmp_path, blocking):
    """Those in /etc/passwd are known."""
    plant(tmp_path, "/etc/passwd", b"a:x:1001:1001::/opt/a:/bin/sh\n")
    for path in ("/opt/a/.boto", "/home/b/.boto"):
        plant(tmp_path, path, LINES)
    blocking.at(Tree, "entries", lambda _tree, path: path == "/home")
    found = find(tmp_path, timeout=100)
    assert [row["path"] for row in found["credentials"]] == ["/opt/a/.boto"]
    assert [(each["target"], each["message"]) for each in found["incomplete"]] == [("/home", NO_RESPONSE)]


def test_what_the_sdks_find_there_is_unknown(tmp_path, blocking):
    for user in ("a", "dead"):
        plant(tmp_path, f"/home/{user}/.aws/credentials", b"[default]\n" + LINES)
    searched = threading.Event()
    blocking.at(Tree, "stat", lambda _tree, path: searched.is_set() and path.startswith("/home/dead"))
    blocking.at(Tree, "read", lambda _tree, path, *_others: searched.is_set() and path.startswith("/home/dead"))
    real = info.SdkCredentials
    blocking._patch.setattr(info, "SdkCredentials", lambda *arguments: searched.set() or real(*arguments))
    rows = {row["home"]: row["now"] for row in find(tmp_path, timeout=100)["sdk_credentials"]}
    assert rows["/home/dead"] == "unknown" and rows["/home/a"] != "unknown"


@pytest.mark.parametrize("method", ["real", "stat"])
def test_files_of_others_are_set_aside(tmp_path, blocking, method):
    paths = [f"/home/{user}/.boto" for user in ("a", "dead1", "dead2", "z")]
    for path in paths:
        plant(tmp_path, path, LINES)
    blocking.at(Tree, method, is_dead)
    before, the_job = contents(tmp_path), job_for(tmp_path, *paths, timeout=100)
    outcome = the_job.apply(plan_of(the_job), [].append)
    # A unit in a home that does not respond may require the file.
    assert [action for action, path in zip(actions(outcome), paths) if "dead" not in path] == [("trimmed", None)] * 2
    if method == "real":
        assert [action for action, path in zip(actions(outcome), paths) if "dead" in path] == [("left", "timeout")] * 2
        assert {path: data for path, data in contents(tmp_path).items() if "dead" in path} == {path: before[path] for path in paths[1:3]}
    assert not the_job.result(outcome)["failed"] and blocking.clock.now < 110


def test_a_move_that_blocks_may_have_happened(tmp_path, blocking):
    """It counts as a change. No other file of that file system is moved, but those of others are."""
    paths = [f"/home/{user}/.boto" for user in ("a", "dead1", "dead2", "z")]
    for path in paths:
        plant(tmp_path, path, LINES)
    the_job, done = job_for(tmp_path, *paths, timeout=100), []
    planned = plan_of(the_job)
    devices = {id(row.found): 1 if "dead" in row.path else 2 for row in planned.rows}
    blocking._patch.setattr(job, "_device_of", lambda found: devices[id(found)])
    blocking.at(job.AsideJob, "_move", lambda _job, row: "dead" in row.path)
    outcome = the_job.apply(planned, lambda row: done.append(row.path))
    assert actions(outcome) == [("aside", None), ("left", "no_response"), ("left", "timeout"), ("aside", None)]
    assert done == [paths[0], paths[1], paths[3]]
    assert "/home/dead1/.keyless..boto.keyless-aside" in outcome.rows[1].msg


def test_a_call_raises_what_the_function_raises():
    with pytest.raises(ZeroDivisionError):
        time_slicing.in_time(lambda: 1 // 0, 60)
    assert time_slicing.in_time(lambda: 5, 60) == 5
    with pytest.raises(time_slicing.TimeOver):
        time_slicing.in_time(threading.Event().wait, 0.01)


def test_too_many_threads_that_wait_do_not_end_the_run(tmp_path, monkeypatch):
    """A user's file system can make each of a thousand files wait."""

    def start(_thread):
        raise RuntimeError("can't start new thread")

    plant(tmp_path, "/home/a/.boto", LINES)
    monkeypatch.setattr(threading.Thread, "start", start)
    assert actions(plan_of(job_for(tmp_path, "/home/a/.boto"))) == [("left", "timeout")]
