# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known of a path: the file in its place, its backup, their owner and their size."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._static_credentials.host.unix_users import UNKNOWN
from ansible_collections.keyless.ec2.plugins.module_utils._static_credentials.state import FilesFound, PathState


def file(inode=1, size=3, data=b"x", device=8):
    return SimpleNamespace(stat=SimpleNamespace(st_dev=device, st_ino=inode, st_size=size), data=data)


@pytest.mark.parametrize(
    "current, backup, size, held, is_one_file",
    [
        (None, None, 0, 0, False),
        (file(), None, 3, 1, False),
        (None, file(2, 5, b"xy"), 5, 2, False),
        (file(data=b"xyz"), file(2, 5, b"xy"), 8, 3, False),
        (file(), file(), 6, 1, True),
        (file(), file(device=9), 6, 1, False),
    ],
)
def test_a_file_and_its_backup(current, backup, size, held, is_one_file):
    found = FilesFound(current, backup)
    assert (PathState("/x", found=found).size, found.held, found.is_one_file) == (size, held, is_one_file)


def test_nobody_is_known_to_own_a_path_without_files():
    assert (PathState("/x").owner, PathState("/x").size, PathState("/x").is_roots) == (UNKNOWN, 0, False)


@pytest.mark.parametrize("name, says", [("in_place", "There is no file in its place."), ("original", "There is no backup.")])
def test_what_is_not_there_is_not_used(name, says):
    with pytest.raises(ValueError, match=says):
        getattr(FilesFound(None, None), name)
    there = file()
    assert getattr(FilesFound(there, there), name) is there
