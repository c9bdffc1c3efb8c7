# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which identities whoever holds a policy can become, by the known ways.  Pure.

Conditions are listed, not evaluated: AWS's answer depends on tags and boundaries that are not in the policy.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain, product, starmap
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
VERSIONS = "the role that any version of a launch template names"
OF_SERVICES = "the role of something in another service"
CREATE_ACTION = "ec2:createaction"
BOUNDARY, POLICY, SERVICE = "iam:permissionsboundary", "iam:policyarn", "iam:passedtoservice"
# AWS's own policies with which the holder of a role can give itself any permission
POWERFUL = tuple(
    f"arn:{partition}:iam::aws:policy/{name}" for partition in ("aws", *PARTITIONS.values()) for name in ("AdministratorAccess", "IAMFullAccess")
)


class Escalation(NamedTuple):
    """An identity that the holder can become, by which way, with which permissions, what they are limited to, and what lifts these limits."""

    identity: str
    way: str
    actions: tuple[str, ...]
    limits: tuple[str, ...]
    but: tuple[str, ...] = ()

    @property
    def bounds(self) -> str:
        """The limits, in words that follow the permissions."""
        limited = f", limited to {' and '.join(self.limits)}" if self.limits else ""
        return limited + "".join(f", but {each}" for each in self.but)


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


def _ways(text: str, identity: str, *actions: str, kind: str = "role", on: str = ANYTHING) -> Iterator[Way]:
    """A way for each of the actions; those that are needed together are joined by ``+``."""
    for each in actions:
        yield Way(text, tuple(each.split("+")), identity, kind, on)


