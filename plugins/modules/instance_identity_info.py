#!/usr/bin/python
# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: instance_identity_info
version_added: 1.0.0
short_description: Ask an EC2 instance which role it has, and whether its credentials work
description:
  - Asks the instance metadata service (IMDS) which instance this is, which role it has, and whether valid credentials of that role are
    there. Returns what is wrong, and how to fix it.
  - The module runs on the instance itself. It needs nothing there but a Python version that your ansible-core supports on managed hosts.
    The oldest tested version is 3.7. It needs no AWS credentials. Without O(actions), it calls nothing in AWS but the metadata service.
  - Access keys, access key ids and session tokens are never returned, logged or stored.
author:
  - The keyless.ec2 authors (@keyless-ec2)
options:
  expected_role:
    description:
      - The name of the role that the instance must have. If it has another one, that is a problem.
    type: str
  wait:
    description:
      - Whether to wait until the role's credentials are there, for example after attaching an instance profile. With O(expected_role), the
        module waits for the credentials of that role.
      - The module waits as long as there is a problem that can go away by itself. These are V(no_profile), V(profile_not_found),
        V(no_credentials), V(trust_refuses_ec2) and V(unexpected_role). V(imds_unreachable) is one too, if this is an EC2 instance and its
        metadata service is not turned off.
    type: bool
    default: false
  wait_timeout:
    description:
      - The longest wait, in seconds. Problems that are still there then are returned.
    type: int
    default: 120
  probe_imdsv1:
    description:
      - Whether to send one request without a session token, which shows whether the metadata service accepts such requests (IMDSv1). The
        answer is in RV(identity.imdsv1_allowed) and in the problem V(imdsv1_allowed).
      - Each such request counts in the CloudWatch metric C(MetadataNoToken) or C(MetadataNoTokenRejected), which shows operators whether
        anything on the instance still uses IMDSv1. That is why it is off by default.
      - If you have AWS credentials, M(keyless.ec2.instance_profile_attach_info) finds out the same without such a request.
    type: bool
    default: false
  probe_hop_limit:
    description:
      - Whether to find out if containers on this host get tokens of the metadata service. A container is one network hop further away, so
        the instance's hop limit must be at least V(2). The result is in RV(containers).
      - The module asks for a token from the network namespaces of containers, which takes root (C(become)), and from the host as if it were
        one hop further away, which takes Linux. Nothing is installed or changed.
    type: bool
    default: false
  probe_sdks:
    description:
      - Whether to read the versions of the AWS SDKs on this host, and find those that can't use IMDSv2. These are boto3, botocore and the AWS
        CLI in system directories, and SSM Agent. The result is in RV(sdks).
      - No program is run. Containers, home directories, virtual environments elsewhere than in C(/opt), and SDKs for other languages are not
        searched. Neither are directories in C(/opt) and other system directories that belong to an ordinary user or can't be read; RV(incomplete)
        names them.
    type: bool
    default: false
  endpoint:
    description:
      - The URL of the metadata service. If it has a path, all requests are made under that path.
      - The default is the environment variable E(AWS_EC2_METADATA_SERVICE_ENDPOINT) of the host. If that is not set, it is
        V(http://169.254.169.254), and V(http://[fd00:ec2::254]) if that does not answer. If E(AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE) is
        V(IPv6), only V(http://[fd00:ec2::254]) is used.
    type: str
  actions:
    description:
      - Actions to try with the role's credentials. Each takes one call that reads no data, changes nothing and costs nothing.
      - Each is the name of an action, such as V(ec2:DescribeInstances), or a dictionary with V(action), V(resource), V(expect) and V(call).
        V(resource) is an ARN. V(expect) is V(allowed), the default, or V(denied).
      - There are built-in calls for all C(ec2:Describe…) actions, as dry runs, and for C(autoscaling:DescribeAutoScalingGroups),
        C(cloudformation:ListStacks), C(cloudwatch:ListMetrics), C(dynamodb:DescribeTable), C(dynamodb:ListTables),
        C(ecr:DescribeRepositories), C(kms:DescribeKey), C(kms:ListKeys), C(lambda:ListFunctions), C(logs:DescribeLogGroups),
        C(rds:DescribeDBInstances), C(s3:GetBucketLocation), C(s3:GetObject) (headers only), C(s3:ListAllMyBuckets), C(s3:ListBucket),
        C(secretsmanager:DescribeSecret), C(secretsmanager:ListSecrets), C(sns:ListTopics), C(sqs:ListQueues), C(ssm:DescribeParameters) and
        C(sts:GetCallerIdentity). Actions on a single resource need V(resource).
      - Without permission to list the bucket, S3 does not say whether an object is missing or C(s3:GetObject) is denied. Then the answer is
        V(unknown). To tell them apart, a second call lists nothing of the bucket.
      - For any other action, V(call) describes the request. It has V(service), which is the service name for signing, and optionally
        V(method) (by default V(GET)), V(path), V(query), V(headers), V(body) and V(region). You are responsible for what this request does.
    type: list
    elements: raw
    default: []
  aws_endpoint:
    description:
      - The URL for the calls of O(actions). By default AWS's public endpoints in the instance's region.
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
    description: The same from outside the instance, as known to EC2 and IAM.
  - name: Instance metadata
    description: What the metadata service is, and how to configure it.
    link: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-metadata.html
notes:
  - A problem does not fail the task. Use C(failed_when), as in the examples.
  - On a machine that is not an EC2 instance, the module says so within two seconds.
  - Requests to the metadata service use a session token (IMDSv2) that is valid for one minute. No request is made without a token (IMDSv1)
    unless O(probe_imdsv1=true). Then exactly one is made, even with O(wait=true).
  - Redirects are not followed. The metadata service is called without a proxy. The calls of O(actions) use the proxy of the environment, if
    there is one.
  - Applications keep the credentials that they have. After a change of role, they may use the old ones for hours.
"""

EXAMPLES = r"""
- name: Ask each instance which role it has
  keyless.ec2.instance_identity_info:
  register: found

- name: Show the result
  ansible.builtin.debug:
    msg: "{{ found.msg }}"

- name: Wait until the instance can act as the role that was just attached
  keyless.ec2.instance_identity_info:
    expected_role: web
    wait: true

- name: Fail if anything is wrong, also if IMDSv1 is allowed
  keyless.ec2.instance_identity_info:
    expected_role: web
    probe_imdsv1: true
  register: strict
  failed_when: strict.problems | length > 0

- name: Fail if containers would lose the role's credentials once tokens are required
  keyless.ec2.instance_identity_info:
    probe_hop_limit: true
  become: true
  register: hops
  failed_when: hops.problems | selectattr('code', 'eq', 'hop_limit_too_small') | length > 0

- name: Fail if the instance can't act as the role, but not if IMDSv1 is allowed
  keyless.ec2.instance_identity_info:
    expected_role: web
    probe_imdsv1: true
  register: lenient
  failed_when: lenient.problems | rejectattr('code', 'eq', 'imdsv1_allowed') | length > 0
"""

RETURN = r"""
identity:
  description: What the metadata service returned. Values that it did not return are null.
  returned: always
  type: dict
  contains:
    instance_id:
      description: The id of the instance.
      returned: always
      type: str
      sample: i-0123456789abcdef0
    region:
      description: The region of the instance.
      returned: always
      type: str
      sample: eu-central-1
    account_id:
      description: The id of the AWS account that the instance belongs to.
      returned: always
      type: str
      sample: "123456789012"
    role_name:
      description: The name of the instance's role.
      returned: always
      type: str
      sample: web
    instance_profile_arn:
      description: The ARN of the instance profile.
      returned: always
      type: str
      sample: arn:aws:iam::123456789012:instance-profile/web
    instance_profile_id:
      description: The id of the instance profile. If it is deleted and created again, it gets a new id.
      returned: always
      type: str
      sample: AIPACKCEVSQ6C2EXAMPLE
    imdsv1_allowed:
      description:
        - Whether the metadata service also answers without a session token.
        - Null unless O(probe_imdsv1=true), and if there was no answer.
      returned: always
      type: bool
      sample: false
    credentials:
      description: Details of the role's credentials, without secrets.
      returned: always
      type: dict
      contains:
        code:
          description: V(Success), or the reason why there are no credentials.
          returned: always
          type: str
          sample: Success
        type:
          description: The type of the credentials.
          returned: always
          type: str
          sample: AWS-HMAC
        expiration:
          description: When the credentials expire, in UTC. New ones are there before that.
          returned: always
          type: str
          sample: "2026-01-31T18:00:00Z"
        seconds_left:
          description: How many seconds are left until then, by the clock of the metadata service.
          returned: always
          type: int
          sample: 21540
containers:
  description:
    - Whether the host runs containers, and whether they get tokens.
    - Null unless O(probe_hop_limit=true).
  returned: always
  type: dict
  contains:
    engines:
      description:
        - The container engines on this host, such as V(docker), V(containerd), V(cri-o), V(podman) and V(kubelet). Engines that run without
          root are left out, because they add no hop.
        - Null if there is none among the processes that could be seen, but some were hidden.
      type: list
      elements: str
      sample: [containerd, docker]
    tokens_arrive:
      description: Whether tokens arrive one network hop away from the host. Null if that could not be measured.
      type: bool
      sample: true
    measured_from:
      description:
        - V(container) if a network namespace of a container got an answer, or V(host). Null if nothing could be measured.
      type: str
      sample: container
sdks:
  description: The AWS SDKs on this host. Empty unless O(probe_sdks=true).
  returned: always
  type: list
  elements: dict
  contains:
    name:
      description: V(amazon-ssm-agent), V(awscli), V(boto3) or V(botocore).
      type: str
      sample: botocore
    version:
      description: The version. Null if it can't be read.
      type: str
      sample: 1.34.0
    path:
      description: The file or directory that shows the version.
      type: str
      sample: /usr/lib/python3/dist-packages/botocore-1.34.0.dist-info
    supports_imdsv2:
      description: Whether this version can use IMDSv2. Null if the version can't be read.
      type: bool
      sample: true
incomplete:
  description: What is not known about containers and SDKs. Empty if everything is known, and without O(probe_hop_limit) and O(probe_sdks).
  returned: always
  type: list
  elements: dict
  contains:
    target:
      description: The return value that is not known.
      type: str
      sample: containers.tokens_arrive
    reason:
      description: V(permission_denied), V(not_measured), V(not_searched), V(timeout) or V(unknown_version).
      type: str
      sample: not_measured
    message:
      description: The reason as a sentence.
      type: str
      sample: It could not be measured whether the tokens of the metadata service arrive in containers on this host.
actions:
  description:
    - The result of each of O(actions), in the same order. If an action does not turn out as expected, RV(problems) also has
      V(action_denied), V(action_allowed) or V(action_unknown).
  returned: when O(actions) is not empty
  type: list
  elements: dict
  contains:
    action:
      description: The action.
      type: str
      sample: ec2:DescribeInstances
    resource:
      description: The resource that was given, or null.
      type: str
      sample: arn:aws:s3:::logs
    expect:
      description: What was expected.
      type: str
      sample: allowed
    answer:
      description: V(allowed), V(denied), or V(unknown) if AWS could not be reached or gave neither answer.
      type: str
      sample: denied
    code:
      description: The AWS error code, or null.
      type: str
      sample: UnauthorizedOperation
    message:
      description: The AWS error message without its encoded part, or null.
      type: str
      sample: You are not authorized to perform this operation.
problems:
  description:
    - What is wrong, in the order in which to fix it.
  returned: always
  type: list
  elements: dict
  contains:
    code:
      description:
        - V(imds_unreachable) - the metadata service does not answer. It is turned off, or this is not an EC2 instance.
        - V(hop_limit_too_small) - the metadata service's tokens do not arrive, for example in a container. With O(probe_hop_limit), also if
          they do not arrive in containers on this host.
        - V(no_profile) - the instance has no instance profile, or not yet.
        - V(profile_not_found) - the instance profile was deleted, and perhaps created again with the same name.
        - V(trust_refuses_ec2) - the role's trust policy does not allow EC2 to assume it.
        - V(no_credentials) - there are no credentials for another reason, or they have expired.
        - V(unexpected_role) - the role is not O(expected_role). This also happens if O(expected_role) was put into the instance profile
          after the profile was associated. Only the instance shows that. Use O(keyless.ec2.instance_profile_attach#module:renew=true) to
          fix it. If there is no role at all, one of the other codes says why.
        - V(clock_wrong) - the host's clock is more than five minutes off, so AWS refuses its requests.
        - V(imdsv1_allowed) - the metadata service also answers without a token. This is only checked with O(probe_imdsv1=true).
        - V(sdk_too_old) - there are SDKs that can't use IMDSv2. This is only checked with O(probe_sdks=true).
        - V(action_denied) - the role is denied one of O(actions) that should be allowed.
        - V(action_allowed) - the role is allowed one of O(actions) that should be denied.
        - V(action_unknown) - AWS could not be reached, or gave neither answer.
      returned: always
      type: str
      sample: profile_not_found
    message:
      description: The problem as a sentence.
      returned: always
      type: str
      sample: >-
        The instance profile of the instance i-0123456789abcdef0 was deleted, and perhaps recreated. EC2 still uses the
        old one, so the instance gets no credentials.
    fix:
      description: How to fix it.
      returned: always
      type: str
      sample: >-
        Run keyless.ec2.instance_profile_attach with instance_ids=i-0123456789abcdef0 and the instance_profile that it
        should have, which renews the association.
msg:
  description: One line that says which role the instance acts as, and what is wrong.
  returned: always
  type: str
  sample: i-0123456789abcdef0 acts as role web (credentials for another 5 h 59 min).
"""

import os

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.keyless.ec2.plugins.module_utils._common.run import run_info
from ansible_collections.keyless.ec2.plugins.module_utils._identity.info import gather

ARGUMENT_SPEC = {
    "expected_role": {"type": "str"},
    "wait": {"type": "bool", "default": False},
    "wait_timeout": {"type": "int", "default": 120},
    "probe_imdsv1": {"type": "bool", "default": False},
    "probe_hop_limit": {"type": "bool", "default": False},
    "probe_sdks": {"type": "bool", "default": False},
    "endpoint": {"type": "str"},
    "actions": {"type": "list", "elements": "raw", "default": []},
    "aws_endpoint": {"type": "str"},
}


def main() -> None:
    module = AnsibleModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    run_info(module, lambda: gather(module.params, os.environ))


if __name__ == "__main__":
    main()
