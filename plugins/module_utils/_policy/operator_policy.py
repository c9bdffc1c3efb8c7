# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The policy of whoever runs jobs: what these need, and nothing else.  Pure."""

from __future__ import annotations

import json
from itertools import product
from string import Formatter
from typing import Any, Collection, Iterable, Iterator, Mapping

from .._common.errors import OptionError
from .document import policy_size
from .policy_scope import Places
from .role_permissions import Features, Permissions, check_features, check_jobs, statements_for

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-entity-length
LARGEST = 6144
INSTANCE = "instance"

Statement = Mapping[str, Any]


def operator_policy(permissions: Permissions, jobs: Collection[str], features: Features, places: Places) -> dict[str, Any]:
    """The least policy for the jobs with their features; raises OptionError where there is none that IAM would take."""
    check_jobs(permissions, jobs)
    check_features(permissions, features)
    statements = list(merged(_placed(each, places) for each in statements_for(permissions, jobs, features)))
    if not statements:
        raise OptionError("jobs", f"no permissions are needed for {', '.join(sorted(jobs))}.", "IAM has no policy without any.")
    document = {"Version": "2012-10-17", "Statement": statements}
    if policy_size(document) > LARGEST:
        problem = f"the policy has {policy_size(document)} characters, and IAM takes {LARGEST} in a managed one."
        raise OptionError("jobs", problem, "Make a policy for each of several jobs, or give names that begin alike as one with *.")
    return document


def merged(statements: Iterable[Statement]) -> Iterator[dict[str, Any]]:
    """The statements with those of the same resources and conditions as one, which has the name of the first."""
    actions: dict[str, set[str]] = {}
    first: dict[str, Statement] = {}
    for each in statements:
        key = json.dumps([each["resources"], each["conditions"]], sort_keys=True)
        first.setdefault(key, each)
        actions.setdefault(key, set()).update(each["actions"])
    for key, each in first.items():
        allowed = {"Sid": each["sid"], "Effect": "Allow", "Action": _alone(sorted(actions[key])), "Resource": _alone(each["resources"])}
        yield {**allowed, "Condition": each["conditions"]} if each["conditions"] else allowed


def _placed(statement: Statement, places: Places) -> dict[str, Any]:
    """The statement in its places; where it is for nothing but instances, those are limited to the ones with the tags."""
    conditions = {
        operator: {key: _alone(_filled(value, places)) for key, value in keys.items()} for operator, keys in statement.get("conditions", {}).items()
    }
    if places.tags and all(INSTANCE in _names_in(each) for each in statement["resources"]):
        tags = {f"aws:ResourceTag/{key}": _alone(values) for key, values in places.tags.items()}
        conditions["StringEquals"] = {**conditions.get("StringEquals", {}), **tags}
    resources = [each for pattern in statement["resources"] for each in _filled(pattern, places)]
    return {**statement, "resources": resources, "conditions": conditions}


def _filled(pattern: str, places: Places) -> list[str]:
    """The pattern once for each of the names that its place may have."""
    names = _names_in(pattern)
    choices = product(*(places.of(name) for name in names))
    return [pattern.format(**dict(zip(names, values))) for values in choices]


def _names_in(pattern: str) -> list[str]:
    return [name for _text, name, _spec, _conversion in Formatter().parse(pattern) if name]


def _alone(values: Collection[str]) -> Any:
    """A list of one is written as that one."""
    return list(values) if len(values) != 1 else next(iter(values))
