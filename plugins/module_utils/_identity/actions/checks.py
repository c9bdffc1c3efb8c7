# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tries the actions, and tells what came of them."""

from __future__ import annotations

from typing import Any, Callable, Optional, Sequence

from ..._common.problem import Problem
from .client import ALLOWED, UNKNOWN, Answer, Aws
from .options import Wanted
from .signing import Secrets

NO_CREDENTIALS = "The instance has no credentials to try it with."

PROBLEMS = {
    each.code: each
    for each in (
        Problem(
            "action_denied",
            "The role may not do {action}{on}: {code}: {said}",
            "Allow {action}{on} in a policy of the role. If one does, see the organization's control policies, the permissions boundary, and "
            "the policy of the resource or of the VPC endpoint.",
        ),
        Problem("action_allowed", "The role may do {action}{on}, and is not meant to.", "Take {action}{on} out of the role's policies."),
        Problem("action_unknown", "Whether the role may do {action}{on} is not known: {said}", "See that the host reaches AWS, and try again."),
    )
}


def tried(
    wanted: Sequence[Wanted], secrets: Optional[Secrets], make_aws: Callable[[Secrets], Aws]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The return value ``actions``, and what is a problem of it; one call after the other."""
    aws = make_aws(secrets) if secrets and wanted else None
    answers = [aws.ask(each.call, each.region) if aws else Answer(UNKNOWN, None, NO_CREDENTIALS) for each in wanted]
    rows = [_row(each, answer) for each, answer in zip(wanted, answers)]
    found = (_problem(each, answer) for each, answer in zip(wanted, answers))
    return rows, [each for each in found if each]


def _row(wanted: Wanted, answer: Answer) -> dict[str, Any]:
    return {
        "action": wanted.action,
        "resource": wanted.resource,
        "expect": wanted.expect,
        "answer": answer.answer,
        "code": answer.code,
        "message": answer.message,
    }


def _problem(wanted: Wanted, answer: Answer) -> Optional[dict[str, Any]]:
    if answer.answer == wanted.expect:
        return None
    code = {UNKNOWN: "action_unknown", ALLOWED: "action_allowed"}.get(answer.answer, "action_denied")
    said = ": ".join(each for each in (answer.code, answer.message) if each)
    values = {"action": wanted.action, "on": " on %s" % wanted.resource if wanted.resource else ""}
    texts = {"code": answer.code, "said": (answer.message or "") if code == "action_denied" else said}
    return PROBLEMS[code].with_values({**values, **texts}).as_result()
