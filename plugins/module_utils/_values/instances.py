# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Instances and their instance profile associations.  Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Mapping, Optional

from .metadata_options import MetadataOptions

# Transitional states, each with the state that follows by itself.
# https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-lifecycle.html
TRANSITIONAL_STATES = {"pending": "running", "stopping": "stopped"}
GONE_STATES = frozenset({"shutting-down", "terminated"})
LASTING_ASSOCIATION_STATES = frozenset({"associating", "associated"})
TRANSITIONAL_ASSOCIATION_STATES = frozenset({"associating", "disassociating"})


@dataclass(frozen=True)
class Instance:
    """An EC2 instance.

    ``profile_name`` is that of its instance profile.  ``operator`` is the service that operates it, so that AWS refuses changes by
    anybody else.  Both are empty for none.
    The rest comes from tags and is empty without them: ``managed_by`` is the service that launches and replaces it, ``manager_tag``
    the tag that shows this, ``auto_scaling_group`` the name of its group, ``fleet_id`` the EC2 Fleet or Spot Fleet that launched it.
    """

    instance_id: str
    state: str
    metadata: MetadataOptions = MetadataOptions()
    profile_name: str = ""
    operator: str = ""
    managed_by: str = ""
    manager_tag: str = ""
    auto_scaling_group: str = ""
    fleet_id: str = ""


@dataclass(frozen=True)
class Association:
    """An association of an instance profile with an instance.

    ``profile_id`` is the id that the profile had when it was associated.  A profile that was deleted and recreated with its
    name has the same ARN but another id, and the instance gets no credentials.
    """

    association_id: str
    instance_id: str
    profile_arn: str
    profile_id: str
    state: str


@dataclass(frozen=True)
class InstanceSnapshot:
    """The instances that EC2 returned at one moment, and their associations, both by instance id."""

    instances: Mapping[str, Instance]
    associations: Mapping[str, tuple[Association, ...]]

    def merged_with(self, later: InstanceSnapshot) -> InstanceSnapshot:
        """Both snapshots as one; the later one wins for instances that are in both."""
        return InstanceSnapshot(
            {**self.instances, **later.instances},
            {**self.associations, **later.associations},
        )

    def associations_of(self, instance_id: str) -> tuple[Association, ...]:
        """All associations of the instance, including those that are ending."""
        return self.associations.get(instance_id, ())

    def current_association(self, instance_id: str) -> Optional[Association]:
        """The association that is not ending; AWS allows one per instance."""
        return next((each for each in self.associations_of(instance_id) if each.state in LASTING_ASSOCIATION_STATES), None)

    def is_gone(self, instance_id: str) -> bool:
        """Whether the instance does not exist, or is being terminated."""
        instance = self.instances.get(instance_id)
        return instance is None or instance.state in GONE_STATES

    def is_in_transition(self, instance_id: str) -> bool:
        """Whether the instance is in a transitional state."""
        instance = self.instances.get(instance_id)
        return instance is not None and instance.state in TRANSITIONAL_STATES

    def has_association_in_transition(self, instance_id: str) -> bool:
        """Whether an association of the instance is in a transitional state."""
        return any(each.state in TRANSITIONAL_ASSOCIATION_STATES for each in self.associations_of(instance_id))
