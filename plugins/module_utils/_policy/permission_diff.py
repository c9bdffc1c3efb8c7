# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one role may do and another may not, from the policies of both.  Pure.

Where that can't be known, it counts as lost: conditions are only compared, never worked out.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Iterable, NamedTuple, Optional, Sequence

from .._common.sentences import listed
from .._values.permissions import Permissions
from .effective_permissions import EffectivePermissions
from .pattern_sets import ANYTHING, PatternSet
from .service_reference import ServiceReference
from .statements import Statement
from .wildcards import has_wildcards, matches

# Without which the Systems Manager Agent does not reach its service.
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

SHOWN = 5  # in a sentence


class LostPermission(NamedTuple):
    """An action, or a pattern of actions, that is not allowed any more, and the resources that it was allowed on."""

    action: str
    resources: tuple[str, ...]

    @property
    def locks_out(self) -> bool:
        """Whether Systems Manager loses the instance by it."""
        return self.action in AGENT_ACTIONS

    def __str__(self) -> str:
        return self.action if ANYTHING in self.resources else f"{self.action} on {', '.join(self.resources)}"


def describe_lost(lost: Sequence[LostPermission]) -> str:
    """The losses in a sentence, that of Systems Manager first: who logs in by it would be locked out."""
    agent = [str(each) for each in lost if each.locks_out]
    others = [str(each) for each in lost if not each.locks_out]
    told = [f"the connection to Systems Manager ({listed(agent, 1)})"] if agent else []
    return ", ".join([*told, *([listed(others, SHOWN)] if others else [])])


def lost_permissions(before: Permissions, after: Permissions, reference: Optional[ServiceReference] = None) -> list[LostPermission]:
    """What ``before`` allows and ``after`` does not, what Systems Manager needs first; else by name.

    A pattern of which a part is still allowed is opened into its actions, as far as the ``reference`` has them.
    """
    if before == after:
        return []
    old, new = EffectivePermissions(before), EffectivePermissions(after)
    # What was denied before is not lost by being denied.
    denies = [deny for deny in new.denies if not any(former.covers(deny) for former in old.denies)]
    lost: dict[str, dict[str, None]] = {}
    for part in old.parts():
        # What a pattern was opened into may have been denied one by one.
        for each in filter(old.may_allow, _lost_of(part, new, denies, reference)):
            lost.setdefault(each.written[0], {}).update(dict.fromkeys(_shown(each.resources)))
    found = [LostPermission(action, tuple(resources)) for action, resources in _without_repeated(lost).items()]
    return sorted(found, key=_rank)


def _rank(loss: LostPermission) -> tuple[int, str]:
    return AGENT_ACTIONS.index(loss.action) if loss.locks_out else len(AGENT_ACTIONS), loss.action.lower()


def _lost_of(part: Statement, new: EffectivePermissions, denies: Iterable[Statement], reference: Optional[ServiceReference]) -> list[Statement]:
    if not _means_something(part, reference):
        return []
    denied = [deny for deny in denies if deny.overlaps(part)]
    if any(deny.covers(part) for deny in denied):
        return [part]
    lost = [] if new.allow(part) else _opened(part, new, denies, reference)
    return [*lost, *(part.within(each) for deny in denied for each in deny.parts() if each.overlaps(part))]


def _opened(part: Statement, new: EffectivePermissions, denies: Iterable[Statement], reference: Optional[ServiceReference]) -> list[Statement]:
    """What is lost of a part that no statement allows as a whole; the part itself where that is all of it, or unknown."""
    if not part.actions.all_but and not has_wildcards(part.actions.patterns[0]):
        return [part]

    def lost_among(names: Iterable[str]) -> list[Statement]:
        members = [_member(part, name) for name in names if part.actions.covers(PatternSet((name.lower(),)))]
        return [each for member in members for each in _lost_of(member, new, denies, reference)]

    exclusive = next((each for each in new.allows if _is_all_but(each, part)), None)
    if exclusive and new.limits is None:
        left_out = [replace(exclusive, actions=PatternSet((each,)), written=(each,)) for each in exclusive.actions.patterns]
        # By single resources, of which another statement may allow some.
        rest = [member for each in left_out if each.actions.overlaps(part.actions) for member in part.within(each).parts()]
        return [each for member in rest for each in _lost_of(member, new, denies, reference)]
    known = None if part.actions.all_but or not reference else reference.actions(part.actions.patterns[0])
    names = [each.name for each in known or () if each.takes(part.resources.patterns[0], by_parts=True) or part.resources.all_but]
    lost = lost_among(names)
    if len({each.actions for each in lost}) < len(names):
        return lost
    return [*lost_among(AGENT_ACTIONS), part]


def _is_all_but(grant: Statement, part: Statement) -> bool:
    """Whether the grant leaves a few of the part's actions out, not all of them, and else covers the part."""
    left_out = PatternSet(grant.actions.patterns)
    is_narrower = grant.actions.all_but and not left_out.covers(part.actions)
    return is_narrower and grant.conditions <= part.conditions and grant.resources.covers(part.resources)


def _member(part: Statement, name: str) -> Statement:
    return replace(part, actions=PatternSet((name.lower(),)), written=(name,))


def _means_something(part: Statement, reference: Optional[ServiceReference]) -> bool:
    """Whether the action looks at the resources at all; statements with several of both have pairs that mean nothing."""
    known = None
    if reference and not part.actions.all_but and not has_wildcards(part.actions.patterns[0]):
        known = reference.actions(part.actions.patterns[0])
    return part.resources.all_but or not known or known[0].takes(part.resources.patterns[0], by_parts=True)


def _shown(resources: PatternSet) -> Iterable[str]:
    return [f"all but {', '.join(resources.patterns)}"] if resources.all_but else resources.patterns


def _without_repeated(lost: dict[str, dict[str, None]]) -> dict[str, dict[str, None]]:
    """Without the actions that another one, a pattern, says too; what locks out is said in any case."""
    patterns = {action: resources for action, resources in lost.items() if " " not in action and has_wildcards(action)}

    def is_said(action: str, resources: dict[str, None]) -> bool:
        return action not in AGENT_ACTIONS and any(
            other != action and matches(other, action) and resources.keys() <= said.keys() for other, said in patterns.items()
        )

    return {action: resources for action, resources in lost.items() if not is_said(action, resources)}
