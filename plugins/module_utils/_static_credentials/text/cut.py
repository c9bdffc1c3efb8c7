# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A file without its access keys: which lines go, and where that is not safe.  Pure.

A line goes only where what is left means the same without it.  Wherever that is not certain the file stays as it is.
"""

from __future__ import annotations

import json
import re
from typing import Iterator, Optional

from .blocks import close_gaps
from .keys import access_keys, has_access_key, may_have_secret
from .lines import Setting, UnitEnvironment, is_header, is_s3fs_key, settings, uncommented
from .names import Names
from .stuck import Stuck

_LINE = re.compile(r"[^\n]*\n|[^\n]+")


def without_credentials(text: str, kind: str) -> str:
    """What is left of a file without its keys.  Raises Stuck where they can't be cut out."""
    if _is_json(text):
        raise Stuck("in_json", _first(text), "is in JSON")
    names, start, left = Names(kind), 1, []
    for section in _sections(_LINE.findall(text)):
        left.extend(section if _is_foreign(section, names) else _cut(section, start, names))
        start += len(section)
    return "".join(left)


def says_nothing(text: str) -> bool:
    """Whether it has nothing but comments, blank lines and headers of sections."""
    return all(not line.strip() or uncommented(line) is not None or is_header(line) for line in _LINE.findall(text))


def _is_json(text: str) -> bool:
    try:
        return isinstance(json.loads(text), (dict, list))
    except (ValueError, RecursionError):
        return False


def _first(text: str) -> int:
    return next((line for line, key_id in access_keys(text)), 1)


def _sections(lines: list[str]) -> Iterator[list[str]]:
    section: list[str] = []
    for line in lines:
        if section and is_header(line):
            yield section
            section = []
        section.append(line)
    yield section


def _is_foreign(section: list[str], names: Names) -> bool:
    """Whether the keys of a section are another store's, such as MinIO's: they stay."""
    return not has_access_key("".join(section)) and any(_sets_foreign_id(line, names) for line in section)


def _sets_foreign_id(line: str, names: Names) -> bool:
    return any(names.is_id(each.name) and _is_foreign_value(each.value) for each in settings(line))


def _is_foreign_value(value: Optional[str]) -> bool:
    literal = (value or "").strip("\"'")
    return bool(literal) and "$" not in literal and not literal.startswith(("AKIA", "ASIA"))


def _cut(section: list[str], start: int, names: Names) -> list[str]:
    """A section without its credentials; it starts at the line of that number."""
    left = [_left_of(line, start + index, names) for index, line in enumerate(section)]
    left = close_gaps(section, left, start)
    for index, line in enumerate(left):
        if may_have_secret(line):
            raise Stuck("unclear", start + index, "may be a secret access key")
    return left


def _left_of(line: str, number: int, names: Names) -> str:
    """A line without what it says of keys: often all of it or nothing."""
    comment = uncommented(line)
    if comment is not None:
        telling = has_access_key(comment) or may_have_secret(comment) or names.sets(comment)
        return "" if telling and not line.startswith("#!") else line
    if is_s3fs_key(line):
        return ""
    environment = UnitEnvironment.of(line)
    if environment:
        words = [word for word in environment.words if not names.has(environment.name_of(word))]
        line = environment._replace(words=words).text() if words != environment.words else line
    elif _is_only_credentials(settings(line), number, names):
        return ""
    if has_access_key(line) or (not environment and not settings(line) and names.sets(line)):
        raise _stuck_in(line, number)
    return line


def _is_only_credentials(found: list[Setting], number: int, names: Names) -> bool:
    credentials = [each for each in found if names.has(each.name)]
    if any(names.is_id(each.name) and _is_foreign_value(each.value) for each in credentials):
        raise Stuck("unclear", number, "is no access key of AWS, but of something else in the same file")
    if len(credentials) < len(found) and any(each.value for each in credentials):
        raise Stuck("unclear", number, "has other settings beside the key")
    return bool(found) and len(credentials) == len(found)


def _stuck_in(line: str, number: int) -> Stuck:
    if "://" in line:
        return Stuck("in_url", number, "is in a URL")
    if settings(line):
        return Stuck("unclear", number, "is in a setting of an unknown name")
    return Stuck("in_command", number, "is in a command, or in something that is not known")
