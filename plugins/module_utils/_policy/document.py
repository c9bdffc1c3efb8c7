# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""IAM policy documents: parsing, size, and comparison by meaning.  Pure."""

from __future__ import annotations

import json
import re
from typing import Any, Callable, Mapping

from .findings import PolicyError

ACCOUNT_ROOT = re.compile(r"arn:aws[\w-]*:iam::(\d{12}):root")


def parse_policy(option: str, value: Any) -> dict[str, Any]:
    """The document as a dict, from a dict or a JSON string; raises PolicyError for anything else."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError as error:
            raise PolicyError("malformed", option, f"is not valid JSON: {error}.", "Give a policy document as YAML or JSON.") from error
    if not isinstance(value, dict):
        raise PolicyError("malformed", option, "is not a policy document.", "Give a mapping with Version and Statement.")
    return value


def policy_size(document: Mapping[str, Any]) -> int:
    """The number of characters that count towards IAM's quotas, in the form in which the document is sent.

    IAM does not count white space, not even within strings.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-entity-length
    """
    return len("".join(json.dumps(document, separators=(",", ":")).split()))


def statements_of(document: Mapping[str, Any]) -> list[Any]:
    """The statements; a document can have a single one without a list."""
    return as_list(document.get("Statement") or [])


def has_variables(document: Mapping[str, Any]) -> bool:
    """Whether ${...} is a policy variable. In the older version of the policy language, which is the default, it is plain text."""
    return str(document.get("Version")) == "2012-10-17"


def located_statements(option: str, document: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Each statement with its location for messages: ``option.Statement[0]``."""
    return [(f"{option}.Statement[{index}]", each) for index, each in enumerate(statements_of(document))]


def as_list(value: Any) -> list[Any]:
    """The value of a key that takes either one value or a list."""
    return list(value) if isinstance(value, (list, tuple)) else [value]


def same_policy(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two documents mean the same.

    These differences do not count: the order of keys, lists and statements; a string or a list with that string; an
    account id or the account's root ARN; the principal "*" or {"AWS": "*"}; the case of actions and condition keys; true
    or "true"; no Version or 2008-10-17, IAM's default; no Sid or an empty one.
    """
    return _canonical(one) == _canonical(other)


def _canonical(document: Mapping[str, Any]) -> tuple[Any, ...]:
    version = str(document.get("Version", "2008-10-17"))
    statements = sorted(repr(_canonical_statement(each)) for each in statements_of(document))
    return version, document.get("Id") or "", statements


def _canonical_statement(statement: Mapping[str, Any]) -> list[Any]:
    return sorted((key, _CANONICAL.get(key, str)(value)) for key, value in statement.items() if (key, value) != ("Sid", ""))


def _strings(value: Any) -> list[str]:
    return sorted({json.dumps(each) if isinstance(each, (bool, int, float)) else str(each) for each in as_list(value)})


def _lower(value: Any) -> list[str]:
    return sorted({each.lower() for each in _strings(value)})


def _principals(value: Any) -> list[Any]:
    kinds = value if isinstance(value, dict) else {"AWS": value}
    return sorted((kind, sorted({_account_id(each) for each in _strings(names)})) for kind, names in kinds.items())


def _account_id(principal: str) -> str:
    root = ACCOUNT_ROOT.fullmatch(principal)
    return root[1] if root else principal


def canonical_conditions(value: Mapping[str, Any]) -> list[Any]:
    """The conditions of a statement in a normalized form, which can be compared."""
    return sorted((operator, sorted((key.lower(), _strings(values)) for key, values in keys.items())) for operator, keys in value.items())


_CANONICAL: Mapping[str, Callable[[Any], Any]] = {
    "Sid": str,
    "Effect": str,
    "Principal": _principals,
    "NotPrincipal": _principals,
    "Action": _lower,
    "NotAction": _lower,
    "Resource": _strings,
    "NotResource": _strings,
    "Condition": canonical_conditions,
}
