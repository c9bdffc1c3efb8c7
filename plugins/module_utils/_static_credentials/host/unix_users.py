# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Unix users and groups of a host: their names and homes."""

from __future__ import annotations

import grp
import os
import pwd
from contextlib import suppress
from typing import Optional

from ..time_slicing import TimeOver, in_time
from .tree import Tree

MAX_SIZE = 16 * 1024 * 1024
LISTING_SECONDS = 5
UNKNOWN = -1  # the account of all users whom nobody knows


class UnixUsers:
    """Reads <root>/etc/passwd, <root>/etc/group and <root>/etc/subuid.  On the host itself, other name services count too."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        users, groups = self._lines("/etc/passwd", 7), self._lines("/etc/group", 4)
        self._users = {fields[2]: fields[0] for fields in users}
        self._groups = {fields[2]: fields[0] for fields in groups}
        self._homes = [os.path.normpath(fields[5]) for fields in users if fields[5].startswith("/")]
        self._in_home: Optional[list[str]] = None
        self.not_listed: list[str] = []  # folders with homes, whose file system did not respond in time
        self._accounts: dict[int, int] = {0: 0}
        self._ranges = [(int(first), int(number), name) for name, first, number in self._lines("/etc/subuid", 3) if (first + number).isdecimal()]
        self._ids = {name: int(fields[2]) for fields in reversed(users) if fields[2].isdecimal() for name in (fields[0], fields[2])}
        self._home_of = {fields[2]: os.path.normpath(fields[5]) for fields in reversed(users) if fields[5].startswith("/")}

    def homes(self) -> list[str]:
        """The homes of all users, /root, and the folders in /home, each once."""
        if self._in_home is None:
            self._in_home = ["/home/" + name for name in self._names_in_time("/home")]
        return list(dict.fromkeys([*self._homes, "/root", *self._in_home]))

    def homes_for(self, path: str, uid: int) -> list[str]:
        """The homes that ``~`` can mean in a file: the one it is in, else its owner's, or for a file of root any."""
        containing = [home for home in self.homes() if home != "/" and path.startswith(home + "/")]
        return containing or ([self._home_of[str(uid)]] if uid and str(uid) in self._home_of else self.homes())

    def home_of_user(self, name: str) -> Optional[str]:
        """The home of a user, by name or number."""
        uids = [uid for uid, known in self._users.items() if name in (known, uid)]
        return self._home_of.get(uids[0]) if uids else None

    def user_of_home(self, home: str) -> int:
        """Whose account a home is.  Raises OSError."""
        owner = self._tree.owner(self._tree.real(home))
        uids = [] if owner else [int(uid) for uid, each in self._home_of.items() if each == home and uid.isdecimal()]
        return self.account(owner if 0 in uids else next(filter(None, [owner, *uids]), 0))

    def user_name(self, uid: int) -> str:
        """The name of a user, or the number if there is none."""
        known = self._users.get(str(uid))
        if known is None and self._tree.root == "/":
            with suppress(KeyError):
                known = pwd.getpwuid(uid).pw_name
        return known or str(uid)

    def account(self, uid: int) -> int:
        """The user who has an id.  A user can have thousands from /etc/subuid, and all ids that nobody knows count as those of one user."""
        if uid not in self._accounts:
            of_range = next((name for first, number, name in self._ranges if first <= uid < first + number), None)
            known = str(uid) if of_range is None or str(uid) in self._users else of_range
            # Ranges of root are for containers, which have users of their own.
            self._accounts[uid] = self._id_of(known) or UNKNOWN
        return self._accounts[uid]

    def _id_of(self, user: str) -> int:
        """The id of a user, by name or number."""
        if user not in self._ids:
            self._ids[user] = UNKNOWN
            if self._tree.root == "/":
                with suppress(KeyError, OverflowError):
                    self._ids[user] = (pwd.getpwuid(int(user)) if user.isdecimal() else pwd.getpwnam(user)).pw_uid
        return self._ids[user]

    def group_name(self, gid: int) -> str:
        """The name of a group, or the number if there is none."""
        known = self._groups.get(str(gid))
        if known is None and self._tree.root == "/":
            with suppress(KeyError):
                known = grp.getgrgid(gid).gr_name
        return known or str(gid)

    def _lines(self, path: str, fields: int) -> list[list[str]]:
        try:
            data = self._tree.read(self._tree.real(path), MAX_SIZE).data
        except OSError:
            return []
        lines = (line.split(":") for line in data.decode("utf-8", "surrogateescape").split("\n"))
        return [line for line in lines if len(line) == fields]

    def _names_in_time(self, folder: str) -> list[str]:
        try:
            return in_time(lambda: self._names(folder), LISTING_SECONDS)
        except TimeOver:
            self.not_listed.append(folder)
            return []

    def _names(self, folder: str) -> list[str]:
        try:
            with self._tree.entries(self._tree.real(folder)) as entries:
                return sorted(entry.name for entry in entries if not entry.is_file(follow_symlinks=False))
        except OSError:
            return []
