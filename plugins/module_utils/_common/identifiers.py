# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What AWS's ids and names look like.  Pure.

No pattern has a group, so that each can be part of another one.
"""

from __future__ import annotations

import re

# The ids of old instances are short.  In a text the long ones are to be found whole.
# https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/resource-ids.html
INSTANCE_ID = re.compile(r"i-(?:[0-9a-f]{17}|[0-9a-f]{8})")
ACCOUNT_ID = re.compile(r"[0-9]{12}")
# https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
ROLE_NAME = re.compile(r"[\w+=,.@-]{1,64}", re.ASCII)
# Of a user's access key, and of the temporary credentials of a session.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
ACCESS_KEY_ID = re.compile(r"(?:AKIA|ASIA)[A-Z2-7]{16}")


def same_name(one: str, other: str) -> bool:
    """Whether both are one role's or one instance profile's name: IAM keeps the case, and ignores it.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
    """
    return one.lower() == other.lower()


def name_in_arn(arn: str) -> str:
    """The name at the end of an ARN, without the path before it."""
    return arn.rsplit("/", 1)[-1]
