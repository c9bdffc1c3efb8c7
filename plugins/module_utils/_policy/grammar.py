# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The grammar of IAM's policy language: what is wrong with any document, by its place.  Pure.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html.  Where AWS's own behaviour is not
known, a document passes: AWS has the last word, and what it takes must not be refused here.
"""

from __future__ import annotations

import re
from typing import Any, Mapping, Optional

from .checks import Wrong, check_each, need_one_of, refuse_unknown, shown
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


def check_document(option: str, document: Mapping[str, Any]) -> None:
    """Raises PolicyError for what is wrong with the document as a whole."""
    refuse_unknown(option, document, DOCUMENT_KEYS)
    version = document.get("Version", VERSIONS[0])
    # YAML reads an unquoted 2012-10-17 as a date; Ansible hands it over as text, other callers may not.
    if str(version) not in VERSIONS:
        raise PolicyError(
            "unknown_version",
            f"{option}.Version",
            f'"{version}" is not a version of the policy language.',
            "Version names the edition of the language that the policy is written in, not the day on which it was "
            f'written. AWS knows "{VERSIONS[0]}" (current) and "{VERSIONS[1]}" (older, without policy variables): '
            f'write "{VERSIONS[0]}".',
        )
    if not isinstance(document.get("Id", ""), str):
        raise PolicyError("malformed", f"{option}.Id", f"{shown(document['Id'])} is not a text.", "Write it in quotes.")
    if not document.get("Statement"):
        suggestion = "Give a statement or a list of them."
        raise PolicyError("missing_element", f"{option}.Statement", "is missing or empty.", suggestion)
    _check_sids(option, document)


def _check_sids(option: str, document: Mapping[str, Any]) -> None:
    seen = set()
    for where, statement in located_statements(option, document):
        sid = statement.get("Sid", "") if isinstance(statement, dict) else ""
        if not isinstance(sid, str) or not SID.fullmatch(sid):
            suggestion = "IAM takes letters and digits only: A-Z, a-z, 0-9."
            raise PolicyError("bad_sid", f"{where}.Sid", f"{shown(sid)} can't be one.", suggestion)
        if sid in seen:
            suggestion = "It is unique within a document: choose another."
            raise PolicyError("bad_sid", f"{where}.Sid", f"{shown(sid)} is there twice.", suggestion)
        # IAM lets any number of statements have an empty one.
        seen.update([sid] if sid else [])


def check_statement(where: str, statement: Any) -> None:
    """Raises PolicyError for what is wrong in any kind of policy."""
    if not isinstance(statement, dict):
        raise PolicyError("malformed", where, "is not a statement.", "A statement is a mapping with Effect and Action.")
    refuse_unknown(where, statement, STATEMENT_KEYS)
    effect = statement.get("Effect")
    if effect not in ("Allow", "Deny"):
        code, given = ("missing_element", "is missing.") if effect is None else ("malformed", f"is {shown(effect)}.")
        raise PolicyError(code, f"{where}.Effect", given, 'It is "Allow" or "Deny".')
    need_one_of(where, statement, "Action", "NotAction")
    check_each(where, statement, ("Action", "NotAction"), _of_action)
    check_condition(f"{where}.Condition", statement.get("Condition", {}))


def _of_action(action: str) -> Optional[Wrong]:
    if action == "*" or ACTION.fullmatch(action):
        return None
    suggestion = "An action is the service's prefix, a colon and a name, like s3:GetObject or s3:Get*; or just *."
    return Wrong("bad_action", suggestion)
