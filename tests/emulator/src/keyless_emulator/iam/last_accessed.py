# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""IAM's reports on when a user's or role's permissions were last used, by service. moto lacks them.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_GenerateServiceLastAccessedDetails.html
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import lru_cache
from typing import Any

from botocore.exceptions import UnknownServiceError
from moto.core.responses import ActionResult
from moto.core.utils import get_service_model
from moto.iam.responses import IamResponse

from ..conditions.clock import clock
from ..conditions.transitions import transitions
from ..server.errors import AwsError
from ..server.value_checks import as_list
from .history import Event, history
from .policy_evaluation import RequiredPermission, verdict_of

DAYS = 400
PAGE = 100
ACTION_LEVEL = "ACTION_LEVEL"
PREFIXES = {"monitoring": "cloudwatch"}  # policy prefix of a service that signs with another name
# Services of which IAM also reports the actions. Of others, it reports only a date.
TRACKED = ("autoscaling", "ec2", "iam", "lambda", "organizations", "sts")
STATE = "reporting"


@dataclass(frozen=True)
class Job:
    """A requested report."""

    arn: str
    granularity: str
    due: float


def patch_last_accessed() -> None:
    """Adds both operations."""
    jobs: dict[str, Job] = {}

    def generate(self: Any) -> ActionResult:
        arn = self._get_param("Arn")
        entity_of(self.backend, arn)
        job = str(uuid.uuid4())
        due = transitions().until(STATE)
        if len(jobs) >= history().kept:
            del jobs[next(iter(jobs))]
        jobs[job] = Job(arn, self._get_param("Granularity") or "SERVICE_LEVEL", due)
        return ActionResult({"JobId": job})

    def get(self: Any) -> ActionResult:
        job = jobs.get(self._get_param("JobId"))
        if job is None:
            raise AwsError("NoSuchEntity", f"Job {self._get_param('JobId')} not found", 404)
        begun = {"JobCreationDate": _date(job.due), "JobType": job.granularity, "JobCompletionDate": _date(job.due)}
        if clock().now() < job.due:
            return ActionResult({**begun, "JobStatus": "IN_PROGRESS", "ServicesLastAccessed": [], "IsTruncated": False})
        return ActionResult({**begun, "JobStatus": "COMPLETED", **_page(self, _services(self, job))})

    IamResponse.generate_service_last_accessed_details = generate
    IamResponse.get_service_last_accessed_details = get


def _page(response: Any, services: list[dict[str, Any]]) -> dict[str, Any]:
    first, size = int(response._get_param("Marker") or 0), int(response._get_param("MaxItems") or PAGE)  # pylint: disable=protected-access
    shown = {"ServicesLastAccessed": services[first : first + size], "IsTruncated": len(services) > first + size}
    return {**shown, "Marker": str(first + size)} if shown["IsTruncated"] else shown


def entity_of(backend: Any, arn: str) -> Any:
    """Returns the user or role. Raises AwsError."""
    entities = (*backend.users.values(), *backend.roles.values())
    found = next((each for each in entities if each.arn == arn), None)
    if found is None:
        raise AwsError("NoSuchEntity", f"ARN {arn} not found", 404)
    return found


def documents_of(backend: Any, entity: Any) -> list[Mapping[str, Any]]:
    """Yields its policies, including those of its groups."""
    inline = entity.policies.values()
    managed = entity.managed_policies.values()
    own = [*inline, *map(default_document, managed)]
    if hasattr(entity, "access_keys"):
        groups = [group for group in backend.groups.values() if entity in group.users]
        own += [document for group in groups for document in (*group.policies.values(), *map(default_document, group.managed_policies.values()))]
    texts = [each if isinstance(each, str) else each.get("policy_document", each) for each in own]
    return [json.loads(each) if isinstance(each, str) else each for each in texts]


def default_document(policy: Any) -> Any:
    """Returns the document of the policy's default version."""
    return next(each.document for each in policy.versions if each.is_default)


def _services(response: Any, job: Job) -> list[dict[str, Any]]:
    """Returns the services in which the policies allow something, with when and where they were last used."""
    documents = documents_of(response.backend, entity_of(response.backend, job.arn))
    oldest = clock().now() - DAYS * 86400
    used: dict[str, list[Event]] = {}
    for event in history().uses_of(job.arn):
        if event.at >= oldest:
            used.setdefault(PREFIXES.get(event.call.service, event.call.service), []).append(event)
    return [_service(prefix, used.get(prefix, []), documents, job) for prefix in _allowed(documents)]


def _allowed(documents: list[Mapping[str, Any]]) -> list[str]:
    """Returns the services of what is allowed. A wildcard stands for all services of the emulator."""
    allowed = [statement for document in documents for statement in as_list(document["Statement"]) if statement["Effect"] == "Allow"]
    prefixes = {action.partition(":")[0].lower() for each in allowed for action in as_list(each.get("Action", "*"))}
    if any("*" in each for each in prefixes):
        prefixes = {*(each for each in prefixes if "*" not in each), *TRACKED, "dynamodb", "s3", "sns", "sqs"}
    return sorted(prefixes)


def _service(prefix: str, events: list[Event], documents: list[Mapping[str, Any]], job: Job) -> dict[str, Any]:
    described: dict[str, Any] = {"ServiceName": prefix, "ServiceNamespace": prefix, "TotalAuthenticatedEntities": int(bool(events))}
    if events:
        last = events[-1]
        described |= {"LastAuthenticated": _date(last.at), "LastAuthenticatedEntity": job.arn, "LastAuthenticatedRegion": last.region}
    if job.granularity == ACTION_LEVEL and prefix in TRACKED:
        described["TrackedActionsLastAccessed"] = list(_actions(prefix, events, documents))
    return described


def _actions(prefix: str, events: list[Event], documents: list[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    last = {event.call.operation: event for event in events}
    for name in _operations(prefix):
        if name in last:
            event = last[name]
            entity = {"LastAccessedEntity": event.entity, "LastAccessedTime": _date(event.at), "LastAccessedRegion": event.region}
            yield {"ActionName": name, **entity}
        elif any(_speaks_of(document, f"{prefix}:{name}") for document in documents):
            yield {"ActionName": name}


def _speaks_of(document: Mapping[str, Any], action: str) -> bool:
    """Tells whether a statement allows the action, on any resource and under any condition."""
    rows = [{**each, "Resource": "*", "Condition": {}} for each in as_list(document["Statement"]) if each["Effect"] == "Allow"]
    rows = [{key: value for key, value in each.items() if key != "NotResource"} for each in rows]
    return verdict_of([{"Statement": rows}], RequiredPermission(action)).allowed


@lru_cache
def _operations(prefix: str) -> tuple[str, ...]:
    try:
        return tuple(get_service_model(prefix).operation_names)
    except UnknownServiceError:
        return ()


def _date(seconds: float) -> datetime:
    return datetime.fromtimestamp(int(seconds), timezone.utc)
