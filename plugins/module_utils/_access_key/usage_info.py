# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""access_key_usage_info's work: what the keys' users did, by IAM and CloudTrail, held against a role."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import partial
from typing import Any, Callable, Mapping, NamedTuple, Optional, Sequence

from .._aws.calls import each_in_parallel
from .._aws.cloudtrail import DAYS as EVENT_DAYS
from .._aws.cloudtrail import CloudTrail
from .._aws.iam import Iam
from .._aws.last_accessed import LastAccessed
from .._common.errors import ACCESS_DENIED, AwsError, OptionError
from .._common.incomplete import Incomplete, refused
from .._policy.service_reference import ServiceReference
from .._values.permissions import Permissions
from .._values.usage import EventUse, ServiceUse
from .info import describe
from .usage import Usage, draft_policy, not_allowed, services_as_result, usage_of

WORKERS = 4  # users, and regions, read side by side; CloudTrail lets two calls a second through in each region
NO_ANSWER = ACCESS_DENIED | {"NoSuchEntity"}
# What AWS never tells of a key
ALWAYS = (
    Incomplete("cloudtrail", "data_events", "CloudTrail's event history has no data events, such as reading an S3 object or a DynamoDB item."),
    Incomplete("iam", "lag", "IAM's last-accessed data can lag by up to four hours, and CloudTrail's event history by 15 minutes."),
)


class Aws(NamedTuple):
    """What the module speaks with; ``trail`` gives CloudTrail of a region, and ``regions`` those to look in."""

    iam: Iam
    last_accessed: LastAccessed
    trail: Callable[[str], CloudTrail]
    regions: Callable[[], Sequence[str]]


class Request(NamedTuple):
    """What is asked: the role to hold against, if there is one, how many days back from now."""

    role_name: Optional[str]
    days: int
    now: datetime

    @property
    def since(self) -> datetime:
        """From when on."""
        return self.now - timedelta(days=self.days)


@dataclass(frozen=True)
class Key:
    """A key to tell of: its id, its user where there is one, and why not."""

    access_key_id: str
    user_name: Optional[str]
    problem: Optional[str] = None


def look(
    aws: Aws, access_key_ids: Optional[Sequence[str]], user_names: Sequence[str], request: Request, reference: Optional[ServiceReference]
) -> dict[str, Any]:
    """The module's return values."""
    permissions = _permissions(aws, request.role_name)
    keys = _of_users(aws, user_names) if access_key_ids is None else _of_ids(aws, access_key_ids)
    users = sorted({each.user_name for each in keys if each.user_name})
    services = dict(zip(users, each_in_parallel(partial(_services, aws), users, WORKERS)))
    regions = _regions(aws) if users else Asked(())
    rows = [_row(aws, key, services.get(key.user_name or ""), regions, request, permissions, reference) for key in keys]
    _raise_if_nothing(services, rows)
    return {"access_keys": rows, "msg": summary(rows, request)}


def _permissions(aws: Aws, role_name: Optional[str]) -> Optional[Permissions]:
    if role_name is None:
        return None
    if aws.iam.roles.find(role_name) is None:
        raise OptionError("role_name", f"there is no role {role_name}.", "Check the name, or create it with keyless.ec2.iam_ec2_role.")
    return aws.iam.permissions_of(role_name)


def _of_ids(aws: Aws, access_key_ids: Sequence[str]) -> list[Key]:
    described = describe(aws.iam.access_keys, access_key_ids)
    return [Key(each.access_key_id, each.user_name, None if each.user_name else each.msg) for each in described]


def _of_users(aws: Aws, user_names: Sequence[str]) -> list[Key]:
    found = each_in_parallel(aws.iam.access_keys.of_user, user_names, WORKERS)
    return [Key(each["AccessKeyId"], user) for user, listed in zip(user_names, found) for each in listed]


class Asked(NamedTuple):
    """What AWS told of a user or a key, or why it told nothing."""

    found: Sequence[Any]
    gap: Optional[AwsError] = None


def _services(aws: Aws, user_name: str) -> Asked:
    try:
        return Asked(aws.last_accessed.of(aws.iam.access_keys.user_arn(user_name)))
    except AwsError as error:
        if error.code not in NO_ANSWER:
            raise
        return Asked((), error)


def _regions(aws: Aws) -> Asked:
    try:
        return Asked(aws.regions())
    except AwsError as error:
        if error.code not in NO_ANSWER:
            raise
        return Asked((), error)


def _events(aws: Aws, key: Key, since: datetime, region: str) -> Asked:
    try:
        return Asked(aws.trail(region).used_with(key.access_key_id, since))
    except AwsError as error:
        if error.code not in NO_ANSWER:
            raise
        return Asked((), error)


def _row(
    aws: Aws,
    key: Key,
    services: Optional[Asked],
    regions: Asked,
    request: Request,
    permissions: Optional[Permissions],
    reference: Optional[ServiceReference],
) -> dict[str, Any]:
    if services is None:
        unknown = Incomplete(key.access_key_id, "unknown_user", key.problem or "AWS returns no IAM user for this key.")
        return _shown(key, Usage(incomplete=(unknown,)), permissions, request)
    looked = each_in_parallel(partial(_events, aws, key, _event_start(request)), regions.found, WORKERS)
    events: list[EventUse] = [event for each in looked for event in each.found]
    found: Sequence[ServiceUse] = services.found
    usage = usage_of(found, events, request.since, reference)
    gaps = [refused(each.gap) for each in (services, regions, *looked) if each.gap]
    told = [*dict.fromkeys(gaps), *usage.incomplete, *_limits(request)]
    return _shown(key, Usage(usage.services, usage.actions, tuple(told)), permissions, request)


def _event_start(request: Request) -> datetime:
    return max(request.since, request.now - timedelta(days=EVENT_DAYS))


def _limits(request: Request) -> list[Incomplete]:
    message = f"CloudTrail's event history reaches back {EVENT_DAYS} days. Before that, only IAM's data about the user is available."
    older = Incomplete("cloudtrail", "older_events", message)
    return [*ALWAYS, *([older] if request.days > EVENT_DAYS else [])]


def _shown(key: Key, usage: Usage, permissions: Optional[Permissions], request: Request) -> dict[str, Any]:
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


def _raise_if_nothing(services: Mapping[str, Asked], rows: Sequence[dict[str, Any]]) -> None:
    """Raises AWS's error where neither IAM nor CloudTrail told anything of any user: that is no answer."""
    errors = [each.gap for each in services.values() if each.gap]
    if errors and len(errors) == len(services) and not any(row["actions"] for row in rows):
        raise errors[0]


def summary(rows: Sequence[dict[str, Any]], request: Request) -> str:
    """One sentence for people."""
    lacking = [row["access_key_id"] for row in rows if row["not_allowed"]]
    used = sum(bool(row["actions"] or row["services"]) for row in rows)
    text = f"{len(rows)} access key{'' if len(rows) == 1 else 's'}, {used} used in the last {request.days} days"
    if request.role_name is None:
        return f"{text}."
    said = f": {', '.join(lacking)}" if lacking else ""
    return f"{text}; {len(lacking) or 'none'} did what the role {request.role_name} does not allow{said}."


def now() -> datetime:
    """The time, as AWS's dates have it."""
    return datetime.now(timezone.utc)
