# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads what the credential chain of AWS's SDKs looks at, for the users, profiles and units that have or had keys."""

from __future__ import annotations

import errno
import os
import posixpath
import stat
from fnmatch import fnmatchcase
from functools import partial
from itertools import islice
from typing import Any, Callable, Iterable, Iterator, Mapping, Optional

from .host.backup_names import backup_path, original_path
from .host.path_escaping import escaped, unescaped_path
from .host.search_paths import environment_paths, kind_of
from .host.tree import NotRegular, Tree
from .host.unix_users import UNKNOWN as NOBODY
from .host.unix_users import UnixUsers
from .host.walk import Report
from .reasons import error_text
from .sdk.chain import UNKNOWN, Outcome
from .sdk.consumers import UNIT, USER, Consumer, Files, Unit, consumer_of_unit, consumers_of_home, settings_of_unit
from .sdk_shares import SCRIPTS, Current, Share, Shares, too_large
from .text.access_keys import has_key_id
from .text.redact import NotRedactable, without_credentials
from .time_slicing import Deadline, TimeOver, in_time

MAX_SIZE = 256 * 1024  # of each file; parsing more would take long
MAX_UNITS = 1000  # in each home: any user can have thousands
MAX_MATCHING = 10000  # entries of a folder that a glob is compared with
MAX_TEXT = 500  # characters: the names of profiles can be as long as their files
LEAST_SECONDS = 0.1  # for each home, also if the scan has used up the time
_FOR_USERS = ("shared_credentials", "config", "environment_file", "profile_script", "boto")
UNITS = "units"  # Those of a home have one share of the time together.


