# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table at the end: where each key was found, whose it is, and what became of it.  Pure."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Iterable, Iterator, Mapping, Sequence

from ...module_utils._common.plan_summary import Item, Kind, summary
from ...module_utils._common.quoting import one_line
from ...module_utils._common.sentences import listed
from ...module_utils._static_credentials.reasons import MESSAGES
from .facts import Row, rows, unique, unique_rows
from .files import AS_BEFORE, GONE, PLANNED, PROCESS

HEADER = ("ACCESS KEY", "STATE", "USER", "LAST USED (UTC)", "WHERE")
NO_KEYS, NO_HOST, SHOWN = "No access keys were found on {hosts}.", "No host was searched for access keys.", 3
USER = "user"
KEYS = ("environment", "shared_credentials", "config", "boto", "ec2_credential_file")  # what static_credentials_info calls them
WIDTHS = (20, 12, 24, 16)  # at least; the last column has none

IN_PROCESS = MESSAGES["process"]
BACK = "The key is in the file again"

Line = Sequence[str]
Results = Mapping[str, Row]  # migrate_keys_result by host


def table(results: Results, owners: Iterable[Row]) -> list[str]:
    """A line for each location of each key or id, each action that a role does not allow, and each location that was not searched.

    A sentence if there is no such line.
    """
    known = {each["access_key_id"]: each for each in owners}
    parts = (_credentials(results, known), _ids_only(results), _without_role(results), _usage(results), _incomplete(results))
    lines = [line for part in parts for line in part]
    return (
        [_format(line) for line in [HEADER, *lines]]
        if lines
        else [NO_KEYS.format(hosts=listed(list(map(one_line, results)), SHOWN)) if results else NO_HOST]
    )


def closing(results: Results) -> list[str]:
    """What became of the locations of keys, or in check mode would become of them, in one sentence, if there are any."""
    items = [Item(state) for _key, state, *_others in _credentials(results, {})]
    return [summary([Kind(items, "location")], False)] if items else []


def _credentials(results: Results, owners: Mapping[str, Row]) -> list[Line]:
    found = [(each["access_key_id"], host, each) for host, result in results.items() for each in rows(result, "credentials")]
    # A user can plant thousands of keys, so nothing may be searched for each of them.
    outcomes = {host: _Outcomes(result) for host, result in results.items()}
    lines: list[Line] = []
    for key, host, location in sorted(found, key=lambda each: each[0]):
        state, why = outcomes[host].of(location)
        lines.append((key, state, *_owner(owners.get(key, {})), _where(host, location) + (f" ({why.rstrip('.')})" if why else "")))
    # A key that is in a file again is found both there and in the original that is set aside.
    return list(dict.fromkeys(lines))


class _Outcomes:
    """What became of the locations of keys on a host."""

    def __init__(self, result: Row) -> None:
        self._result = result
        self._left = {(each["access_key_id"], each["path"]) for each in rows(result, "left")}
        self._files = {each["path"]: each for each in reversed(rows(result, "files"))}

    def of(self, location: Row) -> tuple[str, str]:
        """What became of a location, or in check mode would become of it, and why."""
        file: Row = self._files.get(location["path"], {})
        if (location["access_key_id"], location["path"]) not in self._left:
            is_planned = self._result.get("state") == PLANNED and file.get("action") in GONE
            return "to set aside" if is_planned else "set aside", file.get("msg") or ""
        if self._result.get("failure") is not None:
            return self._after_failure(location)
        if location["kind"] == PROCESS:
            return "left", IN_PROCESS
        return "left", (file.get("msg") or "") if file.get("action") not in GONE else BACK

    def _after_failure(self, location: Row) -> tuple[str, str]:
        if location["access_key_id"] not in (self._result.get("moved") or ()):
            return "left", "the run failed before"
        return ("put back", "") if self._result.get("state") == AS_BEFORE else ("unknown", "not everything could be put back, see the error")


def _owner(row: Row) -> tuple[str, str]:
    return row.get("user_name") or "-", _minute(row.get("last_used_date") or "-")


def _minute(date: str) -> str:
    """A date of AWS, which is in UTC, to the minute; any other text as it is."""
    try:
        return datetime.fromisoformat(date).astimezone(timezone.utc).strftime("%Y-%m-%d %H:%M")
    except ValueError:
        return date


def _ids_only(results: Results) -> Iterator[Line]:
    for host, result in results.items():
        for each in rows(result, "ids_only"):
            yield each["access_key_id"], "id only", "-", "-", _where(host, each)


def _without_role(results: Results) -> Iterator[Line]:
    """What would not use the role without its keys; where a key stays is in the table already."""
    for host, result in results.items():
        for each in rows(result, "sdk_credentials"):
            if not each["uses_role"] and each["without_keys"] not in KEYS:
                who = f"{each['type']} {each['name']}" + ("" if each["type"] == USER else f" in {each['home']}")
                yield "-", "no role", "-", "-", f"{host}: {who}: " + " ".join(filter(None, (each["message"], each["fix"])))


def _usage(results: Results) -> Iterator[Line]:
    not_allowed = (each for result in results.values() for each in rows(result, "not_allowed"))
    for row in unique_rows(not_allowed, lambda row: (row["access_key_id"], *row["not_allowed"])):
        yield row["access_key_id"], "not allowed", row["user_name"], "-", ", ".join(row["not_allowed"])
    for key in unique(each for result in results.values() for each in result.get("usage_unknown") or ()):
        yield key, "unknown", "-", "-", "whether the role allows what it did"


def _incomplete(results: Results) -> Iterator[Line]:
    for host, result in results.items():
        if result.get("failure") is not None and not rows(result, "credentials") and not rows(result, "searched"):
            yield "?", "not searched", "-", "-", f"{host} (the run failed before)"
        for each in rows(result, "incomplete"):
            yield "?", "not searched", "-", "-", f"{host}:{each['target']} ({each['message']})"


def _where(host: str, location: Row) -> str:
    line = f":{location['line']}" if location["line"] else ""
    return f"{host}:{location['path']}{line}"


def _format(line: Line) -> str:
    *cells, last = map(one_line, line)
    return "  ".join([*(cell.ljust(width) for cell, width in zip(cells, WIDTHS)), last])
