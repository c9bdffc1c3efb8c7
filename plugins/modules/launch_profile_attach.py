#!/usr/bin/python
# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: launch_profile_attach
version_added: 1.0.0
short_description: Set the instance profile of launch templates, Auto Scaling groups and fleets, and attach it to group instances
description:
  - Sets the instance profile that launch templates, Auto Scaling groups and fleets launch instances with. A profile that is only
    attached to an instance of a group is lost when the group replaces the instance.
  - Finds the versions of launch templates that each group really uses, including those in the overrides of a mixed instances policy.
    It creates one new version of each, in which only the instance profile is different. The new version is read back and
    compared before a group uses it.
  - A group that uses a version by number gets the new number, and everything else about the group stays as it was. For a group that
    uses V($Default), the new version becomes the default. For V($Latest), nothing else has to change. If anything uses V($Latest),
    what V($Latest) stands for stays the same except for the profile.
  - The running instances of the groups, and those in their warm pools, get the profile in place, as with
    M(keyless.ec2.instance_profile_attach). No instance has to be replaced.
  - EC2 Fleets and Spot Fleet requests of the type V(maintain) that launch from one of O(launch_templates) are changed like groups.
    AWS can't change fleets of other types, or fleets with launch specifications. A warning lists them.
  - If a group fails, the others are still changed. The task fails at the end, and its result has a row for each group.
author:
  - The keyless.ec2 authors (@keyless-ec2)
options:
  auto_scaling_groups:
    description:
      - The Auto Scaling groups, by name.
      - One of O(auto_scaling_groups), O(filters), O(launch_templates) and O(undo) is required. The first three can be combined.
    type: list
    elements: str
    aliases: [auto_scaling_group]
  filters:
    description:
      - Selects the Auto Scaling groups that match all of these filters. Each filter has a value or a list of values.
      - The available filters are V(tag:<key>), V(tag-key) and V(tag-value).
    type: dict
  launch_templates:
    description:
      - Launch templates, by id or name. New versions with the instance profile replace the default version, the latest version, and
        the versions that fleets of the type V(maintain) use by number. These fleets get the new numbers.
      - What V($Latest) stands for stays the same except for the profile.
      - Use this for templates that something other than a group launches from. The templates of the selected groups are found by the
        module. Existing instances of fleets are left alone, see M(keyless.ec2.instance_profile_attach).
    type: list
    elements: str
    aliases: [launch_template]
  instance_profile:
    description:
      - The name or the ARN of the instance profile.
      - Required with O(state=present), unless O(undo) is given.
      - With O(state=absent), only what launches with this profile is changed.
    type: str
    aliases: [name, iam_instance_profile]
  state:
    description:
      - V(present) sets the instance profile to launch with.
      - V(absent) removes it, so that new instances have no instance profile, and detaches it from the instances of the groups.
    type: str
    choices: [present, absent]
    default: present
  on_conflict:
    description:
      - What to do with a group, a launch template, a fleet or an instance that has another instance profile.
      - V(replace) replaces the profile. V(skip) leaves it as it is. V(fail) also leaves it as it is, and the task fails after the
        others are done.
    type: str
    choices: [replace, skip, fail]
    default: replace
  on_loss:
    description:
      - What to do if instances would lose permissions. Lost permissions are those that the role of the former instance profile
        allows and the role of the new one does not. See M(keyless.ec2.instance_profile_attach) for how they are found.
      - V(ignore) does not check this. V(warn) warns before anything is changed. V(fail) leaves such a group, fleet, launch
        template or instance as it is, and the task fails after the others are done. With V(warn) and V(fail), C(lost) in the rows
        lists the lost permissions.
    type: str
    choices: [ignore, warn, fail]
    default: ignore
  members:
    description:
      - Whether the running instances of the groups, and those in their warm pools, get the instance profile too.
    type: bool
    default: true
  include_managed:
    description:
      - Whether to change groups and fleets that Amazon EKS, Karpenter, Elastic Beanstalk, AWS Batch, CloudFormation, kops or a similar
        service manage. The manager is identified by their tags, see M(keyless.ec2.instance_profile_attach).
      - With V(false), they are skipped, and their instances are left alone, because the manager would revert the change. The result
        says where to set the profile instead.
    type: bool
    default: false
  convert_launch_configurations:
    description:
      - Whether to replace launch configurations, which can't be changed, with launch templates. The launch template has the name and
        all data of the launch configuration. The launch configuration is not deleted. The group gets the launch template by its id; in check
        mode, RV(actions) has the name, because there is no id yet.
      - With V(false), a group fails if its launch configuration would have to change.
    type: bool
    default: false
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
  - keyless.ec2.changes
