# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds a trust policy from a list of trusted entities.  Pure.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-user.html
"""

from __future__ import annotations

import re
from typing import Any, Callable, Mapping, Sequence

from .._common.errors import OptionError
from .._common.identifiers import ACCOUNT_ID
from .identity_providers import oidc_statement, saml_statement
from .principals import PRINCIPAL_ARN
from .service_principals import EC2, SERVICE, service_principal
from .trust_policy import check_trust_policy
from .trust_statements import allow, checked_strings, one_or_list, parse_arn

KINDS = ("service", "account", "principal", "saml_provider", "oidc_provider")
# The other keys of an entity: for every kind, and by kind
COMMON_KEYS = ("allow_tagging",)
KEYS = {
    "service": ("source_account", "source_arn"),
    "account": ("external_id", "require_mfa", "organization"),
    "principal": ("external_id", "require_mfa", "organization"),
    "saml_provider": ("audience", "sign_in_regions"),
    "oidc_provider": ("audience", "subjects"),
}
EXTERNAL_ID = re.compile(r"[\w+=,.@:/-]{2,1224}", re.ASCII)
# https://docs.aws.amazon.com/organizations/latest/APIReference/API_Organization.html
ORGANIZATION = re.compile(r"o-[a-z0-9]{10,32}")
# Wildcards are possible in every part except the first two.
SOURCE_ARN = re.compile(r"arn:[a-z0-9-]+:[^:\s]+:[^:\s]*:[^:\s]*:\S+")


def ec2_trust_policy(partition: str) -> dict[str, Any]:
    """The trust policy that lets EC2 provide the role's credentials to applications on an instance."""
    return build_trust_policy("trusted_entities", [{"service": EC2}], partition)


def build_trust_policy(option: str, entities: Sequence[Mapping[str, Any]], partition: str) -> dict[str, Any]:
    """The trust policy with one statement for each entity; raises OptionError.

    An entity is a mapping with one of KINDS and optionally the KEYS for it. A value of None counts as not given.
    """
    if not entities or isinstance(entities, (str, Mapping)):
        problem = "is not a list." if entities else "is empty."
        raise OptionError(option, problem, f"Give a list of entities, each with one of: {_listed(KINDS)}")
    statements = [_statement(f"{option}[{index}]", each, partition) for index, each in enumerate(entities)]
    document = {"Version": "2012-10-17", "Statement": statements}
    # The same checks apply as to a document that the user gives.
    check_trust_policy(option, document)
    return document


def _statement(location: str, entity: Any, partition: str) -> dict[str, Any]:
    if not isinstance(entity, Mapping):
        raise OptionError(location, "is not a mapping.", f"An entity is a mapping with one of: {_listed(KINDS)}")
    given = {key: value for key, value in entity.items() if value is not None}
    kinds = [kind for kind in KINDS if kind in given]
    if len(kinds) != 1:
        problem = f"has {' and '.join(kinds)}." if kinds else "does not say whom to trust."
        raise OptionError(location, problem, f"An entity has exactly one of: {_listed(KINDS)}")
    _check_keys(location, kinds[0], given)
    statement = _STATEMENTS[kinds[0]](location, given, partition)
    if given.get("allow_tagging"):
        statement["Action"] = [statement["Action"], "sts:TagSession"]
    return statement


def _check_keys(location: str, kind: str, entity: Mapping[str, Any]) -> None:
    allowed = (*KEYS[kind], *COMMON_KEYS)
    for key in entity:
        if key != kind and key not in allowed:
            raise OptionError(f"{location}.{key}", f"is not allowed with {kind}.", f"Allowed keys are: {_listed(allowed)}")


def _service_statement(location: str, entity: Mapping[str, Any], partition: str) -> dict[str, Any]:
    service = entity["service"]
    if not isinstance(service, str) or not SERVICE.fullmatch(service):
        raise OptionError(f"{location}.service", f"{service!r} is not a service principal.", "Give one like ec2.amazonaws.com.")
    condition: dict[str, dict[str, Any]] = {}
    if entity.get("source_account"):
        suggestion = 'An account id has 12 digits. Put it in quotes: "012345678901".'
        accounts = checked_strings(f"{location}.source_account", entity["source_account"], ACCOUNT_ID, suggestion)
        condition["StringEquals"] = {"aws:SourceAccount": one_or_list(accounts)}
    if entity.get("source_arn"):
        suggestion = "Give the ARN of what the service acts for, like arn:aws:s3:::bucket; * and ? are wildcards."
        arns = checked_strings(f"{location}.source_arn", entity["source_arn"], SOURCE_ARN, suggestion)
        condition["ArnLike"] = {"aws:SourceArn": one_or_list(arns)}
    return allow("sts:AssumeRole", {"Service": service_principal(service, partition)}, condition)


def _account_statement(location: str, entity: Mapping[str, Any], partition: str) -> dict[str, Any]:
    account = str(entity["account"])
    if account == "*":
        if not entity.get("organization"):
            problem = "would let every AWS account assume the role."
            raise OptionError(f"{location}.account", problem, "Add the organization, or name an account.")
        return _iam_statement(location, entity, "*")
    if not ACCOUNT_ID.fullmatch(account):
        raise OptionError(
            f"{location}.account",
            f"{account!r} is not an account id.",
            'It has 12 digits. Put it in quotes, "012345678901", because YAML drops the leading zeros of a number.',
        )
    return _iam_statement(location, entity, f"arn:{partition}:iam::{account}:root")


def _principal_statement(location: str, entity: Mapping[str, Any], partition: str) -> dict[str, Any]:
    example = f"arn:{partition}:iam::123456789012:role/deploy, without wildcards"
    arn = parse_arn(f"{location}.principal", entity["principal"], PRINCIPAL_ARN, partition, example)
    return _iam_statement(location, entity, arn[0])


def _iam_statement(location: str, entity: Mapping[str, Any], arn: str) -> dict[str, Any]:
    equals: dict[str, str] = {}
    if entity.get("external_id") is not None:
        _check_id(f"{location}.external_id", entity["external_id"], EXTERNAL_ID, "external ID", "Use 2 to 1224 letters, digits and +=,.@:/_-.")
        equals["sts:ExternalId"] = str(entity["external_id"])
    if entity.get("organization") is not None:
        _check_id(f"{location}.organization", entity["organization"], ORGANIZATION, "organization id", "One looks like o-a1b2c3d4e5.")
        equals["aws:PrincipalOrgID"] = str(entity["organization"])
    condition: dict[str, dict[str, Any]] = {"StringEquals": equals} if equals else {}
    if entity.get("require_mfa"):
        condition["Bool"] = {"aws:MultiFactorAuthPresent": "true"}
    return allow("sts:AssumeRole", {"AWS": arn}, condition)


def _check_id(location: str, value: Any, pattern: re.Pattern[str], kind: str, suggestion: str) -> None:
    if not pattern.fullmatch(str(value)):
        # Not with the value: an external ID is a shared secret to some.
        raise OptionError(location, f"is not a valid {kind}.", suggestion)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) + "."


_STATEMENTS: Mapping[str, Callable[[str, Mapping[str, Any], str], dict[str, Any]]] = {
    "service": _service_statement,
    "account": _account_statement,
    "principal": _principal_statement,
    "saml_provider": saml_statement,
    "oidc_provider": oidc_statement,
}
