# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Defaults for the metadata options of new instances: those of the account in a region, and those of the image. moto has neither.

Each option is evaluated by itself: the launch comes first, then the account, then the image.
"""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.responses.amis import AmisResponse
from moto.ec2.responses.instances import InstanceResponse

from ..server.errors import AwsError

ATTRIBUTE = "keyless_ec2_imds_defaults"
# The options that an account can set, each with the value that removes it
NO_PREFERENCE = {"HttpTokens": "no-preference", "HttpEndpoint": "no-preference", "InstanceMetadataTags": "no-preference"}
HOP_LIMIT, NO_HOP_LIMIT = "HttpPutResponseHopLimit", -1
OF_IMAGE = {"HttpTokens": "required", HOP_LIMIT: 2}  # an image with ImdsSupport v2.0
V2 = "v2.0"


def patch_imds_defaults() -> None:
    """Adds the calls for the account's defaults."""
    for call in (get_instance_metadata_defaults, modify_instance_metadata_defaults):
        setattr(InstanceResponse, call.__name__, call)


# pylint: disable=protected-access
def get_instance_metadata_defaults(response: Any) -> ActionResult:
    """Returns the options that are set."""
    response.error_on_dryrun()
    return ActionResult({"AccountLevel": _of_account(response.ec2_backend)})


def modify_instance_metadata_defaults(response: Any) -> ActionResult:
    """Changes the options that are given."""
    response.error_on_dryrun()
    found = _of_account(response.ec2_backend)
    given: dict[str, Any] = {name: response._get_param(name) for name in NO_PREFERENCE}
    given[HOP_LIMIT] = response._get_int_param(HOP_LIMIT)
    for name, value in given.items():
        if value in (NO_PREFERENCE.get(name), NO_HOP_LIMIT) and value is not None:
            found.pop(name, None)
        elif value is not None:
            found[name] = value
    return ActionResult({"Return": True})


def _of_account(backend: Any) -> dict[str, Any]:
    known: dict[str, Any] = vars(backend).setdefault(ATTRIBUTE, {})
    return known


def patch_imds_support() -> None:
    """Sets ImdsSupport of an image. moto ignores it. AWS has no value that removes it from an image."""
    original = AmisResponse.modify_image_attribute

    def modify_image_attribute(self: Any) -> Any:
        value = (self._get_param("ImdsSupport") or {}).get("Value")
        if value is None:
            return original(self)
        if value != V2:
            raise AwsError("InvalidParameterValue", f"Value ({value}) for parameter imdsSupport is invalid.", 400)
        (image,) = self.ec2_backend.describe_images(ami_ids=[self._get_param("ImageId")])
        image.imds_support = V2
        return ActionResult({})

    AmisResponse.modify_image_attribute = modify_image_attribute


def metadata_options(backend: Any, given: dict[str, Any], image: Any) -> dict[str, Any]:
    """Returns the options of a new instance from those that its launch gives."""
    of_image = OF_IMAGE if getattr(image, "imds_support", None) == V2 else {}
    return {**of_image, **_of_account(backend), **given}
