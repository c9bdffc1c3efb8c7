# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rollback file: what a run is about to change, written before its first change, so that the next run can undo it.  Pure.

Whoever is root on the host can write it, and can make the host say that it is another instance.  So nothing is changed in AWS by what it says
unless somebody has named the instance and the instance profiles elsewhere.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Any, Mapping, Optional, Sequence

from .facts import HostFacts, Options, Row

DIRECTORY = "~/.local/state/keyless-ec2"
DAMAGED = "The rollback file {path} is damaged ({error}). Put back the files that it was written for, or none, and delete it."
FOREIGN = (
    "The rollback file {path} was written on another instance, {owner}. Nothing was changed. If this host was launched from an image of it, "
    "put back the files that it names, or none, and delete it."
)

OTHER_INSTANCE = (
    "The host says that it is the instance {said}, and its inventory or migrate_keys_instance_id that it is {named}. Nothing was changed."
)
NOT_NAMED = (
    "The rollback file {path} says that a run was interrupted that changed the instance profile of {instance} from {before} to {after}. Root on the "
    "host could have written that, so nothing was changed. If it is true, {fix}. If not, delete the file."
)
NAME_INSTANCE = "set migrate_keys_instance_id in the inventory to the instance's id, unless its variable instance_id has it"
NOT_REPLACED = (
    "The host says that it is the instance {said}, whose instance profile may be replaced (migrate_keys_on_conflict: replace). Root on the host "
    "could say that of another instance, so nothing was changed. If it is true, {fix}."
)
NAME_PROFILES = "name {profiles} in migrate_keys_former_profiles"


@dataclass(frozen=True)
class Rollback:
    """The files that are set aside, and the instance profile before and after the change; None where there is none."""

    account_id: Optional[str] = None
    region: Optional[str] = None
    instance_id: Optional[str] = None
    paths: Sequence[str] = ()
    changes_profile: bool = False
    before: Optional[str] = None
    after: Optional[str] = None

    def is_of(self, identity: Row) -> bool:
        """Whether this instance wrote it. The metadata service may not say the account."""
        same = (getattr(self, name) == identity.get(name) for name in ("account_id", "region") if getattr(self, name) and identity.get(name))
        return self.instance_id == identity["instance_id"] and all(same)

    def as_content(self) -> dict[str, Any]:
        """What is in the file."""
        return asdict(self)


def identity_error(facts: HostFacts, options: Options) -> str:
    """Why the host is not believed that it is the instance that it says it is; empty if it is."""
    said, named = facts.identity.get("instance_id"), options.named.instance_id
    if said and not named and options.instance_profile and options.on_conflict == "replace":
        return NOT_REPLACED.format(said=said, fix=NAME_INSTANCE)
    return OTHER_INSTANCE.format(said=said, named=named) if said and named and said != named else ""


def rollback_file(root: str) -> str:
    """Where a run writes what has to be put back if it is interrupted."""
    return f"{DIRECTORY}/migrate_keys-{hashlib.sha256(root.encode()).hexdigest()[:16]}.json"


def error(facts: HostFacts) -> str:
    """Why the rollback file of an interrupted run can't be used; empty if it can, or if there is none."""
    path = facts.rollback.get("source")
    try:
        found = _read(facts)
    except (ValueError, TypeError, AttributeError, RecursionError) as reason:
        return DAMAGED.format(path=path, error=reason)
    if found == Rollback() or not facts.identity:
        return ""
    if found.is_of(facts.identity):
        return _not_named(facts, found) if found.changes_profile else ""
    return FOREIGN.format(path=path, owner="/".join(str(each) for each in (found.account_id, found.region, found.instance_id)))


def _not_named(facts: HostFacts, found: Rollback) -> str:
    """Why what the file says about the instance profile can't be believed; empty if it can."""
    others = [each for each in (found.before, found.after) if each and not {each, each.rpartition("/")[2]} & set(facts.named.profiles)]
    fixes = [] if facts.named.instance_id else [NAME_INSTANCE]
    fixes += [NAME_PROFILES.format(profiles=" and ".join(others))] if others else []
    shown = {"instance": found.instance_id, "before": found.before or "none", "after": found.after or "none"}
    return NOT_NAMED.format(path=facts.rollback.get("source"), fix=", and ".join(fixes), **shown) if fixes else ""


def interrupted(facts: HostFacts) -> Rollback:
    """What an interrupted run on this instance changed; nothing if its rollback file can't be used."""
    return Rollback() if error(facts) else _read(facts)


def _read(facts: HostFacts) -> Rollback:
    content = facts.rollback.get("content")
    if not content:
        return Rollback()
    given: Mapping[str, Any] = json.loads(base64.b64decode(content))
    found = Rollback(**given)
    if not isinstance(found.paths, list) or not all(isinstance(each, str) for each in found.paths):
        raise ValueError("paths is not a list of paths")
    if not all(isinstance(each, (str, type(None))) for each in (found.before, found.after, found.account_id, found.region, found.instance_id)):
        raise ValueError("an instance profile or its instance is not a text")
    return found
