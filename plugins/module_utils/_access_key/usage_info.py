# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""access_key_usage_info: what access keys were used for, from IAM and CloudTrail, compared with a role."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import partial
from typing import Any, Callable, Mapping, NamedTuple, Optional, Sequence

from .._aws.cloudtrail import DAYS as EVENT_DAYS
from .._aws.cloudtrail import CloudTrail
from .._aws.iam import Iam
from .._aws.last_accessed import LastAccessed
from .._aws.parallel import each_in_parallel
from .._common.errors import AwsError, OptionError
from .._common.incomplete import Incomplete, failed_read
from .._common.read_errors import ReadErrors
from .._common.sentences import number_of
from .._policy.service_reference import ServiceReference
from .._values.permissions import Permissions
from .info import TOLERATED, describe
from .usage import KeyUsage, draft_policy, not_allowed, services_as_result, usage_of

WORKERS = 4  # parallel reads of users and regions; CloudTrail allows two calls per second in each region
# What AWS never records, or only later
ALWAYS = (
    Incomplete("cloudtrail", "data_events", "CloudTrail's event history has no data events, such as reading an S3 object or a DynamoDB item."),
    Incomplete("iam", "lag", "IAM's last-accessed data can lag by up to four hours, and CloudTrail's event history by 15 minutes."),
)


class Gateways(NamedTuple):
    """The gateways that the module reads through; ``trail`` returns CloudTrail of a region, ``regions`` the regions to search."""

    iam: Iam
    last_accessed: LastAccessed
    trail: Callable[[str], CloudTrail]
    regions: Callable[[], Sequence[str]]


class UsageRequest(NamedTuple):
    """The role to compare with, if any, and how many days before ``now`` the period begins."""

    role_name: Optional[str]
    days: int
    now: datetime

    @property
    def since(self) -> datetime:
        """The beginning of the period."""
        return self.now - timedelta(days=self.days)


@dataclass(frozen=True)
class ReportedKey:
    """A key to report on: its id and its user; ``problem`` says why the user is unknown."""

    access_key_id: str
    user_name: Optional[str]
    problem: Optional[str] = None


def gather(
    aws: Gateways, access_key_ids: Optional[Sequence[str]], user_names: Sequence[str], request: UsageRequest, reference: Optional[ServiceReference]
) -> dict[str, Any]:
    """The module's return values."""
    permissions = _permissions(aws, request.role_name)
    keys = _of_users(aws, user_names) if access_key_ids is None else _of_ids(aws, access_key_ids)
    users = sorted({each.user_name for each in keys if each.user_name})
    services = dict(zip(users, each_in_parallel(partial(_services, aws), users, WORKERS)))
    regions = _attempt(aws.regions) if users else ReadResult(())
    rows = [_row(aws, key, services.get(key.user_name or ""), regions, request, permissions, reference) for key in keys]
    _raise_if_nothing(services, rows)
    return {"access_keys": rows, "msg": summary(rows, request)}


def _permissions(aws: Gateways, role_name: Optional[str]) -> Optional[Permissions]:
    if role_name is None:
        return None
    if aws.iam.roles.find(role_name) is None:
        raise OptionError("role_name", f"the role {role_name} does not exist.", "Check the name, or create it with keyless.ec2.iam_ec2_role.")
    return aws.iam.permissions_of(role_name)


def _of_ids(aws: Gateways, access_key_ids: Sequence[str]) -> list[ReportedKey]:
    described = describe(aws.iam.access_keys, access_key_ids)
    return [ReportedKey(each.access_key_id, each.user_name, None if each.user_name else each.msg) for each in described]


def _of_users(aws: Gateways, user_names: Sequence[str]) -> list[ReportedKey]:
    found = each_in_parallel(aws.iam.access_keys.of_user, user_names, WORKERS)
    return [ReportedKey(each["AccessKeyId"], user) for user, listed in zip(user_names, found) for each in listed]


