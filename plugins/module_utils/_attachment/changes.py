# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The calls that attach, replace or detach an instance profile.  Pure."""

from __future__ import annotations

from typing import Any, Mapping

from .._common.change import Change
from .._common.identifiers import name_in_arn
from .._values.instance_profile import InstanceProfile
from .._values.instances import Association, Instance


def associate(instance: Instance, profile: InstanceProfile) -> Change:
    """The call that attaches a profile to an instance without one."""
    parameters = {"InstanceId": instance.instance_id, "IamInstanceProfile": {"Arn": profile.arn}}
    summary = f"associate the instance profile {profile.name} with"
    return _change("AssociateIamInstanceProfile", instance.instance_id, parameters, summary)


def replace_association(current: Association, profile: InstanceProfile) -> Change:
    """The call that replaces the profile of an instance."""
    parameters = {"AssociationId": current.association_id, "IamInstanceProfile": {"Arn": profile.arn}}
    summary = f"replace the instance profile with {profile.name} on"
    return _change("ReplaceIamInstanceProfileAssociation", current.instance_id, parameters, summary)


def disassociate(current: Association) -> Change:
    """The call that detaches the profile of an instance."""
    parameters = {"AssociationId": current.association_id}
    summary = f"detach the instance profile {name_in_arn(current.profile_arn)} from"
    return _change("DisassociateIamInstanceProfile", current.instance_id, parameters, summary)


def _change(operation: str, instance_id: str, parameters: Mapping[str, Any], verb: str) -> Change:
    return Change("ec2", operation, f"instance/{instance_id}", parameters, f"{verb} the instance {instance_id}")
