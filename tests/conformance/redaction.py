# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Removes everything that belongs to an account from AWS's responses.

A value is kept only if it is known to be harmless: a boolean, a small number, a member of an enumeration in botocore's model, a version
number. Everything else is replaced by its kind. Texts of errors are cut where they name something.
"""

from __future__ import annotations

import re
from typing import Any

from botocore.model import Shape

LARGEST_NUMBER = 100_000
LONGEST_LIST = 3
VERSION = re.compile(r"\d{1,4}|\$Latest|\$Default")
KINDS = (
    (re.compile(r"arn:.*", re.DOTALL), "<ARN>"),
    (re.compile(r"([a-z]{1,12}|iip-assoc)-[0-9a-f-]{8,}"), r"<\1-…>"),
    (re.compile(r"(A[A-Z]{3})[A-Z0-9]{8,}"), r"<\1…>"),
)
TEXTS = (
    (re.compile(r"(?i)(encoded authorization failure message: ?)\S+"), r"\1<encoded>"),
    (re.compile(r"arn:[^\s\"',)\]}]+"), "<ARN>"),
    (re.compile(r"\bkeyless-conformance[\w/.-]*", re.IGNORECASE), "<name>"),
    (re.compile(r"\b(?:ip|ec2)-\d+-\d+-\d+-\d+[\w.-]*"), "<address>"),
    (re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}(?:/\d+)?\b"), "<address>"),
    (re.compile(r"\b(?=[0-9a-fA-F:]*:[0-9a-fA-F:]*:)[0-9a-fA-F:]{4,}(?:/\d+)?"), "<address>"),
    (re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+"), "<address>"),
    (re.compile(r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b"), "<id>"),
    (re.compile(r"\b((?:[a-z]+-)+)[0-9a-f]{8,}\b"), r"<\1…>"),
    (re.compile(r"\bA[A-Z]{3}[A-Z0-9]{12,}\b"), "<id>"),
    (re.compile(r"\b\d{12}\b"), "<account>"),
    # Any other long text is a token or a name.
    (re.compile(r"[A-Za-z0-9+/=_-]{33,}"), "<long>"),
)


def redact_answer(value: Any, shape: Shape | None) -> Any:
    """The value without what could identify the account; ``shape`` is its shape in botocore's model."""
    if isinstance(value, dict):
        members = getattr(shape, "members", {})
        return {key: redact_answer(each, members.get(key)) for key, each in value.items() if key in members}
    if isinstance(value, list):
        kept = [redact_answer(each, getattr(shape, "member", None)) for each in value[:LONGEST_LIST]]
        return kept + [f"<{len(value) - LONGEST_LIST} more>"] * (len(value) > LONGEST_LIST)
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | float):
        return value if abs(value) <= LARGEST_NUMBER else "<number>"
    return redact_value(value, shape) if isinstance(value, str) else f"<{shape.type_name if shape else 'value'}>"


def redact_value(value: str, shape: Shape | None) -> str:
    if shape is not None and value in (getattr(shape, "enum", None) or ()):
        return value
    if getattr(shape, "name", "") in ("String", "XmlStringMaxLen255") and VERSION.fullmatch(value):
        return value
    return next((pattern.sub(kind, value) for pattern, kind in KINDS if pattern.fullmatch(value)), "<text>")


def redact_text(text: str) -> str:
    """The redacted text of an error, or of what a probe observed."""
    for pattern, replacement in TEXTS:
        text = pattern.sub(replacement, text)
    return text
