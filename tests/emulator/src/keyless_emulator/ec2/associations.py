# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Instance profile associations, as the state machine that they are on AWS."""

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
    """One association, from its beginning until it is replaced or disassociated."""

    association_id: str
    instance_id: str
    profile: ProfileReference
    position: int
    begun: float
    associated_at: float
    ended: bool = False
    gone_at: float = 0.0

    def state(self) -> str:
        """Returns the current state, in AWS's terms."""
        if self.ended:
            return "disassociated" if clock().now() >= self.gone_at else "disassociating"
        return "associated" if clock().now() >= self.associated_at else "associating"

    def description(self) -> dict[str, Any]:
        """Returns the association as AWS describes it."""
        return {
            "AssociationId": self.association_id,
            "InstanceId": self.instance_id,
            "IamInstanceProfile": self.profile.description(),
            "State": self.state(),
            "Timestamp": datetime.fromtimestamp(self.begun, timezone.utc),
        }


class AssociationTable:
    """The associations of one account and region, including ended ones, because AWS remembers their ids."""

    def __init__(self) -> None:
        self._all: dict[str, Association] = {}
        self._active: dict[str, Association] = {}
        self._ending: list[Association] = []

    def find(self, association_id: str) -> Association | None:
        """Returns the association, even if it has ended, or None."""
        return self._all.get(association_id)

    def active(self, instance_id: str) -> Association | None:
        """Returns the association of an instance that has not ended, if any."""
        return self._active.get(instance_id)

    def begin(self, instance_id: str, profile: ProfileReference, runs_at: float = 0.0) -> Association:
        """Creates an association. The previous one must have ended.

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
        """Updates the profile of an association, for example when the instance starts."""
        fresh = replace(association, profile=profile)
        self._all[fresh.association_id] = fresh
        self._active[fresh.instance_id] = fresh

    def end(self, association: Association) -> Association:
        """Ends the association and returns it."""
        ended = replace(association, ended=True, gone_at=transitions.transitions().until("disassociating"))
        self._all[ended.association_id] = ended
        self._active.pop(ended.instance_id, None)
        self._ending.append(ended)
        return ended

    def listed(self, instance_ids: list[str] | None = None) -> list[Association]:
        """Returns what a description shows of these instances or of all, oldest first.

        That is every association that is not disassociated.
        """
        self._ending = [each for each in self._ending if each.state() != "disassociated"]
        if instance_ids is None:
            return in_order([*self._active.values(), *self._ending])
        wanted = set(instance_ids)
        active = [self._active[each] for each in wanted if each in self._active]
        return in_order([*active, *(each for each in self._ending if each.instance_id in wanted)])


def table_of(ec2_backend: Any) -> AssociationTable:
    """Returns the table of moto's backend for an account and a region.

    It is an attribute of the backend, so resetting moto removes it.
    """
    table: AssociationTable = vars(ec2_backend).setdefault(TABLE, AssociationTable())
    return table
