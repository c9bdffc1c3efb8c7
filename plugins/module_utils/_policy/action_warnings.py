# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Warnings for unknown actions: IAM accepts them silently, but they allow or deny nothing.

AWS's reference can lag behind AWS and omits closed services, so only names that resemble a known one are reported.
"""

from __future__ import annotations

from typing import Any, Iterable, Mapping, Optional

from .._common.suggestions import nearest
from .document import as_list, located_statements
from .findings import Finding
from .service_reference import ServiceReference
from .wildcards import has_wildcards

# How similar a name must be to a known one, of 1. Lower values would match unrelated names in AWS's own policies.
ACTION_SIMILARITY = 0.9
SERVICE_SIMILARITY = 0.85


def unknown_actions(reference: ServiceReference, option: str, document: Mapping[str, Any]) -> list[Finding]:
    """A finding for each action that is not in the reference but resembles one that is.

    A pattern counts as known if it matches at least one action.
    """
    return [
        Finding(code, f"{location}.{key}", message)
        for location, statement in located_statements(option, document)
        for key in ("Action", "NotAction")
        for action in as_list(statement.get(key, []))
        for code, message in _findings(reference, action)
    ]


def _findings(reference: ServiceReference, action: Any) -> list[tuple[str, str]]:
    prefix, colon, name = action.partition(":")
    if not colon or has_wildcards(prefix):
        return []
    if not reference.has_service(prefix):
        service = nearest(prefix, reference.services, SERVICE_SIMILARITY)
        message = f"AWS has no service {prefix} ({action}); did you mean {service}?"
        return [("unknown_service", message)] if service else []
    if reference.actions(action):
        return []
    names = reference.action_names(prefix)
    meant = _similar_pattern(name, names) if has_wildcards(name) else nearest(name, names, ACTION_SIMILARITY)
    return [("unknown_action", f"AWS has no action {action}; did you mean {prefix}:{meant}?")] if meant else []


def _similar_pattern(pattern: str, names: Iterable[str]) -> Optional[str]:
    """The pattern with its literal beginning replaced by that of a similar name; None if there is no similar name."""
    beginning = pattern[: min(pattern.find(each) for each in "*?" if each in pattern)]
    known = sorted({each[: len(beginning)] for each in names})
    # In a short beginning such as Get, another letter makes another word. Only swapped letters are clearly a typo.
    swapped = (each for each in known if sorted(each.lower()) == sorted(beginning.lower()))
    meant = next(swapped, None) or nearest(beginning, known, ACTION_SIMILARITY)
    return meant and f"{meant}{pattern[len(beginning) :]}"
