# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two runs of static_credentials_aside on one host: one waits for the other, and no original is lost."""

from __future__ import annotations

import errno
import os
import signal
import threading
from types import SimpleNamespace

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._common import run as running
from ansible_collections.keyless.ec2.plugins.module_utils._common.run import without_actions
from ansible_collections.keyless.ec2.plugins.module_utils._static_credentials import changes, run_lock
from ansible_collections.keyless.ec2.plugins.module_utils._static_credentials.reasons import NoLock, OtherRun
from ansible_collections.keyless.ec2.plugins.module_utils._static_credentials.run_lock import RunLock
from ansible_collections.keyless.ec2.plugins.module_utils._static_credentials.time_slicing import Deadline
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._static_credentials.aside_files import (
    ASIDE,
    CREDENTIALS,
    DEDICATED,
    MIXED,
    actions,
    contents,
    files,
    job_for,
    plan_of,
    plant,
    run,
)


class Ended(Exception):
    pass


class Module:
    """Notes how the module ends."""

    _diff = False

    def __init__(self, check_mode):
        self.params, self.check_mode = {}, check_mode

    def fail_json(self, **result):
        raise Ended({**result, "failed": True})

    def exit_json(self, **result):
        raise Ended(result)


@pytest.fixture(name="place", autouse=True)
def _place(tmp_path_factory, monkeypatch):
    place = tmp_path_factory.mktemp("run") / "keyless-ec2"
    monkeypatch.setattr(run_lock, "_place", lambda: str(place))
    return place


def module(root, check_mode=False, **options):
    """What the module returns."""
    with pytest.raises(Ended) as caught:
        running.run(Module(check_mode), lambda: job_for(root, CREDENTIALS, **options), without_actions)
    return caught.value.args[0]


def outcome(result):
    return [(row["action"], row["reason"]) for row in result["files"]]


class Interrupted:
    """Replaces the module os: calls a function before each call of one of these names."""

    def __init__(self, before, *names):
        self.before, self.names = before, names

    def __getattr__(self, name):
        real = getattr(os, name)
        if name not in self.names:
            return real
        return lambda *given, **named: (self.before(name), real(*given, **named))[1]


@pytest.mark.parametrize("first, second", [("aside", "restored"), ("restored", "aside"), ("aside", "aside"), ("restored", "restored")])
@pytest.mark.parametrize("data", [DEDICATED, MIXED])
@pytest.mark.parametrize("call", ["link", "unlink", "rename"])
def test_a_run_that_begins_between_two_steps_of_another_loses_no_original(tmp_path, monkeypatch, data, first, second, call):
    """The second one reads what the first has left there, and goes on only once the first has taken its last step."""
    plant(tmp_path, CREDENTIALS, data)
    if first == "restored":
        run(tmp_path, CREDENTIALS)
    reached, over, results = threading.Event(), threading.Event(), {}

    def before(name):
        is_first = threading.current_thread() is not threads["second"] and not reached.is_set()
        if is_first and name == call:
            reached.set()
            threads["second"].start()
            waits.wait(10)
        elif reached.is_set() and not waits.is_set():
            # The second has got here without waiting, after its last check: the first takes its step first.
            waits.set()
            over.wait(10)

    waits = threading.Event()
    monkeypatch.setattr(run_lock, "time", SimpleNamespace(sleep=lambda _seconds: waits.set() or over.wait(10)))
    monkeypatch.setattr(changes, "os", Interrupted(before, "link", "unlink", "rename"))
    threads = {"second": threading.Thread(target=lambda: results.update(second=module(tmp_path, state=second)))}
    results["first"] = module(tmp_path, state=first)
    over.set()
    if not reached.is_set():
        return
    threads["second"].join(60)
    assert data in contents(tmp_path).values(), "the original always has a name"
    assert [outcome(results[each])[0][0] != "left" for each in ("first", "second")] == [True, True]
    assert (contents(tmp_path) == {CREDENTIALS: data}) == (second == "restored")


def test_whatever_runs_meanwhile_the_last_name_of_an_original_is_not_removed(tmp_path, monkeypatch):
    """A run of another user does not have the same lock."""
    for state, other in (("aside", ASIDE), ("restored", CREDENTIALS)):
        root = tmp_path / state
        plant(root, CREDENTIALS, DEDICATED)
        if state == "restored":
            run(root, CREDENTIALS)
        job = job_for(root, CREDENTIALS, state=state)
        planned = plan_of(job)

        def before(_name, root=root, other=other):
            if len(contents(root)) == 2:
                os.unlink(f"{root}{other}")

        with monkeypatch.context() as patch:
            patch.setattr(changes, "os", Interrupted(before, "fsync"))
            assert actions(job.apply(planned, [].append)) == [("left", "busy" if state == "aside" else "changed_meanwhile")]
        assert list(contents(root).values()) == [DEDICATED]


