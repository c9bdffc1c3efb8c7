# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Unique ids as principals of a trust policy.

IAM turns the id of an existing user or role into its ARN, and refuses the id of a deleted one, even if the current trust policy
shows it. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-roles
"""

from __future__ import annotations

from typing import Any, Mapping, Optional

from .._aws.iam import Iam
from .._common.errors import ACCESS_DENIED, AwsError, OptionError
from .._policy.document import as_list, same_policy, statements_of
from .._policy.trust_policy import deleted_principals


def with_arns(iam: Iam, option: str, document: Mapping[str, Any], current: Mapping[str, Any]) -> Mapping[str, Any]:
    """The document with the ARNs of principals that it names by their ids; raises OptionError for ids that IAM would refuse.

    Ids that can't be looked up without a permission are left as they are. ``current`` is the role's trust policy, or empty.
    """
    ids = deleted_principals(document)
    if not ids or same_policy(document, current):
        return document
    arns = _arns(iam, ids)
    shown = deleted_principals(current)
    refused = [each for each in ids if each in shown or (arns is not None and each not in arns)]
    if refused:
        problem = f"names {refused[0]}, the id of no user or role in this account. AWS refuses the ids of deleted ones."
        raise OptionError(option, problem, "Name the principal by its ARN, or remove it.")
    return {**document, "Statement": [_statement_with(each, arns) for each in statements_of(document)]} if arns else document


def _arns(iam: Iam, ids: list[str]) -> Optional[Mapping[str, str]]:
    """The ARNs of the users and roles with these ids; None if the task may not list them."""
    try:
        return {each: arn for each, arn in iam.arns_by_id(ids).items() if each in ids}
    except AwsError as error:
        if error.code in ACCESS_DENIED:
            return None
        raise


def _statement_with(statement: Mapping[str, Any], arns: Mapping[str, str]) -> Mapping[str, Any]:
    principal = statement.get("Principal")
    if not isinstance(principal, Mapping) or "AWS" not in principal:
        return statement
    named = [arns.get(str(each), each) for each in as_list(principal["AWS"])]
    return {**statement, "Principal": {**principal, "AWS": named if len(named) > 1 else named[0]}}
