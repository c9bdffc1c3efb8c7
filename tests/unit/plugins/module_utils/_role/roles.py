# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Roles, policies and specs for tests of plans."""

from __future__ import annotations

from dataclasses import replace

from ansible_collections.keyless.ec2.plugins.module_utils._policy.trusted_entities import ec2_trust_policy
from ansible_collections.keyless.ec2.plugins.module_utils._role.plan import plan_present
from ansible_collections.keyless.ec2.plugins.module_utils._role.state import RoleState
from ansible_collections.keyless.ec2.plugins.module_utils._values.instance_profile import InstanceProfile
from ansible_collections.keyless.ec2.plugins.module_utils._values.role import Role

TRUST = ec2_trust_policy("aws")
LAMBDA = {**TRUST, "Statement": [{**TRUST["Statement"][0], "Principal": {"Service": "lambda.amazonaws.com"}}]}
S3 = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
EC2 = "arn:aws:iam::aws:policy/AmazonEC2ReadOnlyAccess"
BOUNDARY = "arn:aws:iam::aws:policy/PowerUserAccess"
READ = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]}
WRITE = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Put*", "Resource": "*"}]}

ROLE = Role(
    name="web",
    path="/",
    trust_policy=TRUST,
    description="old",
    permissions_boundary=BOUNDARY,
    tags={"a": "1", "aws:cloudformation:stack-name": "x"},
    managed_policies={S3: "AmazonS3ReadOnlyAccess"},
    inline_policies={"read": READ},
    arn="arn:aws:iam::123456789012:role/web",
)
PROFILE = InstanceProfile(name="web", path="/", roles=("web",), tags={}, arn="…", profile_id="AIPA1")
ACTUAL = RoleState(ROLE, PROFILE)


def present(spec, actual=ACTUAL):
    trust = TRUST if actual.role is None and spec.trust_policy is None else spec.trust_policy
    return plan_present(replace(spec, trust_policy=trust), actual)


def operations(plan):
    return [change.operation for change in plan.changes]
