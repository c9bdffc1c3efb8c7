# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Instances and their instance profile associations as EC2 shows them at one moment.  Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Mapping, Optional

# A state that passes by itself, and the one it leads to.
# https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-lifecycle.html
PASSING_STATES = {"pending": "running", "stopping": "stopped"}
GONE_STATES = frozenset({"shutting-down", "terminated"})
HELD_STATES = frozenset({"associating", "associated"})
ASSOCIATION_PASSING = frozenset({"associating", "disassociating"})


@dataclass(frozen=True)
class Instance:
    """An EC2 instance: its id, the name of its state, and how its metadata service is set.

    ``http_tokens`` is ``required`` or ``optional``, ``http_endpoint`` ``enabled`` or ``disabled``; both are empty where
    EC2 does not say.  What its tags tell is empty for nobody: ``managed_by`` is what launched it and looks after it,
    ``auto_scaling_group`` the name of its group, ``fleet_id`` the EC2 Fleet or Spot Fleet that launched it.
    """

    instance_id: str
    state: str
    http_tokens: str = ""
    http_endpoint: str = ""
    managed_by: str = ""
    auto_scaling_group: str = ""
    fleet_id: str = ""


@dataclass(frozen=True)
class Association:
    """An instance profile's association with an instance.

    ``profile_id`` is the id that the profile had when the association was made: a profile that was deleted and made
    again under its name has the same ARN and another id, and the instance gets no credentials.
    """

    association_id: str
    instance_id: str
    profile_arn: str
    profile_id: str
    state: str


@dataclass(frozen=True)
class InstanceSnapshot:
    """The instances and associations of one moment, by instance id; an instance that is not there is missing."""

    instances: Mapping[str, Instance]
    associations: Mapping[str, tuple[Association, ...]]

    def joined(self, other: InstanceSnapshot) -> InstanceSnapshot:
        """Both fleets as one; of an instance that is in both, the other's state."""
        return InstanceSnapshot(
            {**self.instances, **other.instances},
            {**self.associations, **other.associations},
        )

    def associations_of(self, instance_id: str) -> tuple[Association, ...]:
        """Those of one instance, the ones that are about to end included."""
        return self.associations.get(instance_id, ())

    def current_association(self, instance_id: str) -> Optional[Association]:
        """The association that is not about to end; AWS allows one."""
        return next((each for each in self.associations_of(instance_id) if each.state in HELD_STATES), None)

    def is_gone(self, instance_id: str) -> bool:
        """Whether there is no such instance, or soon will not be."""
        instance = self.instances.get(instance_id)
        return instance is None or instance.state in GONE_STATES

    def has_passing_state(self, instance_id: str) -> bool:
        """Whether the instance itself is in a state that passes by itself."""
        instance = self.instances.get(instance_id)
        return instance is not None and instance.state in PASSING_STATES

    def has_passing_association(self, instance_id: str) -> bool:
        """Whether an association of the instance is in a state that passes by itself."""
        return any(each.state in ASSOCIATION_PASSING for each in self.associations_of(instance_id))
