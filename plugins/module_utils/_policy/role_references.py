# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which roles a policy document names, by their own ARNs or by those of their sessions.  Pure."""

from __future__ import annotations

import re
from typing import Any, Iterator

# A session has the name of its role, without the path.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-arns
ROLE = re.compile(r"arn:([\w-]+):iam::(\d{12}):role/(?:.*/)?([^/]+)", re.ASCII)
SESSION = re.compile(r"(arn:[\w-]+:sts::\d{12}:assumed-role/[^/]+)/.+", re.ASCII)


def referenced_arns(document: Any) -> set[str]:
    """The ARNs in the document, be it as principals or in conditions on them; of a session what all of its role begin with."""
    texts = (each for each in _texts_in(document) if each.startswith("arn:"))
    return {_without_session(each) for each in texts}


def reference_forms(arn: str) -> tuple[str, ...]:
    """By what ``referenced_arns`` tells that a document names the role of this ARN."""
    found = ROLE.fullmatch(arn)
    return (arn, f"arn:{found[1]}:sts::{found[2]}:assumed-role/{found[3]}") if found else (arn,)


def _without_session(arn: str) -> str:
    found = SESSION.fullmatch(arn)
    return found[1] if found else arn


def _texts_in(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from _texts_in(list(value.values()))
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield from _texts_in(each)
