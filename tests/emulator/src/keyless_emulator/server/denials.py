# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The message with which EC2 tells, to those who may open it, why it refused a call."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode


def encoded_denial(action: str, resource: str = "*", principal: str = "", denied_by: str | None = None) -> str:
    """The message; ``denied_by`` is the id of a statement that denies the call explicitly."""
    matched = [{"statementId": denied_by, "effect": "DENY"}] if denied_by is not None else []
    decoded = {
        "allowed": False,
        "explicitDeny": denied_by is not None,
        "matchedStatements": {"items": matched},
        "failures": {"items": []},
        "context": {"principal": {"arn": principal}, "action": action, "resource": resource},
    }
    return urlsafe_b64encode(json.dumps(decoded).encode()).decode()


def decoded_denial(encoded: str) -> str:
    """The JSON in it; raises ValueError for what is no such message."""
    text = urlsafe_b64decode(encoded.encode()).decode()
    if "allowed" not in json.loads(text):
        raise ValueError("It says nothing of a call.")
    return text
