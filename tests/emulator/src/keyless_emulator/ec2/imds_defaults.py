# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Defaults for the metadata options of new instances: those of the account in a region, and those of the image. moto has neither.

Each option is evaluated by itself: the launch comes first, then the account, then the image. A declarative policy of the organization
takes the account's place.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.responses.amis import AmisResponse
from moto.ec2.responses.instances import InstanceResponse

from ..server.errors import AwsError
from ..server.value_checks import is_whole_number
from ..speed.images import find_image

ATTRIBUTE = "keyless_ec2_imds_defaults"
NO_PREFERENCE, HOP_LIMIT, NO_HOP_LIMIT = "no-preference", "HttpPutResponseHopLimit", -1
SWITCH = ("enabled", "disabled")
# The options that an account can set, each with its values; NO_PREFERENCE removes it.
VALUES = {
    "HttpTokens": ("optional", "required"),
    "HttpEndpoint": SWITCH,
    "InstanceMetadataTags": SWITCH,
    "HttpTokensEnforced": SWITCH,
}
NOT_OF_INSTANCES = "HttpTokensEnforced"
OF_IMAGE = {"HttpTokens": "required", HOP_LIMIT: 2}  # an image with ImdsSupport v2.0
V2 = "v2.0"
DENIED = "This action is denied due to an organizational policy in effect"
# https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/troubleshooting-launch.html
LAUNCH_REFUSED = (
    "You can't launch instances with IMDSv1 because httpTokensEnforced is enabled for this account. Either launch the instance with "
    "httpTokens=required or contact your account owner to disable httpTokensEnforced using the ModifyInstanceMetadataDefaults API or the "
    "account settings in the EC2 console."
)
CHANGE_REFUSED = "You can't set httpTokens to 'optional' because httpTokensEnforced is enabled for this account."


class DeclarativePolicy:
    """The defaults that an organization's policy sets in every account and region, or none."""

    def __init__(self) -> None:
        self._defaults: dict[str, Any] | None = None
        self._message = DENIED

    def show(self) -> dict[str, Any]:
        """Returns the setting."""
        return {"metadata_defaults": self._defaults, "message": self._message}

    def change(self, described: Any) -> None:
        """Sets the policy, or none if there are no ``metadata_defaults``. Raises ValueError."""
        if not isinstance(described, dict) or not described.keys() <= {"metadata_defaults", "message"}:
            raise ValueError("A declarative policy must be an object with metadata_defaults and message.")
        defaults, message = described.get("metadata_defaults"), described.get("message") or DENIED
        if not isinstance(message, str):
            raise ValueError("message must be a text.")
        if defaults is not None:
            _check_defaults(defaults)
        self._defaults, self._message = defaults, message

    def as_account_level(self) -> dict[str, Any] | None:
        """Returns what GetInstanceMetadataDefaults shows, or None without a policy."""
        if self._defaults is None:
            return None
        return {**self._defaults, "ManagedBy": "declarative-policy", "ManagedExceptionMessage": self._message}

    def refuse(self) -> None:
        """Raises AWS's error if there is a policy. AWS documents only the message, not the code."""
        if self._defaults is not None:
            raise EC2ClientError("OperationNotPermitted", self._message)


@cache
def declarative_policy() -> DeclarativePolicy:
    """Returns the setting."""
    return DeclarativePolicy()


def _check_defaults(defaults: Any) -> None:
    if not isinstance(defaults, dict):
        raise ValueError("metadata_defaults must be an object.")
    for name, value in defaults.items():
        if value not in VALUES.get(name, ()) and not (name == HOP_LIMIT and is_whole_number(value, 1, 64)):
            raise ValueError(f"metadata_defaults: {name} can't be {value}.")


def patch_imds_defaults() -> None:
    """Adds the calls for the account's defaults."""
    for call in (get_instance_metadata_defaults, modify_instance_metadata_defaults):
        setattr(InstanceResponse, call.__name__, call)


# pylint: disable=protected-access
def get_instance_metadata_defaults(response: Any) -> ActionResult:
    """Returns the options that are set, and who manages them."""
    response.error_on_dryrun()
    own = {**_of_account(response.ec2_backend), "ManagedBy": "account"}
    return ActionResult({"AccountLevel": declarative_policy().as_account_level() or own})


def modify_instance_metadata_defaults(response: Any) -> ActionResult:
    """Changes the options that are given."""
    given: dict[str, Any] = {name: response._get_param(name) for name in VALUES}
    given[HOP_LIMIT] = response._get_int_param(HOP_LIMIT)
    given = {name: value for name, value in given.items() if value is not None}
    for name, value in given.items():
        _check_value(name, value)
    response.error_on_dryrun()
    declarative_policy().refuse()
    found = _of_account(response.ec2_backend)
    for name, value in given.items():
        if value in (NO_PREFERENCE, NO_HOP_LIMIT):
            found.pop(name, None)
        else:
            found[name] = value
    return ActionResult({"Return": True})


def _check_value(name: str, value: Any) -> None:
    is_valid = value == NO_HOP_LIMIT or is_whole_number(value, 1, 64) if name == HOP_LIMIT else value in (*VALUES[name], NO_PREFERENCE)
    if not is_valid:
        raise EC2ClientError("InvalidParameterValue", f"Value ({value}) for parameter {name[0].lower()}{name[1:]} is invalid.")


def _of_account(backend: Any) -> dict[str, Any]:
    known: dict[str, Any] = vars(backend).setdefault(ATTRIBUTE, {})
    return known


def _in_effect(backend: Any) -> dict[str, Any]:
    """Returns the options of the policy, or those of the account."""
    defaults: dict[str, Any] | None = declarative_policy().show()["metadata_defaults"]
    return _of_account(backend) if defaults is None else defaults


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


def metadata_options(backend: Any, data: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the metadata options of a new instance from the data of its launch. Raises EC2's error if IMDSv2 is enforced and not required."""
    image = find_image(backend, data.get("ImageId") or "")
    of_image = OF_IMAGE if getattr(image, "imds_support", None) == V2 else {}
    options = {**of_image, **_in_effect(backend), **(data.get("MetadataOptions") or {})}
    if options.pop(NOT_OF_INSTANCES, None) == "enabled" and options.get("HttpTokens") != "required":
        raise EC2ClientError("UnsupportedOperation", LAUNCH_REFUSED)
    return options


def check_tokens(backend: Any, wanted: str | None) -> None:
    """Raises EC2's error if an existing instance may not get these tokens."""
    if wanted == "optional" and _in_effect(backend).get(NOT_OF_INSTANCES) == "enabled":
        raise EC2ClientError("UnsupportedOperation", CHANGE_REFUSED)
