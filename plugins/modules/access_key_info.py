#!/usr/bin/python
# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: access_key_info
version_added: 1.0.0
short_description: Get the owner, status and last use of IAM access keys
description:
  - For each access key, returns the IAM user that owns it, whether it is active, and when, for which service and in
    which region it was last used. Use it to find out whose key is on a host, and whether anything still uses it.
  - The task does not fail if AWS gives no information about a key. RV(access_keys[].msg) says why.
author:
  - The keyless.ec2 authors (@keyless-ec2)
options:
  access_key_ids:
    description:
      - The ids of the access keys. Ids are not secret. Duplicates are ignored.
      - Ids that begin with V(ASIA) belong to temporary credentials. These have no IAM user, so the module makes no calls for
        them.
    type: list
    elements: str
    required: true
    aliases: [access_key_id]
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
  idempotent:
    support: full
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - keyless.ec2.attributes.reads
seealso:
  - module: keyless.ec2.iam_ec2_role
  - module: amazon.aws.iam_access_key
  - module: amazon.aws.iam_access_key_info
notes:
  - Required permissions are C(iam:GetAccessKeyLastUsed) and C(iam:ListAccessKeys). The module makes one call for each
    long-term key and one for each user that owns one. Without C(iam:ListAccessKeys), the status and the creation date
    are null.
  - AWS only gives information about access keys of the account that the task's own credentials belong to.
  - It can take hours until AWS shows that a key was used.
  - IAM is a global service. O(region) only selects the AWS partition.
"""

EXAMPLES = r"""
- name: Find the user of an access key
  keyless.ec2.access_key_info:
    access_key_id: AKIAIOSFODNN7EXAMPLE
  register: found

- name: Show the users whose keys still work
  ansible.builtin.debug:
    msg: "{{ found.access_keys | selectattr('status', 'equalto', 'Active') | map(attribute='user_name') | unique }}"

- name: Fail if one of several keys was used after the hosts got a role
  keyless.ec2.access_key_info:
    access_key_ids:
      - AKIAIOSFODNN7EXAMPLE
      - AKIAI44QH7DHBEXAMPLE
  register: old
  failed_when: used | selectattr('last_used_date', 'gt', '2026-01-31') | length > 0
  vars:
    used: "{{ old.access_keys | selectattr('last_used_date') }}"
"""

RETURN = r"""
access_keys:
  description: The access keys, in the order of O(access_key_ids).
  returned: always
  type: list
  elements: dict
  contains:
    access_key_id:
      description: The id of the access key.
      returned: always
      type: str
      sample: AKIAIOSFODNN7EXAMPLE
    type:
      description: V(long_term) for a key of an IAM user, V(temporary) for a key of temporary credentials.
      returned: always
      type: str
      sample: long_term
    user_name:
      description: The IAM user that owns the key, or null.
      returned: always
      type: str
      sample: deploy
    status:
      description: V(Active) or V(Inactive), or null.
      returned: always
      type: str
      sample: Active
    create_date:
      description: When the key was created, in ISO 8601, or null.
      returned: always
      type: str
      sample: "2021-03-04T10:20:30+00:00"
    last_used_date:
      description: When the key was last used, in ISO 8601. Null if it was never used, or if AWS does not say.
      returned: always
      type: str
      sample: "2026-01-31T08:15:00+00:00"
    last_used_service:
      description: The AWS service that the key was last used for, or null.
      returned: always
      type: str
      sample: s3
    last_used_region:
      description: The region that the key was last used in, or null.
      returned: always
      type: str
      sample: eu-central-1
    used_by_task:
      description: Whether the task itself calls AWS with this key. Deactivating it would lock you out.
      returned: always
      type: bool
      sample: false
    msg:
      description: Why something is unknown, as a sentence, or null.
      returned: always
      type: str
      sample: "This is a temporary key: it has no IAM user, and expires by itself."
error:
  description: The error that AWS returned.
  returned: when AWS refused a call for a reason other than missing permissions or the key itself
  type: dict
  contains:
    code:
      description: The AWS error code.
      type: str
      sample: Throttling
    message:
      description: The AWS error message.
      type: str
      sample: Rate exceeded
    operation:
      description: The API call, named as in IAM policies, or V(credentials) if AWS credentials could not be fetched.
      type: str
      sample: iam:GetAccessKeyLastUsed
    target:
      description: The resource that the call was for.
      type: str
      sample: access-key/AKIAIOSFODNN7EXAMPLE
"""

from ansible_collections.keyless.ec2.plugins.module_utils._access_key.info import gather
from ansible_collections.keyless.ec2.plugins.module_utils._access_key.options import check_access_key_ids
from ansible_collections.keyless.ec2.plugins.module_utils._aws.access_keys import AccessKeys
from ansible_collections.keyless.ec2.plugins.module_utils._aws.clients import client
from ansible_collections.keyless.ec2.plugins.module_utils._aws.module import AwsModule
from ansible_collections.keyless.ec2.plugins.module_utils._common.run import run_info

# Ansible takes an option with "key" in its name for a secret unless told otherwise.
ARGUMENT_SPEC = {
    "access_key_ids": {
        "type": "list",
        "elements": "str",
        "required": True,
        "aliases": ["access_key_id"],
        "no_log": False,
    },
}


def find(module: AwsModule) -> dict:
    ids = module.params["access_key_ids"]
    check_access_key_ids(ids)
    return gather(AccessKeys(client(module, "iam")), ids)


def main() -> None:
    module = AwsModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    run_info(module, lambda: find(module))


if __name__ == "__main__":
    main()
