# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The roles that a policy document names, by their own ARNs or by those of their sessions.  Pure."""

from __future__ import annotations

import re
from typing import Any, Iterator

# The ARN of a session has the name of the role without its path.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-arns
ROLE = re.compile(r"arn:([\w-]+):iam::(\d{12}):role/(?:.*/)?([^/]+)", re.ASCII)
SESSION = re.compile(r"(arn:[\w-]+:sts::\d{12}:assumed-role/[^/]+)/.+", re.ASCII)


def referenced_arns(document: Any) -> set[str]:
    """All ARNs in the document, in principals and in conditions. ARNs of sessions are without the session's name."""
    arns = (each for each in _strings(document) if each.startswith("arn:"))
    return {_without_session(each) for each in arns}


def reference_forms(role_arn: str) -> tuple[str, ...]:
    """The ARNs in ``referenced_arns`` that name the role."""
    found = ROLE.fullmatch(role_arn)
    return (role_arn, f"arn:{found[1]}:sts::{found[2]}:assumed-role/{found[3]}") if found else (role_arn,)


def _without_session(arn: str) -> str:
    found = SESSION.fullmatch(arn)
    return found[1] if found else arn


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from _strings(list(value.values()))
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield from _strings(each)
