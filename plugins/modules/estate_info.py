#!/usr/bin/python
# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: estate_info
version_added: 1.0.0
short_description: Inspect the instance profiles and roles of whole accounts, in all their regions, and find problems
description:
  - Returns every instance, every launch source, and every role and instance profile that they can have, in the accounts and
    regions that you choose. Each has its own row, with its problems and how to fix them.
  - Everything is read in parallel, in one task. What can't be read is listed in RV(accounts[].incomplete) or RV(regions[].incomplete), and does
    not fail the task.
  - The role P(keyless.ec2.report#role) makes an HTML page of the result.
author:
  - The keyless.ec2 authors (@keyless-ec2)
options:
  accounts:
    description:
      - The accounts, each as the ARN of a role in it to assume. V(self) is the account of the credentials.
      - The default is V(self) alone.
    type: list
    elements: str
  organization_role_name:
    description:
      - The name of a role that every account of the organization has, with its path if it has one. All active accounts are read. The
        account of the credentials is read with these credentials, and every other account with that role.
      - Only the organization's management account and its delegated administrators can list the accounts.
      - A boto3 from before September 2025 does not show which accounts are closed. A closed account is then a row with
        RV(accounts[].incomplete).
    type: str
  external_id:
    description:
      - The external ID that the roles' trust policies require.
    type: str
  regions:
    description:
      - The regions. By default all enabled regions of each account.
      - If a region is enabled in only some of the accounts, it is a row with RV(regions[].incomplete) in the others.
    type: list
    elements: str
  max_concurrency:
    description:
      - How many accounts, and then how many regions, to read in parallel, up to 256.
      - Within each account or region, up to five kinds of resources are read at a time.
    type: int
    default: 8
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
  - module: keyless.ec2.instance_profile_attach_info
  - module: keyless.ec2.launch_profile_attach_info
  - module: keyless.ec2.iam_ec2_role_info
notes:
  - In each account, required permissions are C(ec2:DescribeRegions), C(iam:GetAccountAuthorizationDetails), C(iam:GetAccountSummary) and
    C(iam:ListInstanceProfiles), and in each region C(autoscaling:DescribeAutoScalingGroups), C(autoscaling:DescribeLaunchConfigurations),
    C(ec2:DescribeFleets), C(ec2:DescribeIamInstanceProfileAssociations), C(ec2:DescribeInstances), C(ec2:DescribeLaunchTemplateVersions),
    C(ec2:DescribeSpotFleetRequests), C(ec2:DescribeSpotInstanceRequests), C(ec2:GetInstanceMetadataDefaults) and
    C(ec2:DescribeImages). If one of them is missing, what it would show is left out, and
    RV(accounts[].incomplete) or RV(regions[].incomplete) says so.
  - Other accounts also require C(sts:AssumeRole) on their roles, and O(organization_role_name) requires C(organizations:ListAccounts).
  - Each account takes AssumeRole and four more calls. In large accounts, C(iam:GetAccountAuthorizationDetails) takes one call per 1000
    roles and policies, and C(iam:ListInstanceProfiles) one per 1000 instance profiles.
  - Each region takes six calls, and two more if the metadata options of a launch depend on the defaults of the account
    or the image. In large regions, instances take one call per 1000, groups one per 100, and launch templates one per 100.
    The associations take another call per 1000 instances, and the launch configurations in use one per 50. If a version of a launch
    template is in use that is neither the default nor the latest, that launch template takes one more call.
  - The credentials of an assumed role are valid for one hour.
  - A region that a service control policy blocks is a row with RV(regions[].incomplete).
  - Instances that are terminated or shutting down are left out.
  - The role in an instance's row is the one that is in its instance profile now. Only the instance itself can show whether it really gets
    credentials, see M(keyless.ec2.instance_identity_info).
"""

EXAMPLES = r"""
- name: Read everything in this account
  keyless.ec2.estate_info:
  register: estate

- name: Fail if an instance has an instance profile that cannot give it credentials
  ansible.builtin.assert:
    that: estate.counts.missing_profile + estate.counts.empty_profile + estate.counts.stale_profile == 0

- name: Read two more accounts, in two regions
  keyless.ec2.estate_info:
    accounts:
      - self
      - arn:aws:iam::111111111111:role/audit
      - arn:aws:iam::222222222222:role/audit
    external_id: keyless
    regions:
      - eu-central-1
      - us-east-1

- name: Read every account of the organization
  keyless.ec2.estate_info:
    organization_role_name: OrganizationAccountAccessRole
  register: organization

- name: Show unused instance profiles
  ansible.builtin.debug:
    msg: "{{ unused | map(attribute='arn') }}"
  vars:
    unused: "{{ organization.instance_profiles | selectattr('instance_count', 'eq', 0) | selectattr('launched_by_count', 'eq', 0) }}"
"""

RETURN = r"""
accounts:
  description: The accounts, sorted by id.
  returned: always
  type: list
  elements: dict
  contains:
    account_id: &account_id
      description: The id of the account.
      type: str
      sample: "123456789012"
    name:
      description: The name of the account in the organization. Null unless O(organization_role_name) is set.
      type: str
      sample: production
    role_arn:
      description: The role that was assumed. Null for the account of the credentials.
      type: str
      sample: arn:aws:iam::123456789012:role/audit
    instance_profile_count:
      description: How many instance profiles the account has. Null if that could not be read.
      type: int
      sample: 12
    instance_profiles_quota:
      description: The account's quota of instance profiles. Null if that could not be read.
      type: int
      sample: 1000
    calls:
      description: How many AWS API calls were made for the account. Each retry counts too.
      type: int
      sample: 108
    incomplete: &incomplete
      description: What could not be read, one entry for each call that failed. Empty if everything was read.
      type: list
      elements: dict
      contains:
        target:
          description: The API call, named as in IAM policies.
          type: str
          sample: iam:ListInstanceProfiles
        reason:
          description: The AWS error code.
          type: str
          sample: AccessDenied
        message:
          description: The error as a sentence, with the call and a suggestion.
          type: str
          sample: >-
            Could not list the instance profiles: AccessDenied: User is not authorized to perform iam:ListInstanceProfiles. Allow
            iam:ListInstanceProfiles on instance-profile/* for the identity that runs this task.
    problems: &problems
      description: The problems, in the order in which to fix them.
      type: list
      elements: dict
      contains:
        code:
          description:
            - For an instance, one of the codes of M(keyless.ec2.instance_profile_attach_info). For a launch source, one of the
              codes of M(keyless.ec2.launch_profile_attach_info). For a role, one of the codes of M(keyless.ec2.iam_ec2_role_info).
            - For an instance profile, V(empty_profile) if it has no role, or V(orphaned_profile) if no instance has it and no launch source launches
              with it.
            - For an account, V(instance_profiles_quota) if it uses at least 90 percent of its quota of instance profiles.
          type: str
          sample: stale_profile
        message:
          description: The problem as a sentence.
          type: str
          sample: The instance profile web has no role, so the instance gets no credentials.
        fix:
          description: How to fix it.
          type: str
          sample: Run keyless.ec2.iam_ec2_role with instance_profile_name=web and the name of the role that belongs in it.
regions:
  description: The regions that were asked for, in each account.
  returned: always
  type: list
  elements: dict
  contains:
    account_id: *account_id
    region: &region
      description: The region.
      type: str
      sample: eu-central-1
    incomplete: *incomplete
instances:
  description: The instances, sorted by account, region and id.
  returned: always
  type: list
  elements: dict
  contains:
    account_id: *account_id
    region: *region
    instance_id:
      description: The id of the instance.
      type: str
      sample: i-0123456789abcdef0
    name:
      description: The value of the instance's tag C(Name), or null.
      type: str
      sample: web-1
    state:
      description: The state of the instance.
      type: str
      sample: running
    launch_time:
      description: When the instance was launched or last started, in ISO 8601.
      type: str
      sample: "2026-01-31T08:15:00+00:00"
    tags:
      description: The tags of the instance.
      type: dict
      sample:
        Name: web-1
    instance_profile:
      description: The instance profile that is associated with the instance, or null.
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
          description: The id that the instance profile had when it was attached.
          type: str
          sample: AIPAEXAMPLE4EXAMPLE4X
    role_name: &role_name
      description: The role that is in the instance profile of that name now, or null.
      type: str
      sample: web
    may_do: &may_do
      description:
        - A summary of the role's permissions in one sentence. What does not fit is left out.
        - Null if there is no role, or if its policies could not be read.
      type: str
      sample: May read and write S3 (logs/*), read DynamoDB (table/orders).
    launched_by:
      description: What launched the instance and would replace it. Empty if nothing did.
      type: list
      elements: dict
      contains:
        kind:
          description: One of V(Auto Scaling group), V(EC2 Fleet) and V(Spot Fleet).
          type: str
          sample: Auto Scaling group
        name:
          description: The name of the group, or the id of the fleet.
          type: str
          sample: web
        region:
          description: The region.
          type: str
          sample: eu-central-1
    problems: *problems
auto_scaling_groups:
  description: The Auto Scaling groups, sorted by account, region and name.
  returned: always
  type: list
  elements: dict
  contains: &launcher
    account_id: *account_id
    region: *region
    name:
      description: The name of the group or launch template, or the id of the fleet or Spot Instance request.
      type: str
      sample: web
    launches:
      description: What the next instance would get, as returned by M(keyless.ec2.launch_profile_attach_info).
      type: list
      elements: dict
      sample:
        - launch_template_id: lt-0123456789abcdef0
          launch_template_name: web
          version: "3"
          instance_profile: web
          role_name: web
          imdsv1_allowed: false
    managed_by:
      description: What manages the group or fleet, such as V(Amazon EKS), or null.
      type: str
      sample: Amazon EKS
    problems: *problems
launch_templates:
  description: The launch templates.
  returned: always
  type: list
  elements: dict
  contains:
    <<: *launcher
    launch_template_id:
      description: The id of the launch template.
      type: str
      sample: lt-0123456789abcdef0
fleets:
  description: The EC2 Fleets and Spot Fleet requests that can still launch instances.
  returned: always
  type: list
  elements: dict
  contains:
    <<: *launcher
    kind:
      description: V(EC2 Fleet) or V(Spot Fleet).
      type: str
      sample: EC2 Fleet
    type:
      description: V(maintain), or V(request) for a fleet that launches nothing again and can't be changed.
      type: str
      sample: maintain
spot_requests:
  description: The persistent Spot Instance requests, which launch a new instance after an interruption.
  returned: always
  type: list
  elements: dict
  contains: *launcher
roles:
  description: The roles that are in an instance profile, or whose trust policy allows EC2, sorted by account and name.
  returned: always
  type: list
  elements: dict
  contains:
    account_id: *account_id
    role_name:
      description: The name of the role.
      type: str
      sample: web
    arn:
      description: The ARN of the role.
      type: str
      sample: arn:aws:iam::123456789012:role/web
    path:
      description: The path of the role.
      type: str
      sample: /
    instance_profiles:
      description: The names of the instance profiles that the role is in.
      type: list
      elements: str
      sample: [web]
    managed_policies:
      description: The names of the attached managed policies.
      type: list
      elements: str
      sample: [AmazonS3ReadOnlyAccess]
    inline_policies:
      description: The names of the role's inline policies.
      type: list
      elements: str
      sample: [logs]
    may_do: *may_do
    last_used:
      description: When and where a session of the role last made a call, as returned by M(keyless.ec2.iam_ec2_role_info), or null.
      type: dict
      sample:
        last_used_date: "2026-01-31T08:15:00+00:00"
        region: eu-central-1
    instance_count: &instance_count
      description:
        - How many instances have it, in all enabled regions. Null unless all enabled regions were read.
      type: int
      sample: 12
    launched_by_count: &launched_by_count
      description: How many launch sources would launch instances with it. Null unless all enabled regions were read.
      type: int
      sample: 2
    problems: *problems
instance_profiles:
  description: The instance profiles, sorted by account and name.
  returned: always
  type: list
  elements: dict
  contains:
    account_id: *account_id
    name:
      description: The name of the instance profile.
      type: str
      sample: web
    arn:
      description: The ARN of the instance profile.
      type: str
      sample: arn:aws:iam::123456789012:instance-profile/web
    instance_profile_id:
      description: The unique id of the instance profile. If it is deleted and created again, it gets a new id.
      type: str
      sample: AIPAEXAMPLE4EXAMPLE4X
    role_name: *role_name
    instance_count: *instance_count
    launched_by_count: *launched_by_count
    problems: *problems
counts:
  description: How many rows have each problem, by code. Problems that no row has are included with 0.
  returned: always
  type: dict
  sample:
    no_profile: 4
    stale_profile: 2
calls:
  description: How many AWS API calls were made in total, including RV(accounts[].calls).
  returned: always
  type: int
  sample: 324
msg:
  description: RV(counts) as a sentence.
  returned: always
  type: str
  sample: "3 accounts, 17 regions, 812 instances. Problems of all resources: 4 no_profile, 2 stale_profile."
error:
  description: The error that AWS returned.
  returned: when nothing at all could be read
  type: dict
  contains:
    code:
      description: The AWS error code.
      type: str
      sample: AccessDenied
    message:
      description: The AWS error message.
      type: str
      sample: User is not authorized to perform sts:AssumeRole
    operation:
      description: The API call, named as in IAM policies, or V(credentials) if AWS credentials could not be fetched.
      type: str
      sample: sts:AssumeRole
    target:
      description: The resource that the call was for.
      type: str
      sample: arn:aws:iam::123456789012:role/audit
"""

from ansible_collections.keyless.ec2.plugins.module_utils._aws.module import AwsModule
from ansible_collections.keyless.ec2.plugins.module_utils._common.limits import check_max_concurrency
from ansible_collections.keyless.ec2.plugins.module_utils._common.run import run_info
from ansible_collections.keyless.ec2.plugins.module_utils._estate.connections import Connections
from ansible_collections.keyless.ec2.plugins.module_utils._estate.info import gather
from ansible_collections.keyless.ec2.plugins.module_utils._estate.options import estate_spec
from ansible_collections.keyless.ec2.plugins.module_utils._policy.service_reference import load_reference

ARGUMENT_SPEC = {
    "accounts": {"type": "list", "elements": "str"},
    "organization_role_name": {"type": "str"},
    "external_id": {"type": "str"},
    "regions": {"type": "list", "elements": "str"},
    "max_concurrency": {"type": "int", "default": 8},
}


def find(module: AwsModule) -> dict:
    options = module.params
    spec = estate_spec(options)
    check_max_concurrency(options["max_concurrency"])
    return gather(Connections(module), spec, options["max_concurrency"], module.warn, load_reference())


def main() -> None:
    module = AwsModule(
        argument_spec=ARGUMENT_SPEC,
        supports_check_mode=True,
        mutually_exclusive=[("accounts", "organization_role_name")],
    )
    run_info(module, lambda: find(module))


if __name__ == "__main__":
    main()
