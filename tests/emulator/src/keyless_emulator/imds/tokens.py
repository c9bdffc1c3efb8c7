# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The session tokens of the metadata service (IMDSv2)."""

from __future__ import annotations

import secrets
from typing import Any

from ..conditions.clock import clock

TOKENS = "metadata_tokens"


def new_token(instance: Any, seconds: int) -> str:
    """Returns a token that is valid on this instance for this long."""
    now, tokens = clock().now(), _tokens_of(instance)
    for expired in [token for token, end in tokens.items() if end <= now]:
        del tokens[expired]
    token = secrets.token_urlsafe(42)
    tokens[token] = now + seconds
    return token


def is_valid(instance: Any, token: str) -> bool:
    """Tells whether the token belongs to the instance and has not expired."""
    return clock().now() < _tokens_of(instance).get(token, 0.0)


def _tokens_of(instance: Any) -> dict[str, float]:
    """Returns the expiry of each token. They are an attribute of the instance."""
    tokens: dict[str, float] = vars(instance).setdefault(TOKENS, {})
    return tokens
