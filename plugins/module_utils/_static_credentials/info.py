# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""static_credentials_info's work: from its options, over the files and processes of a host, to its return values."""

from __future__ import annotations

from typing import Any, Mapping

from .host.known import UNIT
from .host.places import asked_for, places
from .host.tree import Tree
from .options import check_scan
from .scan import Bounds, Scan, counted


def look(options: Mapping[str, Any]) -> dict[str, Any]:
    """The module's return values.  Raises OptionError."""
    check_scan(options)
    scan = Scan(Tree(options["root"]), Bounds(options["max_file_size"], options["timeout"]))
    usual = places(scan.users.homes())
    # Units tell what kind other files are of.  What the user asks for is not left for the last seconds.
    scan.look_at(place for place in usual if place.kind == UNIT)
    scan.look_at(scan.environment_files)
    scan.look_at(asked_for(path) for path in options["paths"])
    scan.look_at(place for place in usual if place.kind != UNIT)
    if options["scan_processes"]:
        scan.look_at_processes()
    return _result(scan)


def _result(scan: Scan) -> dict[str, Any]:
    rows = sorted(scan.rows, key=_place_of)
    keys, ids = [row for row in rows if row["has_secret"]], [row for row in rows if not row["has_secret"]]
    incomplete = [{"path": path, "reason": reason} for path, reason in sorted(scan.incomplete.items())]
    return {
        "credentials": keys,
        "ids_only": ids,
        "aside": sorted(scan.aside, key=_place_of),
        "incomplete": incomplete,
        "msg": _summary(keys, ids, incomplete),
    }


def _place_of(row: Mapping[str, Any]) -> tuple:
    return row["pid"] or 0, row["path"], row["line"] or 0


def _summary(keys: list[dict], ids: list[dict], incomplete: list[dict]) -> str:
    """What was found as a sentence."""
    found = _counted_in_places(keys, "access key") if keys else "No access keys"
    alone = f", and {_counted_in_places(ids, 'id')} without a secret" if ids else ""
    missed = f"; {counted(incomplete, 'place')} could not be wholly looked at" if incomplete else ""
    return f"{found}{alone}{missed}."


def _counted_in_places(rows: list[dict], one: str) -> str:
    ids, paths = {row["access_key_id"] for row in rows}, {row["path"] for row in rows}
    return f"{counted(ids, one)} in {counted(paths, 'place')}"