# The known ways, from https://github.com/DataDog/pathfinding.cloud, and those that only change the limits of somebody.
# https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/permissions-for-launch-templates.html: no PassRole for a version of a launch template.
# Whether AWS checks it for ec2:ModifyFleet and ec2:ModifySpotFleetRequest is unknown.
WAYS = (
    *_ways(
        "launch an instance with it",
        "",
        *("iam:PassRole+ec2:RunInstances", "iam:PassRole+ec2:RequestSpotInstances", "iam:PassRole+ec2:RequestSpotFleet"),
        "iam:PassRole+autoscaling:CreateLaunchConfiguration",
    ),
    *_ways("attach it to an instance", "", "iam:PassRole+ec2:AssociateIamInstanceProfile"),
    *_ways("attach it to an instance that has another one", "", "iam:PassRole+ec2:ReplaceIamInstanceProfileAssociation"),
    *_ways("add it to the instance profile of an instance", "", "iam:PassRole+iam:AddRoleToInstanceProfile"),
    *_ways("trust themselves", "", "iam:UpdateAssumeRolePolicy"),
    *_ways("assume it", "", "sts:AssumeRole"),
    *_ways("change its tags, which policies may ask for", "", "iam:TagRole", "iam:UntagRole"),
    *_ways("change its tags, which policies may ask for", "", "iam:TagUser", "iam:UntagUser", kind="user"),
    *_ways("activate a key that they know", "", "iam:UpdateAccessKey", kind="user"),
    *_ways("write it into a launch template, from which others launch", ANY_PROFILE, "ec2:CreateLaunchTemplateVersion"),
    *_ways("make another version of a launch template the default, from which others launch", VERSIONS, "ec2:ModifyLaunchTemplate"),
    *_ways("have a fleet launch from a template that names it", VERSIONS, "ec2:ModifyFleet", on="fleet"),
    *_ways("have a fleet launch from a template that names it", VERSIONS, "ec2:ModifySpotFleetRequest", on="spot-fleet-request"),
    *_ways("change the user data of an instance", INSTANCES, "ec2:ModifyInstanceAttribute", on=INSTANCE),
    *_ways("replace the root volume of an instance", INSTANCES, "ec2:CreateReplaceRootVolumeTask", on=INSTANCE),
    *_ways("run commands on an instance", INSTANCES, "ssm:SendCommand", "ssm:CreateAssociation", "ssm:UpdateAssociation", on=INSTANCE),
    *_ways(
        "open a session on an instance",
        INSTANCES,
        *("ssm:StartSession", "ssm:ResumeSession", "ec2-instance-connect:SendSSHPublicKey", "ec2-instance-connect:SendSerialConsoleSSHPublicKey"),
        on=INSTANCE,
    ),
    *_ways(
        "change what it runs",
        OF_SERVICES,
        *("lambda:UpdateFunctionCode", "lambda:UpdateFunctionConfiguration", "cloudformation:UpdateStack", "cloudformation:UpdateStackSet"),
        *("cloudformation:CreateChangeSet+cloudformation:ExecuteChangeSet", "codebuild:StartBuild", "codebuild:StartBuildBatch"),
        *("codebuild:UpdateProject", "glue:UpdateDevEndpoint", "glue:UpdateJob", "apprunner:UpdateService", "ecs:ExecuteCommand", "ecs:RunTask"),
        *("sagemaker:CreatePresignedNotebookInstanceUrl", "sagemaker:UpdateNotebookInstance", "states:UpdateStateMachine"),
        "bedrock-agentcore:StartCodeInterpreterSession+bedrock-agentcore:InvokeCodeInterpreter",
        *("ssm:StartAutomationExecution", "ssm:UpdateDocument", "datapipeline:PutPipelineDefinition"),
    ),
    *_ways(
        "change whom an identity provider vouches for",
        "any role that trusts an identity provider",
        *("iam:UpdateSAMLProvider", "iam:AddClientIDToOpenIDConnectProvider", "iam:UpdateOpenIDConnectProviderThumbprint"),
    ),
    *_ways(
        "change what somebody may do",
        ADMINISTRATOR,
        *("iam:AttachGroupPolicy", "iam:AttachUserPolicy", "iam:PutGroupPolicy", "iam:PutUserPolicy", "iam:AddUserToGroup"),
        *("iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion", "iam:DeleteRolePermissionsBoundary", "iam:DeleteUserPermissionsBoundary"),
        *("iam:PutUserPermissionsBoundary", "organizations:DetachPolicy", "organizations:UpdatePolicy", "sso:CreateAccountAssignment"),
        *("sso:AttachManagedPolicyToPermissionSet", "sso:AttachCustomerManagedPolicyReferenceToPermissionSet", "sso:PutInlinePolicyToPermissionSet"),
        *("sso:DeletePermissionsBoundaryFromPermissionSet", "sso:PutPermissionsBoundaryToPermissionSet", "identitystore:CreateGroupMembership"),
    ),
    *_ways(
        "sign in as a user",
        ADMINISTRATOR,
        *("iam:CreateAccessKey", "iam:CreateLoginProfile", "iam:UpdateLoginProfile", "iam:UploadSigningCertificate", "iam:UploadSSHPublicKey"),
        *("iam:CreateServiceSpecificCredential", "iam:ResetServiceSpecificCredential"),
    ),
)
# What can take away the policy that denies something to a role, a user or a group
REMOVING = {
    "role": ("iam:DetachRolePolicy", "iam:DeleteRolePolicy"),
    "user": ("iam:DetachUserPolicy", "iam:DeleteUserPolicy", "iam:RemoveUserFromGroup"),
    "group": ("iam:DetachGroupPolicy", "iam:DeleteGroupPolicy"),
}
# What sets the tags of a service's resources.  Tags that are only set on what is being created bring nothing that exists into a scope.
TAGGING = {
    "ec2": ("ec2:CreateTags",),
    "iam": ("iam:TagRole", "iam:TagUser", "iam:TagInstanceProfile", "iam:TagPolicy"),
    "autoscaling": ("autoscaling:CreateOrUpdateTags",),
    "ssm": ("ec2:CreateTags", "ssm:AddTagsToResource"),
    "ec2-instance-connect": ("ec2:CreateTags",),
    "sts": ("iam:TagRole",),
}


def escalations(documents: Sequence[Mapping[str, Any]]) -> list[Escalation]:
    """The escalations that the policies allow together, without duplicates, the most powerful first."""
    parts = list(EffectivePermissions(Permissions(tuple(documents))).parts())
    found = chain(_by_ways(parts), _by_policies(parts), _by_removal(parts), _by_services(parts))
    return sorted(dict.fromkeys(found), key=_rank)


def describe_escalations(documents: Sequence[Mapping[str, Any]]) -> list[str]:
    """A sentence for each identity that the holder can become, with all ways to it."""
    ways: dict[str, dict[tuple[str, str], list[str]]] = {}
    for each in escalations(documents):
        ways.setdefault(each.identity, {}).setdefault((each.way, each.bounds), []).append(" and ".join(each.actions))
    return [f"{identity}: {'; '.join(starmap(_in_words, texts.items()))}." for identity, texts in ways.items()]


def _in_words(way: tuple[str, str], actions: Sequence[str]) -> str:
    """The way and its limits, with what is enough for it."""
    text, bounds = way
    return f"{text} ({' or '.join(actions)}{bounds})"


def _rank(escalation: Escalation) -> tuple[int, str]:
    order = (ADMINISTRATOR, ANY_PROFILE)
    return order.index(escalation.identity) if escalation.identity in order else len(order), escalation.identity