class Holder:
    """A process that has the lock."""

    def __init__(self):
        reading, writing = os.pipe()
        self.process = os.fork()
        if self.process == 0:
            self._hold(writing)
        os.close(writing)
        with open(reading, "rb") as pipe:
            assert pipe.read(1) == b"1"

    def _hold(self, writing):
        try:
            lock = RunLock()
            lock.take(Deadline(10))
            os.write(writing, b"1")
            signal.pause()
        finally:
            os._exit(1)

    def kill(self):
        if self.process:
            os.kill(self.process, signal.SIGKILL)
            os.waitpid(self.process, 0)
            self.process = None


@pytest.fixture(name="holder")
def _holder(place):
    holder = Holder()
    yield holder
    holder.kill()


@pytest.mark.parametrize("state", ["aside", "restored"])
def test_while_another_run_goes_on_nothing_is_changed_and_the_task_fails(tmp_path, holder, state):
    plant(tmp_path, CREDENTIALS, MIXED)
    if state == "restored":
        run(tmp_path, CREDENTIALS)
    before, process = files(tmp_path), holder.process
    result = module(tmp_path, state=state, timeout=1)
    # Check mode changes nothing, so it has to wait for nobody.
    assert outcome(module(tmp_path, True, state=state, timeout=1))[0][0] != "left"
    assert result["failed"] and not result["changed"] and outcome(result) == [("left", "other_run")]
    assert f"process {process}." in result["msg"] and result["files"][0]["only_root"]
    assert files(tmp_path) == before
    # The system releases the lock of a run that was killed.
    holder.kill()
    result = module(tmp_path, state=state)
    assert result["changed"] and "failed" not in result


def test_a_run_waits_until_the_other_has_ended(tmp_path, holder, monkeypatch):
    plant(tmp_path, CREDENTIALS, MIXED)
    waited = []
    monkeypatch.setattr(run_lock, "time", SimpleNamespace(sleep=lambda seconds: (waited.append(seconds), holder.kill())))
    assert module(tmp_path)["changed"] and waited


def test_a_run_that_has_ended_keeps_no_lock_whatever_keeps_its_process(tmp_path):
    job = job_for(tmp_path, CREDENTIALS)
    job.apply(job.plan(job.read(False)), [].append)
    RunLock().take(Deadline(0))


def test_check_mode_does_not_create_the_lock(tmp_path, place):
    module(tmp_path, check_mode=True)
    assert not place.exists()
    module(tmp_path)
    assert oct(place.stat().st_mode & 0o777) == "0o700" and oct((place / "aside.lock").stat().st_mode & 0o777) == "0o600"


def as_a_link(place):
    (place.parent / "other").mkdir(mode=0o700)
    place.symlink_to("other")


@pytest.mark.parametrize(
    "make",
    [
        as_a_link,
        lambda place: place.write_text(""),
        lambda place: place.mkdir(mode=0o755),
        lambda place: place.parent.rmdir(),
        lambda place: (place.mkdir(mode=0o700), (place / "aside.lock").symlink_to("/etc/passwd")),
        lambda place: (place.mkdir(mode=0o700), (place / "aside.lock").mkdir()),
        pytest.param(lambda place: (place.mkdir(mode=0o700), os.chown(place, 1001, 1001)), marks=pytest.mark.needs_root),
    ],
)
def test_a_lock_that_others_could_hold_and_one_that_can_not_be_made_change_nothing(tmp_path, place, make):
    make(place)
    plant(tmp_path, CREDENTIALS, MIXED)
    before = files(tmp_path)
    result = module(tmp_path)
    assert result["failed"] and outcome(result) == [("left", "no_lock")] and str(place) in result["msg"]
    assert files(tmp_path) == before


def test_a_file_system_without_locks_changes_nothing(tmp_path, monkeypatch):
    plant(tmp_path, CREDENTIALS, MIXED)

    def fails(_file, _how):
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(run_lock.fcntl, "flock", fails)
    assert "No locks available" in module(tmp_path)["msg"] and CREDENTIALS in contents(tmp_path)


def test_the_lock_is_where_only_the_user_can_enter(monkeypatch):
    monkeypatch.undo()
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    for has, place in (({"/run", "/var/run"}, "/run"), ({"/var/run"}, "/var/run"), (set(), "/run")):
        monkeypatch.setattr(os.path, "isdir", has.__contains__)
        assert run_lock._place() == f"{place}/keyless-ec2"
    monkeypatch.setattr(os, "geteuid", lambda: 1001)
    monkeypatch.setattr(run_lock.pwd, "getpwuid", lambda uid: SimpleNamespace(pw_dir=f"/home/u{uid}"))
    assert run_lock._place() == "/home/u1001/.keyless-ec2"
    monkeypatch.setattr(run_lock.pwd, "getpwuid", {}.__getitem__)
    with pytest.raises(NoLock) as caught:
        RunLock().take(Deadline(1))
    assert caught.value.detail == "Its directory: the user has no home."


def test_a_holder_that_has_not_written_its_id_is_not_named(place):
    one = RunLock()
    one.take(Deadline(1))
    one.take(Deadline(1))
    (place / "aside.lock").write_text("")
    with pytest.raises(OtherRun) as caught:
        RunLock().take(Deadline(0))
    assert caught.value.detail == ""
    one.release()
    one.release()
    RunLock().take(Deadline(0))
