# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where access keys lie on a host, and what kind of file each place has.  Pure.

A path that ends in ``/*`` is every file of a folder, in ``/**`` of the folders below it too.
"""

from __future__ import annotations

import posixpath
import re
from fnmatch import fnmatchcase
from typing import Iterable, Iterator, NamedTuple, Optional

UNIT = "systemd_unit"
UNIT_ENVIRONMENT = "systemd_environment_file"
CONTAINER_ENVIRONMENT = "container_environment"
CRON = "cron"
PROCESS = "process_environment"
OTHER = "other"

# Folders below the last one of a pattern
DEPTH = 8
DEPTH_OF_PROJECTS = 4
DEPTH_OF_NAMED = 16

IN_HOMES = (
    ("shared_credentials", ".aws/credentials"),
    ("config", ".aws/config"),
    ("profile_script", ".bashrc"),
    ("profile_script", ".bash_profile"),
    ("profile_script", ".bash_login"),
    ("profile_script", ".profile"),
    ("profile_script", ".zshrc"),
    ("profile_script", ".zprofile"),
    ("profile_script", ".zshenv"),
    ("profile_script", ".config/fish/config.fish"),
    ("environment_file", ".config/environment.d/*"),
    ("boto", ".boto"),
    ("s3cfg", ".s3cfg"),
    ("rclone", ".config/rclone/rclone.conf"),
    ("rclone", ".rclone.conf"),
    ("s3fs", ".passwd-s3fs"),
    (UNIT, ".config/systemd/user/**"),
    (UNIT, ".local/share/systemd/user/**"),
)
IN_SYSTEM = (
    ("environment_file", "/etc/environment"),
    ("environment_file", "/etc/environment.d/*"),
    ("profile_script", "/etc/profile"),
    ("profile_script", "/etc/profile.d/*"),
    ("profile_script", "/etc/bash.bashrc"),
    ("profile_script", "/etc/bashrc"),
    ("boto", "/etc/boto.cfg"),
    ("s3cfg", "/etc/s3cfg"),
    ("s3fs", "/etc/passwd-s3fs"),
    (UNIT, "/etc/systemd/system/**"),
    (UNIT, "/etc/systemd/user/**"),
    (UNIT, "/run/systemd/system/**"),
    (UNIT, "/usr/lib/systemd/system/**"),
    (UNIT, "/lib/systemd/system/**"),
    (UNIT_ENVIRONMENT, "/etc/default/*"),
    (UNIT_ENVIRONMENT, "/etc/sysconfig/*"),
    (CRON, "/etc/crontab"),
    (CRON, "/etc/anacrontab"),
    (CRON, "/etc/cron.d/*"),
    (CRON, "/etc/cron.hourly/*"),
    (CRON, "/etc/cron.daily/*"),
    (CRON, "/etc/cron.weekly/*"),
    (CRON, "/etc/cron.monthly/*"),
    (CRON, "/var/spool/cron/**"),
)
OF_PROJECTS = (
    (CONTAINER_ENVIRONMENT, ".env"),
    (CONTAINER_ENVIRONMENT, ".env.*"),
    (CONTAINER_ENVIRONMENT, "*.env"),
    ("compose", "docker-compose*.y*ml"),
    ("compose", "compose*.y*ml"),
)
PROJECTS = ("/opt", "/srv", "/etc/docker")

_ENVIRONMENT_FILE = re.compile(r"^[ \t]*EnvironmentFile[ \t]*=[ \t]*-?[\"']?(/[^\"'\r\n]*)", re.MULTILINE)
_SPECIFIER = re.compile("%.")


class Place(NamedTuple):
    """Where to look: a file, or a folder and what is in it to a depth; ``kind`` None is told by each path."""

    top: str
    depth: int = 0
    kind: Optional[str] = None
    names: tuple[str, ...] = ("*",)
    asked_for: bool = False

    def takes(self, name: str) -> bool:
        """Whether a file of that name is meant."""
        return any(fnmatchcase(name, pattern) for pattern in self.names)


def places(homes: Iterable[str]) -> list[Place]:
    """Where every host is looked at, and the homes of its users."""
    homes = list(homes)
    at_homes = [_place(kind, posixpath.join(home, path)) for home in homes for kind, path in IN_HOMES]
    names = tuple(name for kind, name in OF_PROJECTS)
    # The home of many a service is the root itself, which is not one project.
    projects = [Place(top, DEPTH_OF_PROJECTS, None, names) for top in PROJECTS + tuple(homes) if top != "/"]
    return at_homes + [_place(kind, path) for kind, path in IN_SYSTEM] + projects


def asked_for(path: str) -> Place:
    """A file or folder that the user names."""
    return Place(path, DEPTH_OF_NAMED, asked_for=True)


def kind_of(path: str) -> str:
    """What kind of file lies at a path."""
    for kind, pattern in IN_HOMES:
        if fnmatchcase(path, "*/" + pattern):
            return kind
    for kind, pattern in IN_SYSTEM:
        if fnmatchcase(path, pattern):
            return kind
    for kind, pattern in OF_PROJECTS:
        if fnmatchcase(posixpath.basename(path), pattern):
            return kind
    return OTHER


def environment_files(unit: str) -> Iterator[Place]:
    """The environment files that a systemd unit names, but for those of which the path tells more."""
    for path in _ENVIRONMENT_FILE.findall(unit):
        folder, name = posixpath.split(posixpath.normpath(_SPECIFIER.sub("*", path.rstrip())))
        if kind_of(posixpath.join(folder, name)) not in (OTHER, CONTAINER_ENVIRONMENT):
            continue
        if set(name) & set("*?["):
            yield Place(folder, 1, UNIT_ENVIRONMENT, (name,))
        else:
            yield Place(posixpath.join(folder, name), 0, UNIT_ENVIRONMENT)


def _place(kind: str, pattern: str) -> Place:
    if pattern.endswith("/**"):
        return Place(pattern[:-3], DEPTH, kind)
    if pattern.endswith("/*"):
        return Place(pattern[:-2], 1, kind)
    return Place(pattern, 0, kind)
