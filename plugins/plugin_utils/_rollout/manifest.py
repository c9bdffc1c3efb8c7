# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The undo manifest of a rollout: what restores everything that a run changes.  Pure."""

from __future__ import annotations

import json
from typing import Any, Collection, Mapping, NamedTuple, Optional

from ...module_utils._common.ansible_keys import passed_key
from ...module_utils._common.origin import KEYS, PLACES, resources_in
from .._variables.documents import read_json, read_json_documents

# Resource type → its id or name → its former state; and the account, region and version of the collection
Manifest = Mapping[str, Any]
Result = Mapping[str, Any]  # what a module returned


class Existing(NamedTuple):
    """What is in the file for the manifest, None if there is no file, and why it can't be used."""

    content: Optional[str] = None
    error: str = ""


def undo_of(launch: Result, instances: Result) -> dict[str, Any]:
    """The manifest from the results of both modules; members of groups are in the first.  It is empty if nothing was changed."""
    of_launch, of_instances = launch.get("undo") or {}, instances.get("undo") or {}
    undo = resources_in(of_launch)
    undo["instances"] = {**(of_instances.get("instances") or {}), **undo.get("instances", {})}
    # A module that changed nothing need not know the account.
    return _with_origin(undo, {**of_instances, **{key: value for key, value in of_launch.items() if value}})


def merge(planned: Manifest, earlier: Manifest) -> dict[str, Any]:
    """Both manifests.  Entries of the earlier one stay: they have the state from before the first run."""
    kinds = dict.fromkeys([*resources_in(planned), *resources_in(earlier)])
    merged = {kind: {**planned.get(kind, {}), **earlier.get(kind, {})} for kind in kinds}
    return _with_origin(merged, planned)


def undo_of_instances(manifest: Manifest) -> dict[str, Any]:
    """The part of a manifest that instance_profile_attach returns as undo."""
    return {**{key: manifest[key] for key in KEYS if key in manifest}, "instances": dict(manifest.get("instances", {}))}


def belongs_elsewhere(planned: Manifest, earlier: Manifest) -> str:
    """The account or region of an earlier manifest if it is another one; such manifests can't be merged."""
    other = [f"the {key} {earlier[key]}" for key in PLACES if earlier.get(key) and earlier[key] != planned.get(key)]
    return " and ".join(other)


def _with_origin(resources: Manifest, undo: Manifest) -> dict[str, Any]:
    """The resources that there are, after what says where they belong."""
    entries = {kind: found for kind, found in resources.items() if found}
    return {**{key: undo[key] for key in KEYS if key in undo}, **entries} if entries else {}


def read_manifest(content: Optional[str], key: str) -> Manifest:
    """The manifest in a file, by its content, None if there is no file, and its key.  Raises ValueError if it is not a manifest."""
    if content is None:
        return {}
    document = read_json(content)
    return _checked(document.get(key) if isinstance(document, Mapping) else None)


class SeveralPlaces(ValueError):
    """Manifests of several accounts or regions, which one undo can't restore."""


def given_manifest(given: Any, key: str) -> Manifest:
    """A manifest that is not in a file: the fact, or the text of the artifact or of a file.  Raises ValueError if it is none.

    The artifact of a job has the manifests of all hosts that used the role, one after the other.
    """
    documents = read_json_documents(given) if isinstance(given, str) else [given]
    merged: Manifest = {}
    for manifest in (_checked(each.get(key, each) if isinstance(each, Mapping) else None) for each in documents):
        elsewhere = belongs_elsewhere(manifest, merged)
        if elsewhere:
            raise SeveralPlaces(elsewhere)
        merged = merge(manifest, merged) if merged else manifest
    return merged


def as_text(manifest: Manifest) -> str:
    """The manifest as JSON that Ansible takes for plain text wherever it comes from: nothing in it begins a template."""
    text = json.dumps(manifest)
    for each in "{#%":
        escaped = f"\\u{ord(each):04x}"
        # In JSON, these characters are parts of strings, except for braces before a quote or another brace.
        text = text.replace("{" + each, "{" + escaped)
    return text


def unseen(earlier: Manifest, planned: Manifest, launch: Result, instances: Result) -> list[str]:
    """The resources in an earlier manifest that this run neither selects nor changes.

    Rows do not name the launch templates of overrides, so each launch template counts as seen if groups or fleets are selected.
    """
    seen = {kind: {passed_key(row["name"]) for row in launch.get(kind, ())} for kind in ("auto_scaling_groups", "fleets")}
    seen["instances"] = {row["instance_id"] for row in (*launch.get("instances", ()), *instances.get("instances", ()))}
    seen["launch_templates"] = set(earlier.get("launch_templates", ())) if any(seen[kind] for kind in ("auto_scaling_groups", "fleets")) else set()
    seen["launch_templates"] |= {str(_template_id(row)) for row in launch.get("launch_templates", ())}
    known = {kind: {*seen.get(kind, ()), *planned.get(kind, ())} for kind in resources_in(earlier)}
    return [key for kind, entries in resources_in(earlier).items() for key in entries if key not in known[kind]]


def _template_id(row: Mapping[str, Any]) -> Any:
    return (row.get("before") or row.get("after") or {}).get("launch_template_id")


def _checked(found: Any) -> Manifest:
    if not isinstance(found, Mapping) or not all(isinstance(each, Mapping) for each in resources_in(found).values()):
        raise ValueError("not a manifest")
    return found


def touched(planned: Manifest, instance_ids: Collection[str], launch_updated: bool) -> dict[str, Any]:
    """The part of a manifest that undoes what batches of these instances changed, and the update of groups and launch templates."""
    resources = resources_in(planned)
    instances = {key: before for key, before in resources.pop("instances", {}).items() if key in instance_ids}
    return _with_origin({**(resources if launch_updated else {}), "instances": instances}, planned)
