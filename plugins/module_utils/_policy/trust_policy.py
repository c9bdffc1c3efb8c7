# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Trust policies: checks, and whom a policy trusts.  Pure."""

from __future__ import annotations

from typing import Any, Iterator, Mapping, Optional

from .checks import Violation, check_strings, forbid
from .document import as_list, located_statements, statements_of
from .findings import PolicyError
from .grammar import check_document, check_statement
from .principals import DELETED_PRINCIPAL, check_principal
from .service_principals import names_in_partitions
from .wildcards import matches

ASSUME = "sts:AssumeRole"


def check_trust_policy(option: str, document: Mapping[str, Any]) -> None:
    """Raises PolicyError, with the location in the document, unless it is a valid trust policy of a role."""
    check_document(option, document)
    for location, statement in located_statements(option, document):
        check_statement(location, statement)
        forbid(location, statement, ("NotPrincipal",), "a trust policy can only name whom it trusts.")
        forbid(location, statement, ("Resource", "NotResource"), "the resource of a trust policy is the role itself.")
        if "Principal" not in statement:
            raise PolicyError("missing_element", f"{location}.Principal", "is missing.", "Name who may assume the role.")
        check_principal(f"{location}.Principal", statement["Principal"])
        check_strings(location, statement, ("Action", "NotAction"), _check_sts_action)


def _check_sts_action(action: str) -> Optional[Violation]:
    if action.lower().startswith("sts:"):
        return None
    return Violation("bad_action", "Only actions of sts are allowed in a trust policy, like sts:AssumeRole.")


def trusts_service(document: Mapping[str, Any], service: str) -> bool:
    """Whether the trust policy lets the service assume the role, under its name in any partition.

    Conditions can't be evaluated here: those of an Allow count as met, those of a Deny as not met.
    """
    names = names_in_partitions(service)
    found = [each for each in statements_of(document) if _names_service(each, names) and _allows_assuming(each)]
    denied = any(each.get("Effect") == "Deny" and not each.get("Condition") for each in found)
    return not denied and any(each.get("Effect") == "Allow" for each in found)


def _names_service(statement: Mapping[str, Any], names: frozenset[str]) -> bool:
    if "NotPrincipal" in statement:
        return not _is_named(statement["NotPrincipal"], names)
    return _is_named(statement.get("Principal"), names)


def _is_named(principal: Any, names: frozenset[str]) -> bool:
    # "*" includes services: a Deny for "*" needs an exception for them (aws:PrincipalIsAWSService).
    if not isinstance(principal, Mapping):
        return bool(principal == "*")
    named = {str(each).lower() for each in as_list(principal.get("Service", []))}
    return bool(names & named) or "*" in as_list(principal.get("AWS", []))


def _allows_assuming(statement: Mapping[str, Any]) -> bool:
    if "NotAction" in statement:
        return not _match_assume(statement["NotAction"])
    return _match_assume(statement.get("Action", []))


def _match_assume(patterns: Any) -> bool:
    return any(matches(str(each), ASSUME) for each in as_list(patterns))


def deleted_principals(document: Mapping[str, Any]) -> list[str]:
    """The unique ids that IAM shows in a trust policy in place of deleted users and roles."""
    names = (name for each in statements_of(document) for name in _aws_principals(each))
    return [name for name in names if DELETED_PRINCIPAL.fullmatch(name)]


def identities_trusted(document: Mapping[str, Any]) -> list[str]:
    """Who may assume the role besides services: accounts, roles, users and identity providers, as they are written."""
    found = (each for statement in statements_of(document) if statement["Effect"] == "Allow" for each in _identities(statement))
    return list(dict.fromkeys(found))


def _identities(statement: Mapping[str, Any]) -> Iterator[str]:
    principal = statement.get("Principal")
    if isinstance(principal, Mapping):
        yield from (str(each) for kind, names in principal.items() if kind != "Service" for each in as_list(names))
    else:
        yield "all but some" if principal is None else str(principal)


def _aws_principals(statement: Mapping[str, Any]) -> Iterator[str]:
    principal = statement.get("Principal")
    yield from map(str, as_list(principal.get("AWS", []))) if isinstance(principal, Mapping) else ()
