# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Trust policies: who may assume a role.  Pure."""

from __future__ import annotations

# In the China partition EC2 signs in under the partition's own domain.
# https://docs.amazonaws.cn/en_us/aws/latest/userguide/iam.html
EC2_PRINCIPAL = {"aws-cn": "ec2.amazonaws.com.cn"}


def trust_ec2(partition: str) -> dict:
    """The trust policy that lets EC2 hand the role to applications on an instance."""
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": EC2_PRINCIPAL.get(partition, "ec2.amazonaws.com")},
                "Action": "sts:AssumeRole",
            }
        ],
    }