seealso:
  - module: keyless.ec2.instance_profile_attach
  - module: keyless.ec2.iam_ec2_role
  - name: Launch templates of Auto Scaling groups
    description: Which version of a launch template a group launches from.
    link: https://docs.aws.amazon.com/autoscaling/ec2/userguide/launch-templates.html
notes:
  - O(undo) also accepts what M(keyless.ec2.instance_profile_attach) returned. V($Latest) can't stand for an older version again, so the version that
    it stood for is copied to a new version. A value of the role P(keyless.ec2.launch_group#role) can also have the former C(Tags) and
    C(TargetGroupARNs) of a group.
  - In check mode, the number of a new version is the number after the latest version. AWS assigns another number if the latest
    versions were deleted.
  - The module needs the permissions C(autoscaling:DescribeAutoScalingGroups), C(ec2:DescribeLaunchTemplateVersions),
    C(ec2:DescribeFleets), C(ec2:DescribeSpotFleetRequests) and C(iam:GetInstanceProfile). To make changes, it also needs
    C(ec2:CreateLaunchTemplateVersion), C(ec2:ModifyLaunchTemplate) and C(autoscaling:UpdateAutoScalingGroup), and for fleets
    C(ec2:ModifyFleet) and C(ec2:ModifySpotFleetRequest).
  - As for any launch from a template, AWS also requires C(ec2:RunInstances), C(iam:PassRole) on the role in the instance
    profile, and C(ec2:CreateTags) if the template tags what it launches.
  - Groups with warm pools also need C(autoscaling:DescribeWarmPool). Groups with launch configurations also need
    C(autoscaling:DescribeLaunchConfigurations). O(convert_launch_configurations) also needs C(ec2:CreateLaunchTemplate).
  - O(members) needs the permissions of M(keyless.ec2.instance_profile_attach). These are C(ec2:DescribeInstances),
    C(ec2:DescribeIamInstanceProfileAssociations), C(ec2:AssociateIamInstanceProfile),
    C(ec2:ReplaceIamInstanceProfileAssociation) and C(ec2:DisassociateIamInstanceProfile).
  - O(on_loss) needs C(iam:GetRole), C(iam:GetRolePolicy), C(iam:ListAttachedRolePolicies), C(iam:ListRolePolicies),
    C(iam:GetPolicy) and C(iam:GetPolicyVersion).
  - If the instance profile does not exist, but a role of that name does, the error names the role's instance profile. That needs
    C(iam:ListInstanceProfilesForRole).
  - A persistent Spot Instance request has no launch template, and AWS has no call that changes it.
    M(keyless.ec2.launch_profile_attach_info) lists these requests.
"""

EXAMPLES = r"""
- name: Set the instance profile of a group and attach it to its instances
  keyless.ec2.launch_profile_attach:
    auto_scaling_groups: web
    instance_profile: web

- name: Set it for all groups of a team, except for those that have another profile
  keyless.ec2.launch_profile_attach:
    filters:
      tag:team: shop
    instance_profile: web
    on_conflict: skip
  register: attached

- name: Undo the change
  keyless.ec2.launch_profile_attach:
    undo: "{{ attached.undo }}"

- name: Set the instance profile of a launch template and the fleets that launch from it
  keyless.ec2.launch_profile_attach:
    launch_templates: workers
    instance_profile: workers

- name: Replace the launch configurations of groups
  keyless.ec2.launch_profile_attach:
    auto_scaling_groups:
      - batch-1
      - batch-2
    instance_profile: batch
    convert_launch_configurations: true
"""

RETURN = r"""
auto_scaling_groups:
  description: What was done with each Auto Scaling group. Those of O(auto_scaling_groups) come first.
  returned: when the groups could be read
  type: list
  elements: dict
  contains: &row
    name:
      description: The name of the group or of the launch template, or the id of the fleet.
      type: str
      sample: web
    changed:
      description: Whether the group, launch template or fleet now launches with something else.
      type: bool
      sample: true
    action:
      description:
        - One of V(updated), V(unchanged), V(skipped) and V(failed).
        - In check mode, what would be done.
      type: str
      sample: updated
    before:
      description:
        - What it launched with. RV(ignore:launch_template_id) and RV(ignore:launch_template_name) are those of the launch template,
          RV(ignore:version) is the number of its version, and RV(ignore:instance_profile) is the name of the profile or null.
        - For a mixed instances policy, this is the group's own template, not those of the overrides.
      type: dict
      sample:
        launch_template_id: lt-0123456789abcdef0
        launch_template_name: web
        version: "3"
        instance_profile: old
    after:
      description: What it launches with afterwards, in the same form.
      type: dict
      sample:
        launch_template_id: lt-0123456789abcdef0
        launch_template_name: web
        version: "4"
        instance_profile: web
    managed_by:
      description: What manages the group or the fleet, or null.
      type: str
      sample: Amazon EKS
    also_used_by:
      description: The groups, EC2 Fleets and Spot Fleet requests that were not selected but launch from the same template.
      type: list
      elements: str
      sample: []
    reason:
      description:
        - The reason for the action. Null if it is obvious.
        - V(conflict) means that there was another profile.
        - V(other_profile) means that there is another profile than the one to remove.
        - V(managed) means that something else manages it.
        - V(launch_configuration) means that the group has a launch configuration, which can't be changed.
        - V(permissions_lost) means that O(on_loss=fail) prevented the change.
        - V(unknown_members) means that the installed botocore does not know members of what would be sent back, so that AWS would delete
          them. Nothing was written. The message names the members and what to install.
        - V(not_found) means that it, or the launch template or version that it uses, does not exist.
        - Any other value is an error code of AWS.
      type: str
      sample: conflict
    msg:
      description: The action and its reason in words.
      type: str
      sample: web replaces old
    lost:
      description:
        - What the former role allows and the new one does not. What Systems Manager needs comes first.
        - Null with O(on_loss=ignore).
      type: list
      elements: str
      sample: ["s3:PutObject on arn:aws:s3:::logs/*"]
launch_templates:
  description: What was done with each of O(launch_templates).
  returned: when the groups could be read
  type: list
  elements: dict
  contains: *row
fleets:
  description:
    - What was done with each EC2 Fleet and Spot Fleet request of the type V(maintain) that launches from one of
      O(launch_templates).
    - For a fleet with several launch templates, RV(ignore:before) and RV(ignore:after) have the first one that is in
      O(launch_templates).
  returned: when the groups could be read
  type: list
  elements: dict
  contains: *row
instances:
  description:
    - What was done with each instance of the groups. The rows are the same as in M(keyless.ec2.instance_profile_attach).
    - With O(undo), the reason V(profile_not_found) means that the former instance profile no longer exists, or has no role.
  returned: when the groups could be read
  type: list
  elements: dict
  sample:
    - instance_id: i-0123456789abcdef0
      changed: true
      action: replaced
      before: arn:aws:iam::123456789012:instance-profile/old
      after: arn:aws:iam::123456789012:instance-profile/web
      association_id: iip-assoc-0123456789abcdef0
      reason: conflict
      cause:
      msg: web replaces old
counts:
  description: How many groups, launch templates, fleets and instances have each action.
  returned: when the groups could be read
  type: dict
  sample:
    auto_scaling_groups: {updated: 2, unchanged: 0, skipped: 0, failed: 0}
    launch_templates: {updated: 0, unchanged: 0, skipped: 0, failed: 0}
    fleets: {updated: 0, unchanged: 0, skipped: 0, failed: 0}
    instances: {associated: 4, replaced: 0, detached: 0, unchanged: 0, skipped: 0, failed: 0}
missing:
  description:
    - What does not exist in check mode, and was planned as if an earlier task had created it. Each is also a warning. Without check mode,
      the module or the row fails.
    - Permissions are not compared if the instance profile is missing.
  returned: in check mode, if something does not exist
  type: list
  elements: dict
  sample:
    - kind: instance profile
      name: web
      message: "instance_profile: there is no instance profile 'web' in account 123456789012. Check the spelling."
  contains:
    kind:
      description: V(instance profile), V(Auto Scaling group) or V(launch template).
      type: str
    name:
      description: Its name, as it was given.
      type: str
    message:
      description: The error without check mode.
      type: str
undo:
  description:
    - Pass this as O(undo) to restore everything that was changed.
    - C(account), C(region) and C(collection_version) say where it belongs, and what wrote it.
  returned: when the groups could be read
  type: dict
  sample:
    account: "123456789012"
    region: eu-central-1
    collection_version: 1.0.0
    launch_templates:
      lt-0123456789abcdef0: {default_version: "3", latest_version: "3"}
    auto_scaling_groups:
      web: {LaunchTemplate: {LaunchTemplateId: lt-0123456789abcdef0, Version: "3"}}
    fleets: {}
    instances:
      i-0123456789abcdef0: arn:aws:iam::123456789012:instance-profile/old
msg:
  description: The plan in one sentence in check mode, and otherwise what was done. It names at most three failures.
  returned: always
  type: str
  sample: 2 groups updated, 1 template updated, 4 instances attached.
actions:
  description:
    - The write calls that were made. In check mode, those that would be made.
    - Calls for different launch templates, groups, fleets and instances are made in parallel.
  returned: always
  type: list
  elements: dict
  contains:
    operation:
      description: The API call, named as in IAM policies.
      type: str
      sample: ec2:CreateLaunchTemplateVersion
    target:
      description: What the call changes.
      type: str
      sample: launch-template/lt-0123456789abcdef0
    parameters:
      description: The parameters of the call. User data is left out.
      type: dict
      sample:
        LaunchTemplateId: lt-0123456789abcdef0
        SourceVersion: "3"
        LaunchTemplateData:
          IamInstanceProfile:
            Name: web
diff:
  description: What each changed group, launch template, fleet and instance has, before and after.
  returned: in diff mode
  type: dict
  contains:
    before:
      description: What they had.
      type: dict
      sample: {}
    after:
      description: What they have afterwards.
      type: dict
      sample: {}
error:
  description: The error that AWS returned.
  returned: when AWS refused a read call
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
from ansible_collections.keyless.ec2.plugins.module_utils._common.run import run
from ansible_collections.keyless.ec2.plugins.module_utils._launch.job import LaunchJob
from ansible_collections.keyless.ec2.plugins.module_utils._launch.options import launch_spec
from ansible_collections.keyless.ec2.plugins.module_utils._launch.undo import UndoJob

ARGUMENT_SPEC = {
    "auto_scaling_groups": {"type": "list", "elements": "str", "aliases": ["auto_scaling_group"]},
    "filters": {"type": "dict"},
    "launch_templates": {"type": "list", "elements": "str", "aliases": ["launch_template"]},
    "instance_profile": {"type": "str", "aliases": ["name", "iam_instance_profile"]},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "on_conflict": {"type": "str", "choices": ["replace", "skip", "fail"], "default": "replace"},
    "on_loss": {"type": "str", "choices": ["ignore", "warn", "fail"], "default": "ignore"},
    "members": {"type": "bool", "default": True},
    "include_managed": {"type": "bool", "default": False},
    "convert_launch_configurations": {"type": "bool", "default": False},
    "undo": {"type": "dict"},
    "wait": {"type": "bool", "default": True},
    "wait_timeout": {"type": "int", "default": 300},
    "max_concurrency": {"type": "int", "default": 8},
}
SELECTIONS = ("auto_scaling_groups", "filters", "launch_templates")


def make_job(module: AwsModule) -> LaunchJob | UndoJob:
    options = module.params
    spec = launch_spec(options)
    clients = connect(module, options["max_concurrency"], spec.undo)
    return LaunchJob(spec, clients) if spec.undo is None else UndoJob(spec, clients)


def main() -> None:
    module = AwsModule(
        argument_spec=ARGUMENT_SPEC,
        supports_check_mode=True,
        required_one_of=[(*SELECTIONS, "undo")],
        mutually_exclusive=[(each, "undo") for each in (*SELECTIONS, "instance_profile")],
    )
    run(module, lambda: make_job(module))


if __name__ == "__main__":
    main()
