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
from .policy_scope import ANY, PolicyScope
from .role_permissions import Features, Permissions, check_features, check_jobs, templates_for

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-entity-length
MAX_SIZE = 6144
# The option that a placeholder without a value needs, and why
REQUIRED = {
    "launch_template": (
        "launch_template_tags",
        "AWS does not check iam:PassRole when a launch template names another role.",
        "Give the tags, or the option launch_template_ids, of the launch templates that may be changed.",
    ),
    "user": ("user_names", "It can also activate keys.", "Give the names of the users whose keys may be deactivated."),
    "assumed_role": ("assume_roles", "It works on every role that trusts the account.", "Give the names or ARNs of the roles to assume."),
    "permissions_boundary": (
        "permissions_boundary",
        "No condition limits what an inline policy or another boundary allows.",
        "Give the policy that each of the roles must have as its permissions boundary.",
    ),
    "allowed_policy": (
        "allowed_policies",
        "It can attach AdministratorAccess.",
        "Give the policies that may be attached, or the option permissions_boundary, which each of the roles must then have.",
    ),
    "quarantine_policy": ("quarantine_policy", "It can attach any policy.", "Give the policy that denies everything."),
}

Template = Mapping[str, Any]


def operator_policy(permissions: Permissions, jobs: Collection[str], features: Features, scope: PolicyScope) -> dict[str, Any]:
    """The policy for the jobs with their features; raises OptionError if IAM would reject it."""
    check_jobs(permissions, jobs)
    check_features(permissions, features)
    templates = list(templates_for(permissions, jobs, features))
    for each in templates:
        _check_required(each, scope, features)
    statements = list(merged(_filled_in(each, scope) for each in templates))
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
    """The template with the scope's values, limited to what has the scope's tags. A condition that is always met is left out."""
    conditions: dict[str, dict[str, Any]] = {}
    for operator, key, values in (*_conditions(template, scope), *_tag_conditions(template["resources"], scope)):
        if values != [ANY]:
            conditions.setdefault(operator, {})[key] = _one_or_list(values)
    resources = [each for pattern in template["resources"] for each in _expanded(pattern, scope)]
    return {**template, "resources": resources, "conditions": conditions}


def _check_required(template: Template, scope: PolicyScope, features: Features) -> None:
    """Raises OptionError if the template needs a value that the scope does not have."""
    patterns = (*template["resources"], *(value for keys in template.get("conditions", {}).values() for value in keys.values()))
    missing = (name for pattern in patterns for name in _placeholders(pattern) if not scope.values(name))
    for option, reason, suggestion in (REQUIRED[name] for name in missing):
        problem = f"is needed for {' and '.join(template['actions'])}. {reason}"
        raise OptionError(option, problem, f"{suggestion} {_alternative(template, features)}".rstrip())


def _alternative(template: Template, features: Features) -> str:
    selected = [each for each in template.get("for", ()) if each in features]
    if selected:
        return f"Or leave {', '.join(selected)} out of the option features."
    return f"Or add {' or '.join(template['unless'])} to the option features." if "unless" in template else ""


def _conditions(template: Template, scope: PolicyScope) -> Iterator[tuple[str, str, list[str]]]:
    for operator, keys in template.get("conditions", {}).items():
        for key, value in keys.items():
            yield operator, key, list(_expanded(value, scope))


def _tag_conditions(resources: Iterable[str], scope: PolicyScope) -> Iterator[tuple[str, str, list[str]]]:
    """The conditions for the tags if all of the resources have the same."""
    found = [[scope.tag_conditions(name) for name in _placeholders(each) if scope.tag_conditions(name)] for each in resources]
    if found and all(each == found[0] for each in found):
        for key, values in (item for conditions in found[0] for item in conditions.items()):
            yield "StringEquals", key, list(values)


def _expanded(pattern: str, scope: PolicyScope) -> list[str]:
    """The pattern with each combination of values for its placeholders."""
    names = _placeholders(pattern)
    choices = product(*(scope.values(name) for name in names))
    return [pattern.format(**dict(zip(names, values))) for values in choices]


def _placeholders(pattern: str) -> list[str]:
    return [name for _text, name, _spec, _conversion in Formatter().parse(pattern) if name]


def _one_or_list(values: Collection[str]) -> Any:
    return list(values) if len(values) != 1 else next(iter(values))
