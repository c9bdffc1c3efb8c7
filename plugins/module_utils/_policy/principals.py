# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks of a trust policy's principals: accounts, users, roles, services and identity providers.  Pure.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
"""

from __future__ import annotations

import re
from typing import Any, Optional

from .checks import Violation, check_strings, forbid_unknown_keys, short_repr
from .findings import PolicyError
from .service_principals import SERVICE

PRINCIPAL_KEYS = ("AWS", "Service", "Federated", "CanonicalUser")

_ARN = r"arn:(?P<partition>aws[\w-]*):"
# A path can have almost any character, but IAM accepts no wildcards in a principal's ARN.
_NAME = r"[!-)+->@-~]+"
# An account's root, a user, a role or a session
PRINCIPAL_ARN = re.compile(rf"{_ARN}(iam::\d{{12}}:(root|(user|role)/{_NAME})|sts::\d{{12}}:(assumed-role|federated-user)/{_NAME})", re.ASCII)
SAML_PROVIDER = re.compile(rf"{_ARN}iam::\d{{12}}:saml-provider/[\w._-]+", re.ASCII)
OIDC_PROVIDER = re.compile(rf"{_ARN}iam::\d{{12}}:oidc-provider/(?P<issuer>{_NAME})", re.ASCII)
WEB_IDENTITY = re.compile(
    r"cognito-identity[\w.-]*\.amazonaws\.(com(\.cn)?|eu)|www\.amazon\.com|graph\.facebook\.com|accounts\.google\.com",
    re.ASCII,
)
# IAM shows this id in place of a deleted principal: AROA… for a role, AIDA… for a user
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
DELETED_PRINCIPAL = re.compile(r"(AROA|AIDA)[A-Z0-9]+")
# Other values that AWS accepts. Unique ids of other types and of sessions are left for AWS to check.
_OTHER_AWS = re.compile(r"\*|\d{12}|A[A-Z]{3}[A-Z0-9]+(:[\w+=,.@-]+)?", re.ASCII)


def check_principal(location: str, principal: Any) -> None:
    """Raises PolicyError, with the location, unless the value is a valid Principal of a trust policy."""
    if principal == "*":
        return
    if not isinstance(principal, dict) or not principal:
        raise PolicyError(
            "bad_principal",
            location,
            f"{short_repr(principal)} is not a principal.",
            'Give a mapping like {"Service": "ec2.amazonaws.com"}, or "*".',
        )
    forbid_unknown_keys(location, principal, PRINCIPAL_KEYS)
    check_strings(location, principal, ("AWS",), _check_aws)
    check_strings(location, principal, ("Service",), _check_service)
    check_strings(location, principal, ("Federated",), _check_federated)
    check_strings(location, principal, ("CanonicalUser",), lambda _each: None)


def _check_aws(principal: str) -> Optional[Violation]:
    if PRINCIPAL_ARN.fullmatch(principal) or _OTHER_AWS.fullmatch(principal):
        return None
    if principal.startswith("arn:") and set(principal) & set("*?"):
        suggestion = 'Except for "*", principals have no wildcards. Trust the account, with a Condition on aws:PrincipalArn.'
        return Violation("bad_principal", suggestion)
    return Violation(
        "bad_principal",
        "Use an account id of 12 digits (in quotes), the ARN of an account's root, a user, a role or a session, like "
        "arn:aws:iam::123456789012:role/deploy, or *.",
    )


def _check_service(principal: str) -> Optional[Violation]:
    return None if SERVICE.fullmatch(principal) else Violation("bad_principal", "A service principal looks like ec2.amazonaws.com.")


def _check_federated(principal: str) -> Optional[Violation]:
    if any(each.fullmatch(principal) for each in (SAML_PROVIDER, OIDC_PROVIDER, WEB_IDENTITY)):
        return None
    return Violation(
        "bad_principal",
        "Use the ARN of a provider, like arn:aws:iam::123456789012:oidc-provider/accounts.example.com or "
        "arn:aws:iam::123456789012:saml-provider/Directory, or one of cognito-identity.amazonaws.com, www.amazon.com, "
        "graph.facebook.com and accounts.google.com.",
    )
