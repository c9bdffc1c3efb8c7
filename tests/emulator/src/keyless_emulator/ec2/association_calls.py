# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The four association calls, with AWS's states and errors, which moto lacks."""

from __future__ import annotations

from functools import partial
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.exceptions import (
    EC2ClientError,
    IncorrectStateIamProfileAssociationError,
    InvalidAssociationIDIamProfileAssociationError,
)
from moto.ec2.models.iam_instance_profile import IamInstanceProfileAssociationBackend as Backend
from moto.ec2.models.instances import Instance
from moto.ec2.responses.iam_instance_profiles import IamInstanceProfiles as Responses

from ..server.paging import ec2_page, in_order
from .associations import Association, table_of
from .instance_index import index_of
from .profiles import usable_profile


def patch_associate() -> None:
    """Requires a running or stopped instance without an association, and a usable profile."""

    def associate_iam_instance_profile(
        self: Any,
        instance_id: str,
        iam_instance_profile_name: str | None = None,
        iam_instance_profile_arn: str | None = None,
    ) -> dict[str, Any]:
        _require_settled(index_of(self).find_seen([instance_id])[0])
        profile = usable_profile(self, _specification(iam_instance_profile_name, iam_instance_profile_arn))
        table = table_of(self)
        if table.active(instance_id):
            raise IncorrectStateIamProfileAssociationError(instance_id)
        return table.begin(instance_id, profile).description()

    Backend.associate_iam_instance_profile = associate_iam_instance_profile


def patch_disassociate() -> None:
    """Requires the active association of a running or stopped instance."""

    def disassociate_iam_instance_profile(self: Any, association_id: str) -> dict[str, Any]:
        association = _require_active(self, association_id)
        _require_settled(self.get_instance(association.instance_id))
        return table_of(self).end(association).description()

    Backend.disassociate_iam_instance_profile = disassociate_iam_instance_profile


def patch_replace() -> None:
    """Gives a new id each time, and requires a running instance (message from aws/aws-cli#5251)."""

    def replace_iam_instance_profile_association(
        self: Any,
        association_id: str,
        iam_instance_profile_name: str | None = None,
        iam_instance_profile_arn: str | None = None,
    ) -> dict[str, Any]:
        association = _require_active(self, association_id)
        if self.get_instance(association.instance_id).state != "running":
            raise _not_active(association_id)
        profile = usable_profile(self, _specification(iam_instance_profile_name, iam_instance_profile_arn))
        table = table_of(self)
        table.end(association)
        return table.begin(association.instance_id, profile).description()

    Backend.replace_iam_instance_profile_association = replace_iam_instance_profile_association


def patch_describe() -> None:
    """Returns pages that a deletion does not disturb, and refuses unknown ids."""

    def describe_iam_instance_profile_associations(
        self: Any,
        association_ids: list[str],
        filters: dict[str, list[str]] | None = None,
        max_results: int | None = None,
        next_token: str | None = None,
    ) -> tuple[list[dict[str, Any]], str | None]:
        filters = filters or {}
        chosen = _described(self, association_ids, filters.get("instance-id"))
        page, token = ec2_page(chosen, partial(_matches, filters), max_results, next_token)
        return [association.description() for association in page], token

    Backend.describe_iam_instance_profile_associations = describe_iam_instance_profile_associations


def patch_describe_parameters() -> None:
    """Reads the page size from MaxResults. moto reads MaxItems."""

    def respond(self: Any) -> ActionResult:
        associations, token = self.ec2_backend.describe_iam_instance_profile_associations(
            self._get_param("AssociationIds", []),
            self._filters_from_querystring(),
            self._get_int_param("MaxResults"),
            self._get_param("NextToken"),
        )
        return ActionResult({"IamInstanceProfileAssociations": associations, "NextToken": token})

    Responses.describe_iam_instance_profile_associations = respond


def patch_terminate() -> None:
    """Ends the association of a terminated instance. No call could end it later."""
    original = Instance.terminate

    def terminate(self: Any) -> Any:
        table = table_of(self.ec2_backend)
        association = table.active(self.id)
        if association:
            table.end(association)
        return original(self)

    Instance.terminate = terminate


def _specification(name: str | None, arn: str | None) -> dict[str, str]:
    if arn:
        return {"Arn": arn}
    return {"Name": name or ""}


def _require_settled(instance: Any) -> None:
    if instance.state not in ("running", "stopped"):
        raise EC2ClientError(
            "IncorrectInstanceState",
            f"The instance '{instance.id}' is not in the 'running' or 'stopped' states.",
        )


def _require_active(ec2_backend: Any, association_id: str) -> Association:
    association = table_of(ec2_backend).find(association_id)
    if association is None:
        raise InvalidAssociationIDIamProfileAssociationError(association_id)
    if association.ended:
        raise _not_active(association_id)
    return association


def _not_active(association_id: str) -> EC2ClientError:
    return EC2ClientError("IncorrectState", f"The association {association_id} is not the active association")


def _described(ec2_backend: Any, association_ids: list[str], instance_ids: list[str] | None) -> list[Association]:
    table = table_of(ec2_backend)
    if not association_ids:
        return table.listed(instance_ids)
    found = {each.association_id: each for each in table.listed()}
    for association_id in association_ids:
        if association_id not in found:
            raise InvalidAssociationIDIamProfileAssociationError(association_id)
    return in_order(found[each] for each in association_ids)


def _matches(filters: dict[str, list[str]], association: Association) -> bool:
    actual = {"instance-id": association.instance_id, "state": association.state()}
    return all(actual[name] in values for name, values in filters.items())
