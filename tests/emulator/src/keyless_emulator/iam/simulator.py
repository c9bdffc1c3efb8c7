# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""IAM's policy simulator, with the emulator's own evaluation. moto lacks it.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from moto.core.responses import ActionResult
from moto.iam.responses import IamResponse

from ..server.errors import AwsError
from .last_accessed import default_document, documents_of, entity_of
from .policy_evaluation import RequiredPermission, verdict_of

PAGE = 100


def patch_simulator() -> None:
    """Adds SimulatePrincipalPolicy."""

    def simulate(self: Any) -> ActionResult:
        entity = entity_of(self.backend, self._get_param("PolicySourceArn"))
        actions = self._get_param("ActionNames") or []
        if not actions or any(":" not in each for each in actions):
            raise AwsError("InvalidInput", "Invalid Input Action Names", 400)
        resources = self._get_param("ResourceArns") or ["*"]
        documents, boundary = documents_of(self.backend, entity), _boundary(self.backend, entity)
        found = [_result(RequiredPermission(action, resource), documents, boundary) for action in actions for resource in resources]
        first, size = int(self._get_param("Marker") or 0), int(self._get_param("MaxItems") or PAGE)
        shown = {"EvaluationResults": found[first : first + size], "IsTruncated": len(found) > first + size}
        return ActionResult({**shown, "Marker": str(first + size)} if shown["IsTruncated"] else shown)

    IamResponse.simulate_principal_policy = simulate


def _boundary(backend: Any, entity: Any) -> Mapping[str, Any] | None:
    arn = getattr(entity, "permissions_boundary_arn", None)
    return json.loads(default_document(backend.get_policy(arn))) if arn else None


def _result(asked: RequiredPermission, documents: list[Mapping[str, Any]], boundary: Mapping[str, Any] | None) -> dict[str, Any]:
    verdicts = [verdict_of(documents, asked), *([verdict_of([boundary], asked)] if boundary else [])]
    return {
        "EvalActionName": asked.action,
        "EvalResourceName": asked.resource,
        "EvalDecision": next(_decisions(verdicts)),
        "MatchedStatements": [],
        "MissingContextValues": [],
    }


def _decisions(verdicts: list[Any]) -> Iterator[str]:
    if any(each.denied_by is not None for each in verdicts):
        yield "explicitDeny"
    yield "allowed" if all(each.allowed for each in verdicts) else "implicitDeny"
