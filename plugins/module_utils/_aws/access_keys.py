# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gateway to the access keys of IAM users."""

from __future__ import annotations

from typing import Any

from .calls import read


class AccessKeys:
    """The access keys of an account's users through one boto3 client of IAM."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def last_use(self, access_key_id: str) -> dict:
        """The user whose access key it is, and when and where it was last used, as AWS describes it."""
        doing = f"find out whose access key {access_key_id} is"
        target = f"access-key/{access_key_id}"
        return read(self._client, "iam:GetAccessKeyLastUsed", target, doing, AccessKeyId=access_key_id)

    def of_user(self, user_name: str) -> list[dict]:
        """The access keys of the user, as AWS describes them."""
        doing = f"list the access keys of the user {user_name}"
        found = read(self._client, "iam:ListAccessKeys", f"user/{user_name}", doing, UserName=user_name)
        return found["AccessKeyMetadata"]
