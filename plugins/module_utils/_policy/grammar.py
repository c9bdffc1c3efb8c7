# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The grammar of IAM's policy language: what is wrong with a document, by its place.  Pure.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html.  Where AWS's own behaviour is not
known, a document passes: AWS has the last word, and what it takes must not be refused here.
"""

from __future__ import annotations

import difflib
import re
from typing import Any, Callable, Iterable, Mapping, Optional

from .._common.errors import OptionError
from .document import located_statements, values_of

VERSIONS = ("2012-10-17", "2008-10-17")
DOCUMENT_KEYS = ("Version", "Id", "Statement")
STATEMENT_KEYS = (
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
)
PRINCIPAL_KEYS = ("AWS", "Service", "Federated", "CanonicalUser")

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
COMPARISONS = ("Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals")
OPERATORS = (
    "StringEquals",
    "StringNotEquals",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
    "StringLike",
    "StringNotLike",
    *(f"Numeric{each}" for each in COMPARISONS),
    *(f"Date{each}" for each in COMPARISONS),
    "Bool",
    "BinaryEquals",
    "IpAddress",
    "NotIpAddress",
    "ArnEquals",
    "ArnNotEquals",
    "ArnLike",
    "ArnNotLike",
    "Null",
)
SET_PREFIXES = ("ForAllValues:", "ForAnyValue:")
IF_EXISTS = "IfExists"

SID = re.compile(r"[A-Za-z0-9]*")
ACTION = re.compile(r"(\*|[A-Za-z0-9.-]+):[^\s:]+")
VARIABLE = re.compile(r"\$\{[^}]*\}")
PARTITION = re.compile(r"(aws|[*?])[a-z0-9*?-]*")
ACCOUNT = r"arn:aws[\w-]*:iam::\d{12}:"
# IAM takes no wildcard within a principal's ARN, although a path may hold almost any character.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
NAME = r"[!-)+->@-~]+"
AWS_PRINCIPAL = re.compile(
    r"\*|\d{12}"
    rf"|{ACCOUNT}(root|(user|role)/{NAME})"
    rf"|arn:aws[\w-]*:sts::\d{{12}}:(assumed-role|federated-user)/{NAME}"
    # What IAM shows in the place of a principal that was deleted: AROA… for a role, AIDA… for a user.
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
    r"|A[A-Z]{3}[A-Z0-9]+(:[\w+=,.@-]+)?",
    re.ASCII,
)
FEDERATED = re.compile(
    rf"{ACCOUNT}(saml-provider|oidc-provider)/{NAME}"
    r"|cognito-identity[\w-]*\.amazonaws\.com(\.cn)?|www\.amazon\.com|graph\.facebook\.com|accounts\.google\.com",
    re.ASCII,
)
# The domains of the partitions, those that are closed to the public included, and AWS's few others.
SERVICE = re.compile(
    r"[a-z0-9._-]+\.(amazonaws\.(com(\.cn)?|eu)|amazon\.com|api\.aws|aws\.internal|aws\.com"
    r"|(c2s|csp\.hci)\.ic\.gov|sc2s\.sgov\.gov|cloud\.adc-e\.uk)",
    re.IGNORECASE,
)
LONGEST_SHOWN = 120


def check_trust_policy(option: str, document: Mapping) -> None:
    """Raises OptionError, with the place in the document, unless it can be a role's trust policy."""
    _check_document(option, document)
    for where, statement in located_statements(option, document):
        _check_statement(where, statement, _has_variables(document))
        _refuse(where, statement, ("NotPrincipal",), "a role's trust policy can only say whom it trusts.")
        _refuse(where, statement, ("Resource", "NotResource"), "the role itself is a trust policy's resource.")
        if "Principal" not in statement:
            raise OptionError(f"{where}.Principal", "is missing.", "Name who may assume the role.")
        _check_principal(f"{where}.Principal", statement["Principal"])
        _check_each(where, statement, ("Action", "NotAction"), _of_sts)


def check_permissions_policy(option: str, document: Mapping) -> None:
    """Raises OptionError, with the place in the document, unless it can be an inline policy of a role."""
    _check_document(option, document)
    for where, statement in located_statements(option, document):
        _check_statement(where, statement, _has_variables(document))
        _need_one_of(where, statement, "Resource", "NotResource")
        _refuse(where, statement, ("Principal", "NotPrincipal"), "the role itself is an inline policy's principal.")
        _check_each(where, statement, ("Resource", "NotResource"), _of_resource)


