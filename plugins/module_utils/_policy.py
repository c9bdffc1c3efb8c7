# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""IAM policy documents: reading what a user wrote, finding what is wrong with it, comparing by meaning.  Pure.

The grammar is https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html.
"""

from __future__ import annotations

import json
import re
from typing import Any, Mapping

from ._errors import OptionError

VERSIONS = ("2012-10-17", "2008-10-17")
DOCUMENT_KEYS = frozenset({"Version", "Id", "Statement"})
STATEMENT_KEYS = frozenset(
    {
        "Sid",
        "Effect",
        "Principal",
        "NotPrincipal",
        "Action",
        "NotAction",
        "Resource",
        "NotResource",
        "Condition",
    }
)
ACCOUNT_ROOT = re.compile(r"arn:aws[\w-]*:iam::(\d{12}):root")


def parse_policy(option: str, value: Any) -> dict:
    """The document as a dict, from a dict or a JSON text; raises OptionError where it is neither."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError as error:
            raise OptionError(option, f"is not valid JSON: {error}.", "Give a policy document as YAML or JSON.") from error
    if not isinstance(value, dict):
        raise OptionError(option, "is not a policy document.", "It is a mapping with Version and Statement.")
    return value


def check_trust_policy(option: str, document: Mapping) -> None:
    """Raises OptionError unless the document can be a role's trust policy."""
    _check_document(option, document)
    for where, statement in _located(option, document):
        _check_statement(where, statement)
        _need_one_of(where, statement, "Principal", "NotPrincipal")
        _refuse(where, statement, ("Resource", "NotResource"), "the role itself is a trust policy's resource.")


def check_permissions_policy(option: str, document: Mapping) -> None:
    """Raises OptionError unless the document can be an inline policy of a role."""
    _check_document(option, document)
    for where, statement in _located(option, document):
        _check_statement(where, statement)
        _need_one_of(where, statement, "Resource", "NotResource")
        _refuse(where, statement, ("Principal", "NotPrincipal"), "the role itself is an inline policy's principal.")


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
    if not _statements(document):
        raise OptionError(f"{option}.Statement", "is missing or empty.", "Give a statement or a list of them.")


def _check_statement(where: str, statement: Any) -> None:
    if not isinstance(statement, dict):
        raise OptionError(where, "is not a statement.", "A statement is a mapping with Effect and Action.")
    _refuse_unknown(where, statement, STATEMENT_KEYS)
    effect = statement.get("Effect")
    if effect not in ("Allow", "Deny"):
        given = "is missing." if effect is None else f"is {effect!r}."
        raise OptionError(f"{where}.Effect", given, 'It is "Allow" or "Deny".')
    _need_one_of(where, statement, "Action", "NotAction")


def _need_one_of(where: str, statement: Mapping, one: str, other: str) -> None:
    present = [key for key in (one, other) if key in statement]
    if len(present) != 1:
        problem = f"has both {one} and {other}." if present else f"has neither {one} nor {other}."
        raise OptionError(where, problem, "A statement has exactly one of them.")
    if not statement[present[0]]:
        raise OptionError(f"{where}.{present[0]}", "is empty.", "Name at least one.")


def _refuse(where: str, statement: Mapping, keys: tuple[str, ...], because: str) -> None:
    for key in keys:
        if key in statement:
            raise OptionError(f"{where}.{key}", "does not belong here:", f"{because} Leave {key} out.")


def _refuse_unknown(where: str, mapping: Mapping, known: frozenset[str]) -> None:
    unknown = sorted(str(key) for key in mapping if key not in known)
    if unknown:
        raise OptionError(
            f"{where}.{unknown[0]}",
            "is not a key of the policy language.",
            f"The keys here are {', '.join(sorted(known))}; upper and lower case matter.",
        )


def _statements(document: Mapping) -> list:
    found = document.get("Statement") or []
    return list(found) if isinstance(found, (list, tuple)) else [found]


def _located(option: str, document: Mapping) -> list[tuple[str, Any]]:
    """Each statement with the place where it stands, for error messages: ``option.Statement[0]``."""
    return [(f"{option}.Statement[{index}]", each) for index, each in enumerate(_statements(document))]


def same_policy(one: Mapping, other: Mapping) -> bool:
    """Whether two documents mean the same.

    Not told apart: the order of keys, lists and statements; a string and a list of it alone; an account's id and its
    root ARN; "*" and {"AWS": "*"} as principals; the case of actions and condition keys; true and "true"; a Version
    that is left out and 2008-10-17, which IAM takes for it; a Sid that is left out and an empty one.
    """
    return _canonical(one) == _canonical(other)


def _canonical(document: Mapping) -> tuple:
    version = str(document.get("Version", "2008-10-17"))
    statements = sorted(repr(_canonical_statement(each)) for each in _statements(document))
    return version, document.get("Id") or "", statements


def _canonical_statement(statement: Mapping) -> list:
    return sorted(
        (key, _CANONICAL.get(key, str)(value)) for key, value in statement.items() if (key, value) != ("Sid", "")
    )


def _texts(value: Any) -> list[str]:
    values = value if isinstance(value, (list, tuple)) else [value]
    return sorted({json.dumps(each) if isinstance(each, (bool, int, float)) else str(each) for each in values})


def _lower(value: Any) -> list[str]:
    return sorted({each.lower() for each in _texts(value)})


def _principals(value: Any) -> list:
    kinds = value if isinstance(value, dict) else {"AWS": value}
    return sorted((kind, sorted({_account_of(each) for each in _texts(named)})) for kind, named in kinds.items())


def _account_of(principal: str) -> str:
    root = ACCOUNT_ROOT.fullmatch(principal)
    return root[1] if root else principal


def _conditions(value: Mapping) -> list:
    return sorted(
        (operator, sorted((key.lower(), _texts(values)) for key, values in keys.items()))
        for operator, keys in value.items()
    )


_CANONICAL = {
    "Sid": str,
    "Effect": str,
    "Principal": _principals,
    "NotPrincipal": _principals,
    "Action": _lower,
    "NotAction": _lower,
    "Resource": _texts,
    "NotResource": _texts,
    "Condition": _conditions,
}