class SdkCredentials:
    """Every file is read at most once."""

    def __init__(self, tree: Tree, users: UnixUsers, deadline: Deadline, report: Report) -> None:
        self._tree = tree
        self._users = users
        self._report = report
        self._seconds = deadline.left()
        self._current = Current(Share(deadline))
        self._texts: dict[str, Optional[str]] = {}
        self._access: dict[str, tuple[int, bool]] = {}  # whose a file is, and whether everybody can read it
        self._files = Files(self._read_before, self._read, self._read_without_keys)

    def rows(self, found: Iterable[Mapping[str, Any]], units: Iterable[str]) -> list[dict[str, Any]]:
        """The entries of the return value ``sdk_credentials``; ``found`` are rows of keys, ``units`` the paths of units and drop-ins."""
        rows = [_escaped(each.as_result()) for each in self._consumers(list(found), list(units))]
        return sorted(rows, key=lambda row: (row["home"], row["type"], row["name"]))

    def _consumers(self, found: list[Mapping[str, Any]], units: list[str]) -> Iterator[Consumer]:
        if not found:
            return
        scripts, homes, by_home = self._paths_in(SCRIPTS), self._homes(found), self._units(units)
        accounts = {name: self._account_of_unit(fragments) for name, fragments in by_home[""].items()}
        of_system = sorted(by_home[""], key=lambda name: (accounts[name] != 0, accounts[name]))
        by_home[""] = {name: by_home[""][name] for name in of_system}
        groups = [(UNITS, "", accounts[name]) for name in of_system] + [(UNITS, home, 0) for home in by_home if home]
        shares = Shares(self._seconds, [*homes, *groups])
        for home in homes:
            yield from self._in_time(shares.of(home), USER, home, home, partial(consumers_of_home, home, scripts, self._files))
        for home, of_home in by_home.items():
            if len(of_home) > MAX_UNITS and home:
                self._report(home, "too_many_files", f"Only the first {MAX_UNITS} of its systemd units with keys are in sdk_credentials")
            for name, fragments in list(of_home.items())[: MAX_UNITS if home else None]:
                share = shares.of((UNITS, home, 0 if home else accounts[name]))
                yield from self._in_time(share, UNIT, name, home, partial(self._of_unit, home, name, fragments))

    def _in_time(self, share: Share, kind: str, name: str, home: str, consumers: Callable[[], Iterator[Consumer]]) -> list[Consumer]:
        """The consumers; one whose credentials are unknown if there is no time, or if a file makes parsing fail."""
        try:
            share.deadline.check()
            return in_time(partial(self._listed, share, home, consumers), share.deadline.left())
        except TimeOver:
            unknown = Outcome.of(UNKNOWN, "The timeout expired before this was found out.", "Raise timeout.")
        except Exception as error:  # pylint: disable=broad-except
            unknown = Outcome.of(UNKNOWN, f"This could not be found out: {error_text(error)}.")
        return [Consumer(kind, name, home, unknown, unknown, unknown)]

    def _listed(self, share: Share, home: str, consumers: Callable[[], Iterator[Consumer]]) -> list[Consumer]:
        self._current.share = share
        share.begin(home, self._users.user_of_home(home) if home else 0, self._users.homes())
        try:
            return list(consumers())
        except OSError:
            # One that names too many files leaves the others their memory.
            for path in share.give_back():
                self._texts.pop(path, None)
            raise

    def _check(self) -> None:
        self._current.share.deadline.check()

    def _homes(self, found: list[Mapping[str, Any]]) -> list[str]:
        """The homes with keys.  A key outside of homes that is meant for users can be for anybody."""
        homes = [home for home in self._users.homes() if home != "/"]
        paths = [unescaped_path(row["path"]) for row in found if row["kind"] in _FOR_USERS]
        within = {home for home in homes for path in paths if path.startswith(home + "/")}
        is_for_all = any(not any(path.startswith(home + "/") for home in within) for path in paths)
        having = [home for home in homes if is_for_all or home in within]
        return [home for home in having if self._exists(home, self._seconds / 2 / len(having))]

    def _units(self, paths: list[str]) -> dict[str, dict[str, list[str]]]:
        """The paths of each unit, its drop-ins last, by home and name.  Units of the system have the home "", and come first."""
        units: dict[str, dict[str, list[str]]] = {"": {}}
        homes = [home for home in self._users.homes() if home != "/"]  # Once: a user can have any number of units.
        for path in sorted(set(paths), key=lambda path: (posixpath.dirname(path).endswith(".d"), path)):
            folder, name = posixpath.split(path)
            home = next((each for each in homes if path.startswith(each + "/")), "")
            of_home = units.setdefault(home, {})
            of_home.setdefault(posixpath.basename(folder)[:-2] if folder.endswith(".d") else name, []).append(path)
        return units

    def _account_of_unit(self, fragments: list[str]) -> int:
        """Whose time a unit of the system takes: it reads the files of the user as whom it runs, or environment files of any user."""
        try:
            return in_time(partial(self._user_of_unit, fragments), LEAST_SECONDS)
        except (TimeOver, OSError):
            return NOBODY

    def _user_of_unit(self, fragments: list[str]) -> int:
        home = self._users.home_of_user(settings_of_unit(fragments, self._read).user or "root")
        folders = [home] if home else []
        for fragment in fragments:
            folders += [posixpath.dirname(path) for path in environment_paths(self._read_before(fragment) or "")]
        return next(filter(None, map(self._account_of_folder, folders)), 0)

    def _account_of_folder(self, folder: str) -> int:
        try:
            return self._users.user_of_home(folder)
        except FileNotFoundError:
            return 0

    def _of_unit(self, home: str, name: str, fragments: list[str]) -> Iterator[Consumer]:
        user = settings_of_unit(fragments, self._read).user
        patterns = [pattern for fragment in fragments for pattern in environment_paths(self._read_before(fragment) or "")]
        files = [path for pattern in patterns for path in self._matching(pattern)]
        unit = Unit(name, fragments, files, home or (self._users.home_of_user(user) if user else None))
        yield from consumer_of_unit(unit, self._files)

    def _matching(self, pattern: str) -> list[str]:
        """The files that a path or a glob names; those that are set aside count too."""
        folder, name = posixpath.split(pattern)
        if not set(name) & set("*?["):
            return [pattern]
        paths = self._paths_in(folder, MAX_MATCHING + 1)
        if len(paths) > MAX_MATCHING:
            raise too_large()
        return [path for path in paths if fnmatchcase(posixpath.basename(path), name)]

    def _paths_in(self, folder: str, most: Optional[int] = None) -> list[str]:
        try:
            with self._tree.entries(self._tree.real(folder)) as entries:
                paths = {posixpath.join(folder, entry.name) for entry in islice(entries, most)}
        except OSError:
            return []
        return sorted({original_path(path) or path for path in paths})

    def _exists(self, home: str, seconds: float) -> bool:
        """Whether the home exists; a file system that does not respond may have it."""
        try:
            in_time(lambda: self._tree.stat(self._tree.real(home)), max(seconds, LEAST_SECONDS))
        except OSError:
            return False
        except TimeOver:
            pass
        return True

    def _read_before(self, path: str) -> Optional[str]:
        original = self._read(backup_path(path))
        return self._read(path) if original is None else original

    def _read_without_keys(self, path: str) -> Optional[str]:
        text = self._read(path)
        if text is None or not has_key_id(text):
            return text
        try:
            return without_credentials(text, kind_of(path), self._check)
        except NotRedactable:
            return text

    def _read(self, path: str) -> Optional[str]:
        if path not in self._texts:
            text = self._text(path)
            self._texts[path] = text if text is None else self._current.share.hold(path, text)
        if path in self._access and not self._current.share.may_read(path, *self._access[path]):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        return self._texts[path]

    def _text(self, path: str) -> Optional[str]:
        """Raises OSError if nothing is known of the file."""
        try:
            real = self._tree.real(path)
            file = self._tree.read(real, MAX_SIZE)
            is_public = bool(file.stat.st_mode & stat.S_IROTH) and self._tree.is_traversable_by_others(posixpath.dirname(real))
        except (FileNotFoundError, NotADirectoryError, NotRegular):
            return None  # An SDK ignores it too.
        except OSError as error:
            if error.errno == errno.ENAMETOOLONG:
                return None
            raise
        if not file.is_complete:
            raise too_large()
        self._access[path] = self._users.account(file.owner), is_public
        return file.data.decode("utf-8", "replace")


def _escaped(row: dict[str, Any]) -> dict[str, Any]:
    return {key: escaped(value[:MAX_TEXT]) if isinstance(value, str) else value for key, value in row.items()}
