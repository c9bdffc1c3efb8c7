# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the modules read of the host they run on, with the host's own files replaced: mount points, processes, and the readers of a copy."""

from __future__ import annotations

import io
import os
from types import SimpleNamespace

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._common import mounts
from ansible_collections.keyless.ec2.plugins.module_utils._static_credentials import changes
from ansible_collections.keyless.ec2.plugins.module_utils._static_credentials.host import processes

MOUNTS = b"22 1 8:1 / / rw - ext4 /dev/sda1 rw\n40 22 0:5 / /srv/a\\040b\\134c rw - tmpfs none rw\n"


def opening(monkeypatch, module, texts):
    """The module opens these files, and no others exist."""

    def opened(path, *_mode):
        if path not in texts:
            raise FileNotFoundError(2, "No such file", path)
        return io.BytesIO(texts[path])

    monkeypatch.setattr(module, "open", opened, raising=False)


def mounts_of(tmp_path, monkeypatch, text):
    (tmp_path / "mountinfo").write_bytes(text)
    monkeypatch.setattr(mounts, "MOUNTS", str(tmp_path / "mountinfo"))
    return mounts.Mounts("/")


def test_mount_points_have_their_real_names(tmp_path, monkeypatch):
    assert mounts_of(tmp_path, monkeypatch, MOUNTS).points == {"/", "/srv/a b\\c"}
    monkeypatch.setattr(mounts, "MOUNTS", str(tmp_path / "none"))
    assert mounts.Mounts("/").points == set()


@pytest.mark.parametrize(
    "kind, options, user",
    [
        ("fuse", "rw,user_id=1001,group_id=5,allow_other", 1001),
        ("fuse.sshfs", "ro,user_id=7", 7),
        ("fuseblk", "rw,user_id=7", 7),
        ("fuse", "rw,user_id=0,allow_other", None),
        ("ext4", "rw,user_id=7", None),
        ("overlay", "rw,lowerdir=/a,user_id=7", None),
    ],
)
def test_a_file_system_in_user_space_is_its_users(tmp_path, monkeypatch, kind, options, user):
    line = f"50 22 0:9 / /srv/m rw,nosuid shared:3 - {kind} a\\040-\\040b {options}\n"
    assert mounts_of(tmp_path, monkeypatch, MOUNTS + line.encode()).user_at("/srv/m") == user


def stat_of(parent, name=b"sh"):
    return b"7 (%s) S %d 1 1 0" % (name, parent)


def test_the_processes_of_the_task_are_its_own(monkeypatch):
    """Names can look like the rest of the line. Ancestors of another session, such as sshd, outlive the task."""
    sessions = {100: 50, 50: 50, 10: 10}
    opening(monkeypatch, processes, {"/proc/100/stat": stat_of(50, b"a) S 1 ("), "/proc/50/stat": stat_of(10), "/proc/10/stat": stat_of(1)})
    monkeypatch.setattr(processes, "os", SimpleNamespace(getpid=lambda: 100, getsid=lambda pid: sessions[pid or 100]))
    assert processes._own() == {100, 50}


@pytest.mark.parametrize("is_listed", [True, False])
def test_a_process_that_is_gone_has_no_ancestors(monkeypatch, is_listed):
    def getsid(pid):
        if pid == 50:
            raise ProcessLookupError(3, "No such process")
        return 1

    opening(monkeypatch, processes, {"/proc/100/stat": stat_of(50)} if is_listed else {})
    monkeypatch.setattr(processes, "os", SimpleNamespace(getpid=lambda: 100, getsid=getsid))
    assert processes._own() == {100}


def test_a_host_without_proc_has_no_processes():
    def entries(_path):
        raise FileNotFoundError(2, "No such file")

    assert processes.pids_by_user(SimpleNamespace(root="/srv", entries=entries)) == {}


OURS, ACL = (0, 0), "system.posix_acl_access"


@pytest.mark.parametrize(
    "like, has, now, has_now, calls",
    [
        ((0, 0, 0o104640), [], OURS, [], [("chmod", 0o640)]),
        ((5, 7, 0o100640), [], OURS, [], [("chown", -1, 7), ("chmod", 0o640), ("chown", 5, -1)]),
        ((0, 7, 0o100600), [ACL], OURS, [], [("chown", -1, 7), ("set", ACL), ("chmod", 0o600)]),
        ((0, 0, 0o100600), [], OURS, [ACL], [("remove", ACL), ("chmod", 0o600)]),
        ((0, 0, 0o100600), ["security.selinux", "user.x"], OURS, [], [("set", "security.selinux"), ("chmod", 0o600)]),
    ],
)
def test_at_no_time_has_the_copy_more_readers_than_the_original(monkeypatch, like, has, now, has_now, calls):
    """The group comes before the list that grants it rights, the list before the mode, and the owner last."""
    made = []
    of = {1: SimpleNamespace(st_uid=like[0], st_gid=like[1], st_mode=like[2]), 2: SimpleNamespace(st_uid=now[0], st_gid=now[1])}
    calls_of_os = {
        "fstat": of.__getitem__,
        "listxattr": {1: has, 2: has_now}.__getitem__,
        "getxattr": lambda file, name: (file, name),
        "setxattr": lambda file, name, value: made.append(("set", name)) if (file, value) == (2, (1, name)) else made.append("wrong"),
        "removexattr": lambda file, name: made.append(("remove", name)),
        "fchown": lambda file, owner, group: made.append(("chown", owner, group)),
        "fchmod": lambda file, mode: made.append(("chmod", mode)),
    }
    monkeypatch.setattr(changes, "os", SimpleNamespace(**calls_of_os))
    changes._copy_access(1, 2)
    assert made == calls


def test_the_process_itself_can_be_read():
    assert os.getpid() in processes._own()


def test_a_mount_whose_name_has_any_character_is_a_mount(tmp_path, monkeypatch):
    """The kernel escapes blanks, tabs, newlines and backslashes, and nothing else. Every user can mount something on a directory with any name."""
    name = bytes(set(range(1, 256)) - set(b" \t\n\\/"))
    listed = mounts_of(tmp_path, monkeypatch, MOUNTS + b"50 22 0:9 / /home/u/%b rw - fuse.x a\rb rw,user_id=1001\n" % name)
    assert listed.user_at(f"/home/u/{os.fsdecode(name)}") == 1001
