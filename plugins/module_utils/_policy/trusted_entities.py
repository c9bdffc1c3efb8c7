# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Trust policies: from the entities that are to be trusted to the document.  Pure.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-user.html
"""

from __future__ import annotations

import re
from typing import Any, Callable, Mapping, Sequence

from .._common.errors import OptionError
from .._common.identifiers import ACCOUNT_ID
from .identity_providers import oidc_statement, saml_statement
from .principals import PRINCIPAL_ARN
from .service_principals import EC2, SERVICE, in_partition
from .trust_policy import check_trust_policy
from .trust_statements import allow, arn_of, one_or_all, texts_of

KINDS = ("service", "account", "principal", "saml_provider", "oidc_provider")
# What else an entity may say, by its kind.
FOR_ALL = ("allow_tagging",)
DETAILS = {
    "service": ("source_account", "source_arn"),
    "account": ("external_id", "require_mfa", "organization"),
    "principal": ("external_id", "require_mfa", "organization"),
    "saml_provider": ("audience", "sign_in_regions"),
    "oidc_provider": ("audience", "subjects"),
}
EXTERNAL_ID = re.compile(r"[\w+=,.@:/-]{2,1224}", re.ASCII)
# https://docs.aws.amazon.com/organizations/latest/APIReference/API_Organization.html
ORGANIZATION = re.compile(r"o-[a-z0-9]{10,32}")
# With wildcards, in any part but the first two
SOURCE_ARN = re.compile(r"arn:[a-z0-9-]+:[^:\s]+:[^:\s]*:[^:\s]*:\S+")


def ec2_trust_policy(partition: str) -> dict[str, Any]:
    """The trust policy that lets EC2 hand the role to applications on an instance."""
    return trust_policy("trusted_entities", [{"service": EC2}], partition)


def trust_policy(option: str, entities: Sequence[Mapping[str, Any]], partition: str) -> dict[str, Any]:
    """The trust policy with a statement for each entity; raises OptionError for what can't be one.

    An entity is a mapping with one of KINDS, and what DETAILS allows for it; what is None counts as not given.
    """
    if not entities or isinstance(entities, (str, Mapping)):
        raise OptionError(option, "names nobody.", "Give a list of at least one entity, each with one of: " + _listed(KINDS))
    statements = [_statement(f"{option}[{index}]", each, partition) for index, each in enumerate(entities)]
    document = {"Version": "2012-10-17", "Statement": statements}
    # What holds for a document that is given as a whole holds for this one.
    check_trust_policy(option, document)
    return document


def _statement(where: str, entity: Any, partition: str) -> dict[str, Any]:
    if not isinstance(entity, Mapping):
        raise OptionError(where, "is not an entity.", "It is a mapping with one of: " + _listed(KINDS))
    given = {key: value for key, value in entity.items() if value is not None}
    kinds = [kind for kind in KINDS if kind in given]
    if len(kinds) != 1:
        problem = f"has {' and '.join(kinds)}." if kinds else "names nobody."
        raise OptionError(where, problem, "An entity has just one of: " + _listed(KINDS))
    _check_details(where, kinds[0], given)
    statement = _STATEMENTS[kinds[0]](where, given, partition)
    if given.get("allow_tagging"):
        statement["Action"] = [statement["Action"], "sts:TagSession"]
    return statement


def _check_details(where: str, kind: str, given: Mapping[str, Any]) -> None:
    for key in given:
        if key != kind and key not in (*DETAILS[kind], *FOR_ALL):
            known = _listed((kind, *DETAILS[kind], *FOR_ALL))
            raise OptionError(f"{where}.{key}", f"does not go with {kind}.", f"What goes with it: {known}")


def _of_service(where: str, given: Mapping[str, Any], partition: str) -> dict[str, Any]:
    service = given["service"]
    if not isinstance(service, str) or not SERVICE.fullmatch(service):
        raise OptionError(f"{where}.service", f"{service!r} is not a service.", "One looks like ec2.amazonaws.com.")
    condition: dict[str, dict[str, Any]] = {}
    if given.get("source_account"):
        suggestion = 'An account id has 12 digits; write it as a text, "012345678901".'
        accounts = texts_of(f"{where}.source_account", given["source_account"], ACCOUNT_ID, suggestion)
        condition["StringEquals"] = {"aws:SourceAccount": one_or_all(accounts)}
    if given.get("source_arn"):
        suggestion = "Give the ARN for which the service acts, like arn:aws:s3:::bucket; * and ? stand for others."
        arns = texts_of(f"{where}.source_arn", given["source_arn"], SOURCE_ARN, suggestion)
        condition["ArnLike"] = {"aws:SourceArn": one_or_all(arns)}
    return allow("sts:AssumeRole", {"Service": in_partition(service, partition)}, condition)


def _of_account(where: str, given: Mapping[str, Any], partition: str) -> dict[str, Any]:
    account = str(given["account"])
    if account == "*":
        if not given.get("organization"):
            problem = "is everybody's account, so that all of AWS could assume the role."
            raise OptionError(f"{where}.account", problem, "Name the organization as well, or the account.")
        return _of_iam(where, given, "*")
    if not ACCOUNT_ID.fullmatch(account):
        raise OptionError(
            f"{where}.account",
            f"{account!r} is not an account id.",
            'It has 12 digits; write it as a text, "012345678901", because YAML drops the zero from a number.',
        )
    return _of_iam(where, given, f"arn:{partition}:iam::{account}:root")


def _of_principal(where: str, given: Mapping[str, Any], partition: str) -> dict[str, Any]:
    likeness = f"arn:{partition}:iam::123456789012:role/deploy, without wildcards"
    found = arn_of(f"{where}.principal", given["principal"], PRINCIPAL_ARN, partition, likeness)
    return _of_iam(where, given, found[0])


def _of_iam(where: str, given: Mapping[str, Any], arn: str) -> dict[str, Any]:
    equals: dict[str, str] = {}
    if given.get("external_id") is not None:
        suggestion = "It has 2 to 1224 letters, digits and +=,.@:/_-."
        equals["sts:ExternalId"] = _text(f"{where}.external_id", given["external_id"], EXTERNAL_ID, suggestion)
    if given.get("organization") is not None:
        suggestion = "The id of an organization looks like o-a1b2c3d4e5."
        equals["aws:PrincipalOrgID"] = _text(f"{where}.organization", given["organization"], ORGANIZATION, suggestion)
    condition: dict[str, dict[str, Any]] = {"StringEquals": equals} if equals else {}
    if given.get("require_mfa"):
        condition["Bool"] = {"aws:MultiFactorAuthPresent": "true"}
    return allow("sts:AssumeRole", {"AWS": arn}, condition)


def _text(where: str, value: Any, pattern: re.Pattern[str], suggestion: str) -> str:
    if not pattern.fullmatch(str(value)):
        raise OptionError(where, "can't be one.", suggestion)
    return str(value)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) + "."


_STATEMENTS: Mapping[str, Callable[[str, Mapping[str, Any], str], dict[str, Any]]] = {
    "service": _of_service,
    "account": _of_account,
    "principal": _of_principal,
    "saml_provider": saml_statement,
    "oidc_provider": oidc_statement,
}
