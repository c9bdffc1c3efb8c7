# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What looking for the credentials of one home, or of its units, may take: a part of the time, and of the memory.  And which files it may read."""

from __future__ import annotations

import errno
import os
import posixpath
import threading
from typing import Hashable, Iterable

from .time_slicing import Deadline, FairDeadlines

MAX_HELD = 16 * 1024 * 1024  # characters of files that are kept for each home, and for its units
SCRIPTS = "/etc/profile.d"
_FOR_ALL = (SCRIPTS + "/", "/etc/environment", "/etc/profile", "/etc/boto.cfg")  # Not named by a user, and some are read by root for all


class Share:
    """What a home, or its units, may take: a part of the time, and of the memory; and which files they may read: those that their user can read."""

    def __init__(self, deadline: Deadline) -> None:
        self.deadline = deadline
        self.home, self.user = "", 0
        self._inner_homes: tuple[str, ...] = ()
        self._left = MAX_HELD
        self._held: dict[str, int] = {}  # for the current consumer, by path

    def begin(self, home: str, user: int, homes: Iterable[str] = ()) -> None:
        """The next consumer begins, which is in the home of that user.  The homes of others can be in it."""
        self.home, self.user = home, user
        self._inner_homes = tuple(f"{each}/" for each in homes if each.startswith(home + "/"))
        self._held = {}

    def may_read(self, path: str, owner: int, is_public: bool) -> bool:
        """Whether the user can read a file, as far as is known: the sections of another one must not get into the results."""
        is_own = path.startswith(self.home + "/") and not path.startswith(self._inner_homes)
        is_known = path == posixpath.normpath(path) and (is_own or path.startswith(_FOR_ALL))
        return not self.user or self.user == owner or is_public or is_known

    def hold(self, path: str, text: str) -> str:
        """The text of a file, if it may be kept.  Raises OSError."""
        self._left -= len(text)
        self._held[path] = len(text)
        if self._left < 0:
            raise too_large()
        return text

    def give_back(self) -> list[str]:
        """The paths of the texts that were kept for the current consumer, and need not be kept any longer."""
        self._left += sum(self._held.values())
        return list(self._held)


class Shares:
    """The shares of all homes and their units."""

    def __init__(self, seconds: float, groups: Iterable[Hashable]) -> None:
        self._deadlines = FairDeadlines(seconds, groups)
        self._begun: dict[Hashable, Share] = {}

    def of(self, group: Hashable) -> Share:
        """The share of a group, whose time begins with the first call."""
        if group not in self._begun:
            self._begun[group] = Share(self._deadlines.of(group))
        return self._begun[group]


class Current(threading.local):
    """The share of a thread: one that is left behind still takes its own while the others go on."""

    def __init__(self, share: Share) -> None:
        self.share = share


def too_large() -> OSError:
    """The error for what takes more than it may."""
    return OSError(errno.EFBIG, os.strerror(errno.EFBIG))