class ReadResult(NamedTuple):
    """What a read returned, or nothing and its error."""

    found: Sequence[Any]
    errors: Sequence[AwsError] = ()


def _attempt(read: Callable[[], Sequence[Any]]) -> ReadResult:
    read_errors = ReadErrors(TOLERATED)
    return ReadResult(read_errors.collect(read) or (), read_errors.errors)


def _services(aws: Gateways, user_name: str) -> ReadResult:
    return _attempt(lambda: aws.last_accessed.of(aws.iam.access_keys.user_arn(user_name)))


def _events(aws: Gateways, key: ReportedKey, since: datetime, region: str) -> ReadResult:
    return _attempt(lambda: aws.trail(region).used_with(key.access_key_id, since))


def _row(
    aws: Gateways,
    key: ReportedKey,
    services: Optional[ReadResult],
    regions: ReadResult,
    request: UsageRequest,
    permissions: Optional[Permissions],
    reference: Optional[ServiceReference],
) -> dict[str, Any]:
    if services is None:
        unknown = Incomplete(key.access_key_id, "unknown_user", key.problem or "AWS returns no IAM user for this key.")
        return _as_result(key, KeyUsage(incomplete=(unknown,)), permissions, request)
    by_region = each_in_parallel(partial(_events, aws, key, _event_start(request)), regions.found, WORKERS)
    events = [event for each in by_region for event in each.found]
    usage = usage_of(services.found, events, request.since, reference)
    failed = [failed_read(error) for each in (services, regions, *by_region) for error in each.errors]
    incomplete = [*dict.fromkeys(failed), *usage.incomplete, *_limits(request)]
    return _as_result(key, KeyUsage(usage.services, usage.actions, tuple(incomplete)), permissions, request)


def _event_start(request: UsageRequest) -> datetime:
    return max(request.since, request.now - timedelta(days=EVENT_DAYS))


def _limits(request: UsageRequest) -> list[Incomplete]:
    message = f"CloudTrail's event history reaches back {EVENT_DAYS} days. Before that, only IAM's data about the user is available."
    older = Incomplete("cloudtrail", "older_events", message)
    return [*ALWAYS, *([older] if request.days > EVENT_DAYS else [])]


def _as_result(key: ReportedKey, usage: KeyUsage, permissions: Optional[Permissions], request: UsageRequest) -> dict[str, Any]:
    missing, doubtful = not_allowed(usage, permissions) if permissions is not None else ([], [])
    only = f"The role {request.role_name} allows {{}} only on some resources or under conditions."
    doubts = [Incomplete(action, "partly_allowed", only.format(action)) for action in doubtful]
    return {
        "access_key_id": key.access_key_id,
        "user_name": key.user_name,
        "services": services_as_result(usage.services),
        "actions": [each.as_result() for each in usage.actions],
        "not_allowed": missing if permissions is not None else None,
        "draft_policy": draft_policy(usage),
        "incomplete": [each.as_result() for each in (*doubts, *usage.incomplete)],
    }


def _raise_if_nothing(services: Mapping[str, ReadResult], rows: Sequence[dict[str, Any]]) -> None:
    """Raises the first error if neither IAM nor CloudTrail returned anything about any user."""
    errors = [error for each in services.values() for error in each.errors]
    if errors and len(errors) == len(services) and not any(row["actions"] for row in rows):
        raise errors[0]


def summary(rows: Sequence[dict[str, Any]], request: UsageRequest) -> str:
    """One sentence for people."""
    lacking = [row["access_key_id"] for row in rows if row["not_allowed"]]
    used = sum(bool(row["actions"] or row["services"]) for row in rows)
    text = f"{number_of(len(rows), 'access key')}, {used} used in the last {request.days} days"
    if request.role_name is None:
        return f"{text}."
    named = f": {', '.join(lacking)}" if lacking else ""
    return f"{text}; {len(lacking) or 'none'} used permissions that the role {request.role_name} does not allow{named}."


def now() -> datetime:
    """The current time, with a time zone as AWS's dates have."""
    return datetime.now(timezone.utc)
