# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The least-privilege policy for whoever runs roles of this collection.  Pure."""

from __future__ import annotations

import json
from itertools import product
from string import Formatter
from typing import Any, Collection, Iterable, Iterator, Mapping

from .._common.errors import OptionError
from .document import policy_size
from .policy_scope import PolicyScope
from .role_permissions import Features, Permissions, check_features, check_jobs, templates_for

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-entity-length
MAX_SIZE = 6144
INSTANCE = "instance"

Template = Mapping[str, Any]


def operator_policy(permissions: Permissions, jobs: Collection[str], features: Features, scope: PolicyScope) -> dict[str, Any]:
    """The policy for the jobs with their features; raises OptionError if IAM would reject it."""
    check_jobs(permissions, jobs)
    check_features(permissions, features)
    statements = list(merged(_filled_in(each, scope) for each in templates_for(permissions, jobs, features)))
    if not statements:
        raise OptionError("jobs", f"no permissions are needed for {', '.join(sorted(jobs))}.", "IAM does not accept an empty policy.")
    document = {"Version": "2012-10-17", "Statement": statements}
    if policy_size(document) > MAX_SIZE:
        problem = f"the policy has {policy_size(document)} characters, but a managed policy can have at most {MAX_SIZE}."
        raise OptionError("jobs", problem, "Write one policy for each job, or replace names that begin alike with one name and *.")
    return document


def merged(templates: Iterable[Template]) -> Iterator[dict[str, Any]]:
    """One statement for all templates with the same resources and conditions, with the Sid of the first."""
    actions: dict[str, set[str]] = {}
    first: dict[str, Template] = {}
    for each in templates:
        key = json.dumps([each["resources"], each["conditions"]], sort_keys=True)
        first.setdefault(key, each)
        actions.setdefault(key, set()).update(each["actions"])
    for key, each in first.items():
        statement = {"Sid": each["sid"], "Effect": "Allow", "Action": _one_or_list(sorted(actions[key])), "Resource": _one_or_list(each["resources"])}
        yield {**statement, "Condition": each["conditions"]} if each["conditions"] else statement


def _filled_in(template: Template, scope: PolicyScope) -> dict[str, Any]:
    """The template with the scope's values. Statements for instances only are limited to those with the scope's tags."""
    conditions = {
        operator: {key: _one_or_list(_expanded(value, scope)) for key, value in keys.items()}
        for operator, keys in template.get("conditions", {}).items()
    }
    if scope.tags and all(INSTANCE in _placeholders(each) for each in template["resources"]):
        tags = {f"aws:ResourceTag/{key}": _one_or_list(values) for key, values in scope.tags.items()}
        conditions["StringEquals"] = {**conditions.get("StringEquals", {}), **tags}
    resources = [each for pattern in template["resources"] for each in _expanded(pattern, scope)]
    return {**template, "resources": resources, "conditions": conditions}


def _expanded(pattern: str, scope: PolicyScope) -> list[str]:
    """The pattern with each combination of values for its placeholders."""
    names = _placeholders(pattern)
    choices = product(*(scope.values(name) for name in names))
    return [pattern.format(**dict(zip(names, values))) for values in choices]


def _placeholders(pattern: str) -> list[str]:
    return [name for _text, name, _spec, _conversion in Formatter().parse(pattern) if name]


def _one_or_list(values: Collection[str]) -> Any:
    return list(values) if len(values) != 1 else next(iter(values))
