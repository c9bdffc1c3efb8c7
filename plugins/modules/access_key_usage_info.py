#!/usr/bin/python
# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: access_key_usage_info
version_added: 1.0.0
short_description: Tell what was done with access keys, and what of it a role would not allow
description:
  - Tells which services and actions of AWS were used with access keys, and when. With O(role_name) it also tells what of that the role
    does not allow, before an application moves from the keys to the role. A draft of a policy allows what was done.
  - IAM tells of the key's user, service by service and for many services action by action. CloudTrail tells of the key itself.
  - What nobody can know from these is in RV(access_keys[].incomplete), in sentences.
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
      - All access keys of these IAM users.
    type: list
    elements: str
    aliases: [user_name]
  role_name:
    description:
      - The role to hold against what was done, with its managed and inline policies and its permissions boundary.
    type: str
  days:
    description:
      - How many days to look back, up to V(400). CloudTrail's list of events reaches back 90.
    type: int
    default: 90
  regions:
    description:
      - The regions whose events are looked up, by default all that are enabled. Events of IAM and other global services are in V(us-east-1).
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
  - It takes the permissions C(iam:GetAccessKeyLastUsed) and C(iam:ListAccessKeys), and for what was done C(iam:GetUser),
    C(iam:GenerateServiceLastAccessedDetails), C(iam:GetServiceLastAccessedDetails), C(cloudtrail:LookupEvents) and C(ec2:DescribeRegions).
    Without one of these, RV(access_keys[].incomplete) says what is missing.
  - For O(role_name) it also takes C(iam:GetRole), C(iam:GetRolePolicy), C(iam:ListAttachedRolePolicies), C(iam:ListRolePolicies),
    C(iam:GetPolicy) and C(iam:GetPolicyVersion).
  - A user costs four calls and some that wait for IAM's report, and a key one for each fifty events in each region. CloudTrail lets two calls
    a second through in a region, so a key with many events takes its time.
  - Calls that AWS refused are not counted as done.
  - It asks IAM to make a report, which changes nothing.
  - The rows are returned as C(keys), too, a name for which Jinja2 has no dot.
"""

EXAMPLES = r"""
- name: See what a key did, and what of it the role web does not allow
  keyless.ec2.access_key_usage_info:
    access_key_id: AKIAIOSFODNN7EXAMPLE
    role_name: web
  register: usage

- name: Stop where the role would not be enough
  ansible.builtin.assert:
    that: usage.access_keys | map(attribute='not_allowed') | select | length == 0
    fail_msg: "{{ usage.msg }}"

- name: Draft a role for what the keys of a user did in the last month
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
  description: The access keys, in the order in which they, or their users, were named.
  returned: always
  type: list
  elements: dict
  contains:
    access_key_id:
      description: The id of the access key.
      type: str
      sample: AKIAIOSFODNN7EXAMPLE
    user_name:
      description: The IAM user whose key it is; null where AWS names none.
      type: str
      sample: shop
    services:
      description: The services that the user used in the time, by IAM's report of all that its policies allow.
      type: list
      elements: dict
      contains:
        service:
          description: The service, as policies name it.
          type: str
          sample: s3
        last_used:
          description: When, in ISO 8601.
          type: str
          sample: "2026-01-31T08:15:00+00:00"
    actions:
      description: The actions that were used, by name.
      type: list
      elements: dict
      contains:
        action:
          description: The action, as policies name it.
          type: str
          sample: ec2:DescribeInstances
        last_used:
          description: When it was used last, in ISO 8601.
          type: str
          sample: "2026-01-31T08:15:00+00:00"
        source:
          description:
            - V(key) where CloudTrail has it of the access key itself, or V(user) where only IAM has it, of the user, who may have another key.
          type: str
          sample: key
    not_allowed:
      description:
        - The actions that the role does not allow on any resource; null without O(role_name).
        - A service whose actions nobody knows is there with a star where the role allows nothing in it.
      type: list
      elements: str
      sample: [sqs:ListQueues, "s3:*"]
    draft_policy:
      description:
        - A policy that allows the actions; null where there are none. Of most, the resources are not known, and it allows them on all.
      type: dict
      sample:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Action: [ec2:DescribeInstances]
            Resource: "*"
    incomplete:
      description: What could not be known, and why, a sentence each.
      type: list
      elements: str
      sample:
        - s3 was used on 2026-01-31, and AWS does not tell by which actions.
msg:
  description: All of it in a sentence.
  returned: always
  type: str
  sample: "2 access keys, 1 used in the last 90 days; 1 did what the role web does not allow: AKIAIOSFODNN7EXAMPLE."
error:
  description: What AWS answered.
  returned: when AWS refused a call without which there is nothing to tell
  type: dict
  contains:
    code:
      description: The error code of AWS.
      type: str
      sample: AccessDenied
    message:
      description: The error message of AWS.
      type: str
      sample: User is not authorized to perform iam:GenerateServiceLastAccessedDetails
    operation:
      description: The call, named as in IAM policies.
      type: str
      sample: iam:GenerateServiceLastAccessedDetails
    target:
      description: What it was about.
      type: str
      sample: arn:aws:iam::123456789012:user/shop
"""

from functools import lru_cache

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.keyless.ec2.plugins.module_utils._access_key.options import check_usage
from ansible_collections.keyless.ec2.plugins.module_utils._access_key.usage_info import Aws, Request, look, now
from ansible_collections.keyless.ec2.plugins.module_utils._aws.clients import client, client_anywhere
from ansible_collections.keyless.ec2.plugins.module_utils._aws.cloudtrail import CloudTrail
from ansible_collections.keyless.ec2.plugins.module_utils._aws.ec2 import Ec2
from ansible_collections.keyless.ec2.plugins.module_utils._aws.iam import Iam
from ansible_collections.keyless.ec2.plugins.module_utils._aws.last_accessed import LastAccessed
from ansible_collections.keyless.ec2.plugins.module_utils._common.run import report
from ansible_collections.keyless.ec2.plugins.module_utils._policy.reference import reference

# Ansible takes an option with "key" in its name for a secret unless told otherwise.
ARGUMENT_SPEC = {
    "access_key_ids": {"type": "list", "elements": "str", "aliases": ["access_key_id"], "no_log": False},
    "user_names": {"type": "list", "elements": "str", "aliases": ["user_name"]},
    "role_name": {"type": "str"},
    "days": {"type": "int", "default": 90},
    "regions": {"type": "list", "elements": "str"},
}


def find(module: AnsibleAWSModule) -> dict:
    options = module.params
    check_usage(options)
    iam = client(module, "iam")
    aws = Aws(
        iam=Iam(iam),
        last_accessed=LastAccessed(iam),
        trail=lru_cache(maxsize=None)(lambda region: CloudTrail(client(module, "cloudtrail", region=region))),
        regions=lambda: options["regions"] or Ec2(client_anywhere(module, "ec2"), 1).list_regions(),
    )
    request = Request(options["role_name"], options["days"], now())
    return look(aws, options["access_key_ids"], options["user_names"] or (), request, reference())


def main() -> None:
    module = AnsibleAWSModule(
        argument_spec=ARGUMENT_SPEC,
        supports_check_mode=True,
        mutually_exclusive=[("access_key_ids", "user_names")],
        required_one_of=[("access_key_ids", "user_names")],
    )
    report(module, lambda: find(module))


if __name__ == "__main__":
    main()