def _by_ways(parts: Sequence[Statement]) -> Iterator[Escalation]:
    for way in WAYS:
        for allowing in product(*(_allowing(parts, each, way.on) for each in way.actions)):
            others = allowing if way.identity else allowing[1:]
            identity = way.identity or _identity(allowing[0], way.kind)
            yield Escalation(identity, way.text, way.actions, _limits(allowing, others), tuple(dict.fromkeys(_removable(parts, allowing))))


def _by_policies(parts: Sequence[Statement]) -> Iterator[Escalation]:
    """The escalations by giving a role permissions: any permissions, or those of a policy or within a boundary."""
    for part in _allowing(parts, "iam:PutRolePolicy"):
        yield _by_policy("iam:PutRolePolicy", "give a role any permission", part, [])
    for part in _allowing(parts, "iam:AttachRolePolicy"):
        yield _by_policy("iam:AttachRolePolicy", "give a role a policy", part, part.limits_of(POLICY))
        for writing in [] if part.limits_of(BOUNDARY) else _writing(parts, part.limits_of(POLICY)):
            actions = ("iam:CreatePolicy", "iam:AttachRolePolicy")
            yield Escalation(ADMINISTRATOR, "write a policy and give it to a role", actions, _limits([writing, part], [writing, part]))
    for part in _allowing(parts, "iam:PutRolePermissionsBoundary"):
        if not part.limits_of(BOUNDARY):
            yield Escalation(_identity(part), "lift its limits", ("iam:PutRolePermissionsBoundary",), _limits([part]))
        for writing in _writing(parts, part.limits_of(BOUNDARY)):
            actions = ("iam:CreatePolicy", "iam:PutRolePermissionsBoundary")
            yield Escalation(_identity(part), "lift its limits", actions, _limits([writing, part], [writing]))


def _writing(parts: Sequence[Statement], limits: Sequence[str]) -> list[Statement]:
    """What can create a policy to which something is limited.  Whether it exists already is not known; those of AWS do."""
    own = PatternSet(tuple(each for each in limits if each.count(":") < 5 or each.split(":")[4] != "aws"))
    return [each for each in _allowing(parts, "iam:CreatePolicy") if own.patterns and each.resources.overlaps(own)]


def _by_policy(action: str, way: str, part: Statement, policies: Sequence[str]) -> Escalation:
    limits = part.limits_of(BOUNDARY) or policies
    is_powerful = any(matches(each, arn) for each in limits for arn in POWERFUL)
    if is_powerful or not limits:
        return Escalation(ADMINISTRATOR, way, (action,), _limits([part], [part]))
    return Escalation(f"{_identity(part)} with what {_listed(limits)} allows", way, (action,), _limits([part]))


def _by_removal(parts: Sequence[Statement]) -> Iterator[Escalation]:
    """Those that lose what limits them, which may be the holder."""
    for kind, actions in REMOVING.items():
        for action in actions:
            for part in _allowing(parts, action):
                policies = _listed(part.limits_of(POLICY)) or "a policy"
                yield Escalation(f"{_identity(part, kind)} without what {policies} denies", "take the policy away", (action,), _limits([part]))


def _removable(parts: Sequence[Statement], allowing: Iterable[Statement]) -> Iterator[str]:
    """For each tag that is a limit, what can set it."""
    for part in allowing:
        service = part.written[0].partition(":")[0].lower() if part.written else ""
        for action, (_operator, key, _values) in product(TAGGING.get(service, ()), part.parsed_conditions()):
            if ":resourcetag/" in key and any(_sets_tag(each, key, part) for each in _allowing(parts, action)):
                yield f"{action} can set the tag {key.partition('/')[2]}"


def _sets_tag(tagging: Statement, key: str, part: Statement) -> bool:
    """Whether it can give the tag to a resource that does not have it: not if it asks for the same tag, or only works at creation."""
    tag = key.partition("/")[2]
    asked = [found for _operator, found, _values in tagging.parsed_conditions()]
    is_own = any(":resourcetag/" in found and found.partition("/")[2] == tag for found in asked)
    is_same_kind = part.resources.negated or any(_may_be(tagging.resources, kind) for kind in _kinds(part.resources))
    return not is_own and CREATE_ACTION not in asked and is_same_kind and tagging.resources.overlaps(part.resources)


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
    return resources.negated or kind == ANYTHING or any(each in (ANYTHING, kind) for each in _kinds(resources))


def _kinds(resources: PatternSet) -> list[str]:
    """What the patterns have before the slash, or ANYTHING."""
    kinds = (each.split(":", 5)[-1].partition("/")[0] for each in resources.patterns)
    return [ANYTHING if has_wildcards(each) else each for each in kinds]


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
