# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Instance profile associations as the state machine that they are on AWS."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import Any
from uuid import uuid4

from ..conditions import transitions
from ..conditions.clock import clock
from ..server.paging import in_order
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
        """The state at this moment, in AWS's words."""
        if self.ended:
            return "disassociated" if clock().now() >= self.gone_at else "disassociating"
        return "associated" if clock().now() >= self.associated_at else "associating"

    def description(self) -> dict[str, Any]:
        """The association as AWS describes it."""
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
        self._active: dict[str, Association] = {}
        self._ending: list[Association] = []

    def find(self, association_id: str) -> Association | None:
        """The association, even one that has ended; None if it never was."""
        return self._all.get(association_id)

    def active(self, instance_id: str) -> Association | None:
        """The association that has not ended; an instance has one at most."""
        return self._active.get(instance_id)

    def begin(self, instance_id: str, profile: ProfileReference, runs_at: float = 0.0) -> Association:
        """The new association. What was active before must have ended.

        It is associating at least until ``runs_at``, when its instance runs.
        """
        association = Association(
            association_id=f"iip-assoc-{uuid4().hex[:17]}",
            instance_id=instance_id,
            profile=profile,
            position=len(self._all) + 1,
            begun=clock().now(),
            associated_at=max(runs_at, transitions.transitions().until("associating")),
        )
        self._all[association.association_id] = association
        self._active[instance_id] = association
        return association

    def refresh(self, association: Association, profile: ProfileReference) -> None:
        """Remembers something else of the profile, as when the instance starts."""
        fresh = replace(association, profile=profile)
        self._all[fresh.association_id] = fresh
        self._active[fresh.instance_id] = fresh

    def end(self, association: Association) -> Association:
        """The association as ended."""
        ended = replace(association, ended=True, gone_at=transitions.transitions().until("disassociating"))
        self._all[ended.association_id] = ended
        self._active.pop(ended.instance_id, None)
        self._ending.append(ended)
        return ended

    def listed(self, instance_ids: list[str] | None = None) -> list[Association]:
        """Return, oldest first, what a description shows of these instances, or of all.

        These are all associations but the disassociated.
        """
        self._ending = [each for each in self._ending if each.state() != "disassociated"]
        if instance_ids is None:
            return in_order([*self._active.values(), *self._ending])
        wanted = set(instance_ids)
        active = [self._active[each] for each in wanted if each in self._active]
        return in_order([*active, *(each for each in self._ending if each.instance_id in wanted)])


def table_of(ec2_backend: Any) -> AssociationTable:
    """The table of moto's backend for an account and a region.

    It lives on the backend, so that it is forgotten when moto is reset.
    """
    table: AssociationTable = vars(ec2_backend).setdefault(TABLE, AssociationTable())
    return table
