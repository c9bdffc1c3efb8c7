# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The undo manifest of the role attach: what restores everything that a run changes.  Pure."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any, Collection, Mapping, Optional

Manifest = Mapping[str, Mapping[str, Any]]  # resource type → its id or name → its former state
Result = Mapping[str, Any]  # what a module returned


def undo_of(launch: Result, instances: Result) -> dict[str, Any]:
    """The manifest from the results of both modules; members of groups are in the first."""
    undo = dict(launch.get("undo") or {})
    undo["instances"] = {**(instances.get("undo") or {}), **undo.get("instances", {})}
    return {kind: entries for kind, entries in undo.items() if entries}


def merge(planned: Manifest, earlier: Manifest) -> dict[str, dict[str, Any]]:
    """Both manifests.  Entries of the earlier one stay: they have the state from before the first run."""
    kinds = dict.fromkeys([*planned, *earlier])
    merged = {kind: {**planned.get(kind, {}), **earlier.get(kind, {})} for kind in kinds}
    return {kind: entries for kind, entries in merged.items() if entries}


def read_manifest(content: Optional[str]) -> Manifest:
    """The manifest in a file, by its content in base64, None if there is no file.  Raises ValueError if it is not a manifest."""
    if content is None:
        return {}
    try:
        document = json.loads(base64.b64decode(content))
    except (binascii.Error, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise ValueError("not JSON") from error
    found = document.get("attach_undo") if isinstance(document, Mapping) else None
    if not isinstance(found, Mapping) or not all(isinstance(each, Mapping) for each in found.values()):
        raise ValueError("not a manifest")
    return found


def touched(planned: Manifest, instance_ids: Collection[str], launch_updated: bool) -> dict[str, Any]:
    """The part of a manifest that undoes what batches of these instances changed, and the update of groups and launch templates."""
    instances = {key: before for key, before in planned.get("instances", {}).items() if key in instance_ids}
    others = {kind: entries for kind, entries in planned.items() if kind != "instances"} if launch_updated else {}
    return {**others, "instances": instances} if instances else others
