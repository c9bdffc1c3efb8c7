# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the users, profiles and systemd units of a host get from the SDKs' credential chain, with the keys and now.  Pure."""

from __future__ import annotations

import posixpath
from typing import Any, Callable, Iterable, Iterator, Mapping, NamedTuple, Optional, Sequence

from ..host.known_paths import HOME_PATHS
from ..text.shown import shown_name
from .chain import ENVIRONMENT, ERROR, Inputs, Outcome, find
from .profiles import Profiles, UnreadableProfiles
from .variables import UnitSettings, unit_settings, variables_in

USER, PROFILE, UNIT = "user", "profile", "unit"

_OF_SYSTEM = ("/etc/environment", "/etc/profile")
_STARTUP_FILES = tuple(path for kind, path in HOME_PATHS if kind in ("profile_script", "environment_file") and not path.endswith("*"))
_BOTO_FILES = ("/etc/boto.cfg", "~/.boto")
_PROFILE_VARIABLES = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE")
_KEY_VARIABLES = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
MAX_PROFILES = 200  # per user

Read = Callable[[str], Optional[str]]  # the text of a file; None if there is none


class Files(NamedTuple):
    """Reads a file as it was with its keys, as it is now, and as it would be after its keys are set aside."""

    before: Read
    now: Read
    without_keys: Read


class Unit(NamedTuple):
    """A systemd unit, the paths of its file and its drop-ins, and the home of its user."""

    name: str
    fragments: Sequence[str]
    environment_files: Sequence[str]
    home: Optional[str] = None


class Consumer(NamedTuple):
    """Something that uses an SDK, and what it gets with each state of the files."""

    type: str
    name: str
    home: str
    before: Outcome
    now: Outcome
    without_keys: Outcome

    def as_result(self) -> dict[str, Any]:
        """An entry of the return value ``sdk_credentials``."""
        return {
            "type": self.type,
            "name": self.name,
            "home": self.home,
            "before": self.before.source,
            "now": self.now.source,
            "without_keys": self.without_keys.source,
            "uses_role": self.without_keys.role,
            "message": self.without_keys.detail,
            "fix": "" if self.without_keys.role else self.without_keys.fix,
        }


def consumers_of_home(home: str, scripts: Sequence[str], files: Files) -> Iterator[Consumer]:
    """The user of a home and the profiles, as far as they had a key; ``scripts`` set variables for all users."""
    paths = [*_OF_SYSTEM, *scripts, *(posixpath.join(home, path) for path in _STARTUP_FILES)]
    variables = [_variables(read, paths) for read in files]
    before = variables[0]
    user = Consumer(USER, home, home, *(_find(each, home, read) for each, read in zip(variables, files)))
    yield from _with_keys(user)
    own = "" if user.before.source == ENVIRONMENT else before.get("AWS_DEFAULT_PROFILE", before.get("AWS_PROFILE", "default"))
    names = [name for name in _profile_names(before, home, files) if name != own]
    for name in names[:MAX_PROFILES]:
        outcomes = [_find(_with_profile(each, name), home, read) for each, read in zip(variables, files)]
        yield from _with_keys(Consumer(PROFILE, shown_name(name), home, *outcomes))


def consumer_of_unit(unit: Unit, files: Files) -> Iterator[Consumer]:
    """A unit, if it had a key."""
    outcomes = [_find(_unit_variables(unit, read), unit.home or "/root", read) for read in files]
    yield from _with_keys(Consumer(UNIT, unit.name, unit.home or "/root", *outcomes))


def settings_of_unit(fragments: Iterable[str], read: Read) -> UnitSettings:
    """What the file of a unit and its drop-ins set together."""
    variables: dict[str, str] = {}
    user = None
    for each in (unit_settings(read(path) or "") for path in fragments):
        variables.update(each.variables)
        user = each.user or user
    return UnitSettings(variables, user)


def _with_keys(consumer: Consumer) -> Iterator[Consumer]:
    if consumer.before.keys or consumer.now.keys:
        yield consumer


def _unit_variables(unit: Unit, read: Read) -> dict[str, str]:
    # What an environment file sets comes before Environment=.
    return {**settings_of_unit(unit.fragments, read).variables, **_variables(read, unit.environment_files)}


def _variables(read: Read, paths: Iterable[str]) -> dict[str, str]:
    variables: dict[str, str] = {}
    for path in paths:
        variables.update(variables_in(read(path) or ""))
    return variables


def _with_profile(variables: Mapping[str, str], name: str) -> dict[str, str]:
    """The variables of somebody who chooses a profile, and so has no keys in the environment."""
    others = {key: value for key, value in variables.items() if key not in (*_PROFILE_VARIABLES, *_KEY_VARIABLES)}
    return {**others, "AWS_PROFILE": name}


def _profile_names(variables: Mapping[str, str], home: str, files: Files) -> list[str]:
    try:
        return sorted(_profiles(variables, home, files.before).merged)
    except UnreadableProfiles:
        return []


def _find(variables: Mapping[str, str], home: str, read: Read) -> Outcome:
    try:
        profiles = _profiles(variables, home, read)
    except UnreadableProfiles as error:
        return Outcome.of(ERROR, str(error), "Correct the file.")
    boto = [variables["BOTO_CONFIG"]] if "BOTO_CONFIG" in variables else _BOTO_FILES
    ec2_file = _text(variables.get("AWS_CREDENTIAL_FILE"), home, read) or ""
    has_boto = any("aws_access_key_id" in _boto_section(_text(path, home, read)) for path in boto)
    return find(Inputs(variables, profiles, has_boto, "AWSAccessKeyId" in ec2_file))


def _boto_section(text: Optional[str]) -> Mapping[str, str]:
    try:
        return Profiles.parse(None, text).credentials.get("Credentials", {})
    except UnreadableProfiles:
        return {}


def _profiles(variables: Mapping[str, str], home: str, read: Read) -> Profiles:
    """Raises UnreadableProfiles."""
    config = _text(variables.get("AWS_CONFIG_FILE", "~/.aws/config"), home, read)
    return Profiles.parse(config, _text(variables.get("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials"), home, read))


def _text(path: Optional[str], home: str, read: Read) -> Optional[str]:
    for start in ("~/", "$HOME/", "${HOME}/", "%h/"):
        if path and path.startswith(start):
            path = posixpath.join(home, path[len(start) :])
    return read(path) if path and path.startswith("/") else None
