# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How late AWS may be: the bounds within which the code waits."""

from __future__ import annotations

import json
import time

from ..aws import Aws
from ..probe import expect, probe, reported, same, unknown
from ..resources import NOTHING
from ..waiting import eventually, once_seen
from .associations import free_instance

IAM_BOUND = unknown(
    "IAM User Guide, Troubleshoot IAM, says that changes are not visible at once, but not how late they may be: the code waits so long."
)
EC2_BOUND = unknown(
    "EC2 Developer Guide, Eventual consistency in the Amazon EC2 API, says that changes may be late, but not how late: the code waits so long."
)


@probe("EC2 sees a new profile with its role within two minutes.", IAM_BOUND, "_aws/eventual_consistency.py", "_aws/attempts.py", seconds=30)
def ec2_sees_new_profile(aws: Aws) -> None:
    with free_instance(aws) as instance_id:
        profile = aws.resources.profile()
        begun = time.monotonic()
        aws.resources.associate(instance_id, profile)
        expect(time.monotonic() - begun <= 120, f"after {time.monotonic() - begun:.0f} s")


@probe("A new role can be read within two minutes.", IAM_BOUND, "_aws/wait_for_arn.py", "_aws/eventual_consistency.py")
def new_role_can_be_read(aws: Aws) -> None:
    role = aws.resources.role()
    once_seen(lambda: aws.iam.get_role(RoleName=role), codes=("NoSuchEntity",))


@probe("A new role can be a principal within two minutes.", IAM_BOUND, "_aws/eventual_consistency.py", "_aws/wait_for_arn.py")
def new_role_is_a_principal(aws: Aws) -> None:
    role = aws.resources.role()
    arn = aws.arn_of(role)
    trust = {"Effect": "Allow", "Principal": {"AWS": arn}, "Action": "sts:AssumeRole"}
    name = aws.resources.name()
    once_seen(lambda: aws.resources.role({"Version": "2012-10-17", "Statement": [trust]}, name))


@probe("A policy that was attached is listed within a minute.", IAM_BOUND, "_role/job.py")
def attached_policy_is_listed(aws: Aws) -> None:
    role, arn = aws.resources.role(), aws.resources.policy()
    once_seen(lambda: aws.iam.attach_role_policy(RoleName=role, PolicyArn=arn), codes=("NoSuchEntity",))

    def listed():
        return [each["PolicyArn"] for each in aws.iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]]

    eventually(listed, lambda arns: arns == [arn], 60)


@probe("A deleted role is gone within a minute.", IAM_BOUND, "_role/job.py")
def deleted_role_is_gone(aws: Aws) -> None:
    role = aws.resources.role()
    once_seen(lambda: aws.iam.delete_role(RoleName=role), codes=("NoSuchEntity",))

    def is_there() -> bool:
        return any(each["RoleName"] == role for each in aws.iam.list_roles(PathPrefix=aws.resources.path)["Roles"])

    eventually(is_there, lambda there: not there, 60)


@probe("A change of an inline policy can be read within a minute.", IAM_BOUND, "_role/job.py")
def changed_policy_is_read(aws: Aws) -> None:
    role = aws.resources.role_of_account()
    changed = {"Version": "2012-10-17", "Statement": [{**NOTHING["Statement"][0], "Action": "s3:*"}]}
    aws.iam.put_role_policy(RoleName=role, PolicyName="probe", PolicyDocument=json.dumps(changed))
    eventually(lambda: aws.iam.get_role_policy(RoleName=role, PolicyName="probe")["PolicyDocument"], lambda read: read == changed, 60)


@probe("DescribeInstances shows a new instance within a minute.", EC2_BOUND, "_instances/wait_for_instances.py", instances=1, seconds=40)
def new_instance_is_described(aws: Aws) -> None:
    [instance_id] = aws.resources.launch()

    def describe():
        return aws.ec2.describe_instances(InstanceIds=[instance_id])

    once_seen(describe, 60, ("InvalidInstanceID.NotFound",))
    aws.resources.terminate(instance_id)


@probe(
    "A trust policy shows the ARN of a new role within a minute. Before that, it may show the role's id.",
    unknown("No document says how long IAM shows ids in place of ARNs."),
    "_aws/wait_for_arn.py",
)
def new_principal_has_its_arn(aws: Aws) -> None:
    role = aws.resources.role()
    arn = aws.arn_of(role)
    trust = {"Effect": "Allow", "Principal": {"AWS": arn}, "Action": "sts:AssumeRole"}
    name = aws.resources.name()
    other = once_seen(lambda: aws.resources.role({"Version": "2012-10-17", "Statement": [trust]}, name))

    def principal() -> str:
        [statement] = aws.iam.get_role(RoleName=other)["Role"]["AssumeRolePolicyDocument"]["Statement"]
        return statement["Principal"]["AWS"]

    eventually(lambda: once_seen(principal, codes=("NoSuchEntity",)), lambda shown: shown == arn, 60)


@probe(
    "An association is associated within a minute.",
    reported("hashicorp/terraform-provider-aws#12533 has the refusals meanwhile"),
    "_attachment/job.py",
)
def association_settles(aws: Aws) -> None:
    with free_instance(aws) as instance_id:
        begun = time.monotonic()
        aws.resources.associate(instance_id, aws.resources.shared_profile)
        expect(time.monotonic() - begun < 60, f"after {time.monotonic() - begun:.0f} s")


@probe("A new template can be described at once.", EC2_BOUND, "_aws/launch_templates.py")
def new_template_is_described(aws: Aws) -> None:
    template = aws.resources.template()

    def describe():
        return aws.ec2.describe_launch_templates(LaunchTemplateIds=[template])["LaunchTemplates"]

    [shown] = once_seen(describe, 10, ("InvalidLaunchTemplateId.NotFound",))
    same(shown["LatestVersionNumber"], 1)
