# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What IAM accepts as a policy document, where moto is too strict or not strict enough."""

from __future__ import annotations

import ipaddress
import json
import re
from inspect import signature
from typing import Any

from moto.iam import policy_validation
from moto.iam.exceptions import MalformedPolicyDocument
from moto.iam.models import IAMBackend
from moto.iam.policy_validation import (
    BaseIAMPolicyValidator,
    IAMPolicyDocumentValidator,
    IAMTrustPolicyDocumentValidator,
)

NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
PRINCIPAL = re.compile(r"\*|\d{12}|A[A-Z]{3}[A-Z0-9]+(:[\w+=,.@-]+)?|arn:[a-z-]+:(iam|sts)::\d{12}:(root|[a-z-]+/[^*?\s]+)", re.ASCII)
STS_ACTION = re.compile(r"sts:[\w*?]+", re.IGNORECASE)
# Resources of S3 whose ARNs have a region
REGIONAL = ("accesspoint/", "access-grants/", "async-request/", "job/", "storage-lens/", "storage-lens-group/")
# Types of resources in AWS's own policies that moto's error message does not name
MORE_IAM_KINDS = ("*", "assumed-role/", "delegation-request/", "role-template/", "root")


def patch_versions() -> None:
    """Accepts the version 2008-10-17, which is also the default, except in managed policies.

    moto refuses it everywhere. For managed policies this is right: "Policy document must be version 2012-10-17 or greater." is IAM's message.
    """
    current = BaseIAMPolicyValidator._validate_version  # pylint: disable=protected-access

    def accept_date(_self: Any) -> None:
        """Does nothing. Dates were checked with the syntax."""

    BaseIAMPolicyValidator._validate_version = accept_date  # pylint: disable=protected-access
    for name in ("create_policy", "create_policy_version"):
        _require_current_version(name, current)


def _require_current_version(name: str, check: Any) -> None:
    original = getattr(IAMBackend, name)
    parameters = signature(original)

    def create(self: Any, *args: Any, **kwargs: Any) -> Any:
        given = parameters.bind(self, *args, **kwargs).arguments
        validator = IAMPolicyDocumentValidator(given["policy_document"])
        validator.validate()
        try:
            check(validator)
        except (AssertionError, KeyError) as error:
            text = "Policy document must be version 2012-10-17 or greater."
            raise MalformedPolicyDocument(text) from error
        require_partition(given["policy_document"], self.partition)
        return original(self, *args, **kwargs)

    setattr(IAMBackend, name, create)


def patch_trust_documents() -> None:
    """Checks principals and actions of trust policies. moto checks only the syntax of actions."""

    def validate(self: Any) -> None:
        BaseIAMPolicyValidator.validate(self)
        for statement in self._statements:  # pylint: disable=protected-access
            _require_trust_statement(statement)

    IAMTrustPolicyDocumentValidator.validate = validate


def patch_permissions_documents() -> None:
    """Refuses a principal in a permissions policy. moto accepts it."""
    original = IAMPolicyDocumentValidator.validate

    def validate(self: Any) -> None:
        original(self)
        if any(key in statement for statement in self._statements for key in ("Principal", "NotPrincipal")):
            raise MalformedPolicyDocument("Policy document should not specify a principal.")

    IAMPolicyDocumentValidator.validate = validate


def require_partition(document: str, partition: str) -> None:
    """Refuses resources of other partitions. moto accepts them. The message is as in terraform-aws-modules/terraform-aws-iam#39."""
    for statement in _listed(json.loads(document)["Statement"]):
        for resource in (str(each) for key in ("Resource", "NotResource") for each in _listed(statement.get(key, []))):
            named = resource.split(":")[1] if resource.startswith("arn:") else partition
            if named != partition and not set(named) & set("*?"):
                raise MalformedPolicyDocument(f'Partition "{named}" is not valid for resource "{resource}".')


def _require_trust_statement(statement: dict[str, Any]) -> None:
    for key in ("Resource", "NotResource", "NotPrincipal"):
        if key in statement:
            raise MalformedPolicyDocument(f"Has prohibited field {key}")
    if "Principal" not in statement:
        raise MalformedPolicyDocument("Missing required field Principal")
    for action in _listed(statement.get("Action", statement.get("NotAction"))):
        if not STS_ACTION.fullmatch(action):
            raise MalformedPolicyDocument("AssumeRole policy may only specify STS AssumeRole actions.")
    if isinstance(statement["Principal"], dict):
        for kind, named in statement["Principal"].items():
            for principal in _listed(named):
                _require_principal(kind, str(principal))


def _require_principal(kind: str, principal: str) -> None:
    wrong = not PRINCIPAL.fullmatch(principal) if kind == "AWS" else bool(set(principal) & set("*?"))
    if wrong:
        raise MalformedPolicyDocument(f'Invalid principal in policy: "{kind}":"{principal}"')


def patch_conditions() -> None:
    """Accepts numbers as values, and refuses invalid numbers and address ranges, as dates are."""
    syntax = BaseIAMPolicyValidator._validate_condition_syntax  # pylint: disable=protected-access
    dates = BaseIAMPolicyValidator._legacy_parse_condition  # pylint: disable=protected-access

    def validate(statement: dict[str, Any]) -> None:
        condition = statement.get("Condition")
        syntax({**statement, "Condition": _without_numbers(condition)} if isinstance(condition, dict) else statement)

    def parse(operator: str, keys: dict[str, Any]) -> None:
        keys = _without_numbers({operator: keys})[operator]
        dates(operator, keys)
        base = operator.rpartition(":")[2]
        for value in (str(each) for values in keys.values() for each in _listed(values) if "${" not in str(each)):
            if base.startswith("Numeric") and not NUMBER.fullmatch(value):
                raise ValueError(value)
            if base.startswith(("IpAddress", "NotIpAddress")):
                ipaddress.ip_network(value, strict=False)

    BaseIAMPolicyValidator._validate_condition_syntax = staticmethod(validate)  # pylint: disable=protected-access
    BaseIAMPolicyValidator._legacy_parse_condition = staticmethod(parse)  # pylint: disable=protected-access


def _without_numbers(condition: dict[str, Any]) -> dict[str, Any]:
    """Returns the conditions with numbers as strings, as IAM reads them."""

    def text(value: Any) -> Any:
        return str(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else value

    return {
        operator: {key: [text(each) for each in values] if isinstance(values, list) else text(values) for key, values in keys.items()}
        if isinstance(keys, dict)
        else keys
        for operator, keys in condition.items()
    }


def patch_resources() -> None:
    """Accepts S3 ARNs with a region, and the IAM ARNs in AWS's own policies."""
    policy_validation.SERVICE_TYPE_REGION_INFORMATION_ERROR_ASSOCIATIONS["s3"]["valid_starting_values"] = REGIONAL
    paths = policy_validation.VALID_RESOURCE_PATH_STARTING_VALUES["iam"]
    # The error message names the same types as before.
    paths["error_message"] = paths["error_message"].format(values=", ".join(paths["values"]))
    paths["values"] = [*paths["values"], *MORE_IAM_KINDS]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
