#!/usr/bin/python
# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: access_key_usage_info
version_added: 1.0.0
short_description: Find out what access keys were used for, and which of these actions a role does not allow
description:
  - Returns which AWS services and actions were used with access keys, and when. With O(role_name), it also returns which of these actions
    the role does not allow, so you know before an application moves from the keys to the role. A draft policy allows all these
    actions.
  - IAM reports the use by the key's user, for each service and, for many services, for each action. CloudTrail reports the use of the key
    itself.
  - RV(access_keys[].incomplete) lists what these two sources can't show.
author:
  - The keyless.ec2 authors (@keyless-ec2)
options:
  access_key_ids:
    description:
      - The access keys, by id.
    type: list
    elements: str
    aliases: [access_key_id]
  user_names:
    description:
      - IAM users. All their access keys are included.
    type: list
    elements: str
    aliases: [user_name]
  role_name:
    description:
      - The role to compare with. Its managed and inline policies and its permissions boundary are taken into account.
    type: str
  days:
    description:
      - How many days to look back, up to V(400). CloudTrail's event history only covers the last 90 days.
    type: int
    default: 90
  regions:
    description:
      - The regions to search for events. By default all enabled regions.
      - Events of IAM and other global services are in V(us-east-1).
    type: list
    elements: str
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
  - module: keyless.ec2.access_key_info
  - module: keyless.ec2.iam_ec2_role
notes:
  - Required permissions are C(iam:GetAccessKeyLastUsed) and C(iam:ListAccessKeys), and for their use C(iam:GetUser),
    C(iam:GenerateServiceLastAccessedDetails), C(iam:GetServiceLastAccessedDetails), C(cloudtrail:LookupEvents) and C(ec2:DescribeRegions).
    If one of these is missing, RV(access_keys[].incomplete) says what is unknown.
  - O(role_name) also requires C(iam:GetRole), C(iam:GetRolePolicy), C(iam:ListAttachedRolePolicies), C(iam:ListRolePolicies),
    C(iam:GetPolicy) and C(iam:GetPolicyVersion).
  - The module makes four calls for each user, and some more while it waits for IAM's report. For each key, it makes one call per 50 events
    in each region. CloudTrail accepts two calls per second in each region, so a key with many events takes a while.
  - Calls that AWS denied do not count.
  - The module asks IAM to generate a report. This changes nothing.
"""

EXAMPLES = r"""
- name: Find out what a key was used for, and what of that the role web does not allow
  keyless.ec2.access_key_usage_info:
    access_key_id: AKIAIOSFODNN7EXAMPLE
    role_name: web
  register: usage

- name: Fail if the role does not allow all of it
  ansible.builtin.assert:
    that: usage.access_keys | map(attribute='not_allowed') | select | length == 0
    fail_msg: "{{ usage.msg }}"

- name: Draft a policy for the use of a user's keys in the last month
  keyless.ec2.access_key_usage_info:
    user_name: shop
    days: 30
    regions:
      - eu-central-1
      - us-east-1
  register: shop

- name: Show the policy
  ansible.builtin.debug:
    msg: "{{ shop.access_keys | map(attribute='draft_policy') | list }}"
"""

RETURN = r"""
access_keys:
  description: The access keys, in the order in which they or their users were given.
  returned: always
  type: list
  elements: dict
  contains:
    access_key_id:
      description: The id of the access key.
      type: str
      sample: AKIAIOSFODNN7EXAMPLE
    user_name:
      description: The IAM user that owns the key. Null if AWS returns none.
      type: str
      sample: shop
    services:
      description: The services that the user used in this period, according to IAM's report on all services that its policies allow.
      type: list
      elements: dict
      contains:
        service:
          description: The service prefix, as used in policies.
          type: str
          sample: s3
        last_used:
          description: When the service was last used, in ISO 8601.
          type: str
          sample: "2026-01-31T08:15:00+00:00"
    actions:
      description: The actions that were used, sorted by name.
      type: list
      elements: dict
      contains:
        action:
          description: The action, as named in policies.
          type: str
          sample: ec2:DescribeInstances
        last_used:
          description: When the action was last used, in ISO 8601.
          type: str
          sample: "2026-01-31T08:15:00+00:00"
        source:
          description:
            - V(key) if CloudTrail has events of the access key itself. V(user) if only IAM reports the action, for the user, who may have
              another key.
          type: str
          sample: key
    not_allowed:
      description:
        - The actions that the role does not allow on any resource. Null without O(role_name).
        - If it is unknown which actions of a service were used, and the role allows nothing in that service, the service is listed with an
          asterisk.
      type: list
      elements: str
      sample: [sqs:ListQueues, "s3:*"]
    draft_policy:
      description:
        - A policy that allows RV(access_keys[].actions). Null if there are none.
        - The resources of most actions are unknown. The policy allows these actions on all resources.
      type: dict
      sample:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Action: [ec2:DescribeInstances]
            Resource: "*"
    incomplete:
      description: What could not be found out.
      type: list
      elements: dict
      contains:
        target:
          description: The service, action, CloudTrail event, AWS resource or access key about which something is unknown.
          type: str
          sample: s3
        reason:
          description:
            - V(data_events) and V(lag) are always there, because CloudTrail's event history has no data events, and IAM's and CloudTrail's
              data lag behind. V(older_events) means that the event history does not reach back O(days) days.
            - V(actions_not_tracked) means that IAM does not report with which actions a service was used.
            - V(unknown_event) means that the action that causes a CloudTrail event is unknown.
            - V(implied_permissions) means that a call may have needed permissions that are in no event, such as C(iam:PassRole) because
              of a launch template. Those that follow from the parameters of the calls are in RV(access_keys[].actions).
            - V(unknown_roles) means that C(iam:PassRole) was needed, but that it is unknown for which roles.
            - V(partly_allowed) means that the role allows the action only on some resources or under conditions.
            - V(unknown_user) means that AWS returns no IAM user for the key.
            - Otherwise the error code of AWS, if it refused a call.
          type: str
          sample: actions_not_tracked
        message:
          description: The reason in a sentence.
          type: str
          sample: s3 was used on 2026-01-31, but AWS does not report with which actions.
