# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Parses what one line sets, in each of the formats in which people store access keys.  Pure."""

from __future__ import annotations

import re
from typing import NamedTuple, Optional

from ..._common.identifiers import ACCESS_KEY_ID

# A value is one word, perhaps quoted.  Anything that runs a command or continues on the next line is not a value.
# No expression may have two ways to match the same characters: users write these lines, and could make the matcher
# backtrack through all of them.  That is why an optional value includes the blanks before it.
_NAME = r"[A-Za-z_][\w-]*"
_BARE = r"(?:[^\s\"'`\\;&|<>(){}\[\],$]|\$\{[^{}`]*\}|\$(?![({]))"
_QUOTED = r"\"(?:[^\"\\`$]|\$(?!\())*\"|'[^']*'"
_VALUE = rf"(?:{_QUOTED}|{_BARE}*)"
_OPTIONAL_VALUE = rf"(?:\s*(?P<value>{_QUOTED}|{_BARE}+))?"
_WORDS = r"[^\"'\\\s]+(?:\s+[^\"'\\\s]+)*"
_END = r"\s*(?:;\s*)?(?:(?<=\s)#[\s\S]*)?\Z"

# ini, YAML, environment files, cron:  NAME = value
_PLAIN = re.compile(rf"\s*([\"']?)(?P<name>{_NAME})\1\s*[=:]{_OPTIONAL_VALUE}{_END}", re.ASCII)
# YAML list:  - NAME=value
_LISTED = re.compile(rf"\s*-\s+(?P<name>{_NAME})=(?:\s*(?P<value>{_WORDS}))?{_END}", re.ASCII)
_LISTED_QUOTED = re.compile(rf"\s*-\s+(?P<quote>[\"'])(?P<name>{_NAME})=(?P<value>[^\"'\\]*)(?P=quote){_END}", re.ASCII)
# PHP arrays:  'NAME' => 'value',
_ENTRY = re.compile(rf"\s*([\"'])(?P<name>{_NAME})\1\s*=>\s*(?P<value>'[^'\\]*'|\"[^\"\\$]*\")\s*(?:,\s*)?(?:(?://|\#)[\s\S]*)?\Z", re.ASCII)
# fish and csh:  set -gx NAME value
_SET = re.compile(rf"\s*(?:set\s+(?:-[\w-]+\s+)+|setenv\s+)(?P<name>{_NAME})(?=\s){_OPTIONAL_VALUE}{_END}", re.ASCII)
# shells:  export NAME=value NAME; NAME=value
_WORD = re.compile(
    rf"\s*(?P<export>(?:export|readonly|(?:declare|typeset)\s+-\w+)\s+)?(?P<name>{_NAME})(?:=(?P<value>{_VALUE}))?"
    r"(?=\s|;|&&|\Z)\s*(?P<end>;|&&)?\s*",
    re.ASCII,
)
_TRAILING_COMMENT = re.compile(r"\s#.*", re.DOTALL)
_COMMENT = re.compile(r"\s*(?:[#;]|//)[#;/\s]*")
_HEADER = re.compile(r"\s*\[[^\[\]\n]+\]\s*(?:[#;].*)?\Z", re.ASCII)
_S3FS = re.compile(rf"\s*(?:[^:\s#]+:)?{ACCESS_KEY_ID.pattern}:\S+\s*\Z", re.ASCII)

# systemd:  Environment=NAME=value "NAME=value", in system.conf DefaultEnvironment=
_ENVIRONMENT = re.compile(r"\s*(?:Default|Manager)?Environment\s*=\s*", re.ASCII)
_UNIT_WORD = re.compile(r"(?:[^\s\"'\\]|\\.|\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*')+", re.ASCII)
_UNIT_NAME = re.compile(rf"[\"']?({_NAME})=", re.ASCII)


class Setting(NamedTuple):
    """A name, and its value as written; None if the name is only exported."""

    name: str
    value: Optional[str]


def settings(line: str) -> list[Setting]:
    """What a line sets; nothing if the line also does anything else."""
    for pattern in (_PLAIN, _LISTED, _LISTED_QUOTED, _ENTRY, _SET):
        match = pattern.match(line)
        if match:
            return [Setting(match.group("name"), match.group("value") or "")]
    return _shell_settings(without_trailing_comment(line))


def entry(line: str) -> Optional[Setting]:
    """What an entry of a PHP array sets that is alone on its line; None for any other line."""
    match = _ENTRY.match(line)
    return Setting(match.group("name"), match.group("value")) if match else None


def _shell_settings(line: str) -> list[Setting]:
    found, at, exports = [], 0, False
    while at < len(line):
        match = _WORD.match(line, at)
        if not match:
            return []
        exports = exports or bool(match.group("export"))
        if match.group("value") is None and not exports:
            return []  # It is a command.
        found.append(Setting(match.group("name"), match.group("value")))
        exports, at = exports and not match.group("end"), match.end()
    return found


def without_trailing_comment(line: str) -> str:
    """A line without the comment at its end."""
    return _TRAILING_COMMENT.sub("", line)


def comment_text(line: str) -> Optional[str]:
    """The text of a comment; None if the line is not a comment."""
    match = _COMMENT.match(line)
    return line[match.end() :] if match else None


def is_section_header(line: str) -> bool:
    """Whether it begins a section, such as [default]."""
    return bool(_HEADER.match(line))


def is_s3fs_key(line: str) -> bool:
    """Whether it is a line of an s3fs password file, [bucket:]id:secret."""
    return bool(_S3FS.match(line))


class UnitEnvironment(NamedTuple):
    """An Environment= line of a systemd unit; ``words`` are its assignments as written."""

    head: str
    words: list[str]
    end: str

    @classmethod
    def parse(cls, line: str) -> Optional[UnitEnvironment]:
        """None for any other line, and if its words can't be separated."""
        match = _ENVIRONMENT.match(line)
        words = line[match.end() :].rstrip() if match else ""
        if not match or not words or _UNIT_WORD.sub("", words).strip():
            return None
        return cls(match.group(), _UNIT_WORD.findall(words), line[match.end() + len(words) :])

    @staticmethod
    def name_of(word: str) -> str:
        match = _UNIT_NAME.match(word)
        return match.group(1) if match else ""

    def text(self) -> str:
        return self.head + " ".join(self.words) + self.end if self.words else ""
