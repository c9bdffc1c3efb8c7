# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Actions in a policy that AWS does not know: IAM takes them silently, and they allow or deny nothing.

AWS's reference may lag behind AWS, and leaves out services that are closed: only what is like something known is told.
"""

from __future__ import annotations

from typing import Any, Iterable, Mapping, Optional

from .._common.suggestions import nearest
from .document import located_statements, values_of
from .findings import Finding
from .service_reference import ServiceReference
from .wildcards import has_wildcards

# How alike a near miss has to be, of 1. Less would find namesakes in AWS's own policies.
LIKE_ACTION = 0.9
LIKE_SERVICE = 0.85


def unknown_actions(reference: ServiceReference, option: str, document: Mapping[str, Any]) -> list[Finding]:
    """A finding for each action that AWS does not know and that is like one that it knows.

    An action with wildcards counts as known where it stands for any at all.
    """
    return [
        Finding(*finding[:1], f"{where}.{key}", finding[1])
        for where, statement in located_statements(option, document)
        for key in ("Action", "NotAction")
        for action in values_of(statement.get(key, []))
        for finding in _findings(reference, action)
    ]


def _findings(reference: ServiceReference, action: Any) -> list[tuple[str, str]]:
    prefix, colon, name = action.partition(":")
    if not colon or has_wildcards(prefix):
        return []
    if not reference.has_service(prefix):
        service = nearest(prefix, reference.services, LIKE_SERVICE)
        said = f"AWS knows no service {prefix} ({action}); did you mean {service}?"
        return [("unknown_service", said)] if service else []
    if reference.actions(action):
        return []
    names = reference.action_names(prefix)
    meant = _like_pattern(name, names) if has_wildcards(name) else nearest(name, names, LIKE_ACTION)
    return [("unknown_action", f"AWS knows no action {action}; did you mean {prefix}:{meant}?")] if meant else []


def _like_pattern(pattern: str, names: Iterable[str]) -> Optional[str]:
    """The pattern with another beginning, such as a name of that length has; None where none is like it."""
    head = pattern[: min(pattern.find(each) for each in "*?" if each in pattern)]
    beginnings = sorted({each[: len(head)] for each in names})
    # Of a short one, such as Get, any other letter makes another word; only the order can be a slip.
    swapped = (each for each in beginnings if sorted(each.lower()) == sorted(head.lower()))
    meant = next(swapped, None) or nearest(head, beginnings, LIKE_ACTION)
    return meant and f"{meant}{pattern[len(head) :]}"
