#!/usr/bin/python
# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: instance_metadata_options
version_added: 1.0.0
short_description: Change the metadata options of EC2 instances and of what launches them, for example to require IMDSv2
description:
  - Changes how the instance metadata service of one instance or of thousands answers, for example that it requires tokens (IMDSv2).
  - Before it requires tokens, the module checks that nothing on the instance still uses IMDSv1. CloudWatch counts the requests without a token
    for each instance. Before it disables the service, it also checks when the role of the instance was last used.
  - The instances are read together, changed in parallel, and waited for together, until the instances follow the new options.
  - If an instance fails, the others are still changed. The task fails at the end, and its result has a row for each instance.
  - The next instances get the options from their launch template. O(launch_templates) and O(auto_scaling_groups) get new versions, as in
    M(keyless.ec2.launch_profile_attach).
author:
  - The keyless.ec2 authors (@keyless-ec2)
options:
  instance_ids:
    description:
      - The instances, by id. Duplicates count once.
      - One of O(instance_ids), O(filters), O(launch_templates), O(auto_scaling_groups) and O(undo) is required. O(undo) can't be combined
        with the others, nor O(instance_ids) with O(filters).
    type: list
    elements: str
    aliases: [instance_id]
  launch_templates:
    description:
      - Launch templates, by name or id, whose next instances get the options.
      - A new version has the options, and everything else from the version that it replaces. It replaces the default version, and becomes the latest
        version. EC2 Fleets and Spot Fleets that use the template in any version are updated, too.
      - Running instances are not changed, and O(on_use) is not checked, because a template has no instances of its own.
      - A template that does not set O(http_tokens) stays as it is if the account's default or C(ImdsSupport) of its image already requires tokens.
        If these can't be read, the option is set.
    type: list
    elements: str
  auto_scaling_groups:
    description:
      - Auto Scaling groups, by name, whose next instances get the options from a new version of their launch template. If a group names a
        version number, it is updated.
      - Their running instances are not changed. Select them with O(filters), for example C(tag:aws:autoscaling:groupName).
      - They say what the next instances use. If one of them still uses what would end, or if that is not known, O(on_use) decides about the group.
      - A group with a launch configuration fails, because launch configurations can't be changed.
    type: list
    elements: str
  http_tokens:
    description:
      - Whether every request needs a token.
      - With V(required), only IMDSv2 works. With V(optional), IMDSv1 works, too.
    type: str
    choices: [optional, required]
  http_endpoint:
    description:
      - Whether the metadata service answers at all.
      - Without it, applications get no credentials of the instance's role.
    type: str
    choices: [enabled, disabled]
  http_put_response_hop_limit:
    description:
      - How many hops a response with a token may travel, from 1 to 64.
      - Containers with a network of their own are one hop away from the instance. They need 2.
    type: int
  http_protocol_ipv6:
    description:
      - Whether the metadata service also answers at its IPv6 address.
    type: str
    choices: [enabled, disabled]
  instance_metadata_tags:
    description:
      - Whether the metadata has the tags of the instance.
      - AWS refuses V(enabled) if the key of a tag has other characters than letters, digits and C(-_+=,.@:).
    type: str
    choices: [enabled, disabled]
  unused_days:
    description:
      - How many days without use are needed, from 1 to 454. These are whole days in UTC, and the current day counts in addition.
      - The use is unknown if there is no data for one of these days. Choose less days for instances that are often stopped.
    type: int
    default: 14
  on_use:
    description:
      - What to do with an instance if O(http_tokens=required) would end requests without a token that it still makes, or O(http_endpoint=disabled)
        would end any use of the metadata service.
      - V(skip) leaves the instance as it is. V(fail) also leaves it as it is, and the task fails after the other instances are done. V(ignore)
        does not check this.
      - An instance whose use is not known is treated in the same way. It is not known if CloudWatch has no data, because the instance
        is too young or was stopped, and if AWS refuses a call.
      - Instances whose metadata service already refuses what would end are not checked.
      - This also applies to O(undo), if a former value ends something.
    type: str
    choices: [skip, ignore, fail]
    default: skip
  include_managed:
    description:
      - Whether to change instances that O(filters) find even if something else manages them, which is recognized as in
        M(keyless.ec2.instance_profile_attach). Its replacements get the options of its manager again.
      - With V(false), such an instance is C(skipped) with the reason V(managed). A warning lists these instances.
      - Instances given by O(instance_ids) or O(undo) are always changed.
      - A group or fleet that something else manages is skipped in the same way, even if it is given by name.
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
  - keyless.ec2.changes.instances
