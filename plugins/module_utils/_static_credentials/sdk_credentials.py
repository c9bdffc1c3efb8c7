# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads what the credential chain of AWS's SDKs looks at, for the users, profiles and units that have or had keys."""

from __future__ import annotations

import posixpath
from typing import Any, Iterable, Iterator, Mapping, Optional

from .host.backup_names import backup_path, original_path
from .host.path_escaping import escaped, unescaped_path
from .host.search_paths import environment_paths, kind_of
from .host.tree import Tree
from .host.unix_users import UnixUsers
from .sdk.consumers import Consumer, Files, Unit, consumer_of_unit, consumers_of_home, settings_of_unit
from .text.access_keys import has_key_id
from .text.redact import NotRedactable, without_credentials
from .time_slicing import Deadline

MAX_SIZE = 256 * 1024  # of each file; parsing more would take long
MAX_ROWS = 1000
_FOR_USERS = ("shared_credentials", "config", "environment_file", "profile_script", "boto")
_SCRIPTS = "/etc/profile.d"


class SdkCredentials:
    """Every file is read at most once."""

    def __init__(self, tree: Tree, users: UnixUsers, deadline: Deadline) -> None:
        self._tree = tree
        self._users = users
        self._deadline = deadline
        self._texts: dict[str, Optional[str]] = {}
        self._files = Files(self._read_before, self._read, self._read_without_keys)

    def rows(self, found: Iterable[Mapping[str, Any]], units: Iterable[str]) -> list[dict[str, Any]]:
        """The entries of the return value ``sdk_credentials``; ``found`` are rows of keys, ``units`` the paths of units and drop-ins."""
        rows = [_escaped(each.as_result()) for each in self._consumers(list(found), list(units))]
        return sorted(rows[:MAX_ROWS], key=lambda row: (row["home"], row["type"], row["name"]))

    def _consumers(self, found: list[Mapping[str, Any]], units: list[str]) -> Iterator[Consumer]:
        if not found:
            return
        scripts = self._scripts()
        for home in self._homes(found):
            yield from self._in_time(consumers_of_home(home, scripts, self._files))
        for unit in self._units(units):
            yield from self._in_time(consumer_of_unit(unit, self._files))

    def _in_time(self, consumers: Iterator[Consumer]) -> Iterator[Consumer]:
        if not self._deadline.is_over():
            yield from consumers

    def _homes(self, found: list[Mapping[str, Any]]) -> list[str]:
        """The homes with keys.  A key outside of homes that is meant for users can be for anybody."""
        homes = [home for home in self._users.homes() if home != "/"]
        paths = [unescaped_path(row["path"]) for row in found if row["kind"] in _FOR_USERS]
        within = {home for home in homes for path in paths if path.startswith(home + "/")}
        is_for_all = any(not any(path.startswith(home + "/") for home in within) for path in paths)
        return [home for home in homes if (is_for_all or home in within) and self._exists(home)]

    def _units(self, paths: list[str]) -> Iterator[Unit]:
        fragments: dict[tuple[str, str], list[str]] = {}
        for path in sorted(set(paths)):
            folder, name = posixpath.split(path)
            home = next((each for each in self._users.homes() if each != "/" and path.startswith(each + "/")), "")
            fragments.setdefault((home, posixpath.basename(folder)[:-2] if folder.endswith(".d") else name), []).append(path)
        for (home, name), each in fragments.items():
            yield self._unit(home, name, sorted(each, key=lambda path: posixpath.dirname(path).endswith(".d")))

    def _unit(self, home: str, name: str, fragments: list[str]) -> Unit:
        user = settings_of_unit(fragments, self._read).user
        files = [path for fragment in fragments for path in environment_paths(self._read_before(fragment) or "")]
        return Unit(name, fragments, files, home or (self._users.home_of_user(user) if user else None))

    def _scripts(self) -> list[str]:
        try:
            with self._tree.entries(self._tree.real(_SCRIPTS)) as entries:
                paths = {posixpath.join(_SCRIPTS, entry.name) for entry in entries}
        except OSError:
            return []
        return sorted({original_path(path) or path for path in paths})

    def _exists(self, home: str) -> bool:
        try:
            self._tree.stat(self._tree.real(home))
        except OSError:
            return False
        return True

    def _read_before(self, path: str) -> Optional[str]:
        original = self._read(backup_path(path))
        return self._read(path) if original is None else original

    def _read_without_keys(self, path: str) -> Optional[str]:
        text = self._read(path)
        if text is None or not has_key_id(text):
            return text
        try:
            return without_credentials(text, kind_of(path))
        except NotRedactable:
            return text

    def _read(self, path: str) -> Optional[str]:
        if path not in self._texts:
            self._texts[path] = self._text(path)
        return self._texts[path]

    def _text(self, path: str) -> Optional[str]:
        try:
            file = self._tree.read(self._tree.real(path), MAX_SIZE)
        except (OSError, ValueError):
            return None
        return file.data.decode("utf-8", "replace")


def _escaped(row: dict[str, Any]) -> dict[str, Any]:
    return {key: escaped(value) if isinstance(value, str) else value for key, value in row.items()}
