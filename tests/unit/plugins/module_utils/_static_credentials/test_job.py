# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Setting files aside and restoring them: what is on disk afterwards."""

from __future__ import annotations

import os
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.keyless.ec2.plugins.module_utils._static_credentials import changes
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._static_credentials.aside_files import (
    ASIDE,
    CREDENTIALS,
    DEDICATED,
    KEY,
    LINES,
    MIXED,
    MIXED_LEFT,
    SECRET,
    actions,
    contents,
    files,
    job_for,
    plan_of,
    plant,
    run,
)


@pytest.mark.parametrize(
    "data, action, left",
    [
        (DEDICATED, "aside", None),
        (MIXED, "trimmed", MIXED_LEFT),
        (f"# {KEY}\n".encode(), "aside", None),
    ],
)
def test_a_file_is_set_aside_and_restored(tmp_path, data, action, left):
    plant(tmp_path, CREDENTIALS, data)
    before = files(tmp_path)
    (row,) = run(tmp_path, CREDENTIALS).rows
    assert (row.action, row.as_result()["aside_path"]) == (action, ASIDE)
    after = files(tmp_path)
    assert after.pop(ASIDE) == before[CREDENTIALS]
    assert {path: about[:2] for path, about in after.items()} == ({} if left is None else {CREDENTIALS: (left, before[CREDENTIALS][1])})
    assert actions(run(tmp_path, CREDENTIALS)) == [("unchanged", "already_aside")]
    assert actions(run(tmp_path, CREDENTIALS, state="restored")) == [("restored", None)]
    assert files(tmp_path) == before
    assert actions(run(tmp_path, CREDENTIALS, state="restored")) == [("unchanged", "not_aside")]


@given(st.binary(max_size=200), st.sampled_from([b"\n", b"\r\n", b""]))
def test_restored_bytes_are_the_same(tmp_path_factory, data, end):
    root = tmp_path_factory.mktemp("root")
    original = data + b"\n" + LINES + end
    plant(root, CREDENTIALS, original)
    (row,) = run(root, CREDENTIALS).rows
    if row.action in ("aside", "trimmed"):
        assert SECRET.encode() not in contents(root).get(CREDENTIALS, b"")
        run(root, CREDENTIALS, state="restored")
    assert contents(root) == {CREDENTIALS: original}


@pytest.mark.needs_root
def test_the_replacement_has_the_same_owner_and_group(tmp_path):
    os.chown(plant(tmp_path, CREDENTIALS, MIXED, 0o604), 1234, 4321)
    run(tmp_path, CREDENTIALS)
    at = (tmp_path / CREDENTIALS[1:]).stat()
    assert (at.st_uid, at.st_gid, at.st_mode & 0o7777) == (1234, 4321, 0o604)


def test_the_replacement_has_the_same_access_control_list(tmp_path):
    file = plant(tmp_path, CREDENTIALS, MIXED)
    nobody = 0xFFFFFFFF
    entries = [(0x01, 6, nobody), (0x02, 4, 1234), (0x04, 4, nobody), (0x10, 4, nobody), (0x20, 0, nobody)]
    acl = struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)
    try:
        os.setxattr(file, "system.posix_acl_access", acl)
    except OSError:
        pytest.skip("this file system has no access control lists")
    run(tmp_path, CREDENTIALS)
    assert os.getxattr(file, "system.posix_acl_access") == acl
    assert file.read_bytes() == MIXED_LEFT


def test_the_unfinished_file_is_private(tmp_path, monkeypatch):
    modes = []

    def fchmod(descriptor, mode):
        modes.append(os.fstat(descriptor).st_mode & 0o777)
        return given_mode(descriptor, mode)

    given_mode = os.fchmod
    monkeypatch.setattr(changes.os, "fchmod", fchmod)
    plant(tmp_path, CREDENTIALS, MIXED, 0o644)
    run(tmp_path, CREDENTIALS)
    assert modes == [0o600]


