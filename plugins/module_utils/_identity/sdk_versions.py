# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The AWS SDKs in a host's system directories, and whether they can use IMDSv2.

Nothing is run.  Directories of other users and links are not searched: with a few hundred links, a user could make the search endless.  A file
system in user space counts as its user's, and one that does not respond ends the search.
"""

from __future__ import annotations

import os
import re
import stat
from fnmatch import fnmatchcase
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Tuple

from .._common.detached import GRACE, NoResult, call_detached
from .._common.incomplete import Incomplete
from .._common.mounts import Mounts
from .._common.quoting import one_line
from .._common.sentences import listed

# The first version that can use IMDSv2.
# https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/use-a-supported-sdk-version-for-imdsv2.html
# SSM Agent: "Bug fix for metadata service V2", in its release notes.
MINIMUM = {"awscli": (1, 16, 289), "boto3": (1, 12, 6), "botocore": (1, 13, 25), "amazon-ssm-agent": (2, 3, 814, 0)}
PACKAGES = (
    "usr/lib*/python3*/*-packages",
    "usr/lib*/python2*/*-packages",
    "usr/local/lib*/python*/*-packages",
    "opt/*/lib*/python*/site-packages",
    "opt/*/*/lib*/python*/site-packages",
)
PACKAGE = re.compile(r"(?P<name>awscli|boto3|botocore)-(?P<version>\d+(?:\.\d+)*)[^/]*\.(?:dist|egg)-info")
CLI_VERSIONS = "usr/local/aws-cli/v2/*"
AGENTS = {
    "etc/amazon/ssm/RELEASENOTES.md": re.compile(r"^(\d+(?:\.\d+){3})\s*$", re.MULTILINE),
    "snap/amazon-ssm-agent/current/meta/snap.yaml": re.compile(r"^version:\s*['\"]?(\d+(?:\.\d+){3})\b", re.MULTILINE),
}
AGENT_PROGRAMS = ("usr/bin/amazon-ssm-agent", "snap/amazon-ssm-agent/current/amazon-ssm-agent")
SHOWN = 3  # directories
NOT_SEARCHED = "{0}: not searched, as directories of other users and those that can't be read. It is not known whether SDKs there can use IMDSv2."
NO_RESPONSE = "A file system did not respond in time, so it is not known which SDKs this host has, and whether they can use IMDSv2."
SECONDS = 10 - GRACE  # A detached call has GRACE seconds more.
MAX_BYTES = 4096  # of a file with a version


class Sdk(NamedTuple):
    """An SDK, its version or None, and the file or directory that shows it."""

    name: str
    version: Optional[str]
    path: str

    @property
    def supports_imdsv2(self) -> Optional[bool]:
        """None if the version is not known."""
        return None if self.version is None else _numbers(self.version) >= MINIMUM[self.name]

    def as_result(self) -> Dict[str, Any]:
        """An entry of the return value ``sdks``."""
        return {**self._asdict(), "supports_imdsv2": self.supports_imdsv2}


class Search(NamedTuple):
    """The SDKs that were found, and the entries of the return value ``incomplete``."""

    sdks: List[Sdk]
    incomplete: List[Dict[str, Any]]


def search(root: str = "/") -> Search:
    """Looks for SDKs in a process that can be left behind."""
    try:
        return call_detached(lambda: _search(root), SECONDS)
    except NoResult:
        return Search([], [Incomplete("sdks", "timeout", NO_RESPONSE).as_result()])


def _search(root: str) -> Search:
    sdks = find_sdks(root)
    return Search(sdks, unknown_sdks(sdks, root))


def find_sdks(root: str = "/") -> List[Sdk]:
    """The SDKs on the host whose files are at ``root``, by name and path."""
    mounts = Mounts(root)
    return sorted({*_python_packages(root, mounts), *_cli_versions(root, mounts), *_agents(root)}, key=lambda each: (each.name, each.path))


def old_sdks(sdks: List[Sdk]) -> Tuple[str, ...]:
    """Those that can't use IMDSv2, with their versions and paths."""
    return tuple(f"{each.name} {each.version} ({each.path})" for each in sdks if each.supports_imdsv2 is False)


