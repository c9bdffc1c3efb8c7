#!/usr/bin/python
# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: estate_info
version_added: 1.0.0
short_description: Look at the instance profiles and roles of whole accounts, in all their regions, and at what is wrong
description:
  - Tells of every instance, of everything that launches some, and of every role and instance profile that they can have, in all accounts
    and regions asked for. Each has a row of its own, with its problems and what mends them.
  - Everything is read side by side in one task. What can't be read is a row that says so, and not an error.
  - The role P(keyless.ec2.report#role) makes a page of it.
author:
  - The keyless.ec2 authors (@keyless-ec2)
options:
  accounts:
    description:
      - The accounts, each by the ARN of a role in it that is assumed. V(self) stands for the account of the credentials.
      - The default is V(self) alone.
    type: list
    elements: str
  organization_role_name:
    description:
      - The name of a role, with its path if it has one, that every account of the organization has. All accounts that are active are
        read, the one of the credentials with these and each other one with that role.
      - Only the organization's management account, and one that it has delegated to, may list the accounts.
      - A boto3 from before September 2025 does not say which accounts are closed. A closed account is then a row with
        RV(accounts[].not_read).
    type: str
  external_id:
    description:
      - The external id that the trust policies of the roles ask for.
    type: str
  regions:
    description:
      - The regions, by default all that are enabled in each account.
      - One that is enabled in some of the accounts only is a row with RV(regions[].not_read) in the others.
    type: list
    elements: str
  max_concurrency:
    description:
      - How many accounts, and then how many regions, are read side by side.
      - Of each, up to five kinds of things are read at a time.
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
  - In each account it takes the permissions C(ec2:DescribeRegions), C(iam:GetAccountAuthorizationDetails), C(iam:GetAccountSummary) and
    C(iam:ListInstanceProfiles), and in each region C(autoscaling:DescribeAutoScalingGroups),
    C(autoscaling:DescribeLaunchConfigurations), C(ec2:DescribeFleets), C(ec2:DescribeIamInstanceProfileAssociations),
    C(ec2:DescribeInstances), C(ec2:DescribeLaunchTemplateVersions), C(ec2:DescribeSpotFleetRequests) and
    C(ec2:DescribeSpotInstanceRequests). Without one of them, what it would tell is missing, and RV(accounts[].not_read) or
    RV(regions[].not_read) says so.
  - For other accounts it takes C(sts:AssumeRole) on the roles, and for O(organization_role_name) also C(organizations:ListAccounts).
  - Calls for an account, AssumeRole and four more, of which those for IAM are one for each thousand of roles and policies, and one for
    each thousand of instance profiles.
  - Calls for a region, six, of which those for instances are one for each thousand, for groups and for launch templates one for each hundred.
    One more for each thousand instances reads their associations, one for each fifty launch configurations in use these, and
    one for each launch template of which neither the default nor the latest version is in use that version.
  - Credentials of an assumed role last for an hour.
  - A region that AWS keeps closed by a control policy is a row with RV(regions[].not_read).
  - Instances that are terminated, or about to be, are left out.
  - Of an instance it is told which role is in its instance profile now. Whether it has really got credentials only shows on the
    instance, with M(keyless.ec2.instance_identity_info).
"""

EXAMPLES = r"""
- name: Look at everything in this account
  keyless.ec2.estate_info:
  register: estate

- name: Fail where an instance has an instance profile that can't give it credentials
  ansible.builtin.assert:
    that: estate.counts.missing_profile + estate.counts.empty_profile + estate.counts.stale_profile == 0

- name: Look at two more accounts, in two regions
  keyless.ec2.estate_info:
    accounts:
      - self
      - arn:aws:iam::111111111111:role/audit
      - arn:aws:iam::222222222222:role/audit
    external_id: keyless
    regions:
      - eu-central-1
      - us-east-1

- name: Look at every account of the organization
  keyless.ec2.estate_info:
    organization_role_name: OrganizationAccountAccessRole
  register: organization

- name: Tell the instance profiles that nothing uses
  ansible.builtin.debug:
    msg: "{{ organization.instance_profiles | selectattr('instances', 'eq', 0) | selectattr('launched_by', 'eq', 0) | map(attribute='arn') }}"
"""

RETURN = r"""
accounts:
  description: The accounts, by id.
  returned: always
  type: list
  elements: dict
  contains:
    account_id: &account_id
      description: The id of the account.
      type: str
      sample: "123456789012"
    name:
      description: The organization's name of the account; null where nobody asked the organization.
      type: str
      sample: production
    role_arn:
      description: The role that was assumed; null for the account of the credentials.
      type: str
      sample: arn:aws:iam::123456789012:role/audit
    instance_profiles:
      description: How many instance profiles the account has; null where that could not be read.
      type: int
      sample: 12
    instance_profiles_quota:
      description: How many it may have; null where that could not be read.
      type: int
      sample: 1000
    calls:
      description: How many calls of AWS were made for the account. A call that was tried again counts each time.
      type: int
      sample: 108
    not_read: &not_read
      description: What could not be read, a row for each call that AWS refused; empty where all was.
      type: list
      elements: dict
      contains:
        operation:
          description: The call, named as in IAM policies.
          type: str
          sample: iam:ListInstanceProfiles
        target:
          description: What it was about.
          type: str
          sample: instance-profile/*
        code:
          description: The error code of AWS.
          type: str
          sample: AccessDenied
        message:
          description: The error message of AWS.
          type: str
          sample: User is not authorized to perform iam:ListInstanceProfiles
        msg:
          description: All of it in a sentence, with the next step.
          type: str
          sample: >-
            Could not list the instance profiles: AccessDenied: User is not authorized to perform iam:ListInstanceProfiles. Allow
            iam:ListInstanceProfiles on instance-profile/* for the identity that runs this task.
    problems: &problems
      description: What is wrong, in the order in which it is best mended.
      type: list
      elements: dict
      contains:
        code:
          description:
            - Of an instance, one of the codes of M(keyless.ec2.instance_profile_attach_info). Of what launches, one of those of
              M(keyless.ec2.launch_profile_attach_info). Of a role, one of those of M(keyless.ec2.iam_ec2_role_info).
            - Of an instance profile, V(empty_profile), which is one without a role, or V(orphaned_profile), which is one that no instance
              has and nothing launches with.
            - Of an account, V(instance_profiles_quota), which is one that has nine tenths of the instance profiles that it may have.
          type: str
          sample: stale_profile
        message:
          description: The problem as a sentence.
          type: str
          sample: The instance profile web has no role, so the instance gets no credentials.
        mend:
          description: What to do about it.
          type: str
          sample: Run keyless.ec2.iam_ec2_role with instance_profile_name=web and the name of the role that belongs in it.
regions:
  description: The regions of each account that were asked for.
  returned: always
  type: list
  elements: dict
  contains:
    account_id: *account_id
    region: &region
      description: The region.
      type: str
      sample: eu-central-1
    not_read: *not_read
instances:
  description: The instances, by account, region and id.
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
      description: Its tag C(Name), or null.
      type: str
      sample: web-1
    state:
      description: Its state.
      type: str
      sample: running
    launch_time:
      description: When it was launched, or last started, in ISO 8601.
      type: str
      sample: "2026-01-31T08:15:00+00:00"
    tags:
      description: Its tags.
      type: dict
      sample:
        Name: web-1
    instance_profile:
      description: The instance profile that EC2 has for the instance, or null.
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
        - What the role may do, in a sentence for people. It leaves out what there is no room for.
        - Null where there is no role, or where its policies could not be read.
      type: str
      sample: May read and write S3 (logs/*), read DynamoDB (table/orders).
    launched_by:
      description: What launched the instance and would replace it, or null.
      type: dict
      contains:
        kind:
          description: One of V(Auto Scaling group), V(EC2 Fleet) and V(Spot Fleet).
          type: str
          sample: Auto Scaling group
        name:
          description: The name of the group, or the id of the fleet.
          type: str
          sample: web
    problems: *problems
auto_scaling_groups:
  description: The Auto Scaling groups, by account, region and name.
  returned: always
  type: list
  elements: dict
  contains: &launcher
    account_id: *account_id
    region: *region
    name:
      description: The name of the group or launch template, the id of the fleet or the Spot Instance request.
      type: str
      sample: web
    launches:
      description: What the next instance would get, as M(keyless.ec2.launch_profile_attach_info) returns it.
      type: list
      elements: dict
      sample:
        - launch_template_id: lt-0123456789abcdef0
          launch_template_name: web
          version: "3"
          instance_profile: web
          role_name: web
    managed_by:
      description: What looks after the group or the fleet, such as V(Amazon EKS), or null.
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
      description: V(maintain), or V(request) for one that launches nothing again and can't be changed.
      type: str
      sample: maintain
spot_requests:
  description: The persistent Spot Instance requests, which launch again what was interrupted.
  returned: always
  type: list
  elements: dict
  contains: *launcher
roles:
  description: The roles that are in an instance profile, or whose trust policies let EC2 use them, by account and name.
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
      description: The names of the instance profiles that it is in.
      type: list
      elements: str
      sample: [web]
    managed_policies:
      description: The names of the managed policies that are attached.
      type: list
      elements: str
      sample: [AmazonS3ReadOnlyAccess]
    inline_policies:
      description: The names of its inline policies.
      type: list
      elements: str
      sample: [logs]
    may_do: *may_do
    last_used:
      description: When and where one of the role's sessions made its last call, as M(keyless.ec2.iam_ec2_role_info) returns it, or null.
      type: dict
      sample:
        last_used_date: "2026-01-31T08:15:00+00:00"
        region: eu-central-1
    instances: &instances
      description:
        - How many instances have it, in all regions that are enabled. Null unless all of them were read.
      type: int
      sample: 12
    launched_by: &launched_by
      description: How many things would launch instances with it. Null unless all regions that are enabled were read.
      type: int
      sample: 2
    problems: *problems
instance_profiles:
  description: The instance profiles, by account and name.
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
      description: Its ARN.
      type: str
      sample: arn:aws:iam::123456789012:instance-profile/web
    instance_profile_id:
      description: Its unique id. One that is deleted and made again has another.
      type: str
      sample: AIPAEXAMPLE4EXAMPLE4X
    role_name: *role_name
    instances: *instances
    launched_by: *launched_by
    problems: *problems
counts:
  description: How many rows have each problem, by its code. All codes are there.
  returned: always
  type: dict
  sample:
    no_profile: 4
    stale_profile: 2
calls:
  description: How many calls of AWS were made in all, RV(accounts[].calls) included.
  returned: always
  type: int
  sample: 324
msg:
  description: RV(counts) as a sentence.
  returned: always
  type: str
  sample: "3 accounts, 17 regions, 812 instances: 4 no_profile, 2 stale_profile."
error:
  description: What AWS answered.
  returned: when nothing at all could be read
  type: dict
  contains:
    code:
      description: The error code of AWS.
      type: str
      sample: AccessDenied
    message:
      description: The error message of AWS.
      type: str
      sample: User is not authorized to perform sts:AssumeRole
    operation:
      description: The call, named as in IAM policies.
      type: str
      sample: sts:AssumeRole
    target:
      description: What it was about.
      type: str
      sample: arn:aws:iam::123456789012:role/audit
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import OptionError
from ansible_collections.keyless.ec2.plugins.module_utils._common.run import report
from ansible_collections.keyless.ec2.plugins.module_utils._estate.connections import Connections
from ansible_collections.keyless.ec2.plugins.module_utils._estate.info import look
from ansible_collections.keyless.ec2.plugins.module_utils._estate.options import estate_spec
from ansible_collections.keyless.ec2.plugins.module_utils._policy.reference import reference

ARGUMENT_SPEC = {
    "accounts": {"type": "list", "elements": "str"},
    "organization_role_name": {"type": "str"},
    "external_id": {"type": "str"},
    "regions": {"type": "list", "elements": "str"},
    "max_concurrency": {"type": "int", "default": 8},
}


def find(module: AnsibleAWSModule) -> dict:
    options = module.params
    spec = estate_spec(options)
    if options["max_concurrency"] < 1:
        raise OptionError("max_concurrency", f"is {options['max_concurrency']}.", "Give 1 or more.")
    return look(Connections(module), spec, options["max_concurrency"], module.warn, reference())


def main() -> None:
    module = AnsibleAWSModule(
        argument_spec=ARGUMENT_SPEC,
        supports_check_mode=True,
        mutually_exclusive=[("accounts", "organization_role_name")],
    )
    report(module, lambda: find(module))


if __name__ == "__main__":
    main()
