# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Trust policies: whether a document can be one, and whom one trusts.  Pure."""

from __future__ import annotations

from typing import Iterator, Mapping, Optional

from .._common.errors import OptionError
from .checks import check_each, refuse
from .document import located_statements, statements_of, values_of
from .grammar import check_document, check_statement, has_variables
from .principals import DELETED, check_principal

EC2 = "ec2.amazonaws.com"


def check_trust_policy(option: str, document: Mapping) -> None:
    """Raises OptionError, with the place in the document, unless it can be a role's trust policy."""
    check_document(option, document)
    for where, statement in located_statements(option, document):
        check_statement(where, statement, has_variables(document))
        refuse(where, statement, ("NotPrincipal",), "a role's trust policy can only say whom it trusts.")
        refuse(where, statement, ("Resource", "NotResource"), "the role itself is a trust policy's resource.")
        if "Principal" not in statement:
            raise OptionError(f"{where}.Principal", "is missing.", "Name who may assume the role.")
        check_principal(f"{where}.Principal", statement["Principal"])
        check_each(where, statement, ("Action", "NotAction"), _of_sts)


def _of_sts(action: str) -> Optional[str]:
    if action.lower().startswith("sts:"):
        return None
    return "A trust policy speaks of assuming the role: only actions of sts belong here, like sts:AssumeRole."


def trusts_service(document: Mapping, service: str) -> bool:
    """Whether a trust policy lets the service assume the role, under its own domain or the China partition's."""
    wanted = {service, f"{service}.cn", "*"}
    allowing = [each for each in statements_of(document) if each.get("Effect") == "Allow"]
    return any(wanted.intersection(_named(each, "Service")) for each in allowing)


def deleted_principals(document: Mapping) -> list[str]:
    """The unique ids in a trust policy that IAM shows where a trusted user or role was deleted."""
    named = (name for each in statements_of(document) for name in _named(each, "AWS"))
    return [name for name in named if DELETED.fullmatch(name)]


def _named(statement: Mapping, kind: str) -> Iterator[str]:
    """The principals of one kind, as they are written."""
    principal = statement.get("Principal")
    yield from map(str, values_of(principal.get(kind, []))) if isinstance(principal, Mapping) else ()
