#!/usr/bin/python
# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: instance_metadata_defaults
version_added: 1.0.0
short_description: Set an account's defaults for the metadata options of new EC2 instances, in all regions
description:
  - Sets the account's defaults for the instance metadata service (IMDS), such as whether IMDSv2 is required, in all regions at once. AWS
    keeps them for each region. The regions are read and changed in parallel.
  - The defaults are for new instances only. A launch that gives an option itself, or whose launch template does, gets that one. What has no
    default comes from the image. Existing instances stay as they are.
  - Options that are omitted stay as they are.
  - If a declarative policy of the organization manages the defaults of a region, and they are not as wanted, the region fails with the
    message of the policy.
  - If a region fails, or can't be read, the others are still changed. The task fails at the end, and its result has a row for each region.
author:
  - The keyless.ec2 authors (@keyless-ec2)
options:
  http_tokens:
    description:
      - Whether new instances require IMDSv2. V(required) refuses requests without a token (IMDSv1), V(optional) allows them.
        V(no-preference) removes the default.
      - One of the defaults or O(undo) is required.
    type: str
    choices: [optional, required, no-preference]
  http_put_response_hop_limit:
    description:
      - How many network hops the token can travel, from V(1) to V(64). Containers usually need V(2). V(-1) removes the default.
    type: int
  http_endpoint:
    description:
      - Whether new instances have the metadata service at all. With V(disabled), they get no credentials of a role.
        V(no-preference) removes the default.
    type: str
    choices: [enabled, disabled, no-preference]
  instance_metadata_tags:
    description:
      - Whether new instances can read their tags from the metadata service. V(no-preference) removes the default.
    type: str
    choices: [enabled, disabled, no-preference]
  http_tokens_enforced:
    description:
      - With V(enabled), AWS refuses every launch whose instance would not require IMDSv2, and every change that makes tokens optional on an
        instance. Auto Scaling groups and fleets with such a launch template then can't launch instances. See O(on_refused_launches).
      - V(no-preference) removes the default.
      - Older versions of botocore don't know this option. Then the task fails before anything is changed.
    type: str
    choices: [enabled, disabled, no-preference]
  on_refused_launches:
    description:
      - What to do with a region if AWS would refuse launches there that it allows now, because O(http_tokens_enforced) is V(enabled) and
        tokens would not be required of them.
      - Reads all Auto Scaling groups with their launch templates and launch configurations, EC2 Fleets, Spot Fleet requests, persistent Spot
        Instance requests and launch templates (default and latest version) of the region first. What they do not say follows from the default
        that the region would have, and then from C(ImdsSupport) of the image. RV(regions[].refused_launches) lists them. A launch for which that
        is not known counts as one that AWS would refuse. If they could not be read, the region is treated in the same way.
      - V(skip) leaves the region as it is, and a warning says so. V(fail) also leaves it as it is, and the task fails after the other regions
        are done. V(ignore) does not read what launches instances.
      - Launches that give their options themselves, for example by RunInstances in a script, can't be found in this way.
    type: str
    choices: [skip, ignore, fail]
    default: skip
  regions:
    description:
      - The regions. By default all enabled regions of the account.
    type: list
    elements: str
  undo:
    description:
      - RV(undo) of an earlier run. What that run changed is restored, in its regions. If the account is another one, the task fails before
        anything is changed.
      - O(on_refused_launches) applies here, too.
    type: dict
  max_concurrency:
    description:
      - How many regions to read and change in parallel, up to 256.
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
  - module: keyless.ec2.instance_metadata_options
  - module: keyless.ec2.launch_profile_attach_info
  - module: keyless.ec2.estate_info
  - name: Order of precedence for instance metadata options
    description: Which of the launch, the account and the image sets an option.
    link: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-options.html
notes:
  - The module needs the permissions C(ec2:GetInstanceMetadataDefaults) and C(ec2:ModifyInstanceMetadataDefaults), and without O(regions)
    C(ec2:DescribeRegions).
  - For O(on_refused_launches), it also needs C(autoscaling:DescribeAutoScalingGroups), C(autoscaling:DescribeLaunchConfigurations),
    C(ec2:DescribeFleets), C(ec2:DescribeSpotFleetRequests), C(ec2:DescribeSpotInstanceRequests), C(ec2:DescribeLaunchTemplateVersions) and
    C(ec2:DescribeImages), and only for regions in which the enforcement or the default for tokens changes while IMDSv2 is enforced.
  - The region of the connection only matters for finding out which regions are enabled. Without one, V(us-east-1) is used.
  - The module makes two calls, one more for each region, and one more for each region that changes. For O(on_refused_launches), it makes about
    six more for each region in which launches may be refused.
"""

EXAMPLES = r"""
- name: Require IMDSv2 for new instances, in all regions
  keyless.ec2.instance_metadata_defaults:
    http_tokens: required
    http_put_response_hop_limit: 2
  register: defaults

- name: Restore the former defaults
  keyless.ec2.instance_metadata_defaults:
    undo: "{{ defaults.undo }}"

- name: Refuse launches without IMDSv2 in two regions
  keyless.ec2.instance_metadata_defaults:
    http_tokens: required
    http_tokens_enforced: enabled
    regions:
      - eu-central-1
      - eu-west-1
