# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is written to disk, and when: before the original loses a name, its other name and its replacement are."""

from __future__ import annotations

import errno
import os
import stat

import pytest

from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._static_credentials.aside_files import (
    CREDENTIALS,
    DEDICATED,
    MIXED,
    plant,
    run,
)


@pytest.fixture
def log(monkeypatch):
    """The calls that write to disk or change names, in order."""
    calls = []

    def fsync(descriptor):
        calls.append("sync folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "sync file")

    monkeypatch.setattr(os, "fsync", fsync)
    for name in ("link", "rename", "unlink"):
        monkeypatch.setattr(os, name, logged(calls, name, getattr(os, name)))
    return calls


def logged(calls, name, real):
    def call(*arguments, **options):
        result = real(*arguments, **options)
        calls.append(name)
        return result

    return call


def test_before_the_original_leaves_its_place_its_backup_name_is_on_disk(tmp_path, log):
    plant(tmp_path, CREDENTIALS, DEDICATED)
    run(tmp_path, CREDENTIALS)
    assert log == ["link", "sync folder", "unlink", "sync folder"]


def test_a_replacement_is_on_disk_before_it_takes_the_place(tmp_path, log):
    plant(tmp_path, CREDENTIALS, MIXED)
    run(tmp_path, CREDENTIALS)
    assert log == ["sync file", "link", "sync folder", "rename", "sync folder"]


@pytest.mark.parametrize(
    "data, calls", [(DEDICATED, ["link", "sync folder", "unlink", "sync folder"]), (MIXED, ["rename", "sync folder"])], ids=["alone", "replaced"]
)
def test_a_restored_file_is_on_disk(tmp_path, log, data, calls):
    plant(tmp_path, CREDENTIALS, data)
    run(tmp_path, CREDENTIALS)
    log.clear()
    run(tmp_path, CREDENTIALS, state="restored")
    assert log == calls


def test_the_first_error_is_reported_even_if_the_original_has_lost_its_name(tmp_path, monkeypatch):
    """Then its backup name stays, too: it is the only one left."""
    path = plant(tmp_path, CREDENTIALS, DEDICATED)

    def fsync(_descriptor):
        path.unlink(missing_ok=True)
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "fsync", fsync)
    (row,) = run(tmp_path, CREDENTIALS).rows
    assert os.strerror(errno.EIO) in str(row.as_result())
    assert [each.read_bytes() for each in path.parent.iterdir()] == [DEDICATED]
