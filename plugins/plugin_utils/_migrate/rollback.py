# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rollback file: what a run is about to change, written before its first change, so that the next run can undo it.  Pure."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Any, Mapping, Optional, Sequence

from .facts import HostFacts, Row

DIRECTORY = "~/.local/state/keyless-ec2"
DAMAGED = "The rollback file {path} is damaged ({error}). Put back the files that it was written for, or none, and delete it."
FOREIGN = (
    "The rollback file {path} was written on another instance, {owner}. Nothing was changed. If this host was launched from an image of it, "
    "put back the files that it names, or none, and delete it."
)


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


def rollback_file(root: str) -> str:
    """Where a run writes what has to be put back if it is interrupted."""
    return f"{DIRECTORY}/migrate_keys-{hashlib.sha256(root.encode()).hexdigest()[:16]}.json"


def error(facts: HostFacts) -> str:
    """Why the rollback file of an interrupted run can't be used; empty if it can, or if there is none."""
    path = facts.rollback.get("source")
    try:
        found = _read(facts)
    except (ValueError, TypeError, AttributeError) as reason:
        return DAMAGED.format(path=path, error=reason)
    if found == Rollback() or not facts.identity or found.is_of(facts.identity):
        return ""
    return FOREIGN.format(path=path, owner="/".join(str(each) for each in (found.account_id, found.region, found.instance_id)))


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
    return found
