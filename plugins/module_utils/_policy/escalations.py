# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which identities whoever holds a policy can become, by the known ways.  Pure.

Conditions are listed, not evaluated: AWS's answer depends on tags and boundaries that are not in the policy.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain, product
from typing import Any, Iterable, Iterator, Mapping, NamedTuple, Sequence

from .._values.permissions import Permissions
from .effective_permissions import EffectivePermissions
from .pattern_sets import ANYTHING, PatternSet
from .policy_scope import PARTITIONS
from .statements import Statement
from .wildcards import has_wildcards, matches

ADMINISTRATOR = "an administrator"
ANY_PROFILE = "any role in an instance profile"
INSTANCES = "the role of an instance"
INSTANCE = "instance"
BOUNDARY, POLICY, SERVICE = "iam:permissionsboundary", "iam:policyarn", "iam:passedtoservice"
# AWS's own policies with which the holder of a role can give itself any permission
POWERFUL = tuple(
    f"arn:{partition}:iam::aws:policy/{name}" for partition in ("aws", *PARTITIONS.values()) for name in ("AdministratorAccess", "IAMFullAccess")
)


class Escalation(NamedTuple):
    """An identity that the holder can become, by which way, with which permissions, and what they are limited to."""

    identity: str
    way: str
    actions: tuple[str, ...]
    limits: tuple[str, ...]

    def __str__(self) -> str:
        """The way, in words."""
        limited = f", limited to {' and '.join(self.limits)}" if self.limits else ""
        return f"{self.way} ({' and '.join(self.actions)}{limited})"


@dataclass(frozen=True)
class Way:
    """A way that needs all of the actions.

    The holder becomes the ``identity``, or else what the first action is allowed on, which are roles or users. ``on`` is
    the kind of resources with which it works.
    """

    text: str
    actions: tuple[str, ...]
    identity: str = ""
    kind: str = "role"
    on: str = ANYTHING


# https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/permissions-for-launch-templates.html: no PassRole for a launch template
WAYS = (
    Way("launch an instance with it", ("iam:PassRole", "ec2:RunInstances")),
    Way("attach it to an instance", ("iam:PassRole", "ec2:AssociateIamInstanceProfile")),
    Way("attach it to an instance that has another one", ("iam:PassRole", "ec2:ReplaceIamInstanceProfileAssociation")),
    Way("add it to the instance profile of an instance", ("iam:PassRole", "iam:AddRoleToInstanceProfile")),
    Way("trust themselves", ("iam:UpdateAssumeRolePolicy",)),
    Way("assume it", ("sts:AssumeRole",)),
    Way("activate a key that they know", ("iam:UpdateAccessKey",), kind="user"),
    Way("write it into a launch template, from which others launch", ("ec2:CreateLaunchTemplateVersion",), ANY_PROFILE),
    Way("change the user data of an instance", ("ec2:ModifyInstanceAttribute",), INSTANCES, on=INSTANCE),
    Way("run commands on an instance", ("ssm:SendCommand",), INSTANCES, on=INSTANCE),
    Way("open a session on an instance", ("ssm:StartSession",), INSTANCES, on=INSTANCE),
    *(
        Way("change what somebody may do", (f"iam:{action}",), ADMINISTRATOR)
        for action in (
            *("AttachGroupPolicy", "AttachUserPolicy", "PutGroupPolicy", "PutUserPolicy", "AddUserToGroup"),
            *("CreatePolicyVersion", "SetDefaultPolicyVersion", "DeleteRolePermissionsBoundary", "DeleteUserPermissionsBoundary"),
        )
    ),
    *(Way("sign in as a user", (f"iam:{action}",), ADMINISTRATOR) for action in ("CreateAccessKey", "CreateLoginProfile", "UpdateLoginProfile")),
)


def escalations(documents: Sequence[Mapping[str, Any]]) -> list[Escalation]:
    """The escalations that the policies allow together, without duplicates, the most powerful first."""
    parts = list(EffectivePermissions(Permissions(tuple(documents))).parts())
    found = chain(_by_ways(parts), _by_policies(parts), _by_services(parts))
    return sorted(dict.fromkeys(found), key=_rank)


def describe_escalations(documents: Sequence[Mapping[str, Any]]) -> list[str]:
    """A sentence for each identity that the holder can become, with all ways to it."""
    ways: dict[str, list[str]] = {}
    for each in escalations(documents):
        ways.setdefault(each.identity, []).append(str(each))
    return [f"{identity}: {'; '.join(texts)}." for identity, texts in ways.items()]


