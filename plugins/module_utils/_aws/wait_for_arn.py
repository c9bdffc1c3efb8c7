# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading IAM's roles and instance profiles until their ARNs are ARNs.

Shortly after a creation IAM may show an id (AROA…, AIPA…) in an ARN's place, with which no other call can do anything.
https://github.com/hashicorp/terraform-provider-aws/issues/22018
"""

from __future__ import annotations

from typing import Any, Callable, Literal, Optional, TypeVar, overload

from .._common.errors import AwsError
from .calls import PROPAGATION_SECONDS, find, poll_until, read

Found = TypeVar("Found", bound=Optional[dict[str, Any]])


def read_with_arns(client: Any, operation: str, target: str, doing: str, **parameters: Any) -> dict[str, Any]:
    """IAM's answer to a reading call, as ``read`` of ``calls`` gives it; raises AwsError after two minutes."""
    return _wait(lambda: read(client, operation, target, doing, **parameters), operation, target, doing)


@overload
def find_with_arns(client: Any, operation: str, target: str, doing: str, *, must_exist: Literal[True], **parameters: Any) -> dict[str, Any]: ...


@overload
def find_with_arns(client: Any, operation: str, target: str, doing: str, **parameters: Any) -> Optional[dict[str, Any]]: ...


def find_with_arns(client: Any, operation: str, target: str, doing: str, *, must_exist: bool = False, **parameters: Any) -> Optional[dict[str, Any]]:
    """The same, or None where IAM says that there is no such thing; with ``must_exist`` that is waited for, too."""

    def look() -> Optional[dict[str, Any]]:
        return find(client, operation, target, doing, **parameters)

    return _wait(look, operation, target, doing, must_exist)


def has_arns(answer: Optional[dict[str, Any]], must_exist: bool = False) -> bool:
    """Whether every role and instance profile in the answer has an ARN."""
    if answer is None:
        return not must_exist
    single = [answer[key] for key in ("Role", "InstanceProfile") if key in answer]
    things = [*single, *answer.get("Roles", ()), *answer.get("InstanceProfiles", ())]
    return all(each["Arn"].startswith("arn:") for each in things)


def _wait(look: Callable[[], Found], operation: str, target: str, doing: str, must_exist: bool = False) -> Found:
    found = poll_until(look, lambda answer: has_arns(answer, must_exist), PROPAGATION_SECONDS)
    if not has_arns(found, must_exist):
        problem = f"IAM did not show its ARN within {PROPAGATION_SECONDS} seconds"
        raise AwsError(operation, target, doing, "TimedOut", problem, suggestion="Run again in a minute.")
    return found