def _check_document(option: str, document: Mapping) -> None:
    _refuse_unknown(option, document, DOCUMENT_KEYS)
    version = document.get("Version", VERSIONS[0])
    # YAML reads an unquoted 2012-10-17 as a date; Ansible hands it over as text, other callers may not.
    if str(version) not in VERSIONS:
        raise OptionError(
            f"{option}.Version",
            f'"{version}" is not a version of the policy language.',
            "Version names the edition of the language that the policy is written in, not the day on which it was "
            f'written. AWS knows "{VERSIONS[0]}" (current) and "{VERSIONS[1]}" (older, without policy variables): '
            f'write "{VERSIONS[0]}".',
        )
    if not isinstance(document.get("Id", ""), str):
        raise OptionError(f"{option}.Id", f"{_shown(document['Id'])} is not a text.", "Write it in quotes.")
    if not document.get("Statement"):
        raise OptionError(f"{option}.Statement", "is missing or empty.", "Give a statement or a list of them.")
    _check_sids(option, document)


def _has_variables(document: Mapping) -> bool:
    # Without a Version IAM takes the older one, in which ${…} stands for itself.
    return str(document.get("Version")) == VERSIONS[0]


def _check_sids(option: str, document: Mapping) -> None:
    seen = set()
    for where, statement in located_statements(option, document):
        sid = statement.get("Sid", "") if isinstance(statement, dict) else ""
        if not isinstance(sid, str) or not SID.fullmatch(sid):
            raise OptionError(
                f"{where}.Sid", f"{_shown(sid)} can't be one.", "IAM takes letters and digits only: A-Z, a-z, 0-9."
            )
        if sid in seen:
            raise OptionError(
                f"{where}.Sid", f"{_shown(sid)} is there twice.", "It is unique within a document: choose another."
            )
        # IAM lets any number of statements have an empty one.
        seen.update([sid] if sid else [])


def _check_statement(where: str, statement: Any, variables: bool) -> None:
    if not isinstance(statement, dict):
        raise OptionError(where, "is not a statement.", "A statement is a mapping with Effect and Action.")
    _refuse_unknown(where, statement, STATEMENT_KEYS)
    effect = statement.get("Effect")
    if effect not in ("Allow", "Deny"):
        given = "is missing." if effect is None else f"is {_shown(effect)}."
        raise OptionError(f"{where}.Effect", given, 'It is "Allow" or "Deny".')
    _need_one_of(where, statement, "Action", "NotAction")
    _check_each(where, statement, ("Action", "NotAction"), _of_action)
    _check_condition(f"{where}.Condition", statement.get("Condition", {}))
    if not variables:
        _refuse_variables(where, statement)


def _need_one_of(where: str, statement: Mapping, one: str, other: str) -> None:
    present = [key for key in (one, other) if key in statement]
    if len(present) != 1:
        problem = f"has both {one} and {other}." if present else f"has neither {one} nor {other}."
        raise OptionError(where, problem, "A statement has exactly one of them.")


def _refuse(where: str, statement: Mapping, keys: tuple[str, ...], because: str) -> None:
    for key in keys:
        if key in statement:
            raise OptionError(f"{where}.{key}", "does not belong here:", f"{because} Leave {key} out.")


def _refuse_unknown(where: str, mapping: Mapping, known: tuple[str, ...]) -> None:
    for key in mapping:
        if key not in known:
            raise OptionError(
                f"{where}.{key}",
                "is not a key of the policy language.",
                f"{_did_you_mean(key, known)}The keys here are {', '.join(known)}; upper and lower case matter.",
            )


def _check_each(where: str, statement: Mapping, keys: Iterable[str], finding: Callable[[str], Optional[str]]) -> None:
    """Raises for the first text under one of the keys of which ``finding`` has something to say."""
    for key in keys:
        if key in statement:
            _check_texts(f"{where}.{key}", statement[key], finding)


def _check_texts(where: str, value: Any, finding: Callable[[str], Optional[str]]) -> None:
    if value is None or value == "" or value in ([], {}):
        raise OptionError(where, "is empty.", "Name at least one.")
    for each in values_of(value):
        if not isinstance(each, str) or not each:
            raise OptionError(
                where, f"{_shown(each)} is not a text.", "It is a text or a list of texts, none of them empty."
            )
        remedy = finding(each)
        if remedy:
            raise OptionError(where, f"{_shown(each)} can't be used here.", remedy)


def _of_action(action: str) -> Optional[str]:
    if action == "*" or ACTION.fullmatch(action):
        return None
    return "An action is the service's prefix, a colon and a name, like s3:GetObject or s3:Get*; or just *."


def _of_sts(action: str) -> Optional[str]:
    if action.lower().startswith("sts:"):
        return None
    return "A trust policy speaks of assuming the role: only actions of sts belong here, like sts:AssumeRole."


def _of_resource(resource: str) -> Optional[str]:
    if resource == "*":
        return None
    # A variable may hold colons, which do not part the ARN.
    parts = VARIABLE.sub("$", resource).split(":", 5)
    # A wildcard at the end stands for the parts that are left out as well: IAM takes arn:aws:medialive:*.
    whole = len(parts) == 6 or (len(parts) > 3 and resource.endswith("*"))
    if parts[0] != "arn" or not whole or not parts[2]:
        return 'A resource is "*" or an ARN: arn:partition:service:region:account:resource, like arn:aws:s3:::bucket/*.'
    if not PARTITION.fullmatch(parts[1]):
        return "The second part of an ARN is the partition, written out: aws, aws-cn, aws-us-gov; or *."
    return None


