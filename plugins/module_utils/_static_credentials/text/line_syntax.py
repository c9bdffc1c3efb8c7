# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one line of a file sets, in any of the languages in which access keys are written.  Pure."""

from __future__ import annotations

import re
from typing import NamedTuple, Optional

from ..._common.identifiers import ACCESS_KEY_ID

# A value is one word, perhaps in quotes.  What runs a command or goes on in the next line is none.
# No expression may have two ways to match the same characters: users write these lines, and may write them so that all
# the ways are tried.  So a value that may be missing takes the blanks before it along.
_NAME = r"[A-Za-z_][\w-]*"
_BARE = r"(?:[^\s\"'`\\;&|<>(){}\[\],$]|\$\{[^{}`]*\}|\$(?![({]))"
_QUOTED = r"\"(?:[^\"\\`$]|\$(?!\())*\"|'[^']*'"
_VALUE = rf"(?:{_QUOTED}|{_BARE}*)"
_VALUE_OR_NONE = rf"(?:\s*(?P<value>{_QUOTED}|{_BARE}+))?"
_WORDS = r"[^\"'\\\s]+(?:\s+[^\"'\\\s]+)*"
_END = r"\s*(?:;\s*)?(?:(?<=\s)#[\s\S]*)?\Z"

# ini, YAML, environment files, cron:  NAME = value
_PLAIN = re.compile(rf"\s*([\"']?)(?P<name>{_NAME})\1\s*[=:]{_VALUE_OR_NONE}{_END}", re.ASCII)
# a list of YAML:  - NAME=value
_LISTED = re.compile(rf"\s*-\s+(?P<name>{_NAME})=(?:\s*(?P<value>{_WORDS}))?{_END}", re.ASCII)
_LISTED_QUOTED = re.compile(rf"\s*-\s+(?P<quote>[\"'])(?P<name>{_NAME})=(?P<value>[^\"'\\]*)(?P=quote){_END}", re.ASCII)
# fish and csh:  set -gx NAME value
_SET = re.compile(rf"\s*(?:set\s+(?:-[\w-]+\s+)+|setenv\s+)(?P<name>{_NAME})(?=\s){_VALUE_OR_NONE}{_END}", re.ASCII)
# shells:  export NAME=value NAME; NAME=value
_WORD = re.compile(
    rf"\s*(?P<export>(?:export|readonly|(?:declare|typeset)\s+-\w+)\s+)?(?P<name>{_NAME})(?:=(?P<value>{_VALUE}))?"
    r"(?=\s|;|&&|\Z)\s*(?P<end>;|&&)?\s*",
    re.ASCII,
)
_REMARK = re.compile(r"\s#.*", re.DOTALL)
_COMMENT = re.compile(r"\s*(?:[#;]|//)[#;/\s]*")
_HEADER = re.compile(r"\s*\[[^\[\]\n]+\]\s*(?:[#;].*)?\Z", re.ASCII)
_S3FS = re.compile(rf"\s*(?:[^:\s#]+:)?{ACCESS_KEY_ID.pattern}:\S+\s*\Z", re.ASCII)

# systemd:  Environment=NAME=value "NAME=value", in system.conf DefaultEnvironment=
_ENVIRONMENT = re.compile(r"\s*(?:Default|Manager)?Environment\s*=\s*", re.ASCII)
_UNIT_WORD = re.compile(r"(?:[^\s\"'\\]|\\.|\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*')+", re.ASCII)
_UNIT_NAME = re.compile(rf"[\"']?({_NAME})=", re.ASCII)


class Setting(NamedTuple):
    """A name, and its value as it is written; None where it is only exported."""

    name: str
    value: Optional[str]


def settings(line: str) -> list[Setting]:
    """What a line sets, if it does nothing else; none where it does."""
    for pattern in (_PLAIN, _LISTED, _LISTED_QUOTED, _SET):
        match = pattern.match(line)
        if match:
            return [Setting(match.group("name"), match.group("value") or "")]
    return _shell_settings(without_remark(line))


def _shell_settings(line: str) -> list[Setting]:
    found, at, exports = [], 0, False
    while at < len(line):
        match = _WORD.match(line, at)
        if not match:
            return []
        exports = exports or bool(match.group("export"))
        if match.group("value") is None and not exports:
            return []  # it is a command
        found.append(Setting(match.group("name"), match.group("value")))
        exports, at = exports and not match.group("end"), match.end()
    return found


def without_remark(line: str) -> str:
    """A line without the comment after what it says."""
    return _REMARK.sub("", line)


def uncommented(line: str) -> Optional[str]:
    """What a comment says; None for what is no comment."""
    match = _COMMENT.match(line)
    return line[match.end() :] if match else None


def is_header(line: str) -> bool:
    """Whether a section begins with it, such as [default]."""
    return bool(_HEADER.match(line))


def is_s3fs_key(line: str) -> bool:
    """Whether it is a line of s3fs's password file, [bucket:]id:secret."""
    return bool(_S3FS.match(line))


class UnitEnvironment(NamedTuple):
    """An Environment= of a systemd unit; ``words`` are its assignments as they are written."""

    head: str
    words: list[str]
    end: str

    @classmethod
    def of(cls, line: str) -> Optional[UnitEnvironment]:
        """None for any other line, and for one whose words can't be told apart."""
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
