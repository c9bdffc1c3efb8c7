# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tries actions, and reports those that did not turn out as expected."""

from __future__ import annotations

from typing import Any, Optional, Sequence

from ..._common.problem import Problem
from .calls import ALLOWED, UNKNOWN
from .client import ActionAnswer, SignedClient
from .options import ActionCheck

NO_CREDENTIALS = "The instance has no credentials to try it with."

PROBLEMS = {
    each.code: each
    for each in (
        Problem(
            "action_denied",
            "The role is not allowed {action}{on}: {code}: {detail}",
            "Allow {action}{on} in a policy of the role. If one does, check the organization's control policies, the permissions boundary, and "
            "the policies of the resource and of the VPC endpoint.",
        ),
        Problem("action_allowed", "The role is allowed {action}{on}, but should not be.", "Remove {action}{on} from the role's policies."),
        Problem(
            "action_unknown",
            "It is unknown whether the role is allowed {action}{on}: {detail}",
            "Make sure that the host can reach AWS, and try again.",
        ),
    )
}


def run_checks(checks: Sequence[ActionCheck], client: Optional[SignedClient]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The return value ``actions`` and its problems, after one call for each; without a client all answers are unknown."""
    answers = [client.answer_to(each.call, each.region) if client else ActionAnswer(UNKNOWN, None, NO_CREDENTIALS) for each in checks]
    rows = [_row(check, answer) for check, answer in zip(checks, answers)]
    found = (_problem(check, answer) for check, answer in zip(checks, answers))
    return rows, [each for each in found if each]


def _row(check: ActionCheck, answer: ActionAnswer) -> dict[str, Any]:
    return {
        "action": check.action,
        "resource": check.resource,
        "expect": check.expect,
        "answer": answer.answer,
        "code": answer.code,
        "message": answer.message,
    }


def _problem(check: ActionCheck, answer: ActionAnswer) -> Optional[dict[str, Any]]:
    if answer.answer == check.expect:
        return None
    code = {UNKNOWN: "action_unknown", ALLOWED: "action_allowed"}.get(answer.answer, "action_denied")
    detail = ": ".join(each for each in (answer.code, answer.message) if each)
    values = {"action": check.action, "on": " on %s" % check.resource if check.resource else ""}
    texts = {"code": answer.code, "detail": (answer.message or "") if code == "action_denied" else detail}
    return PROBLEMS[code].with_values({**values, **texts}).as_result()
