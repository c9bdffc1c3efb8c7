# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A summary of a role's permissions in one sentence.  Pure.

It begins with the most powerful permissions and omits what does not fit. So it is for people, not for decisions.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Iterable, Iterator, Optional, Sequence

from .._common.sentences import listed
from .._values.permissions import Permissions
from .effective_permissions import EffectivePermissions
from .pattern_sets import ANYTHING, PatternSet
from .service_reference import ServiceReference
from .statements import Statement
from .wildcards import has_wildcards

MAX_LENGTH = 160  # characters
MAX_LISTED = 2  # resources of a service, denied actions
MAX_NAME_LENGTH = 40  # characters

NOTHING = "May do nothing."

# Actions with which a role can give itself, or somebody else, more permissions
ESCALATING = (
    "iam:PutRolePolicy",
    "iam:AttachRolePolicy",
    "iam:CreatePolicyVersion",
    "iam:SetDefaultPolicyVersion",
    "iam:UpdateAssumeRolePolicy",
    "iam:DeleteRolePermissionsBoundary",
    "iam:PutRolePermissionsBoundary",
    "iam:PassRole",
    "iam:CreateAccessKey",
    "iam:CreateLoginProfile",
    "iam:UpdateLoginProfile",
    "iam:PutUserPolicy",
    "iam:AttachUserPolicy",
    "iam:PutGroupPolicy",
    "iam:AttachGroupPolicy",
    "iam:AddUserToGroup",
)
IAM_RESOURCES = PatternSet(("arn:*:iam::*",))

# Common names of services, if they differ from the reference's names without Amazon or AWS
NAMES = {
    "cloudformation": "CloudFormation",
    "cloudwatch": "CloudWatch",
    "dynamodb": "DynamoDB",
    "ec2": "EC2",
    "ecr": "ECR",
    "ecs": "ECS",
    "eks": "EKS",
    "elasticloadbalancing": "load balancers",
    "events": "EventBridge",
    "iam": "IAM",
    "kms": "KMS",
    "lambda": "Lambda",
    "logs": "CloudWatch Logs",
    "rds": "RDS",
    "s3": "S3",
    "secretsmanager": "Secrets Manager",
    "sns": "SNS",
    "sqs": "SQS",
    "ssm": "Systems Manager",
    "ec2messages": "Systems Manager",
    "ssmmessages": "Systems Manager",
    "sts": "STS",
}

EVERYTHING, MANAGE, WRITE, READ = "do everything in", "manage permissions of", "write", "read"
# The most powerful first
PHRASES = {
    frozenset({EVERYTHING}): "do everything in",
    frozenset({MANAGE, WRITE, READ}): "read, write and manage permissions of",
    frozenset({MANAGE, WRITE}): "write and manage permissions of",
    frozenset({MANAGE, READ}): "read and manage permissions of",
    frozenset({MANAGE}): "manage permissions of",
    frozenset({WRITE, READ}): "read and write",
    frozenset({WRITE}): "write",
    frozenset({READ}): "read",
}
ORDER = tuple(PHRASES)
LEVELS = {"List": READ, "Read": READ, "Write": WRITE, "Tagging": WRITE, "Permissions management": MANAGE}
READING_VERBS = ("get", "list", "describe", "head", "batchget", "query", "scan", "lookup", "search", "read", "select", "view", "check")


@dataclass
class _Service:
    """What is allowed in a service, on which resources; ``unconditional`` if some of it is allowed without conditions."""

    name: str
    verbs: set[str] = field(default_factory=set)
    resources: dict[str, None] = field(default_factory=dict)
    unconditional: bool = False

    @property
    def phrase(self) -> frozenset[str]:
        return frozenset({EVERYTHING}) if EVERYTHING in self.verbs else frozenset(self.verbs)

    def describe(self, with_resources: bool) -> str:
        names = [] if ANYTHING in self.resources else list(self.resources)
        notes = [listed(names, MAX_LISTED)] if names and with_resources else []
        notes += [] if self.unconditional else ["under conditions"]
        return f"{self.name} ({', '.join(notes)})" if notes else self.name