@pytest.mark.parametrize("path", ["/opt/app/.env", "/etc/default/app", "/etc/app/named"])
def test_a_required_environment_file_stays_even_if_empty(tmp_path, path):
    plant(tmp_path, "/etc/systemd/system/a.service", b"[Service]\nEnvironmentFile=/etc/app/named\n")
    text = f"AWS_ACCESS_KEY_ID={KEY}\nAWS_SECRET_ACCESS_KEY={SECRET}\n".encode()
    plant(tmp_path, path, text)
    assert actions(run(tmp_path, path)) == [("trimmed", None)]
    assert contents(tmp_path)[path] == b""
    assert actions(run(tmp_path, path, state="restored")) == [("restored", None)]
    assert contents(tmp_path)[path] == text


def test_cron_does_not_run_what_is_set_aside(tmp_path):
    plant(tmp_path, "/etc/cron.d/backup", f"AWS_ACCESS_KEY_ID={KEY}\n@daily root backup\n".encode())
    (row,) = run(tmp_path, "/etc/cron.d/backup").rows
    assert row.target.backup_path == "/etc/cron.d/.keyless.backup.keyless-aside"
    assert contents(tmp_path)["/etc/cron.d/backup"] == b"@daily root backup\n"
    run(tmp_path, "/etc/cron.d/backup", state="restored")
    assert list(contents(tmp_path)) == ["/etc/cron.d/backup"]


@pytest.mark.parametrize("data", [DEDICATED, MIXED])
@pytest.mark.parametrize("target", ["/vault/keys", "../../../vault/keys"])
def test_the_target_of_a_link_is_set_aside_and_the_link_stays(tmp_path, data, target):
    plant(tmp_path, "/vault/keys", data)
    link = tmp_path / CREDENTIALS[1:]
    link.parent.mkdir(parents=True)
    link.symlink_to(target)
    (row, again) = run(tmp_path, CREDENTIALS, "/vault/keys").rows
    assert row.target.backup_path == "/vault/.keyless.keys.keyless-aside"
    assert (again.action, again.reason) == ("unchanged", "same_file")
    assert os.readlink(link) == target
    assert actions(run(tmp_path, CREDENTIALS)) == [("unchanged", "already_aside")]
    run(tmp_path, CREDENTIALS, state="restored")
    assert contents(tmp_path) == {"/vault/keys": data}


def test_a_link_never_leads_out_of_the_root(tmp_path):
    outside = plant(tmp_path, "/outside", DEDICATED)
    root = tmp_path / "root"
    root.mkdir()
    (root / "credentials").symlink_to(outside)
    (root / "folder").symlink_to(tmp_path)
    rows = run(root, "/credentials", "/folder/outside", "/../outside").rows
    assert {row.reason for row in rows} == {"not_found", "same_file"}
    assert contents(tmp_path) == {"/outside": DEDICATED}


def test_a_backup_is_never_overwritten(tmp_path):
    plant(tmp_path, CREDENTIALS, DEDICATED)
    plant(tmp_path, ASIDE, b"precious")
    before = files(tmp_path)
    (row,) = run(tmp_path, CREDENTIALS).rows
    assert (row.action, row.reason) == ("left", "aside_exists")
    assert ASIDE in row.msg
    assert files(tmp_path) == before


@pytest.mark.parametrize("data, changed", [(DEDICATED, b"[default]\nregion = x\n"), (MIXED, MIXED_LEFT + b"\nnew = 1")])
def test_a_changed_file_is_left(tmp_path, data, changed):
    plant(tmp_path, CREDENTIALS, data)
    run(tmp_path, CREDENTIALS)
    plant(tmp_path, CREDENTIALS, changed)
    before = files(tmp_path)
    assert actions(run(tmp_path, CREDENTIALS)) == [("unchanged", "already_aside")]
    outcome = run(tmp_path, CREDENTIALS, state="restored")
    assert actions(outcome) == [("left", "changed_meanwhile")]
    assert job_for(tmp_path, CREDENTIALS).result(outcome)["failed"] and ASIDE in outcome.summary(False)
    assert files(tmp_path) == before


