#!/usr/bin/python
# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: instance_profile_attach_info
version_added: 1.0.0
short_description: Get the instance profiles and roles of EC2 instances, and find problems with them
description:
  - Returns the instance profile, the role and the association of each instance. It also returns what is wrong with them and how to
    fix each problem.
  - The instances are read together, with about two calls for a thousand instances. Reading their instance profiles takes a few more
    calls.
author:
  - The keyless.ec2 authors (@keyless-ec2)
options:
  instance_ids:
    description:
      - The instances, by id. Duplicates count once.
      - If neither this nor O(filters) is given, all instances of the region are read.
    type: list
    elements: str
    aliases: [instance_id]
  filters:
    description:
      - Selects the instances that match all of these filters. Each filter has a value or a list of values.
      - See U(https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstances.html) for the filters.
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
  - module: keyless.ec2.instance_profile_attach
  - module: keyless.ec2.launch_profile_attach
  - module: keyless.ec2.iam_ec2_role_info
  - module: amazon.aws.ec2_instance_info
notes:
  - Instances that are terminated or shutting down are left out, unless they are given by id.
  - The module needs the permissions C(ec2:DescribeInstances) and C(ec2:DescribeIamInstanceProfileAssociations). For the instance
    profiles, it also needs C(iam:GetInstanceProfile) if the instances have up to four different ones, or
    C(iam:ListInstanceProfiles) if they have more.
  - For instances of Auto Scaling groups, it also needs C(autoscaling:DescribeAutoScalingGroups),
    C(ec2:DescribeLaunchTemplateVersions) and C(autoscaling:DescribeLaunchConfigurations). For instances of EC2 Fleets and Spot
    Fleets, it needs C(ec2:DescribeFleets), C(ec2:DescribeSpotFleetRequests) and C(ec2:DescribeLaunchTemplateVersions). If one of
    these is missing, a warning names it, and V(reverts_on_replacement) is not found for all instances.
  - This takes one call for every fifty groups, two for the fleets, a few for the launch templates of both, and one for each
    template of which neither the default nor the latest version is used.
  - AWS does not show whether an application really gets credentials. This can only be seen on the instance itself.
  - RV(instances[].role_name) is the role that is in the instance profile now. AWS does not show whether the instance still uses a
    role that was in the profile before. To find out, run M(keyless.ec2.instance_identity_info) on the instance, with this role as
    O(keyless.ec2.instance_identity_info#module:expected_role).
"""

EXAMPLES = r"""
- name: Get two instances
  keyless.ec2.instance_profile_attach_info:
    instance_ids:
      - i-0123456789abcdef0
      - i-0123456789abcdef1

- name: Get all instances of the region
  keyless.ec2.instance_profile_attach_info:
  register: found

- name: Renew the associations of recreated instance profiles
  keyless.ec2.instance_profile_attach:
    attachments: "{{ dict(stale | map(attribute='instance_id') | zip(stale | map(attribute='instance_profile.arn'))) }}"
  vars:
    stale: "{{ found.instances | selectattr('instance_id', 'in', found.affected.stale_profile) }}"

- name: Attach an instance profile to all instances without one
  keyless.ec2.instance_profile_attach:
    instance_ids: "{{ found.affected.no_profile }}"
    instance_profile: web

- name: Fail if a running web server gets no credentials from its instance profile
  keyless.ec2.instance_profile_attach_info:
    filters:
      tag:service: web
      instance-state-name: running
  register: web
  failed_when: web.counts.missing_profile + web.counts.empty_profile + web.counts.stale_profile > 0
"""

RETURN = r"""
instances:
  description: The instances, in the order of O(instance_ids), or sorted by id.
  returned: always
  type: list
  elements: dict
  contains:
    instance_id:
      description: The id of the instance.
      returned: always
      type: str
      sample: i-0123456789abcdef0
    state:
      description: The state of the instance, or null if there is no such instance in the region.
      returned: always
      type: str
      sample: running
    instance_profile:
      description: The instance profile that EC2 shows for the instance, or null.
      returned: always
      type: dict
      contains:
        arn:
          description: The ARN of the instance profile.
          type: str
          sample: arn:aws:iam::123456789012:instance-profile/web
        name:
          description: The name of the instance profile.
          type: str
          sample: web
        instance_profile_id:
          description:
            - The id that the instance profile had when it was attached. If the profile was deleted and created again since then, it
              has another id in IAM, and the instance gets no credentials.
          type: str
          sample: AIPAEXAMPLE4EXAMPLE4X
    role_name:
      description: The role that is now in the instance profile of that name, or null.
      returned: always
      type: str
      sample: web
    association:
      description:
        - The association of the instance profile with the instance, or null.
        - An association that is V(disassociating) is returned only if there is no other.
      returned: always
      type: dict
      contains:
        association_id:
          description: The id of the association.
          type: str
          sample: iip-assoc-0123456789abcdef0
        state:
          description: One of V(associating), V(associated) and V(disassociating).
          type: str
          sample: associated
    problems:
      description:
        - What is wrong, in the order in which it is best fixed.
        - Empty for an instance that is terminated or shutting down.
      returned: always
      type: list
      elements: dict
      contains:
        code:
          description:
            - V(not_found) means that there is no instance with this id in the region.
            - V(no_profile) means that the instance has no instance profile, or one that is being detached.
            - V(missing_profile) means that the instance profile was deleted.
            - V(empty_profile) means that the instance profile has no role.
            - V(role_not_assumable_by_ec2) means that the trust policy of the role in the instance profile does not allow
              EC2.
            - V(stale_profile) means that the instance profile was deleted and created again under the same name after it was
              attached.
            - V(reverts_on_replacement) means that the Auto Scaling group, EC2 Fleet or Spot Fleet of the instance would launch its
              next instance with another instance profile, or with none.
            - V(imdsv1_allowed) means that the metadata service of the instance also answers without a token.
          type: str
          sample: stale_profile
        message:
          description: The problem as a sentence.
          type: str
          sample: The instance profile web has no role, so the instance gets no credentials.
        fix:
          description: How to fix it.
          type: str
          sample: >-
            Run keyless.ec2.iam_ec2_role with instance_profile_name=web and the name of the role that belongs in it.
counts:
  description: How many instances have each problem, by RV(instances[].problems[].code). All codes are included.
  returned: always
  type: dict
  sample:
    not_found: 0
    no_profile: 0
    missing_profile: 0
    empty_profile: 0
    role_not_assumable_by_ec2: 0
    stale_profile: 2
    reverts_on_replacement: 0
    imdsv1_allowed: 1
affected:
  description: The ids of the instances that have each problem, by code. All codes are included.
  returned: always
  type: dict
  sample:
    not_found: []
    no_profile: []
    missing_profile: []
    empty_profile: []
    role_not_assumable_by_ec2: []
    stale_profile:
      - i-0123456789abcdef0
      - i-0123456789abcdef1
    reverts_on_replacement: []
    imdsv1_allowed:
      - i-0123456789abcdef1
msg:
  description: RV(counts) as a sentence.
  returned: always
  type: str
  sample: "12 instances, 9 without a problem: 2 stale_profile, 1 imdsv1_allowed."
error:
  description: The error that AWS returned.
  returned: when AWS refused a call
  type: dict
  contains:
    code:
      description: The error code of AWS.
      type: str
      sample: UnauthorizedOperation
    message:
      description: The error message of AWS.
      type: str
      sample: You are not authorized to perform this operation.
    operation:
      description: The API call, named as in IAM policies, or V(credentials) if AWS credentials could not be fetched.
      type: str
      sample: ec2:DescribeInstances
    target:
      description: The target of the call.
      type: str
      sample: instance/*
"""

from ansible_collections.keyless.ec2.plugins.module_utils._attachment.info import gather
from ansible_collections.keyless.ec2.plugins.module_utils._attachment.options import check_selection
from ansible_collections.keyless.ec2.plugins.module_utils._aws.module import AwsModule
from ansible_collections.keyless.ec2.plugins.module_utils._aws.region_clients import connect
from ansible_collections.keyless.ec2.plugins.module_utils._common.run import run_info

CONCURRENCY = 8  # parallel reads
ARGUMENT_SPEC = {
    "instance_ids": {"type": "list", "elements": "str", "aliases": ["instance_id"]},
    "filters": {"type": "dict"},
}


def find(module: AwsModule) -> dict:
    ids = module.params["instance_ids"]
    filters = check_selection(ids, module.params["filters"])
    return gather(connect(module, CONCURRENCY), ids, filters, module.warn)


def main() -> None:
    module = AwsModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True, mutually_exclusive=[("instance_ids", "filters")])
    run_info(module, lambda: find(module))


if __name__ == "__main__":
    main()
