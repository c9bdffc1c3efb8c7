# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The profiles in the files of AWS's SDKs, read as botocore reads them.  Pure."""

from __future__ import annotations

import configparser
import re
import shlex
from typing import Mapping, NamedTuple, Optional

Section = Mapping[str, str]
MAX_SETTINGS = 100000  # Those of [DEFAULT] are in every section: together, they can fill the memory.
MAX_LINES = 20000  # The time that configparser takes for lines that are not valid grows with the square of their number.
# The time that configparser takes for a line without "=" grows with the square of its blanks, and no other thread runs meanwhile.
_BLANKS = re.compile(r"[^\S\n]{100,}")


class UnreadableProfiles(Exception):
    """A file that an SDK refuses as a whole.  The message has none of its contents."""


class Profiles(NamedTuple):
    """``config`` and ``credentials`` have the profiles of the two files, ``merged`` has those of both."""

    config: Mapping[str, Section]
    credentials: Mapping[str, Section]
    sso_sessions: Mapping[str, Section]

    @classmethod
    def parse(cls, config: Optional[str], credentials: Optional[str]) -> Profiles:
        """The profiles in the texts of the files, None for a file that does not exist.  Raises UnreadableProfiles."""
        sections = _sections(config, "config")
        profiles = {"default": sections["default"]} if "default" in sections else {}
        return cls(
            {**profiles, **_named(sections, "profile")},
            _sections(credentials, "credentials"),
            _named(sections, "sso-session"),
        )

    @property
    def merged(self) -> dict[str, dict[str, str]]:
        """The settings of each profile; those in the credentials file come first."""
        names = dict.fromkeys([*self.config, *self.credentials])
        return {name: {**self.config.get(name, {}), **self.credentials.get(name, {})} for name in names}


def _named(sections: Mapping[str, Section], word: str) -> dict[str, Section]:
    """The sections such as [profile NAME], by name."""
    found = {}
    for title, section in sections.items():
        name = _name(title, word)
        if name is not None:
            found[name] = section
    return found


def _name(title: str, word: str) -> Optional[str]:
    try:
        parts = shlex.split(title) if title.startswith(word) else []
    except ValueError:
        return None
    return parts[1] if len(parts) == 2 else None


def _sections(text: Optional[str], file: str) -> dict[str, dict[str, str]]:
    parser = configparser.RawConfigParser()
    if (text or "").count("\n") > MAX_LINES:
        raise UnreadableProfiles(f"The {file} file has more than {MAX_LINES} lines.")
    try:
        parser.read_string(_BLANKS.sub(" ", text or ""))
        if len(parser.defaults()) * len(parser.sections()) > MAX_SETTINGS:
            raise UnreadableProfiles(f"The {file} file has more than {MAX_SETTINGS} settings, counting those of [DEFAULT] in each section.")
        sections = {title: dict(parser.items(title)) for title in parser.sections()}
    except configparser.Error as error:
        raise UnreadableProfiles(f"The {file} file is not valid ({type(error).__name__}).") from None
    nested = [value for section in sections.values() for value in section.values() if value and value.startswith("\n")]
    if any("=" not in line for value in nested for line in value.splitlines() if line.strip()):
        raise UnreadableProfiles(f"The {file} file is not valid (an indented line without =).")
    return sections
