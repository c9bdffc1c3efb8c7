#!/usr/bin/python
# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: launch_profile_attach
version_added: 1.0.0
short_description: Have launch templates, Auto Scaling groups and fleets launch with an instance profile, and give it to instances
description:
  - Gives what launches instances another instance profile, so that the next instance has it too. A profile that is attached
    to an instance of an Auto Scaling group alone is gone with its replacement.
  - Finds the versions of launch templates that each group really uses, also in the overrides of a mixed instances policy, and
    makes one new version of each, in which nothing is different but the instance profile. The new version is read back and
    compared before a group is given it.
  - A group that names a version by its number is given the new number, with all else of it as it was. V($Default) is moved,
    and V($Latest) needs nothing more. Where somebody uses V($Latest), it stays what it was but for the profile.
  - The running instances of the groups, and those in their warm pools, get the profile in place, as
    M(keyless.ec2.instance_profile_attach) does it. Nothing has to be replaced.
  - So are EC2 Fleets and Spot Fleet requests of the type V(maintain) that launch from one of O(launch_templates). Fleets of
    another type, and those with launch specifications, can't be changed in AWS. They are told in a warning.
  - A group with which it does not work never stops the others. The task fails at the end, and its result has a row for each.
author:
  - The keyless.ec2 authors (@keyless-ec2)
options:
  auto_scaling_groups:
    description:
      - The Auto Scaling groups, by name.
      - One of O(auto_scaling_groups), O(filters), O(launch_templates) and O(undo) is required; the first three go together.
    type: list
    elements: str
    aliases: [auto_scaling_group]
  filters:
    description:
      - The Auto Scaling groups that match all of these filters, each with a value or a list of values.
      - There are V(tag:<key>), V(tag-key) and V(tag-value).
    type: dict
  launch_templates:
    description:
      - Launch templates, by id or name. Their default version and their latest one get the instance profile, and so do the
        versions that fleets of the type V(maintain) name by their numbers. The fleets are given the new numbers.
      - V($Latest) stays what it was but for the profile.
      - This is for templates that something else than a group launches from. Those of groups are found by the groups. Instances
        of fleets that run already are left alone, see M(keyless.ec2.instance_profile_attach).
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
      - V(present) has the instance profile launched with.
      - V(absent) has none launched with, and detaches it from the instances.
    type: str
    choices: [present, absent]
    default: present
  on_conflict:
    description:
      - What to do with a group, a launch template, a fleet or an instance that has another instance profile.
      - V(replace) replaces it, V(skip) leaves it as it is, V(fail) does too and the task fails after the others are done.
    type: str
    choices: [replace, skip, fail]
    default: replace
  on_loss:
    description:
      - What to do where instances would lose permissions with the other instance profile. That is what the role of the one
        allows, and the role of the other does not; M(keyless.ec2.instance_profile_attach) says how it is found.
      - V(ignore) does not look, V(warn) warns before anything is written. V(fail) leaves such a group, fleet, launch
        template or instance as it is, and the task fails after the others are done. With the last two, C(lost) in the rows tells what it is.
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
      - Whether to change groups and fleets that something else looks after, which their tags tell. These are those of Amazon
        EKS, Karpenter, Elastic Beanstalk, AWS Batch and CloudFormation.
      - With V(false) they are skipped with the place where the profile is to be set, and their instances are left alone. A change
        here would be undone.
    type: bool
    default: false
  convert_launch_configurations:
    description:
      - Whether to put a launch template in the place of a launch configuration, which can't be changed. It has all of its data
        and its name; the launch configuration stays.
      - With V(false), a group with a launch configuration that has another instance profile is a failure.
    type: bool
    default: false
  undo:
    description:
      - RV(undo) of an earlier run. What that has changed is put back.
      - A version that V($Latest) stood for is copied to a new one, because versions have no way back.
    type: dict
  wait:
    description:
      - Whether to wait until AWS shows every instance with what it is to have.
    type: bool
    default: true
  wait_timeout:
    description:
      - How long each waiting for an instance may last at most, in seconds.
    type: int
    default: 300
  max_concurrency:
    description:
      - How many calls for instances to make at the same time.
    type: int
    default: 8
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
  - module: keyless.ec2.iam_ec2_role
  - name: Launch templates of Auto Scaling groups
    description: Which version of a launch template a group launches from.
    link: https://docs.aws.amazon.com/autoscaling/ec2/userguide/launch-templates.html
