# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a role may do, in one sentence for people.  Pure.

It says the most powerful first and leaves out what there is no room for, so it is for reading and not for deciding.
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

LONGEST = 160  # characters
SHOWN = 2  # resources of a service, denied actions
LONGEST_NAME = 40  # characters

NOTHING = "May do nothing."

# By which a role gets itself, or somebody else, more than it has.
RAISING = (
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
OF_IAM = PatternSet(("arn:*:iam::*",))

# What people call them, where it is not what AWS's reference does without Amazon or AWS.
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

EVERYTHING, MANAGES, WRITES, READS = "do everything in", "manage permissions of", "write", "read"
# The most powerful first
PHRASES = {
    frozenset({EVERYTHING}): "do everything in",
    frozenset({MANAGES, WRITES, READS}): "read, write and manage permissions of",
    frozenset({MANAGES, WRITES}): "write and manage permissions of",
    frozenset({MANAGES, READS}): "read and manage permissions of",
    frozenset({MANAGES}): "manage permissions of",
    frozenset({WRITES, READS}): "read and write",
    frozenset({WRITES}): "write",
    frozenset({READS}): "read",
}
ORDER = tuple(PHRASES)
LEVELS = {"List": READS, "Read": READS, "Write": WRITES, "Tagging": WRITES, "Permissions management": MANAGES}
READING_VERBS = ("get", "list", "describe", "head", "batchget", "query", "scan", "lookup", "search", "read", "select", "view", "check")


@dataclass
class _Service:
    """What may be done in a service, and with which resources; ``always`` where some of it holds without conditions."""

    name: str
    verbs: set[str] = field(default_factory=set)
    resources: dict[str, None] = field(default_factory=dict)
    always: bool = False

    @property
    def phrase(self) -> frozenset[str]:
        return frozenset({EVERYTHING}) if EVERYTHING in self.verbs else frozenset(self.verbs)

    def in_words(self, with_resources: bool) -> str:
        told = [] if ANYTHING in self.resources else list(self.resources)
        notes = [listed(told, SHOWN)] if told and with_resources else []
        notes += [] if self.always else ["under conditions"]
        return f"{self.name} ({', '.join(notes)})" if notes else self.name


def summarize_permissions(permissions: Permissions, reference: Optional[ServiceReference] = None) -> str:
    """A sentence of at most 160 characters: "May read and write S3 (logs-*), read DynamoDB (table/orders)."

    Without the ``reference`` the verb of an action's name tells whether it reads or writes.
    """
    rules = EffectivePermissions(permissions)
    parts = list(rules.parts())
    everything = next((part for part in parts if _is_everything(part)), None)
    if everything:
        return _everything(everything, rules)
    of_iam = [part.actions for part in parts if part.resources.overlaps(OF_IAM)]
    raising = [each for each in RAISING if any(actions.covers(PatternSet((each.lower(),))) for actions in of_iam)]
    services = sorted(_services(parts, reference).values(), key=lambda each: (ORDER.index(each.phrase), each.name))
    return _fitting(services, raising) if services else NOTHING


def _is_everything(part: Statement) -> bool:
    of_all = part.actions.all_but or part.actions.patterns[0] in (ANYTHING, "*:*")
    return of_all and ANYTHING in part.resources.patterns and not part.resources.all_but and not part.conditions


def _everything(part: Statement, rules: EffectivePermissions) -> str:
    """What is left out of a statement that allows all else, or denied without conditions."""
    denied = [each for deny in rules.denies if not deny.conditions for each in deny.written]
    left_out = [_short(each) for each in (*(part.actions.patterns if part.actions.all_but else ()), *denied)]
    text = f"May do everything but {listed(list(dict.fromkeys(left_out)), SHOWN)}."
    return text if left_out else "May do everything."


def _services(parts: Iterable[Statement], reference: Optional[ServiceReference]) -> dict[str, _Service]:
    found: dict[str, _Service] = {}
    for part in parts:
        name = _service_name(part, reference)
        service = found.setdefault(name, _Service(name))
        service.verbs.update(_verbs(part, reference))
        service.resources.update(dict.fromkeys(_resources(part.resources)))
        service.always |= not part.conditions
    return found


def _service_name(part: Statement, reference: Optional[ServiceReference]) -> str:
    prefix = part.actions.patterns[0].partition(":")[0]
    if part.actions.all_but:
        return f"all but {listed([_short(each) for each in part.actions.patterns], SHOWN)}"
    if has_wildcards(prefix):
        return "all services" if prefix == ANYTHING else _short(f"{prefix} services")
    official = reference.service_name(prefix) if reference else None
    for maker in ("Amazon ", "AWS "):
        official = official[len(maker) :] if official and official.startswith(maker) else official
    return _short(NAMES.get(prefix) or official or prefix)


def _verbs(part: Statement, reference: Optional[ServiceReference]) -> Iterator[str]:
    pattern = part.actions.patterns[0]
    name = pattern.partition(":")[2] or ANYTHING
    if part.actions.all_but or name == ANYTHING:
        yield EVERYTHING
        return
    known = reference.actions(pattern) if reference else None
    levels = {LEVELS[level] for action in known or () for level in action.levels if level in LEVELS}
    if levels:
        yield from levels
    else:
        yield READS if name.startswith(READING_VERBS) else WRITES


def _resources(extent: PatternSet) -> list[str]:
    """The names as people know them: what comes after the account in an ARN."""
    if extent.all_but:
        return [f"all but {listed([_name(each) for each in extent.patterns], SHOWN)}"]
    return [each if each == ANYTHING else _name(each) for each in extent.patterns]


def _name(arn: str) -> str:
    parts = arn.split(":", 5)
    return _short(parts[5] if len(parts) == 6 and parts[0] == "arn" else arn)


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_NAME else f"{text[: LONGEST_NAME - 1]}…"


def _fitting(services: Sequence[_Service], raising: Sequence[str]) -> str:
    """The sentence with as many services as there is room for, the resources of all of them or of none."""
    for shown in range(len(services), 0, -1):
        for with_resources in (True, False):
            text = _sentence(services, shown, raising, with_resources)
            if len(text) <= LONGEST:
                return text
    return f"{text[: LONGEST - 1]}…"


def _sentence(services: Sequence[_Service], shown: int, raising: Sequence[str], with_resources: bool) -> str:
    told: dict[str, list[str]] = {}
    for each in services[:shown]:
        told.setdefault(PHRASES[each.phrase], []).append(each.in_words(with_resources))
    phrases = [f"{phrase} {_and(names)}" for phrase, names in told.items()]
    left = len(services) - shown
    if left:
        phrases.append(f"more in {left} other service{'s' if left > 1 else ''}")
    more = f"; can get more rights by {listed(raising, 1)}" if raising else ""
    return f"May {', '.join(phrases)}{more}."


def _and(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
