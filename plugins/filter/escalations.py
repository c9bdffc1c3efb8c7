# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter keyless.ec2.escalations.  See _policy/escalations.py."""

from __future__ import annotations

import json

from ansible.errors import AnsibleFilterError

from ansible_collections.keyless.ec2.plugins.module_utils._policy.document import parse_policy
from ansible_collections.keyless.ec2.plugins.module_utils._policy.escalations import describe_escalations
from ansible_collections.keyless.ec2.plugins.module_utils._policy.findings import PolicyError
from ansible_collections.keyless.ec2.plugins.module_utils._policy.permissions_policy import check_permissions_policy


def filter_escalations(policies):
    """What whoever holds the policy, or all policies of a list, can become; raises AnsibleFilterError for an invalid policy."""
    documents = policies if isinstance(policies, (list, tuple)) else [policies]
    try:
        return describe_escalations([_checked(each) for each in documents])
    except PolicyError as error:
        raise AnsibleFilterError(f"keyless.ec2.escalations: {error}") from error


def _checked(policy):
    # Plain values, without Ansible's own types
    document = parse_policy("policy", policy if isinstance(policy, str) else json.loads(json.dumps(policy, default=str)))
    check_permissions_policy("policy", document)
    return document


class FilterModule:
    """The filter, as Ansible loads it."""

    def filters(self):
        """The filters, by name."""
        return {"escalations": filter_escalations}