notes:
  - The number of a version that check mode tells is the next one. AWS gives another where the latest versions were deleted.
  - It takes the permissions C(autoscaling:DescribeAutoScalingGroups), C(ec2:DescribeLaunchTemplateVersions),
    C(ec2:DescribeFleets), C(ec2:DescribeSpotFleetRequests) and C(iam:GetInstanceProfile), and for what is to be changed
    C(ec2:CreateLaunchTemplateVersion), C(ec2:ModifyLaunchTemplate) and C(autoscaling:UpdateAutoScalingGroup), for fleets
    C(ec2:ModifyFleet) and C(ec2:ModifySpotFleetRequest).
  - As for any launch from a template, AWS also asks for C(ec2:RunInstances), for C(iam:PassRole) of the role in the instance
    profile, and for C(ec2:CreateTags) where the template tags what it launches.
  - Groups with warm pools also take C(autoscaling:DescribeWarmPool), those with launch configurations
    C(autoscaling:DescribeLaunchConfigurations), and with O(convert_launch_configurations) C(ec2:CreateLaunchTemplate).
  - O(members) takes what M(keyless.ec2.instance_profile_attach) does. These are C(ec2:DescribeInstances),
    C(ec2:DescribeIamInstanceProfileAssociations), C(ec2:AssociateIamInstanceProfile),
    C(ec2:ReplaceIamInstanceProfileAssociation) and C(ec2:DisassociateIamInstanceProfile).
  - O(on_loss) takes C(iam:GetRole), C(iam:GetRolePolicy), C(iam:ListAttachedRolePolicies), C(iam:ListRolePolicies),
    C(iam:GetPolicy) and C(iam:GetPolicyVersion).
  - A persistent Spot Instance request has no launch template, and AWS has no call that changes it. What there is of these tells
    M(keyless.ec2.launch_profile_attach_info).
"""

EXAMPLES = r"""
- name: Give a group the instance profile, now and for every instance to come
  keyless.ec2.launch_profile_attach:
    auto_scaling_groups: web
    instance_profile: web

- name: The same for all groups of a team, but not for those that have another profile
  keyless.ec2.launch_profile_attach:
    filters:
      tag:team: shop
    instance_profile: web
    on_conflict: skip
  register: attached

- name: Put back what was there before
  keyless.ec2.launch_profile_attach:
    undo: "{{ attached.undo }}"

- name: A launch template, and the fleets that launch from it
  keyless.ec2.launch_profile_attach:
    launch_templates: workers
    instance_profile: workers

- name: Groups that still have launch configurations
  keyless.ec2.launch_profile_attach:
    auto_scaling_groups:
      - batch-1
      - batch-2
    instance_profile: batch
    convert_launch_configurations: true
