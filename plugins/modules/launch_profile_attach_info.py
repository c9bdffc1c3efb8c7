#!/usr/bin/python
# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: launch_profile_attach_info
version_added: 1.0.0
short_description: Tell with which instance profile the next instances will be launched, and what is wrong
description:
  - Looks at all that can launch instances in a region. These are Auto Scaling groups, EC2 Fleets, Spot Fleet requests,
    persistent Spot Instance requests and launch templates.
  - Tells the instance profile and the role that the next instance would get, and each problem with the task that mends it.
    Where AWS has no call that changes what launches, it says so.
author:
  - The keyless.ec2 authors (@keyless-ec2)
options:
  auto_scaling_groups:
    description:
      - Only these Auto Scaling groups, by name. By default everything in the region.
    type: list
    elements: str
    aliases: [auto_scaling_group]
  filters:
    description:
      - Only the Auto Scaling groups that match all of these filters, each with a value or a list of values.
      - There are V(tag:<key>), V(tag-key) and V(tag-value).
    type: dict
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
  - module: keyless.ec2.launch_profile_attach
  - module: keyless.ec2.instance_profile_attach_info
notes:
  - It takes the permissions C(autoscaling:DescribeAutoScalingGroups), C(autoscaling:DescribeLaunchConfigurations),
    C(ec2:DescribeLaunchTemplateVersions), C(ec2:DescribeFleets), C(ec2:DescribeSpotFleetRequests),
    C(ec2:DescribeSpotInstanceRequests), C(ec2:DescribeInstances) and C(ec2:DescribeIamInstanceProfileAssociations), and for the instance profiles
    C(iam:GetInstanceProfile) where there are up to four of them, or C(iam:ListInstanceProfiles) where there are more.
  - Access keys in user data are told by their ids. Secrets are never returned.
  - Fleets of the type V(instant) have launched all that they ever will, and AWS does not list them.
"""

EXAMPLES = r"""
- name: Look at all that launches instances here
  keyless.ec2.launch_profile_attach_info:
  register: launching

- name: Tell the groups whose next instance would have no role
  ansible.builtin.debug:
    var: launching.affected.no_profile

- name: Look at the groups of a team
  keyless.ec2.launch_profile_attach_info:
    filters:
      tag:team: shop
"""

RETURN = r"""
auto_scaling_groups:
  description: The Auto Scaling groups, by name.
  returned: always
  type: list
  elements: dict
  contains: &row
    name:
      description: The name of the group or launch template, the id of the fleet or the Spot Instance request.
      type: str
      sample: web
    launches:
      description:
        - What the next instance would get. A group has one entry for its own launch template and one for each override that
          has another, a fleet one for each of its templates or launch specifications, a launch template one for its default
          version and one for its latest.
      type: list
      elements: dict
      contains:
        launch_template_id:
          description: The id of the launch template, or null for a launch configuration or a launch specification.
          type: str
          sample: lt-0123456789abcdef0
        launch_template_name:
          description: Its name.
          type: str
          sample: web
        version:
          description: The number of the version that V($Default), V($Latest), the group or the fleet stands for.
          type: str
          sample: "3"
        instance_profile:
          description: The name of the instance profile, or null.
          type: str
          sample: web
        role_name:
          description: The name of the role that is in it now, or null.
          type: str
          sample: web
    managed_by:
      description: What looks after the group or the fleet, such as V(Amazon EKS), or null.
      type: str
      sample: Amazon EKS
    problems:
      description: What is wrong, in the order in which it is to be mended.
      type: list
      elements: dict
      contains:
        code:
          description:
            - One of V(missing_template), V(no_profile), V(missing_profile), V(empty_profile), V(role_not_assumable_by_ec2),
              V(members_differ), V(keys_in_user_data) and V(imdsv1_allowed).
          type: str
          sample: no_profile
        message:
          description: The problem as a sentence.
          type: str
          sample: The next instance gets no instance profile, so its applications get no credentials.
        mend:
          description: What to do about it.
          type: str
          sample: >-
            Run keyless.ec2.launch_profile_attach with auto_scaling_groups=web and the instance_profile that the next instance
            is to have.
fleets:
  description: The EC2 Fleets and Spot Fleet requests that can still launch instances; none where groups were chosen.
  returned: always
  type: list
  elements: dict
  contains:
    <<: *row
    kind:
      description: V(EC2 Fleet) or V(Spot Fleet).
      type: str
      sample: EC2 Fleet
    type:
      description: V(maintain), or V(request) for one that launches nothing again and can't be changed.
      type: str
      sample: maintain
spot_requests:
  description:
    - The persistent Spot Instance requests, which launch again what was interrupted; none where groups were chosen.
    - AWS has no call that gives them another instance profile.
  returned: always
  type: list
  elements: dict
  contains: *row
launch_templates:
  description: The launch templates; none where groups were chosen.
  returned: always
  type: list
  elements: dict
  contains: *row
counts:
  description: How many have each problem, by its code.
  returned: always
  type: dict
  sample:
    no_profile: 2
affected:
  description: The names of those that have each problem, by its code.
  returned: always
  type: dict
  sample:
    no_profile: [batch, nightly]
error:
  description: What AWS answered.
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
      sample: User is not authorized to perform autoscaling:DescribeAutoScalingGroups
    operation:
      description: The call, named as in IAM policies.
      type: str
      sample: autoscaling:DescribeAutoScalingGroups
    target:
      description: What it was about.
      type: str
      sample: autoScalingGroup/*
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.amazon.aws.plugins.module_utils.transformation import ansible_dict_to_boto3_filter_list

from ansible_collections.keyless.ec2.plugins.module_utils._common.run import report
from ansible_collections.keyless.ec2.plugins.module_utils._launch.aws import connect
from ansible_collections.keyless.ec2.plugins.module_utils._launch.info import look
from ansible_collections.keyless.ec2.plugins.module_utils._launch.options import check_group_filters

ARGUMENT_SPEC = {
    "auto_scaling_groups": {"type": "list", "elements": "str", "aliases": ["auto_scaling_group"]},
    "filters": {"type": "dict"},
}
CONCURRENCY = 10


def find(module: AnsibleAWSModule) -> dict:
    options = module.params
    check_group_filters(options["filters"])
    filters = None if options["filters"] is None else ansible_dict_to_boto3_filter_list(options["filters"])
    return look(connect(module, CONCURRENCY), options["auto_scaling_groups"], filters)


def main() -> None:
    module = AnsibleAWSModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True, mutually_exclusive=[("auto_scaling_groups", "filters")])
    report(module, lambda: find(module))


if __name__ == "__main__":
    main()
