# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The permissions that one role has and another one lacks, from the policies of both.  Pure.

What can't be known counts as lost: conditions are compared, not evaluated.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Iterable, Iterator, NamedTuple, Optional, Sequence

from .._common.sentences import listed
from .._values.permissions import Permissions
from .applicability import Applicability
from .effective_permissions import EffectivePermissions
from .pattern_sets import ANYTHING
from .request_sets import RequestSet, Texts, requests_of, subtract
from .service_reference import ServiceReference
from .statements import Statement
from .wildcards import has_wildcards, matches

# The Systems Manager Agent can't connect to its service without these.
# https://docs.aws.amazon.com/systems-manager/latest/userguide/setup-instance-permissions.html
AGENT_ACTIONS = (
    "ssm:UpdateInstanceInformation",
    "ssmmessages:CreateControlChannel",
    "ssmmessages:CreateDataChannel",
    "ssmmessages:OpenControlChannel",
    "ssmmessages:OpenDataChannel",
    "ec2messages:AcknowledgeMessage",
    "ec2messages:DeleteMessage",
    "ec2messages:FailMessage",
    "ec2messages:GetEndpoint",
    "ec2messages:GetMessages",
    "ec2messages:SendReply",
)

_AGENT_ORDER = {each.lower(): index for index, each in enumerate(AGENT_ACTIONS)}

MAX_LISTED = 5  # permissions in a sentence


class LostPermission(NamedTuple):
    """An action or a pattern of actions that is no longer allowed, and the resources that it was allowed on."""

    action: str
    resources: tuple[str, ...]

    @property
    def disconnects_agent(self) -> bool:
        """Whether the Systems Manager Agent needs it to connect."""
        return self.action.lower() in _AGENT_ORDER

    def __str__(self) -> str:
        return self.action if ANYTHING in self.resources else f"{self.action} on {', '.join(self.resources)}"


def describe_lost(lost: Sequence[LostPermission]) -> str:
    """The lost permissions for a sentence. Systems Manager comes first, because losing it can lock people out."""
    agent = [str(each) for each in lost if each.disconnects_agent]
    others = [str(each) for each in lost if not each.disconnects_agent]
    phrases = [f"the connection to Systems Manager ({listed(agent, 1)})"] if agent else []
    return ", ".join([*phrases, *([listed(others, MAX_LISTED)] if others else [])])


def lost_permissions(before: Permissions, after: Permissions, reference: Optional[ServiceReference] = None) -> list[LostPermission]:
    """What ``before`` allows and ``after`` does not: what Systems Manager needs first, then by name.

    A pattern that is still allowed in part is expanded into the actions that the ``reference`` has for it.
    """
    if before == after:
        return []
    comparison = _Comparison(EffectivePermissions(before), EffectivePermissions(after))
    description = _Description(Applicability(reference))
    lost: dict[str, dict[str, None]] = {}
    for requests in comparison.lost():
        for action in description.actions_of(requests):
            lost.setdefault(action, {})[requests.resources.name] = None
    found = [LostPermission(action, tuple(resources)) for action, resources in _without_duplicates(lost).items()]
    return sorted(found, key=_rank)


def _rank(lost: LostPermission) -> tuple[int, str]:
    return _AGENT_ORDER.get(lost.action.lower(), len(AGENT_ACTIONS)), lost.action.lower()


class _Comparison:
    """Finds the requests that the old permissions allow and the new ones do not."""

    def __init__(self, old: EffectivePermissions, new: EffectivePermissions) -> None:
        self._old = old
        self._new = new
        # What was denied before is not lost if it is denied now.
        self._denies = [deny for deny in new.denies if not any(former.covers(deny) for former in old.denies)]

    def lost(self) -> Iterator[RequestSet]:
        """The lost requests of each action and resource that a statement allowed."""
        for statement in self._old.allows:
            for part in requests_of(statement):
                for allowed in subtract([part], self._old.denies):
                    yield from dict.fromkeys(self._lost_of(allowed))

    def _lost_of(self, allowed: RequestSet) -> Iterator[RequestSet]:
        for limit in [None] if self._old.boundary is None else self._old.boundary:
            yield from self._lost_within(allowed, limit)

    def _lost_within(self, allowed: RequestSet, limit: Optional[Statement]) -> Iterator[RequestSet]:
        """What is lost of the requests that a statement of the old boundary allows, too; None if there was no boundary."""
        limited = replace(allowed, conditions=allowed.conditions | limit.conditions) if limit else allowed
        # Subtracted first, because an intersection is not exact.
        yield from _inside(subtract([limited], self._new.allows), limit)
        within = _inside([allowed], limit)
        if self._new.boundary is not None and limit not in self._new.boundary:
            yield from subtract(within, self._new.boundary)
        for deny in self._denies:
            # The conditions of the new denial can be those of an old one.
            yield from subtract(_inside(within, deny), self._old.denies)


def _inside(requests: Sequence[RequestSet], statement: Optional[Statement]) -> list[RequestSet]:
    return [inside for each in requests for inside in each.inside(statement)] if statement else list(requests)


class _Description:
    """Names actions in a set of requests, if they mean something with its resources."""

    def __init__(self, applicability: Applicability) -> None:
        self._applicability = applicability

    def actions_of(self, requests: RequestSet) -> list[str]:
        """The names of actions, or of patterns of them."""
        actions, resources = requests.actions, requests.resources.included
        if actions.is_single:
            return [actions.name] if self._may_apply(actions.name, resources) else []
        listed_actions = next(filter(None, map(self._applicability.listed, actions.included)), [])
        applicable = [each.name for each in listed_actions if self._may_apply(each.name, resources)]
        lost = [each for each in applicable if actions.may_include(each.lower())]
        if len(lost) < len(applicable) and lost and not actions.is_pattern:
            return lost
        if lost or self._has_others(actions, resources):
            agent = [each for each in AGENT_ACTIONS if actions.may_include(each.lower()) and self._may_apply(each, resources)]
            return [*agent, actions.name]
        return []

    def _may_apply(self, action: str, resources: Iterable[str]) -> bool:
        return all(self._applicability.may_apply(action, each) for each in resources)

    def _has_others(self, actions: Texts, resources: Sequence[str]) -> bool:
        """Whether other actions than those listed for the pattern may apply, of any service or not in the reference."""
        if all(self._applicability.unlisted_may_apply(action, each) for action in actions.included for each in resources):
            return True
        if not all(each.partition(":")[0] == ANYTHING for each in actions.included):
            return False
        others = self._applicability.of_all_services(resources[0])
        return any(actions.may_include(each.lower()) and self._may_apply(each, resources) for each in others)


def _without_duplicates(lost: dict[str, dict[str, None]]) -> dict[str, dict[str, None]]:
    """Without actions that a lost pattern includes. What disconnects the Systems Manager Agent is always kept."""
    kept = dict(lost)
    # One after the other: of patterns that include each other, such as s3:*Acl and s3:*acl, the first stays.
    for action in reversed(lost):
        if _is_included(action, kept):
            del kept[action]
    return kept


def _is_included(action: str, lost: dict[str, dict[str, None]]) -> bool:
    if " " in action or action.lower() in _AGENT_ORDER:
        return False
    patterns = (each for each in lost if each != action and " " not in each and has_wildcards(each))
    return any(matches(each, action) and lost[action].keys() <= lost[each].keys() for each in patterns)