def _check_principal(where: str, principal: Any) -> None:
    if principal == "*":
        return
    if not isinstance(principal, dict) or not principal:
        raise OptionError(
            where,
            f"{_shown(principal)} is no principal.",
            'It is a mapping like {"Service": "ec2.amazonaws.com"}, or "*".',
        )
    _refuse_unknown(where, principal, PRINCIPAL_KEYS)
    _check_each(where, principal, ("AWS",), _of_aws)
    _check_each(where, principal, ("Service",), _of_service)
    _check_each(where, principal, ("Federated",), _of_federated)
    _check_each(where, principal, ("CanonicalUser",), lambda _each: None)


def _of_aws(principal: str) -> Optional[str]:
    if AWS_PRINCIPAL.fullmatch(principal):
        return None
    if principal.startswith("arn:") and set(principal) & set("*?"):
        return (
            'Principals have no wildcards, but for "*" alone: trust the account, with a Condition on aws:PrincipalArn.'
        )
    return (
        "It is an account id of 12 digits (in quotes), the ARN of an account's root, a user, a role or a session, like "
        "arn:aws:iam::123456789012:role/deploy, or *."
    )


def _of_service(principal: str) -> Optional[str]:
    return None if SERVICE.fullmatch(principal) else "A service looks like ec2.amazonaws.com."


def _of_federated(principal: str) -> Optional[str]:
    if FEDERATED.fullmatch(principal):
        return None
    return (
        "It is the ARN of a provider, like arn:aws:iam::123456789012:oidc-provider/accounts.example.com or "
        "arn:aws:iam::123456789012:saml-provider/Directory, or one of cognito-identity.amazonaws.com, www.amazon.com, "
        "graph.facebook.com and accounts.google.com."
    )


def _check_condition(where: str, condition: Any) -> None:
    if not isinstance(condition, dict):
        raise OptionError(
            where, f"{_shown(condition)} is no condition.", 'It is like {"Bool": {"aws:SecureTransport": true}}.'
        )
    for operator, keys in condition.items():
        _check_operator(f"{where}.{operator}", operator)
        if not isinstance(keys, dict):
            raise OptionError(
                f"{where}.{operator}",
                f"{_shown(keys)} is no mapping.",
                "It maps condition keys to the values to compare with.",
            )
        for key, values in keys.items():
            _check_values(f"{where}.{operator}.{key}", key, values)


def _check_operator(where: str, operator: Any) -> None:
    base = str(operator)
    for prefix in SET_PREFIXES:
        base = base[len(prefix) :] if base.startswith(prefix) else base
    if base == f"Null{IF_EXISTS}":
        raise OptionError(where, "is no operator.", f"Null asks whether a key exists: write it without {IF_EXISTS}.")
    if base.endswith(IF_EXISTS):
        base = base[: -len(IF_EXISTS)]
    if base in OPERATORS and str(operator).count(":") <= 1:
        return
    raise OptionError(
        where,
        "is not an operator of the policy language.",
        f"{_did_you_mean(base, OPERATORS)}Upper and lower case matter; {IF_EXISTS} may follow an operator, "
        f"{' or '.join(SET_PREFIXES)} precede it.",
    )


def _check_values(where: str, key: Any, values: Any) -> None:
    if not isinstance(key, str) or not key:
        raise OptionError(where, f"{_shown(key)} is no condition key.", "One looks like aws:SourceIp.")
    for each in values_of(values):
        if not isinstance(each, (str, int, float)):
            raise OptionError(
                where,
                f"{_shown(each)} can't be compared with.",
                "A value is a text, a number, true or false; or a list of them.",
            )


def _refuse_variables(where: str, statement: Mapping) -> None:
    """Raises for a policy variable: the older language takes it for the text that it is, and never matches."""
    found = [(f"{where}.{key}", statement.get(key)) for key in ("Resource", "NotResource")]
    for operator, keys in statement.get("Condition", {}).items():
        found += [(f"{where}.Condition.{operator}.{key}", values) for key, values in keys.items()]
    for place, values in found:
        for each in values_of(values):
            variable = VARIABLE.search(each) if isinstance(each, str) else None
            if variable:
                raise OptionError(
                    place,
                    f"{variable[0]} is no variable in this version of the policy language.",
                    f'Set the document\'s Version to "{VERSIONS[0]}".',
                )


def _did_you_mean(given: Any, known: Iterable[str]) -> str:
    """``Did you mean X? `` for the nearest of those known, without regard to case; empty where none is near."""
    by_lower = {each.lower(): each for each in known}
    near = difflib.get_close_matches(str(given).lower(), by_lower, n=1)
    return f"Did you mean {by_lower[near[0]]}? " if near else ""


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"
