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

from .access_keys import access_keys, has_access_key, may_have_secret
from .line_syntax import Setting, UnitEnvironment, is_header, is_s3fs_key, settings, uncommented, without_remark
from .setting_names import Names

_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_GOES_ON = re.compile(r"(?:\\|&&|\|\|?)\s*\Z")
_OPENS = re.compile(r"(?:\b(?:then|do|else)|[{(])\Z")
_CLOSES = re.compile(r"\s*(?:fi\b|done\b|else\b|elif\b|esac\b|\}|\)|;;)")
_PARENT = re.compile(r"(?P<indent>[ \t]*)(?:-\s+)?[\"']?(?P<name>[\w.-]+)[\"']?:\Z")

# Longer ones, and more of them, are written by no human being, and take their time.
MAX_LINE = 32768
MAX_LINES = 100000


class Stuck(Exception):
    """A key that can't be cut out of its file.

    ``reason`` is one of in_json, in_url, in_command, too_large and unclear; the message tells the line, and nothing of
    what is in it.
    """

    def __init__(self, reason: str, line: int, problem: str) -> None:
        super().__init__(f"Line {line} {problem}. Take the key out by hand.")
        self.reason = reason


def without_credentials(text: str, kind: str) -> str:
    """What is left of a file without its keys.  Raises Stuck where they can't be cut out."""
    if _is_json(text):
        raise Stuck("in_json", _first(text), "is in JSON")
    if text.count("\n") > MAX_LINES:
        raise Stuck("too_large", _first(text), f"is in a file of more than {MAX_LINES} lines")
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
        # Numbers stay texts: to make some of them takes long.
        return isinstance(json.loads(text, parse_int=str, parse_float=str), (dict, list))
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
    left = _close_gaps(section, left, start)
    for index, line in enumerate(left):
        if may_have_secret(line):
            raise Stuck("unclear", start + index, "may be a secret access key")
    return left


def _left_of(line: str, number: int, names: Names) -> str:
    """A line without what it says of keys: often all of it or nothing."""
    if len(line) > MAX_LINE:
        if has_access_key(line) or may_have_secret(line) or names.sets(line):
            raise Stuck("unclear", number, f"has more than {MAX_LINE} characters")
        return line
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
        raise Stuck("unclear", number, "is not an access key of AWS, but of something else in the same file")
    if len(credentials) < len(found) and any(each.value for each in credentials):
        raise Stuck("unclear", number, "has other settings beside the key")
    return bool(found) and len(credentials) == len(found)


def _stuck_in(line: str, number: int) -> Stuck:
    if "://" in line:
        return Stuck("in_url", number, "is in a URL")
    if settings(line):
        return Stuck("unclear", number, "is in a setting of an unknown name")
    return Stuck("in_command", number, "is in a command, or in something that is not known")


# What the lines around a line that goes have to do with it.  One that goes is an empty text among those that are left.


def _close_gaps(lines: list[str], left: list[str], start: int) -> list[str]:
    """What is left, without an environment: that has become empty.  Raises Stuck where something else would break."""
    said = [index for index, line in enumerate(lines) if line.strip() and uncommented(line) is None]
    for index, below in zip(said, [*said[1:], None]):
        if not left[index] and _is_continued(lines, index, below):
            raise Stuck("unclear", start + index, "is one setting together with lines beside it")
    left = list(left)
    stays: list[int] = []
    gap: Optional[int] = None  # the first of the lines that go after the last one that stays
    for each in [*said, None]:
        if each is not None and not left[each]:
            gap = each if gap is None else gap
            continue
        if gap is not None:
            _close(left, stays, start + gap, left[each] if each is not None else "")
        gap = None
        if each is not None:
            stays.append(each)
    return left


def _close(left: list[str], stays: list[int], number: int, below: str) -> None:
    """Looks at the lines that stay above a gap, and takes out each environment: that has nothing below it any more."""
    while stays:
        above = without_remark(left[stays[-1]]).rstrip()
        parent = _PARENT.match(above)
        emptied = parent if parent and not _is_child(below, parent) else None
        if (_OPENS.search(above) and _CLOSES.match(below)) or (emptied and emptied.group("name") != "environment"):
            raise Stuck("unclear", number, "is all that is in its block")
        if not emptied:
            return
        left[stays.pop()] = ""


def _is_continued(lines: list[str], index: int, below: Optional[int]) -> bool:
    """Whether the line before goes on in this one, or this one in the next that says something, which is deeper."""
    if index and uncommented(lines[index - 1]) is None and _GOES_ON.search(lines[index - 1]):
        return True
    return below is not None and _indent(lines[below]) > _indent(lines[index])


def _is_child(line: str, parent: re.Match[str]) -> bool:
    of_parent = len(parent.group("indent"))
    return _indent(line) > of_parent or (_indent(line) == of_parent and line.lstrip().startswith("- "))


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
