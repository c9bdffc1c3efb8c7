# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that can't be moved: they are left with a reason, in check mode too, and affect no other file."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import struct
import subprocess
import sys
from contextlib import contextmanager

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._static_credentials import changes
from ansible_collections.keyless.ec2.plugins.module_utils._static_credentials.host.exclusions import Exclusions
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._static_credentials.aside_files import (
    ASIDE,
    CREDENTIALS,
    DEDICATED,
    LINES,
    MIXED,
    actions,
    files,
    find,
    found_in,
    job_for,
    plan_of,
    plant,
    run,
)
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._static_credentials.test_job_killed import FailingOs

OTHER = "/home/b/.boto"
IMMUTABLE, APPEND_ONLY = 0x10, 0x20
LONG = struct.calcsize("l")


@contextmanager
def flagged(path, flag):
    """Sets a flag as chattr does, and resets it, so that the test's folder can be removed."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        set_flags(descriptor, flag)
        yield
    finally:
        set_flags(descriptor, 0)
        os.close(descriptor)


def set_flags(descriptor, flags):
    try:
        old = struct.unpack("l", fcntl.ioctl(descriptor, 0x80006601 | LONG << 16, bytes(LONG)))[0]
        fcntl.ioctl(descriptor, 0x40006602 | LONG << 16, struct.pack("l", old & ~(IMMUTABLE | APPEND_ONLY) | flags))
    except OSError:
        pytest.skip("this file system or user can't make files immutable")


@contextmanager
def mounted(*arguments):
    """Mounts something on the last argument."""
    if not shutil.which("mount") or subprocess.run(["mount", *arguments], check=False, capture_output=True).returncode:
        pytest.skip("this user can't mount")
    try:
        yield
    finally:
        subprocess.run(["umount", arguments[-1]], check=True)


def check_left(root, reason, state="aside"):
    """Runs with a second file, checks that only the first one is left, and returns its row."""
    before = files(root)
    outcome = run(root, CREDENTIALS, OTHER, state=state)
    assert actions(outcome) == [("left", reason), ("aside" if state == "aside" else "restored", None)]
    after = files(root)
    assert {path: after.get(path) for path in before if "/home/a/" in path} == {path: about for path, about in before.items() if "/home/a/" in path}
    result = job_for(root, CREDENTIALS).result(outcome)
    assert result["failed"] == (state == "restored"), "a file that is not restored fails the module, one that is not set aside does not"
    return outcome.rows[0]


@pytest.fixture(name="root")
def _root(tmp_path):
    plant(tmp_path, CREDENTIALS, DEDICATED)
    plant(tmp_path, OTHER, DEDICATED)
    return tmp_path


@pytest.mark.needs_root
@pytest.mark.parametrize("flag", [IMMUTABLE, APPEND_ONLY])
@pytest.mark.parametrize("what", [CREDENTIALS, "/home/a/.aws"])
@pytest.mark.parametrize("state", ["aside", "restored"])
def test_an_immutable_file_or_folder(root, flag, what, state):
    if state == "restored":
        run(root, CREDENTIALS, OTHER)
        what = what if what != CREDENTIALS else ASIDE
    with flagged(root / what[1:], flag):
        check_left(root, "immutable", state)


@pytest.mark.needs_root
@pytest.mark.parametrize("data", [DEDICATED, MIXED])
def test_a_mounted_file(root, data):
    plant(root, CREDENTIALS, data)
    with mounted("--bind", plant(root, "/elsewhere", data), root / CREDENTIALS[1:]):
        check_left(root, "mount")


@pytest.mark.needs_root
def test_a_read_only_file_system(root):
    folder = root / "home/a"
    with mounted("--bind", folder, folder):
        subprocess.run(["mount", "-o", "remount,bind,ro", folder], check=True)
        check_left(root, "read_only")


def test_another_file_with_the_backup_name(root):
    plant(root, ASIDE, b"precious")
    assert ASIDE in check_left(root, "aside_exists").msg


def test_a_backup_name_that_is_too_long(root):
    path = "/home/a/" + "x" * 240
    plant(root, path, LINES)
    assert actions(run(root, path, OTHER)) == [("left", "limit"), ("aside", None)]


def test_a_backup_name_that_is_too_long_has_nothing_to_restore(root):
    path = "/home/a/" + "x" * 251
    plant(root, path, LINES)
    run(root, OTHER)
    outcome = run(root, path, OTHER, state="restored")
    assert actions(outcome) == [("unchanged", "not_aside"), ("restored", None)]
    assert not job_for(root, path).result(outcome)["failed"]


@contextmanager
def leased(path):
    """Another process holds a write lease on a file, as any user can on his own files."""
    ignore = "import fcntl, os, signal, sys; signal.signal(signal.SIGIO, signal.SIG_IGN); "
    take = "fcntl.fcntl(os.open(sys.argv[1], os.O_RDWR), fcntl.F_SETLEASE, fcntl.F_WRLCK); print('ready', flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", ignore + take, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        try:
            if holder.stdout.readline() != "ready\n":
                pytest.skip("this file system or user has no leases")
            yield
        finally:
            holder.stdin.close()


@pytest.mark.parametrize("state", ["aside", "restored"])
def test_a_file_with_a_lease(root, state):
    if state == "restored":
        run(root, CREDENTIALS, OTHER)
    before = files(root)
    with leased(root / (CREDENTIALS if state == "aside" else ASIDE)[1:]):
        the_job = job_for(root, CREDENTIALS, OTHER, state=state)
        outcome = the_job.apply(plan_of(the_job), [].append)
    assert actions(outcome) == [("left", "locked"), ("aside" if state == "aside" else "restored", None)]
    assert outcome.rows[0].errno == "EAGAIN" and the_job.result(outcome)["failed"] == (state == "restored")
    assert {path: about for path, about in files(root).items() if "/home/a/" in path} == {
        path: about for path, about in before.items() if "/home/a/" in path
    }


def test_a_folder_with_the_name_of_the_new_file(root):
    (root / "home/a/.aws/.credentials.keyless-new").mkdir()
    the_job = job_for(root, CREDENTIALS, OTHER)
    outcome = the_job.apply(plan_of(the_job), [].append)
    assert actions(outcome) == [("left", "in_the_way"), ("aside", None)]
    assert ".credentials.keyless-new" in outcome.rows[0].msg and not the_job.result(outcome)["failed"]
    again = actions(run(root, "/home/a/.aws/none", OTHER))
    assert again == [("unchanged", "not_found"), ("unchanged", "already_aside")]


@pytest.mark.needs_root
@pytest.mark.parametrize("state", ["aside", "restored"])
@pytest.mark.parametrize("put", [lambda path: path.write_bytes(b"mine"), lambda path: path.symlink_to("/nothing"), os.mkfifo])
def test_what_somebody_else_has_put_in_the_place_of_the_new_file_is_not_deleted(root, put, state):
    """In a directory where everybody may create files."""
    if state == "restored":
        run(root, CREDENTIALS)
    taken = root / "home/a/.aws/.credentials.keyless-new"
    put(taken)
    os.lchown(taken, 1234, 1234)
    the_job = job_for(root, CREDENTIALS, state=state)
    expected = ("left", "in_the_way") if state == "aside" else ("restored", None)
    assert actions(the_job.apply(plan_of(the_job), [].append)) == [expected] and os.path.lexists(taken)


ERRORS = {
    errno.EPERM: ("left", "immutable"),
    errno.EXDEV: ("left", "mount"),
    errno.EBUSY: ("left", "mount"),
    errno.EDQUOT: ("left", "limit"),
    errno.EMLINK: ("left", "limit"),
    errno.EROFS: ("left", "read_only"),
    errno.ENOSPC: ("left", "no_space"),
    errno.EAGAIN: ("left", "locked"),
    errno.EIO: ("left", "error"),
}


@pytest.mark.parametrize("data", [DEDICATED, MIXED])
@pytest.mark.parametrize("number", ERRORS, ids=errno.errorcode.get)
def test_an_error_at_any_step_leaves_nothing_behind(tmp_path, monkeypatch, data, number):
    step, fails = 0, True
    while fails:
        step += 1
        root = tmp_path / str(step)
        plant(root, CREDENTIALS, data)
        before, job = files(root), job_for(root, CREDENTIALS)
        with monkeypatch.context() as patch:
            patch.setattr(changes, "os", FailingOs(step, False, OSError(number, os.strerror(number))))
            outcome = job.apply(plan_of(job), [].append)
        fails = outcome.rows[0].action == "left"
        if fails:
            assert actions(outcome) == [ERRORS[number]]
            assert files(root) == before
            assert outcome.rows[0].errno == errno.errorcode[number] and not job.result(outcome)["failed"]
    assert step > 5


@pytest.mark.parametrize(
    "pattern, excluded",
    [
        ("/home/a", True),
        ("/home/a/.aws/credentials", True),
        ("/home/*/.aws", True),
        ("/home/?", True),
        ("/", True),
        ("/home/[!b]/.aws/cred*", True),
        ("/home/a/.aws/", True),
        ("/home/a/../a", True),
        ("/home/a/.aws/credential", False),
        ("/home/*/credentials", False),
        ("/a", False),
        ("/home/b", False),
    ],
)
def test_excluded_files_are_neither_searched_nor_set_aside(root, pattern, excluded):
    assert Exclusions([pattern]).cover(CREDENTIALS) == excluded
    expected = ("unchanged", "excluded") if excluded else ("aside", None)
    before = files(root)
    assert (CREDENTIALS in found_in(root, exclude=[pattern])) == (not excluded)
    assert actions(run(root, CREDENTIALS, exclude=[pattern])) == [expected]
    assert (files(root) == before) == excluded


def test_a_link_to_an_excluded_file_is_excluded(root):
    plant(root, "/data/keys", LINES)
    (root / "home/a/x.env").symlink_to("/data/keys")
    assert "/home/a/x.env" not in found_in(root, exclude=["/data"])
    assert actions(run(root, "/home/a/x.env", exclude=["/data"])) == [("unchanged", "excluded")]


def test_a_link_can_be_excluded_by_itself(root):
    plant(root, "/data/keys", LINES)
    (root / "home/a/.s3cfg").symlink_to("/data/keys")
    assert "/home/a/.s3cfg" not in found_in(root, exclude=["/home/*/.s3cfg"])
    assert actions(run(root, "/home/a/.s3cfg", exclude=["/home/*/.s3cfg"])) == [("unchanged", "excluded")]
    assert actions(run(root, "/home/a/.s3cfg", exclude=["/home/b"])) == [("aside", None)]


def test_processes_are_excluded_by_their_path(root):
    plant(root, "/proc/7/environ", LINES)
    assert "/proc/7/environ" in found_in(root, scan_processes=True)
    assert "/proc/7/environ" not in found_in(root, scan_processes=True, exclude=["/proc/7"])


def test_excluded_files_are_not_incomplete(root):
    assert find(root, exclude=["/home"])["incomplete"] == []


def test_a_name_like_that_of_a_backup_fails_no_file_of_others(tmp_path):
    """Every user can give a file with a key such a name, and what was found is what is set aside."""
    for path in ("/home/a/.env.keyless-aside", "/srv/u/.keyless..keyless.x.env.keyless-aside.keyless-aside", "/srv/app/.env"):
        plant(tmp_path, path, DEDICATED)
    paths = [row["path"] for name in ("credentials", "aside") for row in find(tmp_path)[name]]
    assert paths == ["/home/a/.env.keyless-aside", "/srv/app/.env", "/srv/u/.keyless.x.env.keyless-aside"]
    assert actions(run(tmp_path, *paths)) == [("trimmed", None), ("trimmed", None), ("left", "backup")]
    before = files(tmp_path)
    assert found_in(tmp_path) == [] and actions(run(tmp_path, "/srv/app/.keyless..env.keyless-aside")) == [("left", "backup")]
    restored = run(tmp_path, *paths, state="restored")
    assert actions(restored) == [("restored", None), ("restored", None), ("left", "backup")] and files(tmp_path) != before
    assert found_in(tmp_path) == paths[:2]