def summarize_permissions(permissions: Permissions, reference: Optional[ServiceReference] = None) -> str:
    """A sentence of at most 160 characters: "May read and write S3 (logs-*), read DynamoDB (table/orders)."

    Without the ``reference``, an action counts as reading or writing by the verb in its name.
    """
    effective = EffectivePermissions(permissions)
    parts = list(effective.parts())
    everything = next((part for part in parts if _is_everything(part)), None)
    if everything:
        return _summarize_everything(everything, effective)
    iam_actions = [part.actions for part in parts if part.resources.overlaps(IAM_RESOURCES)]
    escalating = [each for each in ESCALATING if any(actions.covers(PatternSet((each.lower(),))) for actions in iam_actions)]
    services = sorted(_services(parts, reference).values(), key=lambda each: (ORDER.index(each.phrase), each.name))
    return _shortened(services, escalating) if services else NOTHING


def _is_everything(part: Statement) -> bool:
    all_actions = part.actions.negated or part.actions.patterns[0] in (ANYTHING, "*:*")
    return all_actions and ANYTHING in part.resources.patterns and not part.resources.negated and not part.conditions


def _summarize_everything(part: Statement, effective: EffectivePermissions) -> str:
    """The sentence for a statement that allows everything, except its NotAction and what is denied unconditionally."""
    denied = [each for deny in effective.denies if not deny.conditions for each in deny.written]
    excluded = [_short(each) for each in (*(part.actions.patterns if part.actions.negated else ()), *denied)]
    text = f"May do everything but {listed(list(dict.fromkeys(excluded)), MAX_LISTED)}."
    return text if excluded else "May do everything."


def _services(parts: Iterable[Statement], reference: Optional[ServiceReference]) -> dict[str, _Service]:
    found: dict[str, _Service] = {}
    for part in parts:
        name = _service_name(part, reference)
        service = found.setdefault(name, _Service(name))
        service.verbs.update(_verbs(part, reference))
        service.resources.update(dict.fromkeys(_resources(part.resources)))
        service.unconditional |= not part.conditions
    return found


def _service_name(part: Statement, reference: Optional[ServiceReference]) -> str:
    prefix = part.actions.patterns[0].partition(":")[0]
    if part.actions.negated:
        return f"all but {listed([_short(each) for each in part.actions.patterns], MAX_LISTED)}"
    if has_wildcards(prefix):
        return "all services" if prefix == ANYTHING else _short(f"{prefix} services")
    official = reference.service_name(prefix) if reference else None
    for maker in ("Amazon ", "AWS "):
        official = official[len(maker) :] if official and official.startswith(maker) else official
    return _short(NAMES.get(prefix) or official or prefix)


def _verbs(part: Statement, reference: Optional[ServiceReference]) -> Iterator[str]:
    pattern = part.actions.patterns[0]
    name = pattern.partition(":")[2] or ANYTHING
    if part.actions.negated or name == ANYTHING:
        yield EVERYTHING
        return
    known = reference.actions(pattern) if reference else None
    levels = {LEVELS[level] for action in known or () for level in action.levels if level in LEVELS}
    if levels:
        yield from levels
    else:
        yield READ if name.startswith(READING_VERBS) else WRITE


def _resources(resources: PatternSet) -> list[str]:
    """The names without the ARN up to the account."""
    if resources.negated:
        return [f"all but {listed([_name(each) for each in resources.patterns], MAX_LISTED)}"]
    return [each if each == ANYTHING else _name(each) for each in resources.patterns]


def _name(arn: str) -> str:
    parts = arn.split(":", 5)
    return _short(parts[5] if len(parts) == 6 and parts[0] == "arn" else arn)


def _short(text: str) -> str:
    return text if len(text) <= MAX_NAME_LENGTH else f"{text[: MAX_NAME_LENGTH - 1]}…"


def _shortened(services: Sequence[_Service], escalating: Sequence[str]) -> str:
    """The sentence with as many services as fit, with the resources of all of them or of none."""
    for shown in range(len(services), 0, -1):
        for with_resources in (True, False):
            text = _sentence(services, shown, escalating, with_resources)
            if len(text) <= MAX_LENGTH:
                return text
    return f"{text[: MAX_LENGTH - 1]}…"


def _sentence(services: Sequence[_Service], shown: int, escalating: Sequence[str], with_resources: bool) -> str:
    by_phrase: dict[str, list[str]] = {}
    for each in services[:shown]:
        by_phrase.setdefault(PHRASES[each.phrase], []).append(each.describe(with_resources))
    phrases = [f"{phrase} {_and(names)}" for phrase, names in by_phrase.items()]
    left = len(services) - shown
    if left:
        phrases.append(f"more in {left} other service{'s' if left > 1 else ''}")
    escalation = f"; can escalate with {listed(escalating, 1)}" if escalating else ""
    return f"May {', '.join(phrases)}{escalation}."


def _and(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
