# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Trust policy statements for SAML and OpenID Connect providers.  Pure.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-idp.html
"""

from __future__ import annotations

import re
from typing import Any, Mapping

from .._common.errors import OptionError
from .principals import OIDC_PROVIDER, SAML_PROVIDER
from .trust_statements import allow, checked_strings, one_or_list, parse_arn
from .wildcards import has_wildcards

# The SAML sign-in addresses, which identity providers name as the audience. Regions have addresses of their own.
# https://docs.aws.amazon.com/general/latest/gr/signin-service.html
SIGN_IN = {
    "aws": "signin.aws.amazon.com",
    "aws-cn": "signin.amazonaws.cn",
    "aws-us-gov": "signin.amazonaws-us-gov.com",
}
OIDC_AUDIENCE = "sts.amazonaws.com"
AUDIENCE = re.compile(r"\S+")
# Many organizations share these issuers, and a subject begins with what is the organization's: "repo:ORGANIZATION/…".
# https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_oidc_secure-by-default.html
SHARED = {"token.actions.githubusercontent.com", "gitlab.com", "app.terraform.io", "agent.buildkite.com"}
OF_AN_ORGANIZATION = re.compile(r"[^*?:]+:[^*?:/]+[:/].*", re.DOTALL)
NOTHING_LITERAL = re.compile(r"[*?:/|.\s-]*")
ON_PURPOSE = "If all of them may assume the role, write the trust policy yourself, as assume_role_policy_document."
REGION = re.compile(r"[a-z]+(-[a-z]+)+-[0-9]+")


def saml_statement(location: str, entity: Mapping[str, Any], partition: str) -> dict[str, Any]:
    """The statement for an entity with a saml_provider; raises OptionError."""
    example = f"arn:{partition}:iam::123456789012:saml-provider/Directory"
    arn = parse_arn(f"{location}.saml_provider", entity["saml_provider"], SAML_PROVIDER, partition, example)
    condition = {"StringEquals": {"SAML:aud": one_or_list(_saml_audiences(location, entity, partition))}}
    return allow("sts:AssumeRoleWithSAML", {"Federated": arn[0]}, condition)


def _saml_audiences(location: str, entity: Mapping[str, Any], partition: str) -> list[str]:
    regions = entity.get("sign_in_regions") or []
    sign_in = SIGN_IN.get(partition)
    if sign_in is None and (regions or not entity.get("audience")):
        suggestion = f"Give the sign-in address of the partition {partition}, and leave out sign_in_regions."
        raise OptionError(f"{location}.audience", "is missing.", suggestion)
    audiences = _audiences(location, entity) or [f"https://{sign_in}/saml"]
    if regions:
        regions = checked_strings(f"{location}.sign_in_regions", regions, REGION, "A region looks like eu-central-1.")
    return list(dict.fromkeys([*audiences, *(f"https://{region}.{sign_in}/saml" for region in regions)]))


def oidc_statement(location: str, entity: Mapping[str, Any], partition: str) -> dict[str, Any]:
    """The statement for an entity with an oidc_provider; raises OptionError."""
    example = f"arn:{partition}:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"
    arn = parse_arn(f"{location}.oidc_provider", entity["oidc_provider"], OIDC_PROVIDER, partition, example)
    subjects = _subjects(location, entity)
    _check_patterns(f"{location}.subjects", subjects, arn["issuer"])
    audiences = _audiences(location, entity) or [OIDC_AUDIENCE]
    condition: dict[str, dict[str, Any]] = {"StringEquals": {f"{arn['issuer']}:aud": one_or_list(audiences)}}
    # Patterns need StringLike, which also compares literal strings.
    operator = "StringLike" if any(map(has_wildcards, subjects)) else "StringEquals"
    condition.setdefault(operator, {})[f"{arn['issuer']}:sub"] = subjects
    return allow("sts:AssumeRoleWithWebIdentity", {"Federated": arn[0]}, condition)


def _subjects(location: str, entity: Mapping[str, Any]) -> list[str]:
    subjects = entity.get("subjects")
    if not subjects or not isinstance(subjects, list) or not all(isinstance(each, str) for each in subjects):
        raise OptionError(
            f"{location}.subjects",
            "is missing or not a list of strings. Without it, every identity of the provider could assume the role.",
            'Give a list like ["repo:team/web:ref:refs/heads/main"]; * and ? are wildcards.',
        )
    return subjects


def _check_patterns(option: str, subjects: list[str], issuer: str) -> None:
    """Raises OptionError for a pattern that every identity of the provider matches, or identities of any organization."""
    for subject in filter(has_wildcards, subjects):
        if NOTHING_LITERAL.fullmatch(subject):
            raise OptionError(option, f"{subject!r} matches every identity of the provider.", f"Name the subjects. {ON_PURPOSE}")
        if issuer in SHARED and not OF_AN_ORGANIZATION.fullmatch(subject):
            problem = f"{subject!r} matches identities of other organizations, which share {issuer}."
            raise OptionError(option, problem, f"Write the organization without wildcards, as in repo:team/*. {ON_PURPOSE}")


def _audiences(location: str, entity: Mapping[str, Any]) -> list[str]:
    audience = entity.get("audience")
    return checked_strings(f"{location}.audience", audience, AUDIENCE, "Give at least one, without spaces.") if audience else []
