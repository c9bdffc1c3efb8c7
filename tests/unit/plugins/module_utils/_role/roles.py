# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Roles, policies and specs for tests of plans."""

from __future__ import annotations

from dataclasses import replace

from ansible_collections.keyless.ec2.plugins.module_utils._role.plan import plan_present
from ansible_collections.keyless.ec2.plugins.module_utils._role.state import RoleState
from ansible_collections.keyless.ec2.tests.unit.factories import LAMBDA_TRUST, TRUST, instance_profile, role

LAMBDA = LAMBDA_TRUST
S3 = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
EC2 = "arn:aws:iam::aws:policy/AmazonEC2ReadOnlyAccess"
BOUNDARY = "arn:aws:iam::aws:policy/PowerUserAccess"
READ = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]}
WRITE = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Put*", "Resource": "*"}]}

ROLE = role(
    "web",
    description="old",
    permissions_boundary=BOUNDARY,
    tags={"a": "1", "aws:cloudformation:stack-name": "x"},
    managed_policies={S3: "AmazonS3ReadOnlyAccess"},
    inline_policies={"read": READ},
)
PROFILE = instance_profile("web", "web", profile_id="AIPA1")
ACTUAL = RoleState(ROLE, PROFILE)


def present(spec, actual=ACTUAL):
    trust = TRUST if actual.role is None and spec.trust_policy is None else spec.trust_policy
    return plan_present(replace(spec, trust_policy=trust), actual)


def operations(plan):
    return [change.operation for change in plan.changes]
