#!/usr/bin/python
# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: launch_profile_attach_info
version_added: 1.0.0
short_description: Get the instance profiles that new instances will be launched with, and find problems with them
description:
  - Reads everything that can launch instances in a region. These are Auto Scaling groups, EC2 Fleets, Spot Fleet requests,
    persistent Spot Instance requests and launch templates.
  - Returns the instance profile and the role that the next instance would get, and what is wrong, with a task that fixes each
    problem. If AWS has no call to change something, the module says so.
author:
  - The keyless.ec2 authors (@keyless-ec2)
options:
  auto_scaling_groups:
    description:
      - Read only these Auto Scaling groups, by name. By default, everything in the region is read.
    type: list
    elements: str
    aliases: [auto_scaling_group]
  filters:
    description:
      - Read only the Auto Scaling groups that match all of these filters. Each filter has a value or a list of values.
      - The available filters are V(tag:<key>), V(tag-key) and V(tag-value).
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
  - The module needs the permissions C(autoscaling:DescribeAutoScalingGroups), C(autoscaling:DescribeLaunchConfigurations),
    C(ec2:DescribeLaunchTemplateVersions), C(ec2:DescribeFleets), C(ec2:DescribeSpotFleetRequests),
    C(ec2:DescribeSpotInstanceRequests), C(ec2:DescribeInstances) and C(ec2:DescribeIamInstanceProfileAssociations). For the
    instance profiles, it also needs C(iam:GetInstanceProfile) if there are up to four of them, or C(iam:ListInstanceProfiles) if
    there are more.
  - For what a launch template does not say about the metadata service, it needs C(ec2:GetInstanceMetadataDefaults) and
    C(ec2:DescribeImages). Without them, whether IMDSv1 is allowed is not known for some launches, and RV(incomplete) says so.
  - For access keys in user data, only the key ids are returned. Secrets are never returned.
  - Fleets of the type V(instant) never launch another instance, and AWS does not list them.
"""

EXAMPLES = r"""
- name: Read everything that launches instances
  keyless.ec2.launch_profile_attach_info:
  register: launch_sources

- name: Show the groups whose next instance gets no instance profile
  ansible.builtin.debug:
    var: launch_sources.affected.no_profile.auto_scaling_groups

- name: Read the groups of a team
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
      description: The name of the group or launch template, or the id of the fleet or Spot Instance request.
      type: str
      sample: web
    launches:
      description:
        - What the next instance would get.
        - A group has one entry for its own launch template, and one for each override that has another launch template.
        - A fleet has one entry for each of its launch templates or launch specifications.
        - A launch template has one entry for its default version and one for its latest version.
      type: list
      elements: dict
      contains:
        launch_template_id:
          description: The id of the launch template, or null for a launch configuration or a launch specification.
          type: str
          sample: lt-0123456789abcdef0
        launch_template_name:
          description: The name of the launch template.
          type: str
          sample: web
        version:
          description: The number of the version that the group or the fleet uses, or that V($Default) or V($Latest) stands for.
          type: str
          sample: "3"
        instance_profile:
          description: The name of the instance profile, or null.
          type: str
          sample: web
        role_name:
          description: The name of the role that is now in the instance profile, or null.
          type: str
          sample: web
        imdsv1_allowed:
          description:
            - Whether the metadata service of the next instance would answer without a token (IMDSv1). What the launch template does not set
              follows from the account's default in the region, and then from ImdsSupport of the image.
            - Null if that is not known, because these could not be read or the image is not known. RV(incomplete) lists what could not be read.
          type: bool
          sample: false
    managed_by:
      description: What manages the group or the fleet, for example V(Amazon EKS), or null.
      type: str
      sample: Amazon EKS
    problems:
      description: What is wrong, in the order in which it is best fixed.
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
        fix:
          description: How to fix it.
          type: str
          sample: >-
            Run keyless.ec2.launch_profile_attach with auto_scaling_groups=web and the instance_profile for the next instance.
fleets:
  description: The EC2 Fleets and Spot Fleet requests that can still launch instances. Empty if groups were selected.
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
      description: V(maintain), or V(request) for a fleet that does not replace its instances and can't be changed.
      type: str
      sample: maintain
spot_requests:
  description:
    - The persistent Spot Instance requests, which launch interrupted instances again. Empty if groups were selected.
    - AWS has no call to change their instance profile.
  returned: always
  type: list
  elements: dict
  contains: *row
launch_templates:
  description: The launch templates. Empty if groups were selected.
  returned: always
  type: list
  elements: dict
  contains: *row
counts:
  description: How many groups, fleets, Spot Instance requests and launch templates have each problem, by code.
  returned: always
  type: dict
  sample:
    no_profile: 2
incomplete:
  description: What could not be read, so that RV(auto_scaling_groups[].launches[].imdsv1_allowed) is not known for everything.
  returned: always
  type: list
  elements: dict
  contains:
    target:
      description: The API call, named as in IAM policies.
      type: str
      sample: ec2:GetInstanceMetadataDefaults
    reason:
      description: The error code of AWS.
      type: str
      sample: UnauthorizedOperation
    message:
      description: The whole error, with a suggestion.
      type: str
      sample: Could not read the account's defaults for metadata options.
affected:
  description: The names or ids of those that have each problem, by code, and then by the return value that has the row.
  returned: always
  type: dict
  sample:
    no_profile:
      auto_scaling_groups: [batch, nightly]
      fleets: []
      spot_requests: []
      launch_templates: [workers]
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
      sample: User is not authorized to perform autoscaling:DescribeAutoScalingGroups
    operation:
      description: The API call, named as in IAM policies, or V(credentials) if AWS credentials could not be fetched.
      type: str
      sample: autoscaling:DescribeAutoScalingGroups
    target:
      description: The target of the call.
      type: str
      sample: autoScalingGroup/*
"""

from ansible_collections.keyless.ec2.plugins.module_utils._aws.module import AwsModule
from ansible_collections.keyless.ec2.plugins.module_utils._aws.region_clients import connect
from ansible_collections.keyless.ec2.plugins.module_utils._common.run import run_info
from ansible_collections.keyless.ec2.plugins.module_utils._launch.info import gather
from ansible_collections.keyless.ec2.plugins.module_utils._launch.options import group_filters

ARGUMENT_SPEC = {
    "auto_scaling_groups": {"type": "list", "elements": "str", "aliases": ["auto_scaling_group"]},
    "filters": {"type": "dict"},
}
CONCURRENCY = 10


def find(module: AwsModule) -> dict:
    options = module.params
    filters = group_filters(options["filters"])
    return gather(connect(module, CONCURRENCY), options["auto_scaling_groups"], filters)


def main() -> None:
    module = AwsModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True, mutually_exclusive=[("auto_scaling_groups", "filters")])
    run_info(module, lambda: find(module))


if __name__ == "__main__":
    main()
