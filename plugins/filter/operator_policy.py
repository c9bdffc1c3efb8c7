# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter keyless.ec2.operator_policy.  See _policy/operator_policy.py."""

from __future__ import annotations

from ansible.errors import AnsibleFilterError

from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import OptionError
from ansible_collections.keyless.ec2.plugins.plugin_utils._variables.operator_policy import policy_for
from ansible_collections.keyless.ec2.plugins.plugin_utils._variables.role_files import permissions


def filter_operator_policy(jobs, features=None, account=None, region=None, **limits):
    """The policy for the jobs; raises AnsibleFilterError for invalid options."""
    try:
        return policy_for(permissions(), jobs, features, account=account, region=region, **limits)
    except OptionError as error:
        raise AnsibleFilterError(f"keyless.ec2.operator_policy: {error}") from error


class FilterModule:
    """The filter, as Ansible loads it."""

    def filters(self):
        """The filters, by name."""
        return {"operator_policy": filter_operator_policy}
