# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The encoded message with which EC2 explains why it denied a call."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode


def encoded_denial(action: str, resource: str = "*", principal: str = "", denied_by: str | None = None) -> str:
    """Returns the encoded message. ``denied_by`` is the id of a statement that denies the call explicitly."""
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
    """Returns the JSON in the message. Raises ValueError if it is not one."""
    text = urlsafe_b64decode(encoded.encode()).decode()
    if "allowed" not in json.loads(text):
        raise ValueError("It is not an encoded authorization message.")
    return text
