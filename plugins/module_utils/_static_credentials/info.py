# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The work of static_credentials_info: searches the files and processes of a host, and makes the return values."""

from __future__ import annotations

import os
from typing import Any, Iterator, Mapping

from .._common.sentences import number_of
from .host.exclusions import Exclusions
from .host.known_paths import UNIT
from .host.path_escaping import escaped, escaped_path
from .host.search_paths import SearchPath, requested_path, search_paths
from .host.tree import Tree, check_root
from .options import check_scan, given_paths
from .scan import PROCESSES, Limits, Scan
from .sdk_credentials import SdkCredentials
from .time_slicing import TimeOver, in_time

MAX_SKIPPED = 50
LISTING_SECONDS = 2


def gather(options: Mapping[str, Any]) -> dict[str, Any]:
    """The module's return values.  Raises OptionError."""
    check_scan(options)
    check_root(options["root"])
    tree = Tree(options["root"])
    limits = Limits(options["max_file_size"], options["timeout"])
    scan = Scan(tree, limits, Exclusions(given_paths(options, "exclude")))
    if options["scan_processes"]:
        scan.add_processes()
    for group in _groups(given_paths(options, "paths"), scan.users.homes()):
        scan.add(group)
    scan.run()
    sdk_credentials = SdkCredentials(tree, scan.users, scan.deadline, scan.incomplete.add).rows(scan.rows + scan.aside, scan.units)
    return {**_result(scan), **_coverage(scan, tree, options), "sdk_credentials": sdk_credentials}


def _groups(paths: list[str], homes: list[str]) -> Iterator[list[SearchPath]]:
    """The search paths in groups that share the time.  Folders that users can fill come last."""
    of_system = search_paths([])
    yield from ([path] for path in of_system)
    yield _home_paths("/root", of_system)
    yield from ([requested_path(path)] for path in paths)
    yield from (_home_paths(home, of_system) for home in homes if home != "/root")


def _home_paths(home: str, of_system: list[SearchPath]) -> list[SearchPath]:
    """The search paths in a home, first the systemd units, because they name other files."""
    found = set(search_paths([home])).difference(of_system)
    return sorted(found, key=lambda path: (path.kind != UNIT, path.top))


def _result(scan: Scan) -> dict[str, Any]:
    rows = sorted(scan.rows, key=_location)
    keys, ids = [row for row in rows if row["has_secret"]], [row for row in rows if not row["has_secret"]]
    incomplete = scan.incomplete.rows()
    return {
        "credentials": keys,
        "ids_only": ids,
        "aside": sorted(scan.aside, key=_location),
        "incomplete": incomplete,
        "msg": _summary(keys, ids, incomplete),
    }


def _coverage(scan: Scan, tree: Tree, options: Mapping[str, Any]) -> dict[str, Any]:
    """What was searched, and what was not by design."""
    searched = [{**row, "path": escaped_path(str(row["path"]))} for row in scan.coverage.searched()]
    processes = [{"path": PROCESSES, "scope": "environments", "levels": 0}] if options["scan_processes"] else []
    rows = [
        *scan.coverage.not_searched(lambda folder: _list_in_time(tree, folder)),
        *((path, "Directories of this name are not searched") for path in sorted(scan.skipped)[:MAX_SKIPPED]),
        *((path, "Excluded") for path in given_paths(options, "exclude")),
        *([] if options["scan_processes"] else [(PROCESSES, "The environments of processes were not searched")]),
    ]
    if scan.number_of_skipped > MAX_SKIPPED:
        rows.append(("/", f"{scan.number_of_skipped - MAX_SKIPPED} more directories with such names were not searched"))
    not_searched = [{"target": escaped_path(path), "message": escaped(message)} for path, message in rows]
    return {"searched": searched + processes, "not_searched": not_searched}


def _list_in_time(tree: Tree, folder: str) -> tuple[list[str], bool]:
    try:
        return in_time(lambda: _list_folder(tree, folder), LISTING_SECONDS)
    except TimeOver:
        return [], True


def _list_folder(tree: Tree, folder: str) -> tuple[list[str], bool]:
    """The paths of a folder's subfolders, and whether it has other files."""
    subfolders, has_files = [], False
    try:
        with tree.entries(folder) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    subfolders.append(os.path.join(folder, entry.name))
                has_files = has_files or entry.is_file(follow_symlinks=False)
    except OSError:
        return [], True
    return subfolders, has_files


def _location(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return row["pid"] or 0, row["path"], row["line"] or 0


def _summary(keys: list[dict[str, Any]], ids: list[dict[str, Any]], incomplete: list[dict[str, Any]]) -> str:
    found = _count_in_locations(keys, "access key") if keys else "No access keys"
    alone = f", and {_count_in_locations(ids, 'id')} without a secret" if ids else ""
    missed = f"; {number_of(len(incomplete), 'location')} could not be searched completely" if incomplete else ""
    return f"{found}{alone}{missed}."


def _count_in_locations(rows: list[dict[str, Any]], one: str) -> str:
    ids, paths = {row["access_key_id"] for row in rows}, {row["path"] for row in rows}
    return f"{number_of(len(ids), one)} in {number_of(len(paths), 'location')}"
