# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""AWS's managed policies."""

from __future__ import annotations

import json
from typing import Any

AWS = "arn:aws:iam::aws:policy"
EC2_TRUSTED = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]}


def _described(aws: Any, **options: Any) -> set[str]:
    pages = aws.iam.get_paginator("get_account_authorization_details").paginate(**options)
    return {policy["Arn"] for page in pages for policy in page["Policies"]}


def test_an_account_describes_those_that_it_uses(aws: Any) -> None:
    own = aws.iam.create_policy(
        PolicyName="own", PolicyDocument=json.dumps({**EC2_TRUSTED, "Statement": [{"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*"}]})
    )["Policy"]["Arn"]
    aws.iam.create_role(RoleName="described", AssumeRolePolicyDocument=json.dumps(EC2_TRUSTED), PermissionsBoundary=f"{AWS}/PowerUserAccess")
    aws.iam.attach_role_policy(RoleName="described", PolicyArn=f"{AWS}/ReadOnlyAccess")
    used = {f"{AWS}/ReadOnlyAccess", f"{AWS}/PowerUserAccess"}
    assert _described(aws) == {own, *used}
    assert _described(aws, Filter=["AWSManagedPolicy"]) == used
    assert _described(aws, Filter=["LocalManagedPolicy"]) == {own}
    aws.iam.detach_role_policy(RoleName="described", PolicyArn=f"{AWS}/ReadOnlyAccess")
    assert _described(aws, Filter=["AWSManagedPolicy"]) == {f"{AWS}/PowerUserAccess"}
