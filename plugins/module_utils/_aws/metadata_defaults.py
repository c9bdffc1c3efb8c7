# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gateway to the account's defaults for the metadata options of new instances, in one region."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from .._common.change import Change
from .._common.errors import AwsError
from .calls import perform, read
from .responses import plain

GET, MODIFY = "GetInstanceMetadataDefaults", "ModifyInstanceMetadataDefaults"


class MetadataDefaults:
    """The defaults in the region of an EC2 client."""

    def __init__(self, client: Any) -> None:
        self._client = client

    @property
    def members(self) -> frozenset[str]:
        """AWS's names of the defaults that the installed botocore can both read and change."""
        model = self._client.meta.service_model
        if not {GET, MODIFY} <= set(model.operation_names):
            return frozenset()
        shown = model.operation_model(GET).output_shape.members["AccountLevel"].members
        return frozenset(model.operation_model(MODIFY).input_shape.members) & frozenset(shown)

    def read(self) -> dict[str, Any]:
        """The defaults, and who manages them; what has no default is missing."""
        operation = f"ec2:{GET}"
        doing = f"read the account's defaults for metadata options in {self._client.meta.region_name}"
        if not hasattr(self._client, "get_instance_metadata_defaults"):
            message = "the installed botocore does not know this call"
            raise AwsError(operation, "*", doing, "UnknownOperation", message, suggestion="Install a newer boto3 and botocore.")
        account: dict[str, Any] = plain(read(self._client, operation, "*", doing)["AccountLevel"])
        return account

    def change(self, change: Change) -> None:
        """Makes the call; raises AwsError.  IAM knows no resource for it but *."""
        try:
            response = perform(self._client, change)
        except AwsError as error:
            raise replace(error, target="*") from error
        response["Return"]  # pylint: disable=pointless-statement  # an answer without it is not AWS's
