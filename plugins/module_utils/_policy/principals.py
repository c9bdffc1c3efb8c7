# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whom a trust policy can name: AWS's accounts, users, roles and services, and identity providers.  Pure.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
"""

from __future__ import annotations

import re
from typing import Any, Optional

from .checks import Wrong, check_each, refuse_unknown, shown
from .findings import PolicyError
from .service_principals import SERVICE

PRINCIPAL_KEYS = ("AWS", "Service", "Federated", "CanonicalUser")

_ARN = r"arn:(?P<partition>aws[\w-]*):"
# IAM takes no wildcard within a principal's ARN, although a path may hold almost any character.
_NAME = r"[!-)+->@-~]+"
# An account's root, a user, a role or a session
PRINCIPAL_ARN = re.compile(rf"{_ARN}(iam::\d{{12}}:(root|(user|role)/{_NAME})|sts::\d{{12}}:(assumed-role|federated-user)/{_NAME})", re.ASCII)
SAML_PROVIDER = re.compile(rf"{_ARN}iam::\d{{12}}:saml-provider/[\w._-]+", re.ASCII)
OIDC_PROVIDER = re.compile(rf"{_ARN}iam::\d{{12}}:oidc-provider/(?P<issuer>{_NAME})", re.ASCII)
WEB_IDENTITY = re.compile(
    r"cognito-identity[\w.-]*\.amazonaws\.(com(\.cn)?|eu)|www\.amazon\.com|graph\.facebook\.com|accounts\.google\.com",
    re.ASCII,
)
# What IAM shows in the place of a principal that was deleted: AROA… for a role, AIDA… for a user
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
DELETED = re.compile(r"(AROA|AIDA)[A-Z0-9]+")
# All that may stand under AWS; unique ids of other kinds, and of a role's session, are AWS's to judge.
_OTHER_AWS = re.compile(r"\*|\d{12}|A[A-Z]{3}[A-Z0-9]+(:[\w+=,.@-]+)?", re.ASCII)


def check_principal(where: str, principal: Any) -> None:
    """Raises PolicyError, with the place, unless it can be a trust policy's Principal."""
    if principal == "*":
        return
    if not isinstance(principal, dict) or not principal:
        raise PolicyError(
            "bad_principal",
            where,
            f"{shown(principal)} is not a principal.",
            'It is a mapping like {"Service": "ec2.amazonaws.com"}, or "*".',
        )
    refuse_unknown(where, principal, PRINCIPAL_KEYS)
    check_each(where, principal, ("AWS",), _of_aws)
    check_each(where, principal, ("Service",), _of_service)
    check_each(where, principal, ("Federated",), _of_federated)
    check_each(where, principal, ("CanonicalUser",), lambda _each: None)


def _of_aws(principal: str) -> Optional[Wrong]:
    if PRINCIPAL_ARN.fullmatch(principal) or _OTHER_AWS.fullmatch(principal):
        return None
    if principal.startswith("arn:") and set(principal) & set("*?"):
        suggestion = 'Principals have no wildcards, but for "*" alone: trust the account, with a Condition on aws:PrincipalArn.'
        return Wrong("bad_principal", suggestion)
    return Wrong(
        "bad_principal",
        "It is an account id of 12 digits (in quotes), the ARN of an account's root, a user, a role or a session, like "
        "arn:aws:iam::123456789012:role/deploy, or *.",
    )


def _of_service(principal: str) -> Optional[Wrong]:
    return None if SERVICE.fullmatch(principal) else Wrong("bad_principal", "A service looks like ec2.amazonaws.com.")


def _of_federated(principal: str) -> Optional[Wrong]:
    if any(each.fullmatch(principal) for each in (SAML_PROVIDER, OIDC_PROVIDER, WEB_IDENTITY)):
        return None
    return Wrong(
        "bad_principal",
        "It is the ARN of a provider, like arn:aws:iam::123456789012:oidc-provider/accounts.example.com or "
        "arn:aws:iam::123456789012:saml-provider/Directory, or one of cognito-identity.amazonaws.com, www.amazon.com, "
        "graph.facebook.com and accounts.google.com.",
    )
