# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Says on which hosts which folders were not searched, where a key may still be.  Pure."""

from __future__ import annotations

from typing import Iterator, Mapping

from .facts import Row, rows

NOT_SEARCHED = "Not searched on {hosts}: {folders}"
UNKNOWN = "(unknown, because the search returned no list)"
_PLAIN = "Not searched"  # the message of a folder that was not searched at all
_MAX_FOLDERS = 40


def not_searched(results: Mapping[str, Row]) -> list[str]:
    """A sentence for all hosts of which the same was not searched."""
    hosts: dict[str, list[str]] = {}
    for host, result in results.items():
        hosts.setdefault("; ".join(_folders(result)), []).append(host)
    return [NOT_SEARCHED.format(hosts=", ".join(names), folders=folders) for folders, names in hosts.items() if folders]


def _folders(result: Row) -> Iterator[str]:
    if "not_searched" not in result:
        yield UNKNOWN
    listed = rows(result, "not_searched")
    for each in listed[:_MAX_FOLDERS]:
        yield each["target"] if each["message"] == _PLAIN else f"{each['target']} ({each['message']})"
    if len(listed) > _MAX_FOLDERS:
        yield f"and {len(listed) - _MAX_FOLDERS} more, see migrate_keys_result.not_searched"