def test_the_replacement_may_be_missing(tmp_path):
    plant(tmp_path, CREDENTIALS, MIXED)
    run(tmp_path, CREDENTIALS)
    (tmp_path / CREDENTIALS[1:]).unlink()
    assert actions(run(tmp_path, CREDENTIALS, state="restored")) == [("restored", None)]
    assert contents(tmp_path) == {CREDENTIALS: MIXED}


def test_concurrent_writes_are_not_lost(tmp_path):
    plant(tmp_path, CREDENTIALS, MIXED)
    job = job_for(tmp_path, CREDENTIALS)
    plan, done = plan_of(job), []
    plant(tmp_path, CREDENTIALS, MIXED + b"\nnew = 1")
    (row,) = job.apply(plan, done.append).rows
    assert (row.action, row.reason, done) == ("left", "busy", [])
    assert contents(tmp_path)[CREDENTIALS] == MIXED + b"\nnew = 1"
    assert actions(run(tmp_path, CREDENTIALS)) == [("trimmed", None)]
    assert set(contents(tmp_path)) == {CREDENTIALS, ASIDE}


def test_each_path_has_a_row_and_affects_no_other(tmp_path):
    plant(tmp_path, "/a/folder/file", b"")
    plant(tmp_path, "/a/none", b"region = x\n")
    plant(tmp_path, "/a/url", f"U=https://{KEY}:{SECRET}@h/\n".encode())
    plant(tmp_path, "/a/binary", LINES + b"\0")
    plant(tmp_path, "/a/large", LINES + b"\n" * (16 << 20))
    os.mkfifo(tmp_path / "a" / "fifo")
    (tmp_path / "a" / "circle").symlink_to("circle")
    plant(tmp_path, "/a/last", LINES)
    names = ("nothing", "folder", "none", "url", "binary", "large", "fifo", "circle", "last")
    outcome = run(tmp_path, "/proc/1/environ", *(f"/a/{name}" for name in names))
    assert actions(outcome) == [
        ("left", "process"),
        ("unchanged", "not_found"),
        ("left", "not_regular"),
        ("unchanged", "no_access_key"),
        ("left", "in_url"),
        ("left", "binary"),
        ("left", "too_large"),
        ("left", "not_regular"),
        ("left", "link"),
        ("aside", None),
    ]
    result = job_for(tmp_path, "/a").result(outcome)
    assert not result["failed"] and outcome.changes and len(result["files"]) == len(names) + 1
    assert outcome.summary(False) == "1 set aside, 2 unchanged, 7 left."
    assert SECRET not in str((result, outcome.summary(False), outcome.diff()))


def test_the_diff_has_paths_but_no_contents(tmp_path):
    plant(tmp_path, CREDENTIALS, MIXED)
    plant(tmp_path, "/b", LINES)
    assert run(tmp_path, CREDENTIALS, "/b", "/c").diff() == {
        "before": {CREDENTIALS: "in place", "/b": "in place"},
        "after": {CREDENTIALS: "trimmed", "/b": "aside"},
    }
    assert run(tmp_path, "/b", state="restored").diff() == {"before": {"/b": "aside"}, "after": {"/b": "in place"}}


@pytest.mark.parametrize(
    "mode, left", [(0o600, 0o600), (0o640, 0o640), (0o711, 0o711), (0o777, 0o777), (0o4755, 0o755), (0o2750, 0o750), (0o1666, 0o666)]
)
def test_the_replacement_has_the_same_permissions_without_setuid(tmp_path, mode, left):
    file = plant(tmp_path, CREDENTIALS, MIXED, mode)
    run(tmp_path, CREDENTIALS)
    assert (file.read_bytes(), file.stat().st_mode & 0o7777) == (MIXED_LEFT, left)
    run(tmp_path, CREDENTIALS, state="restored")
    assert (file.read_bytes(), file.stat().st_mode & 0o7777) == (MIXED, mode)
