# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the file of a target and its backup, and checks whether they can be moved."""

from __future__ import annotations

import os
from typing import Optional

from .host.preflight import Preflight
from .host.tree import File, NotRegular, Tree, is_in_kernel_folder
from .state import MAX_SIZE, FilesFound
from .target import FileTarget


def read_files(tree: Tree, target: FileTarget, preflight: Preflight) -> FilesFound:
    """The files of a target.  Raises NotRegular, OSError."""
    if is_in_kernel_folder(target.real):
        raise NotRegular
    try:
        with tree.folder(target.folder) as folder:
            return _read_files(tree, folder, target, preflight)
    except (FileNotFoundError, NotADirectoryError):
        return FilesFound(None, None)


def _read_files(tree: Tree, folder: int, target: FileTarget, preflight: Preflight) -> FilesFound:
    files = {name: _read(tree, folder, name) for name in (target.name, target.backup)}
    existing = [name for name, file in files.items() if file]
    blocker = preflight.blocker(folder, target.folder, existing) if existing else None
    at = os.fstat(folder)
    return FilesFound(files[target.name], files[target.backup], blocker, (at.st_dev, at.st_ino))


def _read(tree: Tree, folder: int, name: str) -> Optional[File]:
    try:
        return tree.read_at(folder, name, MAX_SIZE)
    except FileNotFoundError:
        return None