def unknown_sdks(sdks: List[Sdk], root: str = "/") -> List[Dict[str, Any]]:
    """The entries of the return value ``incomplete``."""
    message = "{0.path}: the version can't be read, so it is not known whether it can use IMDSv2."
    unknown = [Incomplete("sdks", "unknown_version", message.format(each)) for each in sdks if each.version is None]
    mounts = Mounts(root)
    closed = sorted({_shown(root, path) for pattern in PACKAGES for path in _closed(root, pattern.split("/"), mounts)})
    if closed:
        unknown.append(Incomplete("sdks", "not_searched", NOT_SEARCHED.format(listed(closed, SHOWN))))
    return [each.as_result() for each in unknown]


def _numbers(version: str) -> Tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def _python_packages(root: str, mounts: Mounts) -> Iterator[Sdk]:
    for folder in _matches(root, PACKAGES, mounts):
        for name in _names_in(folder):
            found = PACKAGE.fullmatch(name)
            if found:
                yield Sdk(found.group("name"), found.group("version"), _shown(root, os.path.join(folder, name)))


def _cli_versions(root: str, mounts: Mounts) -> Iterator[Sdk]:
    """The versions 2 of the AWS CLI, which bring a Python of their own."""
    for path in _matches(root, (CLI_VERSIONS,), mounts):
        if re.fullmatch(r"\d+\.\d+\.\d+", os.path.basename(path)):
            yield Sdk("awscli", os.path.basename(path), _shown(root, path))


def _agents(root: str) -> Iterator[Sdk]:
    """SSM Agent, without a version if only its program is there."""
    versions = [(path, pattern.search(_beginning_of(os.path.join(root, path)))) for path, pattern in AGENTS.items()]
    found = [Sdk("amazon-ssm-agent", match.group(1), f"/{path}") for path, match in versions if match]
    programs = [each for each in AGENT_PROGRAMS if os.path.exists(os.path.join(root, each))]
    yield from found or [Sdk("amazon-ssm-agent", None, f"/{each}") for each in programs]


def _matches(root: str, patterns: Tuple[str, ...], mounts: Mounts) -> List[str]:
    return sorted(path for pattern in patterns for path in _expanded(root, pattern.split("/"), mounts))


def _expanded(folder: str, parts: List[str], mounts: Mounts) -> Iterator[str]:
    """The directories below a directory that match a pattern's parts."""
    if not parts:
        yield folder
        return
    for name in _names_in(folder):
        path = os.path.join(folder, name)
        if fnmatchcase(name, parts[0]) and _is_own_directory(path, mounts):
            yield from _expanded(path, parts[1:], mounts)


def _closed(folder: str, parts: List[str], mounts: Mounts) -> Iterator[str]:
    """The directories that match the first parts of a pattern and belong to other users, or can't be read."""
    for name in _names_in(folder) if parts else ():
        path = os.path.join(folder, name)
        if not fnmatchcase(name, parts[0]) or not (_is_of_user_space(path, mounts) or _is_directory(path)):
            continue
        if _is_own_directory(path, mounts) and os.access(path, os.R_OK | os.X_OK):
            yield from _closed(path, parts[1:], mounts)
        else:
            yield path


def _is_of_user_space(path: str, mounts: Mounts) -> bool:
    """Whether a user has mounted a file system in user space there, who decides whether it ever responds."""
    return mounts.user_at(path) is not None


def _is_directory(path: str) -> bool:
    """Whether it is a directory, and no link to one."""
    try:
        return stat.S_ISDIR(os.lstat(path).st_mode)
    except OSError:
        return False


def _is_own_directory(path: str, mounts: Mounts) -> bool:
    return not _is_of_user_space(path, mounts) and _is_directory(path) and mounts.owner_at(os.lstat(path)) in (0, os.geteuid())


def _names_in(folder: str) -> List[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []


def _beginning_of(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read(MAX_BYTES)
    except OSError:
        return ""


def _shown(root: str, path: str) -> str:
    """The path on the host.  Its name can have line breaks, with which a user could add a line to a message."""
    return one_line("/" + os.path.relpath(path, root))