seealso:
  - module: keyless.ec2.instance_profile_attach
  - module: keyless.ec2.launch_profile_attach
  - module: keyless.ec2.instance_metadata_defaults
  - module: keyless.ec2.instance_identity_info
  - module: amazon.aws.ec2_instance
  - name: Use the Instance Metadata Service to access instance metadata
    description: What IMDSv1 and IMDSv2 are.
    link: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html
notes:
  - An option that is not given stays as it is.
  - O(undo) restores only the values of the options that the earlier run changed.
  - A stopped instance follows its new options when it is started, so the module does not wait for it.
  - O(on_use) looks at the CloudWatch metric C(MetadataNoToken) of each instance. It counts the requests without a token that were answered, for all
    software on the instance and its containers. It does not say which software made them, and does not see software that runs less often than
    in O(unused_days).
  - Requests with a token are counted nowhere. So before O(http_endpoint=disabled), the module also looks at C(RoleLastUsed) of the role in the
    instance profile, which lags by up to four hours and is for the role as a whole. It can't see who reads anything but credentials, for example
    cloud-init or a script that reads tags.
  - Containers get no tokens if the hop limit is 1. If tokens are going to be required of a node of a cluster with such a limit, a warning names
    it before anything is changed. The nodes are recognized by their tags, also in check mode. M(keyless.ec2.instance_identity_info) measures the
    same on any host.
  - An instance that is given by id and not found is looked for again for 10 seconds, except in check mode. EC2 may take some seconds to show an
    instance that was just launched.
  - The module needs the permission C(ec2:DescribeInstances). To make changes, it also needs C(ec2:ModifyInstanceMetadataOptions).
  - For O(on_use), it also needs C(cloudwatch:GetMetricData) and, before O(http_endpoint=disabled), C(iam:GetInstanceProfile) and C(iam:GetRole).
  - For O(launch_templates) and O(auto_scaling_groups), it also needs C(autoscaling:DescribeAutoScalingGroups), C(ec2:DescribeLaunchTemplateVersions),
    C(ec2:DescribeFleets) and C(ec2:DescribeSpotFleetRequests), for groups with launch configurations C(autoscaling:DescribeLaunchConfigurations),
    and for templates that do not set O(http_tokens) C(ec2:GetInstanceMetadataDefaults) and C(ec2:DescribeImages). To make changes, it also needs
    C(ec2:CreateLaunchTemplateVersion), C(ec2:ModifyLaunchTemplate) and C(autoscaling:UpdateAutoScalingGroup), and for fleets C(ec2:ModifyFleet)
    and C(ec2:ModifySpotFleetRequest).
  - As for any launch from a template, AWS also requires C(ec2:RunInstances), C(iam:PassRole) on the role in the instance profile, and
    C(ec2:CreateTags) if the template tags what it launches.
"""

EXAMPLES = r"""
- name: Require IMDSv2 on an instance that does not use IMDSv1 any more
  keyless.ec2.instance_metadata_options:
    instance_ids: i-0123456789abcdef0
    http_tokens: required

- name: Require IMDSv2 on all web servers, and let containers reach it
  keyless.ec2.instance_metadata_options:
    filters:
      tag:service: web
    http_tokens: required
    http_put_response_hop_limit: 2
    unused_days: 30
  register: required

- name: Restore the former metadata options
  keyless.ec2.instance_metadata_options:
    undo: "{{ required.undo }}"

- name: Require IMDSv2 on the next instances, too
  keyless.ec2.instance_metadata_options:
    launch_templates: workers
    auto_scaling_groups: web
    http_tokens: required

