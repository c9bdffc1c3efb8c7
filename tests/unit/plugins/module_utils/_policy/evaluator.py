# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""IAM's evaluation of one request, as AWS documents it, without anything clever. Shares no code with the collection.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple


class Request(NamedTuple):
    """A request; ``conditions`` are the values of the condition key ``aws:PrincipalTag/x`` that it meets."""

    action: str
    resource: str
    user: str = "alice"
    conditions: frozenset = frozenset()


def allowed(permissions, request):
    """Whether the policies allow the request: nothing denies it, and the policies and the boundary allow it."""
    limits = [permissions.documents] if permissions.boundary is None else [permissions.documents, [permissions.boundary]]
    effects = [{effect for document in documents for effect in _effects(document, request)} for documents in limits]
    return all("Allow" in each and "Deny" not in each for each in effects)


def _effects(document, request):
    statements = document["Statement"]
    for each in statements if isinstance(statements, list) else [statements]:
        if _applies(each, request, document.get("Version") == "2012-10-17"):
            yield each["Effect"]


def _applies(statement, request, has_variables):
    def resource_matches(pattern):
        return matches(pattern.replace("${aws:username}", request.user) if has_variables else pattern, request.resource)

    in_actions = any(matches(each.lower(), request.action.lower()) for each in _list(statement.get("Action", statement.get("NotAction"))))
    in_resources = any(map(resource_matches, _list(statement.get("Resource", statement.get("NotResource")))))
    needed = statement.get("Condition", {}).get("StringEquals", {})
    return (
        in_actions == ("Action" in statement)
        and in_resources == ("Resource" in statement)
        and all(key.rpartition("/")[2] in request.conditions for key in needed)
    )


def _list(value):
    return value if isinstance(value, list) else [value]


@lru_cache(maxsize=None)
def matches(pattern, text):
    """Whether the pattern matches: * is any text, ? is one character."""
    return re.fullmatch("".join({"*": ".*", "?": "."}.get(each, re.escape(each)) for each in pattern), text, re.DOTALL) is not None
