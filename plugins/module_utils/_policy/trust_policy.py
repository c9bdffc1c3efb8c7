# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Trust policies: whether a document can be one, and whom one trusts.  Pure."""

from __future__ import annotations

from typing import Any, Iterator, Mapping, Optional

from .checks import Wrong, check_each, refuse
from .document import located_statements, statements_of, values_of
from .findings import PolicyError
from .grammar import check_document, check_statement
from .principals import DELETED, check_principal
from .service_principals import names_of
from .wildcards import matches

ASSUME = "sts:AssumeRole"


def check_trust_policy(option: str, document: Mapping[str, Any]) -> None:
    """Raises PolicyError, with the place in the document, unless it can be a role's trust policy."""
    check_document(option, document)
    for where, statement in located_statements(option, document):
        check_statement(where, statement)
        refuse(where, statement, ("NotPrincipal",), "a role's trust policy can only say whom it trusts.")
        refuse(where, statement, ("Resource", "NotResource"), "the role itself is a trust policy's resource.")
        if "Principal" not in statement:
            raise PolicyError("missing_element", f"{where}.Principal", "is missing.", "Name who may assume the role.")
        check_principal(f"{where}.Principal", statement["Principal"])
        check_each(where, statement, ("Action", "NotAction"), _of_sts)


def _of_sts(action: str) -> Optional[Wrong]:
    if action.lower().startswith("sts:"):
        return None
    suggestion = "A trust policy speaks of assuming the role: only actions of sts belong here, like sts:AssumeRole."
    return Wrong("bad_action", suggestion)


def trusts_service(document: Mapping[str, Any], service: str) -> bool:
    """Whether a trust policy lets the service assume the role, under the name that it has in any partition.

    Whether a condition will be met can't be known here: one of an Allow counts as met, one of a Deny as not met.
    """
    names = names_of(service)
    found = [each for each in statements_of(document) if _is_for(each, names) and _has_action(each)]
    denied = any(each.get("Effect") == "Deny" and not each.get("Condition") for each in found)
    return not denied and any(each.get("Effect") == "Allow" for each in found)


def _is_for(statement: Mapping[str, Any], names: frozenset[str]) -> bool:
    if "NotPrincipal" in statement:
        return not _holds(statement["NotPrincipal"], names)
    return _holds(statement.get("Principal"), names)


def _holds(principal: Any, names: frozenset[str]) -> bool:
    # Everybody is the services as well: a Deny for "*" has to make an exception for them (aws:PrincipalIsAWSService).
    if not isinstance(principal, Mapping):
        return bool(principal == "*")
    named = {str(each).lower() for each in values_of(principal.get("Service", []))}
    return bool(names & named) or "*" in values_of(principal.get("AWS", []))


def _has_action(statement: Mapping[str, Any]) -> bool:
    if "NotAction" in statement:
        return not _assumes(statement["NotAction"])
    return _assumes(statement.get("Action", []))


def _assumes(patterns: Any) -> bool:
    return any(matches(str(each), ASSUME) for each in values_of(patterns))


def deleted_principals(document: Mapping[str, Any]) -> list[str]:
    """The unique ids in a trust policy that IAM shows where a trusted user or role was deleted."""
    named = (name for each in statements_of(document) for name in _named(each, "AWS"))
    return [name for name in named if DELETED.fullmatch(name)]


def _named(statement: Mapping[str, Any], kind: str) -> Iterator[str]:
    """The principals of one kind, as they are written."""
    principal = statement.get("Principal")
    yield from map(str, values_of(principal.get(kind, []))) if isinstance(principal, Mapping) else ()
