# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Trust policies: from the entities that are to be trusted to the document.  Pure.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-user.html
"""

from __future__ import annotations

import re
from typing import Any, Callable, Mapping, Optional, Sequence

from .._common.errors import OptionError
from .._common.identifiers import ACCOUNT_ID
from .principals import OIDC_PROVIDER, PRINCIPAL_ARN, SAML_PROVIDER, SERVICE
from .trust import EC2

KINDS = ("service", "account", "principal", "saml_provider", "oidc_provider")
# What else an entity may say, by its kind.
DETAILS = {
    "service": (),
    "account": ("external_id", "require_mfa"),
    "principal": ("external_id", "require_mfa"),
    "saml_provider": ("audience",),
    "oidc_provider": ("audience", "subjects"),
}

# Where people sign in by SAML, which is the audience that their identity provider names.
# https://docs.aws.amazon.com/general/latest/gr/signin-service.html
SAML_AUDIENCE = {
    "aws": "https://signin.aws.amazon.com/saml",
    "aws-cn": "https://signin.amazonaws.cn/saml",
    "aws-us-gov": "https://signin.amazonaws-us-gov.com/saml",
}
OIDC_AUDIENCE = "sts.amazonaws.com"
# In the China partition EC2 goes by the partition's own domain, other than most services.
# https://docs.amazonaws.cn/en_us/aws/latest/userguide/iam.html
RENAMED_SERVICES = {("aws-cn", EC2): f"{EC2}.cn"}

EXTERNAL_ID = re.compile(r"[\w+=,.@:/-]{2,1224}", re.ASCII)


def trust_ec2(partition: str) -> dict:
    """The trust policy that lets EC2 hand the role to applications on an instance."""
    return trust_policy("trusted_entities", [{"service": EC2}], partition)


def trust_policy(option: str, entities: Sequence[Mapping[str, Any]], partition: str) -> dict:
    """The trust policy with a statement for each entity; raises OptionError for what can't be one.

    An entity is a mapping with one of KINDS, and what DETAILS allows for it; what is None counts as not given.
    """
    if not entities or isinstance(entities, (str, Mapping)):
        raise OptionError(option, "names nobody.", "Give a list of at least one entity, each with one of: " + _listed(KINDS))
    statements = [_statement(f"{option}[{index}]", each, partition) for index, each in enumerate(entities)]
    return {"Version": "2012-10-17", "Statement": statements}


def _statement(where: str, entity: Any, partition: str) -> dict:
    if not isinstance(entity, Mapping):
        raise OptionError(where, "is not an entity.", "It is a mapping with one of: " + _listed(KINDS))
    given = {key: value for key, value in entity.items() if value is not None}
    kinds = [kind for kind in KINDS if kind in given]
    if len(kinds) != 1:
        problem = f"has {' and '.join(kinds)}." if kinds else "names nobody."
        raise OptionError(where, problem, "An entity has just one of: " + _listed(KINDS))
    _check_details(where, kinds[0], given)
    return _STATEMENTS[kinds[0]](where, given, partition)


def _check_details(where: str, kind: str, given: Mapping[str, Any]) -> None:
    for key in given:
        if key != kind and key not in DETAILS[kind]:
            known = _listed((kind, *DETAILS[kind]))
            raise OptionError(f"{where}.{key}", f"does not go with {kind}.", f"What goes with it: {known}")


def _of_service(where: str, given: Mapping[str, Any], partition: str) -> dict:
    service = given["service"]
    if not isinstance(service, str) or not SERVICE.fullmatch(service):
        raise OptionError(f"{where}.service", f"{service!r} is no service.", "One looks like ec2.amazonaws.com.")
    return _allow("sts:AssumeRole", {"Service": RENAMED_SERVICES.get((partition, service), service)})


def _of_account(where: str, given: Mapping[str, Any], partition: str) -> dict:
    account = str(given["account"])
    if not ACCOUNT_ID.fullmatch(account):
        raise OptionError(
            f"{where}.account",
            f"{account!r} is no account id.",
            'It has 12 digits; write it as a text, "012345678901", because YAML drops the zero from a number.',
        )
    return _of_iam(where, given, f"arn:{partition}:iam::{account}:root")


def _of_principal(where: str, given: Mapping[str, Any], partition: str) -> dict:
    likeness = f"arn:{partition}:iam::123456789012:role/deploy"
    return _of_iam(where, given, _arn(f"{where}.principal", given["principal"], PRINCIPAL_ARN, partition, likeness)[0])


def _of_iam(where: str, given: Mapping[str, Any], arn: str) -> dict:
    condition: dict[str, dict] = {}
    external_id = given.get("external_id")
    if external_id is not None:
        if not EXTERNAL_ID.fullmatch(str(external_id)):
            raise OptionError(
                f"{where}.external_id", "can't be one.", "It has 2 to 1224 letters, digits and +=,.@:/_-."
            )
        condition["StringEquals"] = {"sts:ExternalId": str(external_id)}
    if given.get("require_mfa"):
        condition["Bool"] = {"aws:MultiFactorAuthPresent": "true"}
    return _allow("sts:AssumeRole", {"AWS": arn}, condition)


def _of_saml(where: str, given: Mapping[str, Any], partition: str) -> dict:
    likeness = f"arn:{partition}:iam::123456789012:saml-provider/Directory"
    found = _arn(f"{where}.saml_provider", given["saml_provider"], SAML_PROVIDER, partition, likeness)
    audience = given.get("audience") or SAML_AUDIENCE.get(partition)
    if audience is None:
        raise OptionError(f"{where}.audience", "is missing.", f"Give the sign-in address of the partition {partition}.")
    return _allow("sts:AssumeRoleWithSAML", {"Federated": found[0]}, {"StringEquals": {"SAML:aud": audience}})


def _of_oidc(where: str, given: Mapping[str, Any], partition: str) -> dict:
    likeness = f"arn:{partition}:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"
    found = _arn(f"{where}.oidc_provider", given["oidc_provider"], OIDC_PROVIDER, partition, likeness)
    subjects = given.get("subjects")
    if not subjects or not isinstance(subjects, list) or not all(isinstance(each, str) for each in subjects):
        raise OptionError(
            f"{where}.subjects",
            "is missing, so that everybody whom the provider knows could assume the role.",
            'Give a list of subjects, for example ["repo:team/web:ref:refs/heads/main"]; * and ? stand for others.',
        )
    exact = [each for each in subjects if not set(each) & {"*", "?"}]
    condition = {"StringEquals": {f"{found['issuer']}:aud": given.get("audience") or OIDC_AUDIENCE}}
    # A pattern only works with StringLike, which takes the exact ones as well.
    operator = "StringEquals" if exact == subjects else "StringLike"
    condition.setdefault(operator, {})[f"{found['issuer']}:sub"] = subjects
    return _allow("sts:AssumeRoleWithWebIdentity", {"Federated": found[0]}, condition)


def _arn(where: str, value: Any, pattern: re.Pattern, partition: str, likeness: str) -> re.Match:
    found = pattern.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise OptionError(where, f"{value!r} is not such an ARN.", f"One looks like {likeness}.")
    if found["partition"] != partition:
        raise OptionError(where, f"{value} is of the partition {found['partition']}.", f"The role is of {partition}.")
    return found


def _allow(action: str, principal: Mapping[str, str], condition: Optional[Mapping] = None) -> dict:
    statement = {"Effect": "Allow", "Principal": principal, "Action": action}
    return {**statement, "Condition": condition} if condition else statement


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) + "."


_STATEMENTS: Mapping[str, Callable[[str, Mapping[str, Any], str], dict]] = {
    "service": _of_service,
    "account": _of_account,
    "principal": _of_principal,
    "saml_provider": _of_saml,
    "oidc_provider": _of_oidc,
}