- name: Require IMDSv2, whether IMDSv1 is still used or not
  keyless.ec2.instance_metadata_options:
    instance_ids:
      - i-0123456789abcdef0
      - i-0123456789abcdef1
    http_tokens: required
    on_use: ignore
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
        - One of V(modified), V(unchanged), V(skipped) and V(failed).
        - In check mode, what would be done.
      type: str
      sample: modified
    before:
      description: The values that the given options had. Null if the instance does not exist.
      type: dict
      sample: {"http_tokens": "optional"}
    after:
      description: The values that the given options have now. Null if the instance does not exist.
      type: dict
      sample: {"http_tokens": "required"}
    state:
      description: V(pending) until the instance follows its options, then V(applied). Null if the instance does not exist.
      type: str
      sample: applied
    auto_scaling_group:
      description: The name of the Auto Scaling group that the instance belongs to, or null.
      type: str
      sample: web
    imdsv1_calls:
      description:
        - How many requests without a token were answered in the last O(unused_days).
        - Null if this is not known or was not needed.
      type: int
      sample: 0
    reason:
      description:
        - The reason for the action. Null if it is obvious.
        - V(in_use) means that the instance still uses what the change would end.
        - V(use_unknown) means that it is not known whether the instance still uses what the change would end.
        - V(managed) means that another service manages the instance, or that AWS refuses changes because a service operates it.
        - V(not_found) means that there is no such instance in the region.
        - V(terminated) means that the instance is terminated or shutting down.
        - V(unknown_options) means that AWS or the installed boto3 does not return the present value of an option, so it could not be restored.
        - V(timed_out) means that a wait took longer than O(wait_timeout).
        - V(changed_meanwhile) means that another client changed the options while this task ran.
        - Any other value is an error code of AWS.
      type: str
      sample: in_use
    msg:
      description: The action and its reason in words.
      type: str
      sample: http_tokens is required instead of optional
auto_scaling_groups:
  description: What was done with each Auto Scaling group of O(auto_scaling_groups).
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
          RV(ignore:version) is the number of its version, and RV(ignore:metadata_options) has the given options. An option that the template
          leaves to AWS's defaults is null.
        - For a mixed instances policy, this is the group's own template, not those of the overrides.
      type: dict
      sample:
        launch_template_id: lt-0123456789abcdef0
        launch_template_name: web
        version: "3"
        metadata_options:
          http_tokens: optional
    after:
      description: What it launches with afterwards, in the same form.
      type: dict
      sample:
        launch_template_id: lt-0123456789abcdef0
        launch_template_name: web
        version: "4"
        metadata_options:
          http_tokens: required
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
        - V(managed) means that something else manages it.
        - V(in_use) means that an instance of the group still uses what the change would end, and V(use_unknown) that this is not known.
        - V(launch_configuration) means that the group has a launch configuration, which can't be changed.
        - V(unknown_members) means that the installed botocore does not know members of what would be sent back, so that AWS would delete
          them. Nothing was written. The message names the members and what to install.
        - V(not_found) means that it, or the launch template or version that it uses, does not exist.
        - Any other value is an error code of AWS.
      type: str
      sample: managed
    msg:
      description: The action and its reason in words.
      type: str
      sample: http_tokens is required instead of optional
launch_templates:
  description: What was done with each launch template of O(launch_templates).
  returned: when the templates could be read
  type: list
  elements: dict
  contains: *row
fleets:
  description: What was done with each EC2 Fleet and Spot Fleet request that uses one of these launch templates.
  returned: when the fleets could be read
  type: list
  elements: dict
  contains: *row
counts:
  description: How many instances have each RV(instances[].action).
  returned: when the instances could be read
  type: dict
  sample:
    modified: 187
    unchanged: 11
    skipped: 2
    failed: 0
missing:
  description: The groups and launch templates that do not exist in check mode, and are planned as if an earlier task had created them. Each is
    also a warning.
  returned: in check mode, if one does not exist
  type: list
  elements: dict
  sample:
    - kind: Auto Scaling group
      name: web
      message: "web: there is no such Auto Scaling group in this region; check the name and the option region"
  contains:
    kind:
      description: V(Auto Scaling group) or V(launch template).
      type: str
    name:
      description: Its name, as it was given.
      type: str
    message:
      description: The error without check mode.
      type: str
