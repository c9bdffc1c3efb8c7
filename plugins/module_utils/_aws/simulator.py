# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gateway to IAM's policy simulator."""

from __future__ import annotations

from typing import Any, NamedTuple, Optional, Sequence

from .calls import read
from .parallel import chunks

ACTIONS_IN_A_CALL = 50


class Simulated(NamedTuple):
    """The simulator's decision for an action: allowed, explicitDeny or implicitDeny.

    ``missing`` are the condition keys that it had no value for, so AWS may decide differently.
    """

    action: str
    resource: Optional[str]
    decision: str
    missing: tuple[str, ...] = ()

    def as_result(self) -> dict[str, Any]:
        """An entry of the return values."""
        return {
            "action": self.action,
            "resource": self.resource,
            "decision": self.decision,
            "missing_context_values": list(self.missing),
        }


class Simulator:
    """The policy simulator through one boto3 client of IAM."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def of(self, arn: str, wanted: Sequence[tuple[str, Optional[str]]]) -> list[Simulated]:
        """The decisions for these pairs of an action and a resource; one call for all actions on one resource."""
        by_resource: dict[Optional[str], list[str]] = {}
        for action, resource in wanted:
            by_resource.setdefault(resource, []).append(action)
        found = {}
        for resource, actions in by_resource.items():
            for some in chunks(list(dict.fromkeys(actions)), ACTIONS_IN_A_CALL):
                for each in self._simulated(arn, some, resource):
                    found[each.action.lower(), resource] = each
        return [found[action.lower(), resource] for action, resource in dict.fromkeys(wanted) if (action.lower(), resource) in found]

    def _simulated(self, arn: str, actions: list[str], resource: Optional[str]) -> list[Simulated]:
        selection = {"ResourceArns": [resource]} if resource else {}
        doing = f"simulate the permissions of {arn}"
        operation = "iam:SimulatePrincipalPolicy"
        response = read(self._client, operation, arn, doing, PolicySourceArn=arn, ActionNames=actions, **selection)
        return [
            Simulated(each["EvalActionName"], resource, each["EvalDecision"], tuple(each.get("MissingContextValues") or ()))
            for each in response["EvaluationResults"]
        ]
