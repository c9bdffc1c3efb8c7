# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an access key was used for, what of that a role does not allow, and a draft policy that does.  Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Iterable, Iterator, Mapping, Optional, Sequence

from .._common.incomplete import Incomplete
from .._policy.cloudtrail_actions import NEEDS_NO_PERMISSION, iam_action
from .._policy.effective_permissions import EffectivePermissions
from .._policy.implied_actions import PASS_ROLE, implied_actions, may_imply_more
from .._policy.pattern_sets import ANYTHING, PatternSet
from .._policy.service_reference import ServiceReference
from .._policy.statements import Statement
from .._values.permissions import Permissions
from .._values.usage import EventUse, ServiceUse

MAX_RESOURCES = 10  # in a statement of the draft
BY_USER, BY_KEY = "user", "key"


@dataclass(frozen=True)
class ActionUse:
    """An action, its last use, and whether the evidence is about the key or its user (``source``).

    ``resources`` are the ARNs that it was used on, or None if not all are known.
    """

    action: str
    last_used: datetime
    source: str
    resources: Optional[frozenset[str]] = None

    def as_result(self) -> dict[str, Any]:
        """An entry of the return value ``actions``."""
        return {"action": self.action, "last_used": self.last_used.isoformat(), "source": self.source}


@dataclass(frozen=True)
class KeyUsage:
    """The known use of a key: services, actions, and what is not known."""

    services: Sequence[ServiceUse] = ()
    actions: Sequence[ActionUse] = ()
    incomplete: Sequence[Incomplete] = field(default_factory=tuple)

    @property
    def untracked(self) -> list[ServiceUse]:
        """The used services for which no action is known."""
        known = {each.action.partition(":")[0] for each in self.actions}
        return [each for each in self.services if each.last_used and each.prefix not in known]


def usage_of(services: Iterable[ServiceUse], events: Iterable[EventUse], since: datetime, reference: Optional[ServiceReference]) -> KeyUsage:
    """Combines IAM's data about the user and CloudTrail's events of the key, by action, beginning at ``since``."""
    used = sorted((each for each in services if each.last_used and each.last_used >= since), key=lambda each: each.prefix)
    found: dict[str, ActionUse] = {}
    unknown: list[str] = []
    unclear: list[str] = []
    for event in events:
        action = iam_action(event.source, event.name, reference)
        if action is None:
            unknown.append(f"{event.source} {event.name}")
        elif action not in NEEDS_NO_PERMISSION:
            _add(found, ActionUse(action, event.last_used, BY_KEY, _targets(action, event.resources, reference)))
            for implied, resource in event.implied:
                _add(found, ActionUse(implied, event.last_used, BY_KEY, frozenset({resource}) if resource else None))
            unclear += [action] * event.is_unclear
    for each in _of_user(used, since):
        # CloudTrail's data is about the key itself, so it takes precedence.
        if each.action not in found and each.action not in NEEDS_NO_PERMISSION:
            found[each.action] = each
    usage = KeyUsage(used, [found[action] for action in sorted(found)])
    return KeyUsage(usage.services, usage.actions, tuple(_unknowns(usage, unknown, unclear)))


def implied_by(
    reference: Optional[ServiceReference], source: str, name: str, parameters: Optional[Mapping[str, Any]]
) -> tuple[frozenset[tuple[str, Optional[str]]], bool]:
    """The permissions that an event's parameters imply, with a role's ARN if it is known, and whether there may be others."""
    action = iam_action(source, name, reference)
    if action is None:
        return frozenset(), False
    return frozenset(implied_actions(action, parameters or {})), may_imply_more(action, parameters)


def _targets(action: str, resources: Optional[frozenset[str]], reference: Optional[ServiceReference]) -> Optional[frozenset[str]]:
    """The resources, or None if the action does not apply to all of them: events also list other resources."""
    known = reference.actions(action) if reference and resources else None
    apply = known and all(known[0].resources and known[0].supports(each, strict=True) for each in resources or ())
    return resources if apply else None


def _of_user(services: Iterable[ServiceUse], since: datetime) -> Iterator[ActionUse]:
    for service in services:
        for name, at in (service.actions or {}).items():
            if at and at >= since:
                yield ActionUse(f"{service.prefix}:{name}", at, BY_USER)


def _add(found: dict[str, ActionUse], use: ActionUse) -> None:
    """Adds a use: several events can have the same action, also in several regions."""
    known = found.get(use.action)
    if known:
        resources = None if known.resources is None or use.resources is None else known.resources | use.resources
        use = ActionUse(use.action, max(known.last_used, use.last_used), BY_KEY, resources)
    found[use.action] = use


def _unknowns(usage: KeyUsage, unknown: Sequence[str], unclear: Sequence[str]) -> Iterator[Incomplete]:
    for each in usage.untracked:
        day = each.last_used.date() if each.last_used else ""
        yield Incomplete(each.prefix, "actions_not_tracked", f"{each.prefix} was used on {day}, but AWS does not report with which actions.")
    for event in sorted(set(unknown)):
        yield Incomplete(event, "unknown_event", f"The action that causes the CloudTrail event {event} is unknown.")
    for action in sorted(set(unclear)):
        message = f"{action} may also need iam:PassRole or permissions to tag or launch: its events do not tell."
        yield Incomplete(action, "implied_permissions", message)
    if any(each.action == PASS_ROLE and not each.resources for each in usage.actions):
        yield Incomplete(PASS_ROLE, "unknown_roles", "It is unknown which roles were passed. Limit iam:PassRole in the draft policy to these roles.")


def not_allowed(usage: KeyUsage, permissions: Permissions) -> tuple[list[str], list[str]]:
    """The actions that the role does not allow, and those that it may allow only in part.

    A service for which no action is known is represented by ``s3:*``, for example.
    """
    rules = EffectivePermissions(permissions)
    missing, doubtful = [], []
    for each in usage.actions:
        resources = tuple(sorted(each.resources)) if each.resources else (ANYTHING,)
        part = Statement(True, PatternSet((each.action.lower(),)), PatternSet(resources), written=(each.action,))
        if not rules.may_allow(part):
            missing.append(each.action)
        elif not rules.allow(part):
            doubtful.append(each.action)
    for service in usage.untracked:
        action = f"{service.prefix}:*"
        if not rules.may_allow(Statement(True, PatternSet((action,)), PatternSet((ANYTHING,)), written=(action,))):
            missing.append(action)
    return missing, doubtful


def draft_policy(usage: KeyUsage) -> Optional[dict[str, Any]]:
    """A policy that allows the known use, or None if there is none.

    It has a statement for each service, and one for each action whose resources are all known.
    """
    everywhere: dict[str, list[str]] = {}
    statements = []
    for each in usage.actions:
        if each.resources and len(each.resources) <= MAX_RESOURCES:
            statements.append({"Effect": "Allow", "Action": each.action, "Resource": sorted(each.resources)})
        else:
            everywhere.setdefault(each.action.partition(":")[0], []).append(each.action)
    statements = [{"Effect": "Allow", "Action": sorted(names), "Resource": ANYTHING} for _prefix, names in sorted(everywhere.items())] + statements
    return {"Version": "2012-10-17", "Statement": statements} if statements else None


def services_as_result(services: Iterable[ServiceUse]) -> list[Mapping[str, Any]]:
    """The return value ``services``."""
    return [{"service": each.prefix, "last_used": each.last_used.isoformat() if each.last_used else None} for each in services]
