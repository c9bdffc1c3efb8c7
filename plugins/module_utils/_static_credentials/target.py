# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A file to set aside or restore, and its names."""

from __future__ import annotations

import os
from typing import NamedTuple

from .host.backup_names import backup_path, new_name
from .host.known_paths import OTHER
from .host.path_escaping import escaped_path
from .host.search_paths import kind_of
from .host.tree import Tree


class FileTarget(NamedTuple):
    """``path`` is as the user gave it, ``real`` is without links, ``backup`` is the file's name while it is set aside."""

    path: str
    real: str
    backup: str

    @classmethod
    def of(cls, tree: Tree, path: str, suffix: str) -> FileTarget:
        """Raises OSError for a link that must not be followed."""
        real = tree.real(path)
        return cls(path, real, os.path.basename(backup_path(real, suffix)))

    @property
    def folder(self) -> str:
        return os.path.dirname(self.real)

    @property
    def name(self) -> str:
        return os.path.basename(self.real)

    @property
    def backup_path(self) -> str:
        """The path of the original while it is set aside, for people."""
        return escaped_path(os.path.join(self.folder, self.backup))

    @property
    def new(self) -> str:
        """The name of the replacement while it is being written."""
        return new_name(self.name)

    @property
    def new_path(self) -> str:
        """Its path, for people."""
        return escaped_path(os.path.join(self.folder, self.new))

    @property
    def kind(self) -> str:
        """The kind by the path that programs use; a link may lead anywhere."""
        kind = kind_of(self.path)
        return kind_of(self.real) if kind == OTHER else kind
