# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The quarantine of the role retire, as it is in AWS."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from typing import Any

from .aws import Aws

POLICY, TAG = "KeylessEc2Quarantine", "keyless.ec2:quarantined"
TIME = "%Y-%m-%dT%H:%M:%SZ"
DENIAL: dict[str, Any] = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}


def denial(written: str) -> dict[str, Any]:
    """The inline policy with the time that a tag has."""
    return {**DENIAL, "Statement": [{"Sid": "Since" + written.replace("-", "").replace(":", ""), **DENIAL["Statement"][0]}]}


def quarantine(aws: Aws, role: str, days: float, **tags: str) -> None:
    """Puts a role into quarantine, so many days ago."""
    since = (datetime.now(timezone.utc) - timedelta(days=days)).strftime(TIME)
    aws.iam.put_role_policy(RoleName=role, PolicyName=POLICY, PolicyDocument=json.dumps(denial(since)))
    aws.iam.tag_role(RoleName=role, Tags=[{"Key": key, "Value": each} for key, each in {TAG: since, **tags}.items()])
