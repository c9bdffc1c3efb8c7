# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Refuses ARNs of another partition, as IAM does: Partition "aws" is not valid for resource "arn:aws:s3:::bucket".  Pure."""

from __future__ import annotations

from typing import Any, Mapping

from .._common.errors import OptionError
from .document import as_list, located_statements
from .findings import PolicyError
from .wildcards import has_wildcards


def check_partition(option: str, document: Mapping[str, Any], partition: str) -> None:
    """Raises PolicyError for a resource or a principal in another partition than the role's."""
    for location, statement in located_statements(option, document):
        for key in ("Resource", "NotResource"):
            _check_arns("bad_resource", f"{location}.{key}", statement.get(key), partition)
        principals = statement.get("Principal")
        for key, names in principals.items() if isinstance(principals, Mapping) else ():
            _check_arns("bad_principal", f"{location}.Principal.{key}", names, partition)


def check_policy_partition(option: str, arn: str, partition: str) -> None:
    """Raises OptionError for a managed policy in another partition; a name is in any."""
    if _is_elsewhere(arn, partition):
        raise OptionError(option, *_violation(arn, partition))


def _check_arns(code: str, location: str, arns: Any, partition: str) -> None:
    for arn in as_list(arns):
        if _is_elsewhere(arn, partition):
            raise PolicyError(code, location, *_violation(arn, partition))


def _is_elsewhere(arn: Any, partition: str) -> bool:
    parts = str(arn).split(":")
    return parts[0] == "arn" and len(parts) > 2 and not has_wildcards(parts[1]) and parts[1] != partition


def _violation(arn: str, partition: str) -> tuple[str, str]:
    named = arn.split(":")[1]
    return f"{arn} is in the partition {named}, and the role is in {partition}. AWS would refuse it.", f"Begin the ARN with arn:{partition}:."
