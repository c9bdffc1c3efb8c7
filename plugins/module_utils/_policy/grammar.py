# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The grammar of IAM's policy language, as far as it is the same for all types of policies.  Pure.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html. If it is not known whether AWS accepts
a document, the document passes: what AWS accepts must not be rejected here.
"""

from __future__ import annotations

import re
from typing import Any, Mapping, Optional

from .checks import Violation, check_strings, forbid_unknown_keys, require_exactly_one, short_repr
from .conditions import check_condition
from .document import located_statements
from .findings import PolicyError

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
SID = re.compile(r"[A-Za-z0-9]*")
ACTION = re.compile(r"(\*|[A-Za-z0-9.-]+):[^\s:]+")
VARIABLE = re.compile(r"\$\{[^}]*\}")


def check_document(option: str, document: Mapping[str, Any]) -> None:
    """Raises PolicyError for an error in the document as a whole."""
    forbid_unknown_keys(option, document, DOCUMENT_KEYS)
    _check_version(f"{option}.Version", document.get("Version", VERSIONS[0]))
    if not isinstance(document.get("Id", ""), str):
        raise PolicyError("malformed", f"{option}.Id", f"{short_repr(document['Id'])} is not a string.", "Put it in quotes.")
    if not document.get("Statement"):
        suggestion = "Give a statement or a list of statements."
        raise PolicyError("missing_element", f"{option}.Statement", "is missing or empty.", suggestion)
    _check_sids(option, document)


def _check_version(location: str, version: Any) -> None:
    # YAML reads an unquoted 2012-10-17 as a date. Ansible passes it on as a string, other callers may not.
    if str(version) not in VERSIONS:
        raise PolicyError(
            "unknown_version",
            location,
            f'"{version}" is not a version of the policy language.',
            "Version is the version of the policy language, not the date on which the policy was written. "
            f'Use "{VERSIONS[0]}". "{VERSIONS[1]}" is older and has no policy variables.',
        )


def _check_sids(option: str, document: Mapping[str, Any]) -> None:
    seen = set()
    for location, statement in located_statements(option, document):
        sid = statement.get("Sid", "") if isinstance(statement, dict) else ""
        if not isinstance(sid, str) or not SID.fullmatch(sid):
            suggestion = "Use letters and digits only: A-Z, a-z, 0-9."
            raise PolicyError("bad_sid", f"{location}.Sid", f"{short_repr(sid)} is not a valid Sid.", suggestion)
        if sid in seen:
            suggestion = "A Sid must be unique within a document."
            raise PolicyError("bad_sid", f"{location}.Sid", f"{short_repr(sid)} is used twice.", suggestion)
        # IAM accepts several statements with an empty Sid.
        seen.update([sid] if sid else [])


def check_statement(location: str, statement: Any) -> None:
    """Raises PolicyError for an error in a statement of any type of policy."""
    if not isinstance(statement, dict):
        raise PolicyError("malformed", location, "is not a statement.", "A statement is a mapping with Effect and Action.")
    forbid_unknown_keys(location, statement, STATEMENT_KEYS)
    effect = statement.get("Effect")
    if effect not in ("Allow", "Deny"):
        code, problem = ("missing_element", "is missing.") if effect is None else ("malformed", f"is {short_repr(effect)}.")
        raise PolicyError(code, f"{location}.Effect", problem, 'Use "Allow" or "Deny".')
    require_exactly_one(location, statement, "Action", "NotAction")
    check_strings(location, statement, ("Action", "NotAction"), _check_action)
    check_condition(f"{location}.Condition", statement.get("Condition", {}))


def _check_action(action: str) -> Optional[Violation]:
    if action == "*" or ACTION.fullmatch(action):
        return None
    suggestion = "An action is a service prefix, a colon and a name, like s3:GetObject or s3:Get*; or just *."
    return Violation("bad_action", suggestion)
