# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Removes the access keys from the text of a file, or says why that is not safe.  Pure.

A line is only removed if the rest means the same without it.  If that is not certain, the file stays as it is.
"""

from __future__ import annotations

import json
import re
from typing import Callable, Iterator, Optional

from .access_keys import has_key_id, key_id_lines, may_have_secret
from .line_syntax import Setting, UnitEnvironment, comment_text, entry, is_s3fs_key, is_section_header, settings, without_trailing_comment
from .setting_names import CredentialNames

_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_CONTINUES = re.compile(r"(?:\\|&&|\|\|?)\s*\Z")
_OPENS_BLOCK = re.compile(r"(?:\b(?:then|do|else)|[{(\[])\Z")
_CLOSES_BLOCK = re.compile(r"\s*(?:fi\b|done\b|else\b|elif\b|esac\b|\}|\)|\]|;;)")
_PARENT = re.compile(r"(?P<indent>[ \t]*)(?:-\s+)?[\"']?(?P<name>[\w.-]+)[\"']?:\Z")

# Nobody writes longer ones by hand, and they would take long.
MAX_LINE = 32768
MAX_LINES = 100000

Check = Callable[[], None]  # is called for each line, and raises an exception to stop


class NotRedactable(Exception):
    """A key that can't be removed safely.

    ``reason`` is in_json, in_url, in_command, too_large or unclear.  The message names the line, but none of its contents.
    """

    def __init__(self, reason: str, line: int, problem: str) -> None:
        super().__init__(f"Line {line} {problem}. Remove the key by hand.")
        self.reason = reason


def _go_on() -> None:
    """A check that never stops."""


def without_credentials(text: str, kind: str, check: Check = _go_on) -> str:
    """The text without the lines that set credentials.  Raises NotRedactable, and what the check raises."""
    if _is_json(text):
        raise NotRedactable("in_json", _first_line(text), "is in JSON")
    if text.count("\n") > MAX_LINES:
        raise NotRedactable("too_large", _first_line(text), f"is in a file of more than {MAX_LINES} lines")
    names, start, rest = CredentialNames(kind), 1, []
    for section in _sections(_LINE.findall(text)):
        rest.extend(section if _is_of_other_store(section, names, check) else _redact_section(section, start, names, check))
        start += len(section)
    return "".join(rest)


def has_no_settings(text: str) -> bool:
    """Whether it has only comments, blank lines and section headers."""
    return all(not line.strip() or comment_text(line) is not None or is_section_header(line) for line in _LINE.findall(text))


def has_section(text: str) -> bool:
    """Whether it has the header of a section, such as that of a profile."""
    return any(map(is_section_header, _LINE.findall(text)))


def _is_json(text: str) -> bool:
    try:
        # Numbers stay strings: converting very long ones takes long.
        return isinstance(json.loads(text, parse_int=str, parse_float=str), (dict, list))
    except (ValueError, RecursionError):
        return False


def _first_line(text: str) -> int:
    return next((line for line, key_id in key_id_lines(text)), 1)


def _sections(lines: list[str]) -> Iterator[list[str]]:
    section: list[str] = []
    for line in lines:
        if section and is_section_header(line):
            yield section
            section = []
        section.append(line)
    yield section


def _is_of_other_store(section: list[str], names: CredentialNames, check: Check) -> bool:
    """Whether the keys of a section are not AWS's, but for example MinIO's.  They stay."""
    return not has_key_id("".join(section)) and any(_sets_other_id(line, names, check) for line in section)


def _sets_other_id(line: str, names: CredentialNames, check: Check) -> bool:
    check()
    return any(names.is_id(each.name) and _is_other_id(each.value) for each in settings(line))


def _is_other_id(value: Optional[str]) -> bool:
    literal = (value or "").strip("\"'")
    return bool(literal) and "$" not in literal and not literal.startswith(("AKIA", "ASIA"))


def _redact_section(section: list[str], start: int, names: CredentialNames, check: Check) -> list[str]:
    """A section, which starts at that line number, without its credentials."""
    pairs = _pairs_in_arrays(section, check)
    rest = ["" if index in pairs else _redact_line(line, start + index, names, check) for index, line in enumerate(section)]
    rest = _close_gaps(section, rest, start)
    for index, line in enumerate(rest):
        if may_have_secret(line):
            raise NotRedactable("unclear", start + index, "may be a secret access key")
    return rest


def _pairs_in_arrays(section: list[str], check: Check) -> set[int]:
    """The lines that are the entries ``key`` and ``secret`` of a PHP array, next to each other, as AWS's SDK and frameworks name them.

    Anything can have these names, so the id has to be AWS's, and the secret has to look like one of AWS.
    """
    found: set[int] = set()
    before: Optional[Setting] = None
    for index, line in enumerate(section):
        check()
        current = entry(line) if len(line) <= MAX_LINE else None
        if before and current and (_is_pair(before, current) or _is_pair(current, before)):
            found |= {index - 1, index}
        before = current
    return found


def _is_pair(key: Setting, secret: Setting) -> bool:
    is_named = (key.name, secret.name) == ("key", "secret")
    return is_named and has_key_id(key.value or "") and may_have_secret(secret.value or "")


def _redact_line(line: str, number: int, names: CredentialNames, check: Check) -> str:
    """A line without its credentials, which is usually the whole line or nothing."""
    check()
    if len(line) > MAX_LINE:
        if has_key_id(line) or may_have_secret(line) or names.are_set_in(line):
            raise NotRedactable("unclear", number, f"has more than {MAX_LINE} characters")
        return line
    comment = comment_text(line)
    if comment is not None:
        is_revealing = has_key_id(comment) or may_have_secret(comment) or names.are_set_in(comment)
        return "" if is_revealing and not line.startswith("#!") else line
    if is_s3fs_key(line):
        return ""
    environment = UnitEnvironment.parse(line)
    if environment:
        words = [word for word in environment.words if not names.include(environment.name_of(word))]
        line = environment._replace(words=words).text() if words != environment.words else line
    elif _is_only_credentials(settings(line), number, names):
        return ""
    if has_key_id(line) or (not environment and not settings(line) and names.are_set_in(line)):
        raise _not_redactable(line, number)
    return line


def _is_only_credentials(found: list[Setting], number: int, names: CredentialNames) -> bool:
    credentials = [each for each in found if names.include(each.name)]
    if any(names.is_id(each.name) and _is_other_id(each.value) for each in credentials):
        raise NotRedactable("unclear", number, "is not an AWS access key, but there is one in the same section")
    if len(credentials) < len(found) and any(each.value for each in credentials):
        raise NotRedactable("unclear", number, "has other settings besides the key")
    return bool(found) and len(credentials) == len(found)


def _not_redactable(line: str, number: int) -> NotRedactable:
    if "://" in line:
        return NotRedactable("in_url", number, "is in a URL")
    if settings(line):
        return NotRedactable("unclear", number, "is in a setting with an unknown name")
    return NotRedactable("in_command", number, "is in a command, or in an unknown format")


# Whether the rest is still valid.  In ``rest``, a removed line is an empty string.


def _close_gaps(lines: list[str], rest: list[str], start: int) -> list[str]:
    """The rest without ``environment:`` keys that have become empty.  Raises NotRedactable if anything else would break."""
    relevant = [index for index, line in enumerate(lines) if line.strip() and comment_text(line) is None]
    for index, below in zip(relevant, [*relevant[1:], None]):
        if not rest[index] and _is_continued(lines, index, below):
            raise NotRedactable("unclear", start + index, "belongs to one setting together with the lines next to it")
    rest = list(rest)
    kept: list[int] = []
    gap: Optional[int] = None  # the first of the removed lines after the last one that is kept
    for each in [*relevant, None]:
        if each is not None and not rest[each]:
            gap = each if gap is None else gap
            continue
        if gap is not None:
            _close_gap(rest, kept, start + gap, rest[each] if each is not None else "")
        gap = None
        if each is not None:
            kept.append(each)
    return rest


def _close_gap(rest: list[str], kept: list[int], number: int, below: str) -> None:
    """Removes each ``environment:`` above a gap that has nothing below it any more."""
    while kept:
        above = without_trailing_comment(rest[kept[-1]]).rstrip()
        parent = _PARENT.match(above)
        emptied = parent if parent and not _is_child(below, parent) else None
        if (_OPENS_BLOCK.search(above) and _CLOSES_BLOCK.match(below)) or (emptied and emptied.group("name") != "environment"):
            raise NotRedactable("unclear", number, "is the only content of its block")
        if not emptied:
            return
        rest[kept.pop()] = ""


def _is_continued(lines: list[str], index: int, below: Optional[int]) -> bool:
    """Whether the line continues the one before, or is continued by a deeper one below."""
    if index and comment_text(lines[index - 1]) is None and _CONTINUES.search(lines[index - 1]):
        return True
    return below is not None and _indent(lines[below]) > _indent(lines[index])


def _is_child(line: str, parent: re.Match[str]) -> bool:
    of_parent = len(parent.group("indent"))
    return _indent(line) > of_parent or (_indent(line) == of_parent and line.lstrip().startswith("- "))


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
