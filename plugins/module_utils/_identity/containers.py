# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds out whether a host runs containers: by its engines, and by network namespaces.

Only root's are considered: other users can give their processes any name, and can make namespaces that lead anywhere.  Containers of an
engine without root reach the network through a process on the host, so no hop is added.
"""

from __future__ import annotations

import fcntl
import os
import re
from contextlib import suppress
from typing import Iterator, List, NamedTuple, Optional, Set, Tuple

SOCKETS = {
    "docker": "run/docker.sock",
    "containerd": "run/containerd/containerd.sock",
    "cri-o": "run/crio/crio.sock",
    "podman": "run/podman/podman.sock",
}
PROCESSES = {
    "dockerd": "docker",
    "containerd": "containerd",
    "crio": "cri-o",
    "conmon": "podman",
    "kubelet": "kubelet",
    "lxc-start": "lxc",
    "systemd-nspawn": "systemd-nspawn",
}
# The real, effective, saved and file system user: only the last three are root's in a program with the set-user-ID bit, whose name a user chooses.
NAME_AND_USERS = re.compile(r"Name:\t(?P<name>[^\n]*)\n(?:.*\n)*?Uid:\t(?P<users>\d+\t\d+\t\d+\t\d+)\n")
ROOT = "0\t0\t0\t0"
NS_GET_USERNS = 0xB701  # ioctl: the user namespace that owns a namespace
MAX_STATUS = 4096
MAX_NAMESPACES = 8  # that are asked


class Engines(NamedTuple):
    """The container engines of a host, and whether all of root's processes could be seen."""

    names: List[str]
    is_complete: bool


def container_engines(root: str = "/") -> Engines:
    """The engines on the host whose files are at ``root``."""
    found = {name for name, path in SOCKETS.items() if os.path.exists(os.path.join(root, path))}
    running, is_complete = _processes_of_root(os.path.join(root, "proc"))
    found |= {PROCESSES[name] for name in running if name in PROCESSES}
    return Engines(sorted(found), is_complete)


def _processes_of_root(proc: str) -> Tuple[Set[str], bool]:
    """The names of root's processes.  Without the first process, some of the others may be hidden too (hidepid)."""
    names = set()
    is_complete = False
    for pid in _pids(proc):
        found = NAME_AND_USERS.match(_status(proc, pid))
        if found and found.group("users") == ROOT:
            names.add(found.group("name"))
            is_complete = is_complete or pid == "1"
    return names, is_complete


def _pids(proc: str) -> List[str]:
    try:
        return sorted((name for name in os.listdir(proc) if name.isdecimal()), key=int)
    except OSError:
        return []


def _status(proc: str, pid: str) -> str:
    try:
        with open(os.path.join(proc, pid, "status"), encoding="utf-8", errors="replace") as file:
            return file.read(MAX_STATUS)
    except OSError:
        return ""


def network_namespaces(proc: str = "/proc") -> Iterator[int]:
    """Descriptors of the network namespaces that root has made besides our own; the caller closes them."""
    seen = {_identity_of(os.path.join(proc, "self"), "net")}
    own_user = _identity_of(os.path.join(proc, "self"), "user")
    count = 0
    for pid in _pids(proc):
        identity = _identity_of(os.path.join(proc, pid), "net")
        if identity is None or identity in seen or count == MAX_NAMESPACES:
            continue
        seen.add(identity)
        with suppress(OSError):
            descriptor = os.open(os.path.join(proc, pid, "ns", "net"), os.O_RDONLY | os.O_CLOEXEC)
            # Another process can have got the number in the meantime, so only the open namespace counts.
            if _owner_of(descriptor) == own_user and own_user is not None:
                count += 1
                yield descriptor
            else:
                os.close(descriptor)


def _identity_of(process: str, kind: str) -> Optional[Tuple[int, int]]:
    """What identifies a namespace of a process; None if it can't be seen."""
    try:
        found = os.stat(os.path.join(process, "ns", kind))
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _owner_of(descriptor: int) -> Optional[Tuple[int, int]]:
    """What identifies the user namespace that owns an open namespace."""
    try:
        owner = fcntl.ioctl(descriptor, NS_GET_USERNS)
    except OSError:
        return None
    try:
        found = os.fstat(owner)
        return found.st_dev, found.st_ino
    finally:
        os.close(owner)
