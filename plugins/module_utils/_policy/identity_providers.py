# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Identity providers as trusted entities: SAML and OpenID Connect.  Pure.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-idp.html
"""

from __future__ import annotations

import re
from typing import Any, Mapping

from .._common.errors import OptionError
from .principals import OIDC_PROVIDER, SAML_PROVIDER
from .trust_statements import allow, arn_of, one_or_all, texts_of
from .wildcards import has_wildcards

# Where people sign in by SAML, which is the audience that their identity provider names; a region has its own address.
# https://docs.aws.amazon.com/general/latest/gr/signin-service.html
SIGN_IN = {
    "aws": "signin.aws.amazon.com",
    "aws-cn": "signin.amazonaws.cn",
    "aws-us-gov": "signin.amazonaws-us-gov.com",
}
OIDC_AUDIENCE = "sts.amazonaws.com"
AUDIENCE = re.compile(r"\S+")
REGION = re.compile(r"[a-z]+(-[a-z]+)+-[0-9]+")


def saml_statement(where: str, given: Mapping[str, Any], partition: str) -> dict[str, Any]:
    """The statement for an entity with a saml_provider; raises OptionError."""
    likeness = f"arn:{partition}:iam::123456789012:saml-provider/Directory"
    found = arn_of(f"{where}.saml_provider", given["saml_provider"], SAML_PROVIDER, partition, likeness)
    audiences = _saml_audiences(where, given, partition)
    condition = {"StringEquals": {"SAML:aud": one_or_all(audiences)}}
    return allow("sts:AssumeRoleWithSAML", {"Federated": found[0]}, condition)


def _saml_audiences(where: str, given: Mapping[str, Any], partition: str) -> list[str]:
    regions = given.get("sign_in_regions") or []
    sign_in = SIGN_IN.get(partition)
    if sign_in is None and (regions or not given.get("audience")):
        suggestion = f"Give the sign-in address of the partition {partition}, without sign_in_regions."
        raise OptionError(f"{where}.audience", "is missing.", suggestion)
    audiences = _audiences(where, given) or [f"https://{sign_in}/saml"]
    if regions:
        regions = texts_of(f"{where}.sign_in_regions", regions, REGION, "A region looks like eu-central-1.")
    return list(dict.fromkeys([*audiences, *(f"https://{region}.{sign_in}/saml" for region in regions)]))


def oidc_statement(where: str, given: Mapping[str, Any], partition: str) -> dict[str, Any]:
    """The statement for an entity with an oidc_provider; raises OptionError."""
    likeness = f"arn:{partition}:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"
    found = arn_of(f"{where}.oidc_provider", given["oidc_provider"], OIDC_PROVIDER, partition, likeness)
    subjects = given.get("subjects")
    if not subjects or not isinstance(subjects, list) or not all(isinstance(each, str) for each in subjects):
        raise OptionError(
            f"{where}.subjects",
            "is missing, so that everybody whom the provider knows could assume the role.",
            'Give a list of subjects, for example ["repo:team/web:ref:refs/heads/main"]; * and ? stand for others.',
        )
    audiences = _audiences(where, given) or [OIDC_AUDIENCE]
    condition: dict[str, dict[str, Any]] = {"StringEquals": {f"{found['issuer']}:aud": one_or_all(audiences)}}
    # A pattern only works with StringLike, which takes the exact ones as well.
    operator = "StringLike" if any(map(has_wildcards, subjects)) else "StringEquals"
    condition.setdefault(operator, {})[f"{found['issuer']}:sub"] = subjects
    return allow("sts:AssumeRoleWithWebIdentity", {"Federated": found[0]}, condition)


def _audiences(where: str, given: Mapping[str, Any]) -> list[str]:
    audience = given.get("audience")
    return texts_of(f"{where}.audience", audience, AUDIENCE, "Give at least one, without spaces.") if audience else []
