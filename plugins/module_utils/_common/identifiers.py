# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Patterns of AWS's ids and names.  Pure.

They have no groups, so that each can be part of another pattern.
"""

from __future__ import annotations

import re

# Old instances have short ids.  The long form comes first, so that a search does not stop after eight characters.
# https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/resource-ids.html
INSTANCE_ID = re.compile(r"i-(?:[0-9a-f]{17}|[0-9a-f]{8})")
ACCOUNT_ID = re.compile(r"[0-9]{12}")
# https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
ROLE_NAME = re.compile(r"[\w+=,.@-]{1,64}", re.ASCII)
# AKIA: a user's access key.  ASIA: the temporary credentials of a session.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
ACCESS_KEY_ID = re.compile(r"(?:AKIA|ASIA)[A-Z2-7]{16}")


def same_name(one: str, other: str) -> bool:
    """Whether both names are the same role or instance profile: IAM keeps upper and lower case but ignores it in comparisons.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
    """
    return one.lower() == other.lower()


def account_in_arn(arn: str) -> str:
    """The account's id in an ARN."""
    return arn.split(":")[4]


def name_in_arn(arn: str) -> str:
    """The name at the end of an ARN, without the path before it."""
    return arn.rsplit("/", 1)[-1]
