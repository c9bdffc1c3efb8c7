# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Instance profile associations as the state machine that they are on AWS."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import Any
from uuid import uuid4

from . import transitions
from .profiles import ProfileReference

TABLE = "profile_associations"


@dataclass(frozen=True)
class Association:
    """One association: it begins, and in the end it is replaced or disassociated."""

    association_id: str
    instance_id: str
    profile: ProfileReference
    position: int
    begun: float
    associated_at: float
    ended: bool = False
    gone_at: float = 0.0

    def state(self) -> str:
        """Return the state at this moment, in AWS's words."""
        if self.ended:
            return "disassociated" if transitions.now() >= self.gone_at else "disassociating"
        return "associated" if transitions.now() >= self.associated_at else "associating"

    def description(self) -> dict[str, Any]:
        """Return the association as AWS describes it."""
        return {
            "AssociationId": self.association_id,
            "InstanceId": self.instance_id,
            "IamInstanceProfile": self.profile.description(),
            "State": self.state(),
            "Timestamp": datetime.fromtimestamp(self.begun, timezone.utc),
        }


class AssociationTable:
    """The associations of one account and region, the ended ones included: AWS remembers their ids."""

    def __init__(self) -> None:
        self._all: dict[str, Association] = {}
        self._listed: dict[str, Association] = {}
        self._active: dict[str, Association] = {}

    def find(self, association_id: str) -> Association | None:
        """Return the association, even one that has ended; None if it never was."""
        return self._all.get(association_id)

    def active(self, instance_id: str) -> Association | None:
        """Return the association that has not ended; an instance has one at most."""
        return self._active.get(instance_id)

    def begin(self, instance_id: str, profile: ProfileReference) -> Association:
        """Return the new association. What was active before must have ended."""
        moment = transitions.now()
        association = Association(
            association_id=f"iip-assoc-{uuid4().hex[:17]}",
            instance_id=instance_id,
            profile=profile,
            position=len(self._all) + 1,
            begun=moment,
            associated_at=moment + transitions.TRANSITIONS.associating,
        )
        self._keep(association)
        self._active[instance_id] = association
        return association

    def end(self, association: Association) -> Association:
        """Return the association as ended."""
        gone_at = transitions.now() + transitions.TRANSITIONS.disassociating
        ended = replace(association, ended=True, gone_at=gone_at)
        self._keep(ended)
        self._active.pop(association.instance_id, None)
        return ended

    def listed(self) -> Iterable[Association]:
        """Return, oldest first, what a description without ids shows: all but the disassociated."""
        self._listed = {
            key: association
            for key, association in self._listed.items()
            if association.state() != "disassociated"
        }
        return self._listed.values()

    def _keep(self, association: Association) -> None:
        self._all[association.association_id] = association
        self._listed[association.association_id] = association


def table_of(ec2_backend: Any) -> AssociationTable:
    """Return the table of moto's backend for an account and a region.

    It lives on the backend, so that it is forgotten when moto is reset.
    """
    table: AssociationTable = vars(ec2_backend).setdefault(TABLE, AssociationTable())
    return table
