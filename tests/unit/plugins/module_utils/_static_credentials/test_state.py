# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known of a path: the file in its place, its backup, their owner and their size."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._static_credentials.state import FilesFound, PathState


def file(inode=1, size=3, owner=1000, device=8):
    return SimpleNamespace(stat=SimpleNamespace(st_dev=device, st_ino=inode, st_size=size, st_uid=owner))


@pytest.mark.parametrize(
    "current, backup, owner, size, is_one_file",
    [
        (None, None, None, 0, False),
        (file(), None, 1000, 3, False),
        (None, file(2, 5, 0), 0, 5, False),
        (file(), file(2, 5, 0), 1000, 8, False),
        (file(), file(), 1000, 6, True),
        (file(), file(device=9), 1000, 6, False),
    ],
)
def test_a_file_and_its_backup(current, backup, owner, size, is_one_file):
    found = FilesFound(current, backup)
    state = PathState("/x", found=found)
    assert (state.owner, state.size, found.is_one_file) == (owner, size, is_one_file)


def test_a_path_without_files():
    assert (PathState("/x").owner, PathState("/x").size) == (None, 0)


@pytest.mark.parametrize("name, says", [("in_place", "There is no file in its place."), ("original", "There is no backup.")])
def test_what_is_not_there_is_not_used(name, says):
    with pytest.raises(ValueError, match=says):
        getattr(FilesFound(None, None), name)
    there = file()
    assert getattr(FilesFound(there, there), name) is there