def _rank(escalation: Escalation) -> tuple[int, str]:
    order = (ADMINISTRATOR, ANY_PROFILE)
    return order.index(escalation.identity) if escalation.identity in order else len(order), escalation.identity


def _by_ways(parts: Sequence[Statement]) -> Iterator[Escalation]:
    for way in WAYS:
        for allowing in product(*(_allowing(parts, each, way.on) for each in way.actions)):
            others = allowing if way.identity else allowing[1:]
            yield Escalation(way.identity or _identity(allowing[0], way.kind), way.text, way.actions, _limits(allowing, others))


def _by_policies(parts: Sequence[Statement]) -> Iterator[Escalation]:
    """The escalations by giving a role permissions: any permissions, or those of a policy or within a boundary."""
    for part in _allowing(parts, "iam:PutRolePolicy"):
        yield _by_policy("iam:PutRolePolicy", "give a role any permission", part, [])
    for part in _allowing(parts, "iam:AttachRolePolicy"):
        yield _by_policy("iam:AttachRolePolicy", "give a role a policy", part, part.limits_of(POLICY))
    for part in _allowing(parts, "iam:PutRolePermissionsBoundary"):
        if not part.limits_of(BOUNDARY):
            yield Escalation(_identity(part), "lift its limits", ("iam:PutRolePermissionsBoundary",), _limits([part]))


def _by_policy(action: str, way: str, part: Statement, policies: Sequence[str]) -> Escalation:
    limits = part.limits_of(BOUNDARY) or policies
    is_powerful = any(matches(each, arn) for each in limits for arn in POWERFUL)
    if is_powerful or not limits:
        return Escalation(ADMINISTRATOR, way, (action,), _limits([part], [part]))
    return Escalation(f"{_identity(part)} with what {_listed(limits)} allows", way, (action,), _limits([part]))


def _by_services(parts: Sequence[Statement]) -> Iterator[Escalation]:
    """The roles that may be passed to more than EC2, or to a service that does not say its name."""
    for part in _allowing(parts, "iam:PassRole"):
        services = part.limits_of(SERVICE)
        if not services or not all(each.startswith("ec2.") for each in services):
            yield Escalation(_identity(part), "pass it to another service", ("iam:PassRole",), _limits([part]))


def _allowing(parts: Iterable[Statement], action: str, on: str = ANYTHING) -> list[Statement]:
    wanted = PatternSet((action.lower(),))
    return [each for each in parts if each.actions.overlaps(wanted) and _may_be(each.resources, on)]


def _may_be(resources: PatternSet, kind: str) -> bool:
    """Whether one of the resources may be of the kind, which is the text before the slash."""
    kinds = [each.split(":", 5)[-1].partition("/")[0] for each in resources.patterns]
    return resources.negated or kind == ANYTHING or any(has_wildcards(each) or each == kind for each in kinds)


def _limits(parts: Iterable[Statement], on: Iterable[Statement] = ()) -> tuple[str, ...]:
    """The names of ``on``, and the conditions of all parts that the identity does not say."""
    names = [_names(part) for part in on if not _names(part).endswith(("/*", ":*")) and _names(part) != ANYTHING]
    conditions = (each for part in parts for each in part.parsed_conditions() if each[1] not in (BOUNDARY, POLICY, SERVICE))
    return tuple(dict.fromkeys((*names, *(_condition(*each) for each in conditions))))


def _condition(operator: str, key: str, values: Sequence[str]) -> str:
    prefix, _slash, tag = key.partition("/")
    is_tag = prefix.endswith(":resourcetag") and operator == "StringEquals"
    return f"the tag {tag}={'|'.join(values)}" if is_tag else f"{operator} {key} {'|'.join(values)}"


def _identity(part: Statement, kind: str = "role") -> str:
    return f"any {kind}" if _names(part) in (ANYTHING, f"{kind}/{ANYTHING}") else _names(part)


def _names(part: Statement) -> str:
    """The resources without the beginning of their ARNs."""
    return f"all but {_listed(part.resources.patterns)}" if part.resources.negated else _listed(part.resources.patterns)


def _listed(arns: Iterable[str]) -> str:
    return ", ".join(each.split(":", 5)[5] if each.count(":") >= 5 else each for each in arns)
