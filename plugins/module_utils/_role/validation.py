# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Warnings about the given policies: from their own checks, and from IAM Access Analyzer, before anything is written."""

from __future__ import annotations

from typing import Any, Callable, Mapping, Union

from .._aws.access_analyzer import AccessAnalyzer
from .._aws.parallel import each_in_parallel
from .._common.error_suggestions import UNEXPECTED_ANSWER, UNREACHABLE
from .._common.errors import ACCESS_DENIED, AwsError, OptionError
from .._policy.warnings import document_warnings
from .._values.policy_finding import ERROR, AnalyzerFinding
from .spec import RoleSpec

WORKERS = 4  # documents validated in parallel
# Errors that mean that Access Analyzer is not available: no permission, not in the region, or not reachable
UNAVAILABLE = ACCESS_DENIED | UNREACHABLE | {UNEXPECTED_ANSWER, "NotImplemented", "UnknownOperationException"}

Answer = Union[list[AnalyzerFinding], AwsError]


def policy_warnings(spec: RoleSpec) -> tuple[str, ...]:
    """The warnings for the policies in the spec that AWS accepts, but that don't do what they seem to do."""
    documents = {f"inline_policies[{name}]": document for name, document in (spec.inline_policies or {}).items()}
    if spec.trust_policy is not None:
        documents[spec.trust_option] = spec.trust_policy
    return tuple(str(finding) for option, document in documents.items() for finding in document_warnings(option, document))


def validate_policies(spec: RoleSpec, analyzer: AccessAnalyzer) -> tuple[str, ...]:
    """Access Analyzer's findings in the spec's documents as warnings, or a warning that it is not available.

    Raises OptionError with all errors that it finds.
    """
    permissions, trust = analyzer.validate_permissions, analyzer.validate_trust
    requests = [(f"inline_policies[{name}]", each, permissions) for name, each in (spec.inline_policies or {}).items()]
    if spec.trust_policy is not None:
        requests.insert(0, (spec.trust_option, spec.trust_policy, trust))
    answers = each_in_parallel(lambda request: _validate(*request), requests, WORKERS)
    found = [(request[0], answer) for request, answer in zip(requests, answers)]
    _raise_errors(found)
    # The reason is the same for every document.
    reasons = [_reason(answer) for answer in answers if isinstance(answer, AwsError)]
    return (*reasons[:1], *_warnings(found))


def _validate(option: str, document: Mapping[str, Any], validate: Callable[[str, Mapping[str, Any]], list[AnalyzerFinding]]) -> Answer:
    try:
        return validate(option, document)
    except AwsError as error:
        if error.code in UNAVAILABLE:
            return error
        raise


def _reason(error: AwsError) -> str:
    return f"The policies were not validated by IAM Access Analyzer. {error}"


def _raise_errors(found: list[tuple[str, Answer]]) -> None:
    errors = [(option, each) for option, each in _findings(found) if each.kind == ERROR]
    if errors:
        option, first = errors[0]
        problems = " ".join([str(first), *(f"{other}{each.location}: {each}" for other, each in errors[1:])])
        suggestion = "IAM Access Analyzer found this. Fix it, or set validate to false."
        raise OptionError(f"{option}{first.location}", problems, suggestion)


def _warnings(found: list[tuple[str, Answer]]) -> list[str]:
    return [f"{option}{each.location}: {each.kind.lower().replace('_', ' ')} from IAM Access Analyzer: {each}" for option, each in _findings(found)]


def _findings(found: list[tuple[str, Answer]]) -> list[tuple[str, AnalyzerFinding]]:
    return [(option, each) for option, answer in found if not isinstance(answer, AwsError) for each in answer]
