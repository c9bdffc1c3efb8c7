# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads roles and instance profiles, and waits until IAM returns their ARNs.

Shortly after a creation, IAM can return an id (AROA…, AIPA…) in place of the ARN, and no other call accepts that.
https://github.com/hashicorp/terraform-provider-aws/issues/22018
"""

from __future__ import annotations

from typing import Any, Callable, Literal, Optional, TypeVar, overload

from .._common.errors import AwsError
from .attempts import poll_until
from .calls import find, read
from .eventual_consistency import PROPAGATION_SECONDS

Response = TypeVar("Response", bound=Optional[dict[str, Any]])


def read_with_arns(client: Any, operation: str, target: str, doing: str, **parameters: Any) -> dict[str, Any]:
    """The same as ``read`` in ``calls``; raises AwsError if an ARN is missing after two minutes."""
    return _wait(lambda: read(client, operation, target, doing, **parameters), operation, target, doing)


@overload
def find_with_arns(client: Any, operation: str, target: str, doing: str, *, must_exist: Literal[True], **parameters: Any) -> dict[str, Any]: ...


@overload
def find_with_arns(client: Any, operation: str, target: str, doing: str, **parameters: Any) -> Optional[dict[str, Any]]: ...


def find_with_arns(client: Any, operation: str, target: str, doing: str, *, must_exist: bool = False, **parameters: Any) -> Optional[dict[str, Any]]:
    """The same, or None if IAM says that the resource does not exist; with ``must_exist``, waits until it exists."""
    return _wait(lambda: find(client, operation, target, doing, **parameters), operation, target, doing, must_exist)


def has_arns(response: Optional[dict[str, Any]], must_exist: bool = False) -> bool:
    """Whether every role and instance profile in the response has an ARN."""
    if response is None:
        return not must_exist
    single = [response[key] for key in ("Role", "InstanceProfile") if key in response]
    resources = [*single, *response.get("Roles", ()), *response.get("InstanceProfiles", ())]
    return all(each["Arn"].startswith("arn:") for each in resources)


def _wait(read_once: Callable[[], Response], operation: str, target: str, doing: str, must_exist: bool = False) -> Response:
    found = poll_until(read_once, lambda response: has_arns(response, must_exist), PROPAGATION_SECONDS)
    if not has_arns(found, must_exist):
        problem = f"IAM did not return its ARN within {PROPAGATION_SECONDS} seconds"
        raise AwsError(operation, target, doing, "TimedOut", problem, suggestion="Run again in a minute.")
    return found
