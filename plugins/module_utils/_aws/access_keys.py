# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gateway to the access keys of IAM users."""

from __future__ import annotations

import re
from typing import Any, Optional

from .calls import read

# The header that signs a request contains the id of the access key.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-authentication-methods.html
SIGNED_WITH = re.compile(r"Credential=(\w+)/")


class AccessKeys:
    """The access keys of an account's users through one boto3 client of IAM."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.callers: Optional[str] = None  # the key that this client signs with, known after its first call
        client.meta.events.register("before-send.iam", self._note_signature)

    def last_use(self, access_key_id: str) -> dict[str, Any]:
        """The user of the access key, and when and where it was last used, as AWS describes it."""
        doing = f"find the user of the access key {access_key_id}"
        target = f"access-key/{access_key_id}"
        return read(self._client, "iam:GetAccessKeyLastUsed", target, doing, AccessKeyId=access_key_id)

    def of_user(self, user_name: str) -> list[dict[str, Any]]:
        """The access keys of the user, as AWS describes them."""
        doing = f"list the access keys of the user {user_name}"
        found = read(self._client, "iam:ListAccessKeys", f"user/{user_name}", doing, UserName=user_name)
        keys: list[dict[str, Any]] = found["AccessKeyMetadata"]
        return keys

    def user_arn(self, user_name: str) -> str:
        """The ARN of the user, including its path."""
        doing = f"read the user {user_name}"
        arn: str = read(self._client, "iam:GetUser", f"user/{user_name}", doing, UserName=user_name)["User"]["Arn"]
        return arn

    def _note_signature(self, request: Any, **_others: Any) -> None:
        header = request.headers.get("Authorization", "")
        found = SIGNED_WITH.search(header.decode() if isinstance(header, bytes) else header)
        self.callers = found[1] if found else None