undo:
  description:
    - Give this as O(undo) to undo the changes. C(instances) has the former values of the options that changed, for each instance id. With
      O(launch_templates) or O(auto_scaling_groups), C(launch_templates), C(auto_scaling_groups) and C(fleets) have what was used before.
    - C(account), C(region) and C(collection_version) say where it belongs, and what wrote it.
  returned: when the instances could be read
  type: dict
  sample:
    account: "123456789012"
    region: eu-central-1
    collection_version: 1.0.0
    instances:
      i-0123456789abcdef0:
        http_tokens: optional
msg:
  description: The plan in one sentence in check mode, and otherwise what was done. It names at most three failures.
  returned: always
  type: str
  sample: 187 changed, 11 unchanged, 2 skipped (2 in use).
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
      sample: ec2:ModifyInstanceMetadataOptions
    target:
      description: What the call changes.
      type: str
      sample: instance/i-0123456789abcdef0
    parameters:
      description: The parameters of the call.
      type: dict
      sample:
        InstanceId: i-0123456789abcdef0
        HttpTokens: required
diff:
  description:
    - The given options of each changed instance, and what each changed group, fleet and template launches with, before and after.
    - At most 100 instances are shown.
  returned: in diff mode
  type: dict
  contains:
    before:
      description: What the instances had.
      type: dict
      sample:
        i-0123456789abcdef0:
          http_tokens: optional
    after:
      description: What the instances have afterwards.
      type: dict
      sample:
        i-0123456789abcdef0:
          http_tokens: required
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

from ansible_collections.keyless.ec2.plugins.module_utils._aws.module import AwsModule
from ansible_collections.keyless.ec2.plugins.module_utils._aws.region_clients import connect
from ansible_collections.keyless.ec2.plugins.module_utils._common.run import run
from ansible_collections.keyless.ec2.plugins.module_utils._metadata_options.job import MetadataOptionsJob
from ansible_collections.keyless.ec2.plugins.module_utils._metadata_options.options import metadata_spec

ARGUMENT_SPEC = {
    "instance_ids": {"type": "list", "elements": "str", "aliases": ["instance_id"]},
    "filters": {"type": "dict"},
    "launch_templates": {"type": "list", "elements": "str"},
    "auto_scaling_groups": {"type": "list", "elements": "str"},
    "undo": {"type": "dict"},
    "http_tokens": {"type": "str", "choices": ["optional", "required"]},
    "http_endpoint": {"type": "str", "choices": ["enabled", "disabled"]},
    "http_put_response_hop_limit": {"type": "int"},
    "http_protocol_ipv6": {"type": "str", "choices": ["enabled", "disabled"]},
    "instance_metadata_tags": {"type": "str", "choices": ["enabled", "disabled"]},
    "unused_days": {"type": "int", "default": 14},
    "on_use": {"type": "str", "choices": ["skip", "ignore", "fail"], "default": "skip"},
    "include_managed": {"type": "bool", "default": False},
    "wait": {"type": "bool", "default": True},
    "wait_timeout": {"type": "int", "default": 300},
    "max_concurrency": {"type": "int", "default": 8},
}

SELECTIONS = ("instance_ids", "filters", "launch_templates", "auto_scaling_groups", "undo")


def make_job(module: AwsModule) -> MetadataOptionsJob:
    options = module.params
    spec = metadata_spec(options)
    return MetadataOptionsJob(spec, connect(module, options["max_concurrency"], spec.undo))


def main() -> None:
    module = AwsModule(
        argument_spec=ARGUMENT_SPEC,
        supports_check_mode=True,
        required_one_of=[SELECTIONS],
        mutually_exclusive=[("instance_ids", "filters"), *(("undo", each) for each in SELECTIONS[:-1])],
    )
    run(module, lambda: make_job(module))


if __name__ == "__main__":
    main()
