# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Warnings for actions and resources that don't match: such a statement allows or denies less than it seems to."""

from __future__ import annotations

from typing import Any, Iterator, Mapping

from .applicability import Applicability
from .condition_warnings import matching_actions
from .document import as_list, located_statements
from .findings import Finding
from .service_reference import Action, ServiceReference
from .wildcards import has_wildcards


def resource_findings(reference: ServiceReference, option: str, document: Mapping[str, Any]) -> list[Finding]:
    """The findings in the statements of the document that name resources."""
    return [finding for location, statement in located_statements(option, document) for finding in _findings(reference, location, statement)]


def _findings(reference: ServiceReference, location: str, statement: Mapping[str, Any]) -> Iterator[Finding]:
    resources = as_list(statement.get("Resource", "*"))
    actions = matching_actions(reference, statement)
    if actions is None or "*" in resources:
        return
    useless = list(_useless_actions(reference, statement, resources))
    for action in useless:
        message = _message(action, any(Applicability(reference).may_apply(action.name, each) for each in resources))
        yield Finding("action_not_for_resource", f"{location}.Action", message)
    # If an action supports only *, AWS may still evaluate the ARN. If all actions are useless, that was reported already.
    if len(useless) < len(actions) and all(action.resources for action in actions):
        for resource in resources:
            if not any(action.supports(resource) for action in actions):
                message = f"None of the actions supports the resource {resource}."
                yield Finding("resource_not_for_action", f"{location}.Resource", message)


def _useless_actions(reference: ServiceReference, statement: Mapping[str, Any], resources: list[str]) -> Iterator[Action]:
    """The actions named without wildcards that support none of the resources."""
    for pattern in as_list(statement["Action"]):
        for action in (reference.actions(pattern) or ()) if not has_wildcards(pattern) else ():
            if not any(action.supports(resource) for resource in resources):
                yield action


def _message(action: Action, may_apply: bool) -> str:
    """The warning.  AWS evaluates some actions on ARNs for which its reference lists no resources, such as sns:ListTopics."""
    if may_apply:
        return f"AWS's reference lists no resources for {action.name}, so this may have no effect. Allow it on *."
    return f"{action.name} supports none of these resources, only {' or '.join(sorted(action.resources)[:3]) or '*'}."
