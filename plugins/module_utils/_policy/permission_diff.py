# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The permissions that one role has and another one lacks, from the policies of both.  Pure.

What can't be known counts as lost: conditions are compared, not evaluated.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Iterable, NamedTuple, Optional, Sequence

from .._common.sentences import listed
from .._values.permissions import Permissions
from .effective_permissions import EffectivePermissions
from .pattern_sets import ANYTHING, PatternSet
from .service_reference import Action, ServiceReference
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

MAX_LISTED = 5  # permissions in a sentence


class LostPermission(NamedTuple):
    """An action or a pattern of actions that is no longer allowed, and the resources that it was allowed on."""

    action: str
    resources: tuple[str, ...]

    @property
    def disconnects_agent(self) -> bool:
        """Whether the Systems Manager Agent needs it to connect."""
        return self.action in AGENT_ACTIONS

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
    old = EffectivePermissions(before)
    comparison = _Comparison(old, EffectivePermissions(after), reference)
    lost: dict[str, dict[str, None]] = {}
    for part in old.parts():
        # Single actions of an expanded pattern may have been denied before.
        for each in filter(old.may_allow, comparison.lost_of(part)):
            lost.setdefault(each.written[0], {}).update(dict.fromkeys(_resource_names(each.resources)))
    found = [LostPermission(action, tuple(resources)) for action, resources in _without_duplicates(lost).items()]
    return sorted(found, key=_rank)


def _rank(lost: LostPermission) -> tuple[int, str]:
    return AGENT_ACTIONS.index(lost.action) if lost.disconnects_agent else len(AGENT_ACTIONS), lost.action.lower()


class _Comparison:
    """Finds what the new permissions lack of a statement that the old ones allow."""

    def __init__(self, old: EffectivePermissions, new: EffectivePermissions, reference: Optional[ServiceReference]) -> None:
        self._new = new
        self._reference = reference
        # What was denied before is not lost if it is denied now.
        self._denies = [deny for deny in new.denies if not any(former.covers(deny) for former in old.denies)]

    def lost_of(self, part: Statement) -> list[Statement]:
        """The parts that are lost; the part itself if all of it is, or if that is unknown."""
        if not self._is_applicable(part):
            return []
        denied = [deny for deny in self._denies if deny.overlaps(part)]
        if any(deny.covers(part) for deny in denied):
            return [part]
        lost = [] if self._new.allow(part) else self._expanded(part)
        return [*lost, *(part.intersection(each) for deny in denied for each in deny.parts() if each.overlaps(part))]

    def _expanded(self, part: Statement) -> list[Statement]:
        """What is lost of a part that no single statement allows as a whole."""
        if not part.actions.negated and not has_wildcards(part.actions.patterns[0]):
            return [part]
        not_action = next((each for each in self._new.allows if _allows_all_but_some(each, part)), None)
        if not_action and self._new.boundary is None:
            return self._excluded(part, not_action)
        known = self._actions_of(part) or ()
        names = [each.name for each in known if part.resources.negated or each.supports(part.resources.patterns[0], strict=True)]
        lost = self._lost_actions(part, names)
        if len({each.actions for each in lost}) < len(names):
            return lost
        return [*self._lost_actions(part, AGENT_ACTIONS), part]

    def _excluded(self, part: Statement, not_action: Statement) -> list[Statement]:
        """What is lost of a part if a statement with NotAction allows the rest of it."""
        excluded = [replace(not_action, actions=PatternSet((each,)), written=(each,)) for each in not_action.actions.patterns]
        # By single resources, because another statement may allow some of them.
        left = [member for each in excluded if each.actions.overlaps(part.actions) for member in part.intersection(each).parts()]
        return [each for member in left for each in self.lost_of(member)]

    def _lost_actions(self, part: Statement, names: Iterable[str]) -> list[Statement]:
        members = [_with_action(part, name) for name in names if part.actions.covers(PatternSet((name.lower(),)))]
        return [each for member in members for each in self.lost_of(member)]

    def _actions_of(self, part: Statement) -> Optional[list[Action]]:
        """The actions that the part matches; None if that is unknown."""
        return None if part.actions.negated or not self._reference else self._reference.actions(part.actions.patterns[0])

    def _is_applicable(self, part: Statement) -> bool:
        """Whether the action supports the resource: a statement with several of both has pairs that mean nothing."""
        if part.resources.negated or has_wildcards(part.actions.patterns[0]):
            return True
        known = self._actions_of(part)
        return not known or known[0].supports(part.resources.patterns[0], strict=True)


def _allows_all_but_some(statement: Statement, part: Statement) -> bool:
    """Whether the statement allows all of the part except some, but not all, of its actions."""
    excluded = PatternSet(statement.actions.patterns)
    is_partial = statement.actions.negated and not excluded.covers(part.actions)
    return is_partial and statement.conditions <= part.conditions and statement.resources.covers(part.resources)


def _with_action(part: Statement, name: str) -> Statement:
    return replace(part, actions=PatternSet((name.lower(),)), written=(name,))


def _resource_names(resources: PatternSet) -> Iterable[str]:
    return [f"all but {', '.join(resources.patterns)}"] if resources.negated else resources.patterns


def _without_duplicates(lost: dict[str, dict[str, None]]) -> dict[str, dict[str, None]]:
    """Without actions that a lost pattern includes. What disconnects the Systems Manager Agent is always kept."""
    patterns = {action: resources for action, resources in lost.items() if " " not in action and has_wildcards(action)}

    def is_included(action: str, resources: dict[str, None]) -> bool:
        return action not in AGENT_ACTIONS and any(
            other != action and matches(other, action) and resources.keys() <= included.keys() for other, included in patterns.items()
        )

    return {action: resources for action, resources in lost.items() if not is_included(action, resources)}
