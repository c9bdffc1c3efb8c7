# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which files with keys are set aside, which are put back, and what is left.  Pure."""

from __future__ import annotations

from typing import Any

from .facts import HostFacts, Options, Row, rows, unique, unique_rows
from .rollback import interrupted

PROCESS = "process_environment"
UNIT = "systemd_unit"
# States of a host: in check mode, and after everything was put back
PLANNED, AS_BEFORE = "planned", "as_before"
GONE = ("aside", "trimmed")  # the actions after which the key is no longer in its file


def locations(facts: HostFacts) -> list[Row]:
    """Where keys are on the host, those that are set aside included."""
    return rows(facts.found, "credentials") + rows(facts.found, "aside")


def paths_to_set_aside(facts: HostFacts) -> list[str]:
    """The files with keys."""
    return _paths(rows(facts.found, "credentials"))


def paths_with_keys(facts: HostFacts) -> list[str]:
    """The same, and those that are set aside already."""
    return _paths(locations(facts))


def paths_in_rollback_file(facts: HostFacts) -> list[str]:
    """What has to be put back if this run is interrupted."""
    return unique(list(interrupted(facts).paths) + paths_to_set_aside(facts))


def paths_to_put_back(facts: HostFacts) -> list[str]:
    """What this run, and an interrupted run before it, set aside; all that it may have, if the module that does it returned nothing."""
    is_silent = bool(facts.set_aside) and "files" not in facts.set_aside
    return paths_in_rollback_file(facts) if is_silent else unique(list(interrupted(facts).paths) + _gone(facts))


def changes_a_unit(facts: HostFacts, options: Options) -> bool:
    """Whether systemd has to reload its units, which are only those of its own root directory."""
    units = {each["path"] for each in locations(facts) if each["kind"] == UNIT}
    return options.root == options.systemd_root and not units.isdisjoint(paths_to_put_back(facts))


def keys_set_aside(facts: HostFacts) -> list[str]:
    """The ids of the keys that are in these files together with their secrets."""
    paths = set(paths_to_put_back(facts))
    return unique(each["access_key_id"] for each in locations(facts) if each["has_secret"] and each["path"] in paths)


def left(facts: HostFacts, is_put_back: bool, check_mode: bool) -> list[Row]:
    """Where keys still are: everywhere if the files were put back, except where a completed run set them aside.

    Check mode leaves out what would be set aside.
    """
    if is_put_back:
        put_back = set(paths_to_put_back(facts))
        return rows(facts.found, "credentials") + [each for each in rows(facts.found, "aside") if each["path"] in put_back]
    gone = set(_gone(facts) if check_mode else ())
    return [each for each in rows(facts.remaining, "credentials") if each["path"] not in gone]


def incomplete(facts: HostFacts) -> list[Row]:
    """What either of the two searches did not search completely."""
    return unique_rows(rows(facts.found, "incomplete") + rows(facts.remaining, "incomplete"), lambda row: (row["target"], row["message"]))


def result(facts: HostFacts, options: Options, usage: Row, failure: Any = None, is_restored: bool = False) -> dict[str, Any]:
    """The host's migrate_keys_result; ``failure`` says why it was put back, and ``is_restored`` whether all of it was."""
    return {
        "state": _state(failure is not None, is_restored, options.check_mode),
        "credentials": locations(facts),
        "ids_only": rows(facts.found, "ids_only"),
        "files": rows(facts.set_aside, "files"),
        "left": left(facts, failure is not None, options.check_mode),
        "moved": keys_set_aside(facts),
        "incomplete": incomplete(facts),
        "sdk_credentials": _last(facts, "sdk_credentials"),
        "searched": _last(facts, "searched"),
        "not_searched": _last(facts, "not_searched"),
        **usage,
        "failure": failure,
    }


def _last(facts: HostFacts, name: str) -> list[Row]:
    """A list of the last search."""
    return rows(facts.remaining or facts.found, name)


def _state(is_failed: bool, is_restored: bool, check_mode: bool) -> str:
    if is_failed:
        return AS_BEFORE if is_restored else "partly_restored"
    return PLANNED if check_mode else "migrated"


def _paths(found: list[Row]) -> list[str]:
    return unique(each["path"] for each in found if each["kind"] != PROCESS)


def _gone(facts: HostFacts) -> list[str]:
    return [each["path"] for each in rows(facts.set_aside, "files") if each["action"] in GONE]
