# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Access key ids show which keys are temporary, and have only characters that AWS uses."""

from __future__ import annotations

import re
from typing import Any


def _is_id(access_key_id: str, prefix: str) -> bool:
    return bool(re.fullmatch(f"{prefix}[A-Z2-7]{{16}}", access_key_id))


def test_key_of_a_user(aws: Any) -> None:
    aws.iam.create_user(UserName="ann")
    key = aws.iam.create_access_key(UserName="ann")["AccessKey"]
    assert _is_id(key["AccessKeyId"], "AKIA")


def test_keys_of_sessions(aws: Any) -> None:
    sts, role = aws.client("sts"), aws.role_for_all("web")
    answers = (
        sts.get_session_token(),
        sts.get_session_token(),
        sts.get_federation_token(Name="ann"),
        sts.assume_role(RoleArn=role["Arn"], RoleSessionName="ann"),
    )
    ids = {answer["Credentials"]["AccessKeyId"] for answer in answers}
    assert len(ids) == len(answers)
    assert all(_is_id(each, "ASIA") for each in ids)
