# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""static_credentials_info's work: from its options, over the files and processes of a host, to its return values."""

from __future__ import annotations

from typing import Any, Iterator, Mapping

from .host.exclusions import Excluded
from .host.known_paths import UNIT
from .host.search_paths import Place, asked_for, places
from .host.tree import Tree
from .options import check_scan, given_paths
from .scan import Bounds, Scan, counted


def look(options: Mapping[str, Any]) -> dict[str, Any]:
    """The module's return values.  Raises OptionError."""
    check_scan(options)
    bounds = Bounds(options["max_file_size"], options["timeout"])
    scan = Scan(Tree(options["root"]), bounds, Excluded(given_paths(options, "exclude")))
    if options["scan_processes"]:
        scan.add_processes()
    for turn in _turns(given_paths(options, "paths"), scan.users.homes()):
        scan.add(turn)
    scan.run()
    return _result(scan)


def _turns(paths: list[str], homes: list[str]) -> Iterator[list[Place]]:
    """The places that share out the time.  What users can fill with as much as they like comes last."""
    of_system = places([])
    yield from ([place] for place in of_system)
    yield _of_home("/root", of_system)
    yield from ([asked_for(path)] for path in paths)
    yield from (_of_home(home, of_system) for home in homes if home != "/root")


def _of_home(home: str, of_system: list[Place]) -> list[Place]:
    """The places in a home, the units first, because they name other files."""
    found = set(places([home])).difference(of_system)
    return sorted(found, key=lambda place: (place.kind != UNIT, place.top))


def _result(scan: Scan) -> dict[str, Any]:
    rows = sorted(scan.rows, key=_place_of)
    keys, ids = [row for row in rows if row["has_secret"]], [row for row in rows if not row["has_secret"]]
    incomplete = [{"target": path, "reason": reason, "message": message} for path, (reason, message) in sorted(scan.incomplete.items())]
    return {
        "credentials": keys,
        "ids_only": ids,
        "aside": sorted(scan.aside, key=_place_of),
        "incomplete": incomplete,
        "msg": _summary(keys, ids, incomplete),
    }


def _place_of(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return row["pid"] or 0, row["path"], row["line"] or 0


def _summary(keys: list[dict[str, Any]], ids: list[dict[str, Any]], incomplete: list[dict[str, Any]]) -> str:
    """What was found as a sentence."""
    found = _counted_in_places(keys, "access key") if keys else "No access keys"
    alone = f", and {_counted_in_places(ids, 'id')} without a secret" if ids else ""
    missed = f"; {counted(incomplete, 'place')} could not be searched completely" if incomplete else ""
    return f"{found}{alone}{missed}."


def _counted_in_places(rows: list[dict[str, Any]], one: str) -> str:
    ids, paths = {row["access_key_id"] for row in rows}, {row["path"] for row in rows}
    return f"{counted(ids, one)} in {counted(paths, 'place')}"
