# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asking IAM Access Analyzer about the documents that a task gives, before anything is written."""

from __future__ import annotations

from typing import Any, Callable, Mapping, Union

from .._aws.access_analyzer import AccessAnalyzer
from .._aws.calls import each_in_parallel
from .._common.errors import ACCESS_DENIED, UNEXPECTED_ANSWER, UNREACHABLE, AwsError, OptionError
from .._values.policy_finding import ERROR, AnalyzerFinding
from .spec import RoleSpec

WORKERS = 4  # documents validated side by side
# Where Access Analyzer can't be asked: not allowed, not in the region, or not there.
NOT_ASKED = ACCESS_DENIED | UNREACHABLE | {UNEXPECTED_ANSWER, "NotImplemented", "UnknownOperationException"}

Found = Union[list[AnalyzerFinding], AwsError]


def validated(spec: RoleSpec, analyzer: AccessAnalyzer) -> tuple[str, ...]:
    """Warnings for what Access Analyzer finds in the spec's documents, or for why it was not asked.

    Raises OptionError where it finds errors, with all of them.
    """
    permissions, trust = analyzer.validate_permissions, analyzer.validate_trust
    questions = [(f"inline_policies[{name}]", each, permissions) for name, each in (spec.inline_policies or {}).items()]
    if spec.trust_policy is not None:
        questions.insert(0, (spec.trust_option, spec.trust_policy, trust))
    answers = each_in_parallel(lambda question: _ask(*question), questions, WORKERS)
    found = [(question[0], answer) for question, answer in zip(questions, answers)]
    _refuse_errors(found)
    # Every document would have the same reason.
    reasons = [_reason(answer) for answer in answers if isinstance(answer, AwsError)]
    return (*reasons[:1], *_told(found))


def _ask(option: str, document: Mapping[str, Any], validate: Callable[[str, Mapping[str, Any]], list[AnalyzerFinding]]) -> Found:
    try:
        return validate(option, document)
    except AwsError as error:
        if error.code in NOT_ASKED:
            return error
        raise


def _reason(error: AwsError) -> str:
    return f"The policies were not validated by IAM Access Analyzer. {error}"


def _refuse_errors(found: list[tuple[str, Found]]) -> None:
    errors = [(option, each) for option, each in _findings(found) if each.kind == ERROR]
    if errors:
        option, first = errors[0]
        said = " ".join([str(first), *(f"{other}{each.location}: {each}" for other, each in errors[1:])])
        suggestion = "That is what IAM Access Analyzer says: fix it, or set validate to false."
        raise OptionError(f"{option}{first.location}", said, suggestion)


def _told(found: list[tuple[str, Found]]) -> list[str]:
    return [f"{option}{each.location}: {each.kind.lower().replace('_', ' ')} of IAM Access Analyzer: {each}" for option, each in _findings(found)]


def _findings(found: list[tuple[str, Found]]) -> list[tuple[str, AnalyzerFinding]]:
    return [(option, each) for option, answer in found if not isinstance(answer, AwsError) for each in answer]
