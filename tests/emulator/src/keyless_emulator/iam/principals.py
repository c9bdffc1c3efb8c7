# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requires the users and roles in a trust policy to exist. moto accepts any."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from moto.iam.exceptions import MalformedPolicyDocument
from moto.iam.models import IAMBackend
from moto.iam.utils import generate_access_key_id_from_account_id

# The ids of roles and users
IDS = re.compile(r"(AROA|AIDA)[A-Z0-9]+")
OWN_KINDS = re.compile(r"arn:aws[\w-]*:iam::(?P<account>\d{12}):(user|role)/.+")


def require_principals(backend: Any, document: str) -> None:
    """Raises MalformedPolicyDocument for a principal of this account that does not exist. Other accounts are not checked."""
    for arn in _named(json.loads(document)):
        if IDS.fullmatch(arn) and arn not in _arns_by_id(backend):
            raise MalformedPolicyDocument(f'Invalid principal in policy: "AWS":"{arn}"')
        match = OWN_KINDS.fullmatch(arn)
        if match and match["account"] == backend.account_id and arn not in _arns(backend):
            raise MalformedPolicyDocument(f'Invalid principal in policy: "AWS":"{arn}"')


def with_arns(backend: Any, document: str) -> str:
    """Returns the document with the ARNs of principals that are named by their ids."""
    for unique_id, arn in _arns_by_id(backend).items():
        document = document.replace(json.dumps(unique_id), json.dumps(arn))
    return document


def patch_user_ids() -> None:
    """Gives users ids as IAM's, which begin with AIDA."""
    original = IAMBackend.create_user

    def create_user(self: Any, *args: Any, **kwargs: Any) -> Any:
        user = original(self, *args, **kwargs)
        user.id = generate_access_key_id_from_account_id(self.account_id, "AIDA", 21)
        return user

    IAMBackend.create_user = create_user


def patch_deletions() -> None:
    """Shows the id of a deleted user or role in trust policies. moto keeps its ARN, which a new one may get."""
    for name, find in (("delete_user", "get_user"), ("delete_role", "get_role")):
        _patch_deletion(name, find)


def _patch_deletion(name: str, find: str) -> None:
    original = getattr(IAMBackend, name)

    def delete(self: Any, thing_name: str) -> Any:
        thing = getattr(self, find)(thing_name)
        answer = original(self, thing_name)
        for role in self.get_roles():
            quoted = json.dumps(thing.arn)
            if quoted in role.assume_role_policy_document:
                role.assume_role_policy_document = role.assume_role_policy_document.replace(quoted, json.dumps(thing.id))
        return answer

    setattr(IAMBackend, name, delete)


def _named(document: dict[str, Any]) -> Iterator[str]:
    statements = document["Statement"]
    for statement in [statements] if isinstance(statements, dict) else statements:
        principal = statement.get("Principal")
        named = principal.get("AWS", []) if isinstance(principal, dict) else []
        yield from [named] if isinstance(named, str) else named


def _arns(backend: Any) -> set[str]:
    return {each.arn for things in (backend.roles, backend.users) for each in things.values()}


def _arns_by_id(backend: Any) -> dict[str, str]:
    return {each.id: each.arn for things in (backend.roles, backend.users) for each in things.values()}
