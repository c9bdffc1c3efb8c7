# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Actions and resources that do not go together: such a statement allows or denies less than it seems to."""

from __future__ import annotations

from typing import Any, Iterator, Mapping

from .condition_warnings import actions_of
from .document import located_statements, values_of
from .findings import Finding
from .service_reference import Action, ServiceReference
from .wildcards import has_wildcards


def resource_findings(reference: ServiceReference, option: str, document: Mapping[str, Any]) -> list[Finding]:
    """The findings in the document's statements that name resources."""
    return [finding for where, statement in located_statements(option, document) for finding in _findings(reference, where, statement)]


def _findings(reference: ServiceReference, where: str, statement: Mapping[str, Any]) -> Iterator[Finding]:
    resources = values_of(statement.get("Resource", "*"))
    actions = actions_of(reference, statement)
    if actions is None or "*" in resources:
        return
    useless = list(_useless_actions(reference, statement, resources))
    for action in useless:
        text = f"{action.name} takes none of the resources, {_taken(action)}"
        yield Finding("action_not_for_resource", f"{where}.Action", text)
    # Where an action takes only *, AWS may yet look at the ARN; and where all are useless, that says it.
    if len(useless) < len(actions) and all(action.resources for action in actions):
        for resource in resources:
            if not any(action.takes(resource) for action in actions):
                text = f"{resource} is not a resource of any of the actions."
                yield Finding("resource_not_for_action", f"{where}.Resource", text)


def _useless_actions(reference: ServiceReference, statement: Mapping[str, Any], resources: list[str]) -> Iterator[Action]:
    """Of the actions that are named without wildcards those that take none of the resources."""
    for pattern in values_of(statement["Action"]):
        for action in (reference.actions(pattern) or ()) if not has_wildcards(pattern) else ():
            if not any(action.takes(resource) for resource in resources):
                yield action


def _taken(action: Action) -> str:
    if not action.resources:
        return "but only *."
    return f"but {' or '.join(sorted(action.resources)[:3])}."
