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

from .._common.errors import OptionError
from .checks import check_each, need_one_of, refuse_unknown, shown
from .conditions import check_condition
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
SID = re.compile(r"[A-Za-z0-9]*")
ACTION = re.compile(r"(\*|[A-Za-z0-9.-]+):[^\s:]+")
VARIABLE = re.compile(r"\$\{[^}]*\}")
PARTITION = re.compile(r"(aws|[*?])[a-z0-9*?-]*")


def check_document(option: str, document: Mapping) -> None:
    """Raises OptionError for what is wrong with the document as a whole."""
    refuse_unknown(option, document, DOCUMENT_KEYS)
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
        raise OptionError(f"{option}.Id", f"{shown(document['Id'])} is not a text.", "Write it in quotes.")
    if not document.get("Statement"):
        raise OptionError(f"{option}.Statement", "is missing or empty.", "Give a statement or a list of them.")
    _check_sids(option, document)


def has_variables(document: Mapping) -> bool:
    """Whether policy variables mean something in the document."""
    # Without a Version IAM takes the older one, in which ${…} stands for itself.
    return str(document.get("Version")) == VERSIONS[0]


def _check_sids(option: str, document: Mapping) -> None:
    seen = set()
    for where, statement in located_statements(option, document):
        sid = statement.get("Sid", "") if isinstance(statement, dict) else ""
        if not isinstance(sid, str) or not SID.fullmatch(sid):
            raise OptionError(
                f"{where}.Sid", f"{shown(sid)} can't be one.", "IAM takes letters and digits only: A-Z, a-z, 0-9."
            )
        if sid in seen:
            raise OptionError(
                f"{where}.Sid", f"{shown(sid)} is there twice.", "It is unique within a document: choose another."
            )
        # IAM lets any number of statements have an empty one.
        seen.update([sid] if sid else [])


def check_statement(where: str, statement: Any, variables: bool) -> None:
    """Raises OptionError for what is wrong in any kind of policy; ``variables`` if the document may have some."""
    if not isinstance(statement, dict):
        raise OptionError(where, "is not a statement.", "A statement is a mapping with Effect and Action.")
    refuse_unknown(where, statement, STATEMENT_KEYS)
    effect = statement.get("Effect")
    if effect not in ("Allow", "Deny"):
        given = "is missing." if effect is None else f"is {shown(effect)}."
        raise OptionError(f"{where}.Effect", given, 'It is "Allow" or "Deny".')
    need_one_of(where, statement, "Action", "NotAction")
    check_each(where, statement, ("Action", "NotAction"), _of_action)
    check_condition(f"{where}.Condition", statement.get("Condition", {}))
    if not variables:
        _refuse_variables(where, statement)


def _of_action(action: str) -> Optional[str]:
    if action == "*" or ACTION.fullmatch(action):
        return None
    return "An action is the service's prefix, a colon and a name, like s3:GetObject or s3:Get*; or just *."


def of_resource(resource: str) -> Optional[str]:
    """What would be right in the place of a resource that can't be one."""
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
