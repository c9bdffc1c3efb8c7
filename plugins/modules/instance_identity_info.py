#!/usr/bin/python
# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: instance_identity_info
version_added: 1.0.0
short_description: Ask an EC2 instance which role it has, and whether its credentials are good
description:
  - Asks the instance metadata service (IMDS) which instance this is, which role it has, and whether there are good
    credentials of that role, and tells what is wrong, each problem with what mends it.
  - It runs on the instance itself and needs nothing there but a Python that your ansible-core supports on hosts; the
    oldest that was tried is 3.7. It takes no AWS credentials, and without O(actions) calls nothing of AWS but the metadata
    service.
  - Access keys, their ids and session tokens are never returned, logged or kept.
author:
  - The keyless.ec2 authors (@keyless-ec2)
options:
  expected_role:
    description:
      - The name of the role that the instance is to have. Another one is a problem.
    type: str
  wait:
    description:
      - Whether to wait until the credentials of the role are there, those of O(expected_role) if it is given, as after
        an instance profile was attached.
      - It waits as long as there is a problem that time can heal. Those are V(no_profile), V(profile_not_found),
        V(no_credentials), V(trust_refuses_ec2) and V(unexpected_role), and V(imds_unreachable) where this is an EC2
        instance and the metadata service is not turned off.
    type: bool
    default: false
  wait_timeout:
    description:
      - How long to wait at most, in seconds. What is wrong then is returned.
    type: int
    default: 120
  probe_imdsv1:
    description:
      - Whether to ask once without a session token, which tells whether the metadata service answers such requests
        (IMDSv1) too. The answer is in RV(identity.imdsv1_open) and in the problem V(imdsv1_open).
      - Each such request counts in the metric C(MetadataNoToken) or C(MetadataNoTokenRejected) of CloudWatch, by which
        operators see whether anything on the instance still uses IMDSv1. So it is not done unless it is asked for.
      - Where AWS credentials are, M(keyless.ec2.instance_profile_attach_info) tells the same without such a request.
    type: bool
    default: false
  endpoint:
    description:
      - The URL of the metadata service. It may have a path, below which all requests are made.
      - The default is the environment variable E(AWS_EC2_METADATA_SERVICE_ENDPOINT) of the host. If that is not set, it
        is V(http://169.254.169.254), and V(http://[fd00:ec2::254]) where that does not answer, or
        V(http://[fd00:ec2::254]) alone if E(AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE) is V(IPv6).
    type: str
  actions:
    description:
      - Actions to try with the credentials of the role, each by a call that reads no data, changes nothing and costs nothing.
      - Each is the name of the action, such as V(ec2:DescribeInstances), or a dictionary with V(action), V(resource), which is an ARN,
        V(expect), which is V(allowed) unless it is V(denied), and V(call).
      - There are calls for all C(ec2:Describe…) actions, as dry runs, and for C(autoscaling:DescribeAutoScalingGroups),
        C(cloudformation:ListStacks), C(cloudwatch:ListMetrics), C(dynamodb:DescribeTable), C(dynamodb:ListTables),
        C(ecr:DescribeRepositories), C(kms:DescribeKey), C(kms:ListKeys), C(lambda:ListFunctions), C(logs:DescribeLogGroups),
        C(rds:DescribeDBInstances), C(s3:GetBucketLocation), C(s3:GetObject), of which only the headers are asked for,
        C(s3:ListAllMyBuckets), C(s3:ListBucket), C(secretsmanager:DescribeSecret), C(secretsmanager:ListSecrets), C(sns:ListTopics),
        C(sqs:ListQueues), C(ssm:DescribeParameters) and C(sts:GetCallerIdentity). Those about one thing need the V(resource).
      - For any other action, V(call) is the request to make, with V(service) as it signs, and V(method), which is V(GET) unless given, V(path),
        V(query), V(headers), V(body) and V(region). What it does is then up to whoever wrote it.
    type: list
    elements: raw
    default: []
  aws_endpoint:
    description:
      - The URL that all of these calls go to, in the place of AWS's public endpoints in the region of the instance.
    type: str
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
  idempotent:
    support: full
  platform:
    support: full
    description:
      - Any host with Python.
    platforms: posix
extends_documentation_fragment:
  - keyless.ec2.attributes.reads
seealso:
  - module: keyless.ec2.instance_profile_attach
  - module: keyless.ec2.instance_profile_attach_info
    description: The same from outside, by what EC2 and IAM know.
  - name: Instance metadata
    description: What the metadata service is, and how it is configured.
    link: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-metadata.html
notes:
  - A problem does not fail the task. C(failed_when) does, as in the examples.
  - Off EC2 it says so within two seconds.
  - Questions are asked with a session token (IMDSv2) that is good for a minute. None is asked without one (IMDSv1)
    unless O(probe_imdsv1) is true, and then one in all, also with O(wait).
  - No redirect is followed. To the metadata service no proxy is used; the calls of O(actions) go through the proxy of the environment,
    if there is one.
  - An application keeps the credentials that it has, so after a change of role it may go on with the old ones for
    hours.
"""

EXAMPLES = r"""
- name: Ask each instance which role it has
  keyless.ec2.instance_identity_info:
  register: found

- name: Show it
  ansible.builtin.debug:
    msg: "{{ found.msg }}"

- name: Wait until the instance can act as the role that was just attached
  keyless.ec2.instance_identity_info:
    expected_role: web
    wait: true

- name: Fail where anything is wrong, also where IMDSv1 is open
  keyless.ec2.instance_identity_info:
    expected_role: web
    probe_imdsv1: true
  register: strict
  failed_when: strict.problems | length > 0

- name: Fail where the instance can't act as the role, and show whether IMDSv1 is open without failing for it
  keyless.ec2.instance_identity_info:
    expected_role: web
    probe_imdsv1: true
  register: lenient
  failed_when: lenient.problems | rejectattr('code', 'eq', 'imdsv1_open') | length > 0
"""

RETURN = r"""
identity:
  description: What the metadata service says. What it does not say is null.
  returned: always
  type: dict
  contains:
    instance_id:
      description: The id of the instance.
      returned: always
      type: str
      sample: i-0123456789abcdef0
    region:
      description: The region that it is in.
      returned: always
      type: str
      sample: eu-central-1
    account_id:
      description: The id of the AWS account that it belongs to.
      returned: always
      type: str
      sample: "123456789012"
    role_name:
      description: The name of the role that it has.
      returned: always
      type: str
      sample: web
    instance_profile_arn:
      description: The ARN of its instance profile.
      returned: always
      type: str
      sample: arn:aws:iam::123456789012:instance-profile/web
    instance_profile_id:
      description: The id of its instance profile. One that was deleted and made again has another.
      returned: always
      type: str
      sample: AIPACKCEVSQ6C2EXAMPLE
    imdsv1_open:
      description:
        - Whether the metadata service answers without a session token too.
        - Null unless O(probe_imdsv1) is true, and where there was no answer.
      returned: always
      type: bool
      sample: false
    credentials:
      description: What may be known of the credentials of the role.
      returned: always
      type: dict
      contains:
        code:
          description: V(Success), or why there are none.
          returned: always
          type: str
          sample: Success
        type:
          description: Their type.
          returned: always
          type: str
          sample: AWS-HMAC
        expiration:
          description: When they expire, in UTC. New ones are there before.
          returned: always
          type: str
          sample: "2026-01-31T18:00:00Z"
        seconds_left:
          description: How many seconds that is from now, by the clock of the metadata service.
          returned: always
          type: int
          sample: 21540
actions:
  description:
    - What came of O(actions), in their order. One that is not as expected is in RV(problems) too, as V(action_denied), V(action_allowed) or
      V(action_unknown).
  returned: when O(actions) has some
  type: list
  elements: dict
  contains:
    action:
      description: The action.
      type: str
      sample: ec2:DescribeInstances
    resource:
      description: The resource that was named, or null.
      type: str
      sample: arn:aws:s3:::logs
    expect:
      description: What was expected.
      type: str
      sample: allowed
    answer:
      description: V(allowed), V(denied), or V(unknown) where AWS could not be reached or said neither.
      type: str
      sample: denied
    code:
      description: AWS's code, or null.
      type: str
      sample: UnauthorizedOperation
    message:
      description: AWS's message, without its encoded part, or null.
      type: str
      sample: You are not authorized to perform this operation.
problems:
  description:
    - What is wrong, the first to be mended first.
  returned: always
  type: list
  elements: dict
  contains:
    code:
      description:
        - V(imds_unreachable) - the metadata service does not answer. It is turned off, or this is no EC2 instance.
        - V(hop_limit_too_small) - its tokens do not get here, as in a container.
        - V(no_profile) - the instance has no instance profile, or not yet.
        - V(profile_not_found) - the instance profile was deleted, and perhaps made again under its name.
        - V(trust_refuses_ec2) - the trust policy of the role does not let EC2 assume it.
        - V(no_credentials) - there are no credentials for another reason, or they have expired.
        - V(unexpected_role) - the role is not O(expected_role). So it is, too, where O(expected_role) was put into the
          instance profile after that was associated, which only shows here and is mended by
          O(keyless.ec2.instance_profile_attach#module:renew=true). Where there is no role, one of the other codes says why.
        - V(clock_wrong) - the clock of the host is more than five minutes off, so AWS refuses its requests.
        - V(imdsv1_open) - the metadata service answers without a token too; only looked for with O(probe_imdsv1).
        - V(action_denied) - the role may not do one of O(actions).
        - V(action_allowed) - it may do one of which that is not expected.
        - V(action_unknown) - AWS could not be reached, or said neither.
      returned: always
      type: str
      sample: profile_not_found
    message:
      description: What that means, as a sentence.
      returned: always
      type: str
      sample: >-
        The instance profile of the instance i-0123456789abcdef0 was deleted, and perhaps made again. EC2 still goes by
        the old one, so the instance gets no credentials.
    mend:
      description: What mends it.
      returned: always
      type: str
      sample: >-
        Run keyless.ec2.instance_profile_attach with instance_ids=i-0123456789abcdef0 and the instance_profile that it
        is to have, which renews the association.
msg:
  description: Which role the instance acts as, and what is wrong, in one line.
  returned: always
  type: str
  sample: i-0123456789abcdef0 acts as role web (credentials for another 5 h 59 min).
"""

import os

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.keyless.ec2.plugins.module_utils._common.run import report
from ansible_collections.keyless.ec2.plugins.module_utils._identity.info import look

ARGUMENT_SPEC = {
    "expected_role": {"type": "str"},
    "wait": {"type": "bool", "default": False},
    "wait_timeout": {"type": "int", "default": 120},
    "probe_imdsv1": {"type": "bool", "default": False},
    "endpoint": {"type": "str"},
    "actions": {"type": "list", "elements": "raw", "default": []},
    "aws_endpoint": {"type": "str"},
}


def main() -> None:
    module = AnsibleModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    report(module, lambda: look(module.params, os.environ))


if __name__ == "__main__":
    main()