"""

RETURN = r"""
regions:
  description: What was done in each region.
  returned: when the regions could be listed
  type: list
  elements: dict
  contains:
    region:
      description: The name of the region.
      type: str
      sample: eu-central-1
    changed:
      description: Whether the defaults of the region changed.
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
        - The former defaults. What has no default is V(no-preference), or V(-1) for the hop limit. What the installed botocore does not know
          is left out.
        - Null if they could not be read.
      type: dict
      sample:
        http_tokens: no-preference
        http_endpoint: no-preference
        instance_metadata_tags: no-preference
        http_tokens_enforced: no-preference
        http_put_response_hop_limit: -1
    after:
      description: The defaults afterwards, in the same form.
      type: dict
      sample:
        http_tokens: required
        http_endpoint: no-preference
        instance_metadata_tags: no-preference
        http_tokens_enforced: no-preference
        http_put_response_hop_limit: 2
    managed_by:
      description: What manages the defaults, V(account) or V(declarative-policy). Null if that could not be read.
      type: str
      sample: account
    reason:
      description:
        - Why the region was skipped or failed. Null if it was not.
        - V(launches_refused) means that AWS would refuse the launches in RV(regions[].refused_launches), and V(launches_unknown) that what
          launches instances could not be read. See O(on_refused_launches).
        - V(declarative_policy) means that a declarative policy of the organization manages the defaults. V(managed) means that something
          else does, which this version does not know.
        - Any other value is an error code of AWS.
      type: str
      sample: declarative_policy
    refused_launches:
      description: The launches because of which the region was skipped or failed. Empty if there are none.
      type: list
      elements: dict
      contains:
        kind:
          description: V(Auto Scaling group), V(EC2 Fleet), V(Spot Fleet), V(Spot Instance request) or V(launch template).
          type: str
          sample: Auto Scaling group
        name:
          description: Its name or id.
          type: str
          sample: web
        launch_template_name:
          description: The name of the launch template, or null for a launch configuration or a launch specification.
          type: str
          sample: web
        version:
          description: The number of the version of the launch template, or null.
          type: str
          sample: "3"
        http_tokens:
          description: V(optional), or null if it is not known what the launch would get.
          type: str
          sample: optional
    msg:
      description: What was done in words, or why it was skipped or failed.
      type: str
      sample: http_tokens changes from no-preference to required
counts:
  description: How many regions have each action.
  returned: when the regions could be listed
  type: dict
  sample: {updated: 16, unchanged: 1, skipped: 0, failed: 0}
undo:
  description:
    - Pass this as O(undo) to restore the former defaults.
    - C(account) says which account it belongs to, and C(collection_version) what wrote it.
  returned: when the regions could be listed
  type: dict
  sample:
    account: "123456789012"
    region: eu-central-1
    collection_version: 1.0.0
    regions:
      eu-central-1: {http_tokens: no-preference, http_put_response_hop_limit: -1}
actions:
  description: The write calls that were made. In check mode, those that would be made. Calls for different regions are made in parallel.
  returned: always
  type: list
  elements: dict
  contains:
    operation:
      description: The API call, named as in IAM policies.
      type: str
      sample: ec2:ModifyInstanceMetadataDefaults
    target:
      description: The region.
      type: str
      sample: eu-central-1
    parameters:
      description: The parameters of the call.
      type: dict
      sample:
        HttpTokens: required
        HttpPutResponseHopLimit: 2
diff:
  description: The defaults that change, by region, before and after.
  returned: in diff mode
  type: dict
  contains:
    before:
      description: What they were.
      type: dict
      sample:
        eu-central-1: {http_tokens: no-preference}
    after:
      description: What they are afterwards.
      type: dict
      sample:
        eu-central-1: {http_tokens: required}
msg:
  description: The plan in one sentence in check mode, and otherwise what was done. It names at most three failures.
  returned: always
  type: str
  sample: 16 regions updated, 1 region unchanged.
error:
  description: The error that AWS returned.
  returned: when AWS refused to list the regions
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
      sample: ec2:DescribeRegions
    target:
      description: The target of the call.
      type: str
      sample: "*"
"""

from ansible_collections.keyless.ec2.plugins.module_utils._aws.module import AwsModule
from ansible_collections.keyless.ec2.plugins.module_utils._common.run import run
from ansible_collections.keyless.ec2.plugins.module_utils._metadata_defaults.job import Connections, DefaultsJob
from ansible_collections.keyless.ec2.plugins.module_utils._metadata_defaults.options import NAMES, defaults_spec

SWITCH = ["enabled", "disabled", "no-preference"]
ARGUMENT_SPEC = {
    "http_tokens": {"type": "str", "choices": ["optional", "required", "no-preference"]},
    "http_put_response_hop_limit": {"type": "int"},
    "http_endpoint": {"type": "str", "choices": SWITCH},
    "instance_metadata_tags": {"type": "str", "choices": SWITCH},
    "http_tokens_enforced": {"type": "str", "choices": SWITCH},
    "on_refused_launches": {"type": "str", "choices": ["skip", "ignore", "fail"], "default": "skip"},
    "regions": {"type": "list", "elements": "str"},
    "undo": {"type": "dict"},
    "max_concurrency": {"type": "int", "default": 8},
}


def make_job(module: AwsModule) -> DefaultsJob:
    return DefaultsJob(defaults_spec(module.params), Connections(module), module.params["max_concurrency"])


def main() -> None:
    module = AwsModule(
        argument_spec=ARGUMENT_SPEC,
        supports_check_mode=True,
        required_one_of=[(*NAMES, "undo")],
        mutually_exclusive=[(each, "undo") for each in (*NAMES, "regions")],
    )
    run(module, lambda: make_job(module))


if __name__ == "__main__":
    main()
