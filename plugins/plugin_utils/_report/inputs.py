# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inputs of the role report: paths, and the files that they lead to."""

from __future__ import annotations

import os
from datetime import datetime, timezone
from glob import glob, has_magic
from pathlib import Path
from typing import Any, Callable, Mapping, NamedTuple, Sequence

from .._rollout.private_files import NotPrivate, check_owner
from .._variables.documents import read_json, read_yaml
from .merge import merge
from .report import empty_document, read_document, report_of
from .waivers import waivers_in

MOST_BYTES = 1024 * 1024 * 1024  # of a file: far more than a report of 100,000 instances has
FILE_NAMES = {"html": "report.html", "json": "report.json", "csv": "report.csv", "junit": "report.xml"}


class InputError(ValueError):
    """An input that can't be used: names the role variable, what is wrong, and a suggestion."""


class Inputs(NamedTuple):
    """The directory for the files, and the content of the given files; None for those that are not given.

    ``notes`` are sentences about the files that ``estate`` was merged from.
    """

    directory: str
    estate: Any
    since: Any
    since_path: str
    waivers: Any
    notes: Sequence[str] = ()


def read_inputs(options: Mapping[str, Any], start: str) -> Inputs:
    """Reads and checks the inputs; relative paths begin at ``start``.  Raises ValueError.

    It is called before AWS, because reading a large estate takes minutes.
    """
    now = datetime.now(timezone.utc).isoformat()
    documents = {path: _content("report_estate", path, start, read_json) for path in estate_files(options["estate"], start)}
    estate, notes = merge(documents, now) if documents else (None, ())
    since = _content("report_since", options["since"], start, read_json)
    given = options["waivers"]
    waivers = _content("report_waivers", given, start, read_yaml) if isinstance(given, str) else given
    _check_content(estate or empty_document(now), now, waivers or [], since)
    directory = absolute(options["directory"], start)
    check_owners(directory)
    return Inputs(directory, estate, since, str(options["since"] or ""), waivers or [], notes)


def check_new(fail_on: Sequence[str], since: Any) -> None:
    """Raises InputError if new problems should fail the play, but no earlier report says which are new."""
    if "new" in fail_on and not since:
        raise InputError("report_fail_on: has new, but report_since is not set. Give the report.json of an earlier run in report_since.")


def estate_files(given: Any, start: str) -> list[str]:
    """The paths of the given files; a path may have wildcards.  Raises InputError if nothing matches them."""
    found: list[str] = []
    for each in given if isinstance(given, (list, tuple)) else [given] if given else []:
        path = absolute(str(each), start)
        matching = sorted(glob(path)) if has_magic(path) and not os.path.exists(path) else [path]
        if not matching:
            raise InputError(f"report_estate: no file matches {path}. Give the path of a file on the control node, or of several.")
        found += matching
    return list(dict.fromkeys(found))


def absolute(path: str, start: str) -> str:
    """The absolute path."""
    return os.path.join(start, os.path.expanduser(path))


def _check_content(document: Mapping[str, Any], now: str, waivers: Any, since: Any) -> None:
    """Raises InputError, with the variable's name, for waivers and an earlier report that can't be used, and ValueError for the rest."""
    for variable, given, check in (
        ("report_waivers", waivers, lambda: waivers_in(waivers)),
        ("report_since", since, lambda: read_document(since, "the earlier report", now)),
    ):
        try:
            if given:
                check()
        except ValueError as error:
            raise InputError(f"{variable}: {error}") from error
    report_of(document, now, waivers, since)


def check_owners(directory: str) -> None:
    """Raises InputError if somebody else owns the directory, or a file that would be replaced and keep its owner."""
    try:
        for path in (directory, *(os.path.join(directory, name) for name in FILE_NAMES.values())):
            check_owner(path)
    except NotPrivate as error:
        raise InputError(f"report_directory: {error}") from None


def _content(variable: str, path: Any, start: str, parse: Callable[[str], Any]) -> Any:
    if not path:
        return None
    file = Path(absolute(str(path), start))
    if not file.is_file():
        raise InputError(f"{variable}: the file {file} does not exist. Give the path of a file on the control node.")
    try:
        return parse(_text(file))
    except (OSError, ValueError) as error:
        what = "a list of waivers in YAML or JSON" if variable == "report_waivers" else "a report.json that this role wrote"
        raise InputError(f"{variable}: {file} can't be read: {' '.join(str(error).split())}. It must be {what}.") from error


def _text(file: Path) -> str:
    """The text of a file, which somebody else may have written."""
    with file.open("rb") as opened:
        data = opened.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise ValueError(f"it has more than {MOST_BYTES // 2**20} MiB")
    return data.decode("utf-8")
