# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The account and region that a stored undo value or manifest belongs to.  Pure."""

from __future__ import annotations

from typing import Any, Mapping, NamedTuple, Optional, Sequence

from .errors import OptionError

COLLECTION_VERSION = "1.0.0"  # as in galaxy.yml
ACCOUNT, REGION = PLACES = ("account", "region")
AS_RETURNED = "Pass the return value undo of an earlier run unchanged."
KEYS = (*PLACES, "collection_version")


class Origin(NamedTuple):
    """An account, None if it is not known, and a region."""

    account: Optional[str]
    region: str

    @property
    def place(self) -> str:
        """Where something was looked for, for messages."""
        return f"{self.region} of account {self.account}" if self.account else self.region

    def undo(self, resources: Mapping[str, Any]) -> dict[str, Any]:
        """The undo value for these resources."""
        return {"account": self.account, "region": self.region, "collection_version": COLLECTION_VERSION, **resources}


def resources_in(undo: Mapping[str, Any]) -> dict[str, Any]:
    """The undo value without the keys that say where it belongs."""
    return {key: value for key, value in undo.items() if key not in KEYS}


def check_form(option: str, undo: Mapping[str, Any], kinds: frozenset[str]) -> None:
    """Raises OptionError unless the undo value says where it belongs, and has only resources of these kinds."""
    resources = resources_in(undo)
    if kinds.issuperset(resources) and all(isinstance(each, Mapping) for each in resources.values()) and _says_where(undo, resources):
        return
    raise OptionError(option, "is not the return value of a run, with its account and region.", AS_RETURNED)


def _says_where(undo: Mapping[str, Any], resources: Mapping[str, Any]) -> bool:
    """Whether there is nothing to undo, or it is known where."""
    return not any(resources.values()) or all(undo.get(key) for key in PLACES)


def check_origin(option: str, undo: Mapping[str, Any], current: Origin, places: Sequence[str] = PLACES) -> None:
    """Raises OptionError if the undo value belongs to another account or region: resources of the same names there are others.

    ``places`` leaves out what does not matter: the region, if the undo value names the region of each resource itself.
    """
    for key, value in zip(PLACES, current):
        if key in places and undo.get(key) and str(undo[key]) != value:
            fix = "Set region to it, or leave region and AWS_REGION out." if key == REGION else "Use credentials of that account."
            raise OptionError(option, f"is of the {key} {undo[key]}, and this task works in {value}.", fix)
