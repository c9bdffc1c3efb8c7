# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""instance_profile_attach_info's work: from its options, over what EC2 and IAM have, to its return values."""

from __future__ import annotations

from typing import Any, Mapping, Optional, Sequence

from .._aws.ec2 import Ec2Gateway
from .._aws.iam import IamGateway
from .._values.fleet import FleetState
from .._values.instance_profile import name_in_arn
from .options import check_filters, check_instance_ids
from .problems import affected_by, association_of, attachment_infos, summary


def check_selection(instance_ids: Optional[Sequence[str]], filters: Optional[Mapping[str, Any]]) -> None:
    """Raises OptionError for what can be found wrong with the options without asking AWS."""
    check_instance_ids("instance_ids", instance_ids or ())
    if filters is not None:
        check_filters(filters, "is empty.", "Give at least one filter, or leave it out to look at all instances.")


def find_attachments(
    ec2: Ec2Gateway, iam: IamGateway, instance_ids: Optional[Sequence[str]], filters: list[dict]
) -> dict:
    """The module's return values for the instances of these ids, in that order, or for all that match, by id.

    Of those that match, the ones that are gone are left out.
    """
    if instance_ids is None:
        fleet = ec2.find_fleet(filters)
        ids = sorted(each for each in fleet.instances if not fleet.is_gone(each))
    else:
        ids = list(dict.fromkeys(instance_ids))
        fleet = ec2.read_fleet(ids)
    infos = attachment_infos(ids, fleet, iam.find_trusted_profiles(_profile_names(ids, fleet)))
    affected = affected_by(infos)
    return {
        "msg": summary(infos),
        "instances": [info.as_result() for info in infos],
        "counts": {code: len(found) for code, found in affected.items()},
        "affected": affected,
    }


def _profile_names(instance_ids: Sequence[str], fleet: FleetState) -> set[str]:
    held = (association_of(fleet, each) for each in instance_ids)
    return {name_in_arn(each.profile_arn) for each in held if each}