"""

RETURN = r"""
auto_scaling_groups:
  description: What was done with each Auto Scaling group, those of O(auto_scaling_groups) first.
  returned: when the groups could be read
  type: list
  elements: dict
  contains: &row
    name:
      description: The name of the group or of the launch template, the id of the fleet.
      type: str
      sample: web
    changed:
      description: Whether it launches with something else now.
      type: bool
      sample: true
    action:
      description:
        - One of V(updated), V(unchanged), V(skipped) and V(failed).
        - In check mode what would be.
      type: str
      sample: updated
    before:
      description:
        - What it launched with. The launch template by RV(ignore:launch_template_id) and RV(ignore:launch_template_name), the
          number of its RV(ignore:version), and the name of the RV(ignore:instance_profile), or null.
        - Of a mixed instances policy this is the group's own template, not those of its overrides.
      type: dict
      sample:
        launch_template_id: lt-0123456789abcdef0
        launch_template_name: web
        version: "3"
        instance_profile: old
    after:
      description: The same afterwards.
      type: dict
      sample:
        launch_template_id: lt-0123456789abcdef0
        launch_template_name: web
        version: "4"
        instance_profile: web
    managed_by:
      description: What looks after the group or the fleet, or null.
      type: str
      sample: Amazon EKS
    also_used_by:
      description: The groups, EC2 Fleets and Spot Fleet requests that were not asked for and launch from the same template.
      type: list
      elements: str
      sample: []
    reason:
      description:
        - Why, where it is not plain. V(conflict) for another profile, V(other_profile) for one that was not to be taken away,
          V(managed), V(launch_configuration), V(permissions_lost) for O(on_loss=fail), V(not_found), or the error code of AWS.
      type: str
      sample: conflict
    msg:
      description: The same for people.
      type: str
      sample: web takes the place of old
    lost:
      description:
        - What the former role allows and the new one does not, what Systems Manager needs first.
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
    - Of a fleet with several launch templates, RV(ignore:before) and RV(ignore:after) have the first one that is asked for.
  returned: when the groups could be read
  type: list
  elements: dict
  contains: *row
instances:
  description: What was done with each instance of the groups. The rows are those of M(keyless.ec2.instance_profile_attach).
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
      msg: web takes the place of old
counts:
  description: How many there are of each action, of groups, of launch templates, of fleets and of instances.
  returned: when the groups could be read
  type: dict
  sample:
    auto_scaling_groups: {updated: 2, unchanged: 0, skipped: 0, failed: 0}
    launch_templates: {updated: 0, unchanged: 0, skipped: 0, failed: 0}
    fleets: {updated: 0, unchanged: 0, skipped: 0, failed: 0}
    instances: {associated: 4, replaced: 0, detached: 0, unchanged: 0, skipped: 0, failed: 0}
undo:
  description: What puts back what was there, to be given as O(undo).
  returned: when the groups could be read
  type: dict
  sample:
    launch_templates:
      lt-0123456789abcdef0: {default_version: "3", latest_version: "3"}
    auto_scaling_groups:
      web: {LaunchTemplate: {LaunchTemplateId: lt-0123456789abcdef0, Version: "3"}}
    fleets: {}
    instances:
      i-0123456789abcdef0: arn:aws:iam::123456789012:instance-profile/old
actions:
  description:
    - The writing calls that were made, in check mode those that would be made.
    - Those on different launch templates, groups, fleets and instances are made side by side.
  returned: always
  type: list
  elements: dict
  contains:
    operation:
      description: The call, named as in IAM policies.
      type: str
      sample: ec2:CreateLaunchTemplateVersion
    target:
      description: What it changes.
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
  description: What each group, launch template, fleet and instance that changes has, before and after.
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
  description: What AWS answered.
  returned: when AWS refused a reading call
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

from ansible_collections.keyless.ec2.plugins.module_utils._common.run import run
from ansible_collections.keyless.ec2.plugins.module_utils._launch.aws import connect
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


def make_job(module: AnsibleAWSModule) -> LaunchJob | UndoJob:
    options = module.params
    filters = None if options["filters"] is None else ansible_dict_to_boto3_filter_list(options["filters"])
    spec = launch_spec(options, filters)
    return (LaunchJob if spec.undo is None else UndoJob)(spec, connect(module, options["max_concurrency"]))


def main() -> None:
    module = AnsibleAWSModule(
        argument_spec=ARGUMENT_SPEC,
        supports_check_mode=True,
        required_one_of=[(*SELECTIONS, "undo")],
        mutually_exclusive=[(each, "undo") for each in (*SELECTIONS, "instance_profile")],
    )
    run(module, lambda: make_job(module))


if __name__ == "__main__":
    main()
