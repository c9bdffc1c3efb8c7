# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The processes of a host, and their environments."""

from __future__ import annotations

import errno
import os
import re
import struct
from typing import Iterable, Iterator, NamedTuple, Union

from .path_escaping import escaped
from .tree import File, Tree
from .unix_users import UNKNOWN

GONE = (errno.ENOENT, errno.ESRCH)
MAX_COMMAND = 200
MAX_STATUS = 8192
# sudo, pkexec and doas give a program of root variables that the user who has started them chooses.
_STARTED_FOR = re.compile(rb"(?:\A|\0)(?:SUDO|PKEXEC)_UID=(\d{1,10})(?=\0|\Z)")
_STARTED_BY_NAME = re.compile(rb"(?:\A|\0)DOAS_USER=(?!root(?:\0|\Z))")
_UIDS = re.compile(rb"^Uid:([\d\s]+)$", re.MULTILINE)
# Its numbers in each namespace of processes: a container has one of its own.
_IN_CONTAINER = re.compile(rb"^NSpid:[ \t]*\d+[ \t]+\d", re.MULTILINE)
_CUT_OFF = b"\nNSpid:\t0\t0\n"
# In the auxiliary vector, pairs of long numbers that the kernel gives to a program: AT_UID is the user who has started it.
_PAIR, _STARTED_BY = struct.calcsize("LL"), 11


class Process(NamedTuple):
    """A running process; ``environment`` is an OSError if it could not be read, and ``owner`` is the user who may have written it."""

    pid: int
    path: str
    environment: Union[File, OSError]
    owner: int = 0


def pids_by_user(tree: Tree) -> dict[int, list[int]]:
    """The processes in <root>/proc, except those that run this module, by a user who can stop them from being read; those of root first.

    The kernel gives no environment while a process starts a program, and a user decides how long that takes.  Its status never waits.
    """
    own = _own() if tree.root == "/" else set()
    found: dict[int, list[int]] = {}
    for pid in sorted(set(_pids(tree)) - own):
        status = _status(tree, pid)
        found.setdefault(UNKNOWN if _is_in_container(status) else _first_user(_uids(status)), []).append(pid)
    return dict(sorted(found.items()))


def read_processes(tree: Tree, pids: Iterable[int], limit: int) -> Iterator[Process]:
    """These processes, except those that have ended."""
    for pid in pids:
        environment = _read(tree, pid, "environ", limit)
        if isinstance(environment, File) or environment.errno not in GONE:
            yield Process(pid, f"/proc/{pid}/environ", environment, _owner(tree, pid, environment))


def command_of(tree: Tree, pid: int) -> str:
    """The name of a process, without its arguments.

    A process that sets its own title has name and arguments in one piece, of which only the first word is returned.
    """
    cmdline = _read(tree, pid, "cmdline", MAX_COMMAND)
    words = cmdline.data.split(b"\0")[0].split() if isinstance(cmdline, File) else []
    return escaped(os.fsdecode(words[0])) if words else ""


def _owner(tree: Tree, pid: int, environment: Union[File, OSError]) -> int:
    """Root only if no other user has started the process, as with a set-user-ID program or sudo, and it has not become another user's since.

    The users of a container are not those of the host, although they can have the same numbers, root's too.
    """
    if not isinstance(environment, File):
        return 0
    status, auxiliary = _status(tree, pid), _read(tree, pid, "auxv", MAX_STATUS)
    if _is_in_container(status):
        return UNKNOWN
    uids = [environment.owner, *_uids(status)]
    if isinstance(auxiliary, File):
        pairs = struct.iter_unpack("LL", auxiliary.data[: len(auxiliary.data) // _PAIR * _PAIR])
        uids += [value for kind, value in pairs if kind == _STARTED_BY]
    user, starter = _first_user(uids), _started_for(environment)
    # One user may run a program of another with sudo, and chooses its variables.
    return UNKNOWN if user and starter not in (0, user) else user or starter


def _started_for(environment: File) -> int:
    """For whom sudo has started a process; nobody knows if the user was able to add another one, or more than is read."""
    users = {int(uid) for uid in _STARTED_FOR.findall(environment.data)} - {0}
    is_unknown = len(users) > 1 or not environment.is_complete or _STARTED_BY_NAME.search(environment.data)
    return UNKNOWN if is_unknown else next(iter(users), 0)


def _status(tree: Tree, pid: int) -> bytes:
    status = _read(tree, pid, "status", MAX_STATUS)
    # With thousands of groups, which root of a container can have, the rest is cut off.
    return status.data + (b"" if status.is_complete else _CUT_OFF) if isinstance(status, File) else b""


def _uids(status: bytes) -> list[int]:
    """The real, effective and other users of a process."""
    return [int(uid) for line in _UIDS.findall(status) for uid in line.split()]


def _is_in_container(status: bytes) -> bool:
    return bool(_IN_CONTAINER.search(status))


def _first_user(uids: Iterable[int]) -> int:
    """One who is not root, or root if there is none."""
    return next(filter(None, uids), 0)


def _read(tree: Tree, pid: int, name: str, limit: int) -> Union[File, OSError]:
    try:
        return tree.read_of_process(pid, name, limit)
    except OSError as error:
        return error


def _pids(tree: Tree) -> list[int]:
    try:
        with tree.entries("/proc") as entries:
            return [int(entry.name) for entry in entries if entry.name.isdecimal()]
    except OSError:
        return []


def _own() -> set[int]:
    """This process and its ancestors in the same session, such as a shell and sudo, which end with the task."""
    pids, pid, session = set(), os.getpid(), os.getsid(0)
    while pid > 1 and _session_of(pid) == session:
        pids.add(pid)
        pid = _parent_of(pid)
    return pids


def _session_of(pid: int) -> int:
    try:
        return os.getsid(pid)
    except OSError:
        return -1


def _parent_of(pid: int) -> int:
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            # The name of the process, in parentheses, can itself contain blanks and parentheses.
            return int(file.read().rpartition(b")")[2].split()[1])
    except OSError:
        return 0