msg:
  description: A summary in one sentence.
  returned: always
  type: str
  sample: "2 access keys, 1 used in the last 90 days; 1 used permissions that the role web does not allow: AKIAIOSFODNN7EXAMPLE."
error:
  description: The error that AWS returned.
  returned: when AWS refused a call without which there is nothing to return
  type: dict
  contains:
    code:
      description: The AWS error code.
      type: str
      sample: AccessDenied
    message:
      description: The AWS error message.
      type: str
      sample: User is not authorized to perform iam:GenerateServiceLastAccessedDetails
    operation:
      description: The API call, named as in IAM policies, or V(credentials) if AWS credentials could not be fetched.
      type: str
      sample: iam:GenerateServiceLastAccessedDetails
    target:
      description: The resource that the call was for.
      type: str
      sample: arn:aws:iam::123456789012:user/shop
"""

from functools import lru_cache, partial

from ansible_collections.keyless.ec2.plugins.module_utils._access_key.options import check_usage
from ansible_collections.keyless.ec2.plugins.module_utils._access_key.usage import implied_by
from ansible_collections.keyless.ec2.plugins.module_utils._access_key.usage_info import Gateways, UsageRequest, gather, now
from ansible_collections.keyless.ec2.plugins.module_utils._aws.clients import client, client_anywhere
from ansible_collections.keyless.ec2.plugins.module_utils._aws.cloudtrail import CloudTrail
from ansible_collections.keyless.ec2.plugins.module_utils._aws.ec2 import Ec2
from ansible_collections.keyless.ec2.plugins.module_utils._aws.enabled_regions import enabled_regions
from ansible_collections.keyless.ec2.plugins.module_utils._aws.iam import Iam
from ansible_collections.keyless.ec2.plugins.module_utils._aws.last_accessed import LastAccessed
from ansible_collections.keyless.ec2.plugins.module_utils._aws.module import AwsModule
from ansible_collections.keyless.ec2.plugins.module_utils._common.run import run_info
from ansible_collections.keyless.ec2.plugins.module_utils._policy.service_reference import load_reference

# Ansible takes an option with "key" in its name for a secret unless told otherwise.
ARGUMENT_SPEC = {
    "access_key_ids": {"type": "list", "elements": "str", "aliases": ["access_key_id"], "no_log": False},
    "user_names": {"type": "list", "elements": "str", "aliases": ["user_name"]},
    "role_name": {"type": "str"},
    "days": {"type": "int", "default": 90},
    "regions": {"type": "list", "elements": "str"},
}


def find(module: AwsModule) -> dict:
    options = module.params
    check_usage(options)
    iam = client(module, "iam")
    aws = Gateways(
        iam=Iam(iam),
        last_accessed=LastAccessed(iam),
        trail=lru_cache(maxsize=None)(lambda region: CloudTrail(client(module, "cloudtrail", region=region), partial(implied_by, load_reference()))),
        regions=lambda: options["regions"] or enabled_regions(lambda region: Ec2(client_anywhere(module, "ec2", region), 1)),
    )
    request = UsageRequest(options["role_name"], options["days"], now())
    return gather(aws, options["access_key_ids"], options["user_names"] or (), request, load_reference())


def main() -> None:
    module = AwsModule(
        argument_spec=ARGUMENT_SPEC,
        supports_check_mode=True,
        mutually_exclusive=[("access_key_ids", "user_names")],
        required_one_of=[("access_key_ids", "user_names")],
    )
    run_info(module, lambda: find(module))


if __name__ == "__main__":
    main()
