# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter keyless.ec2.trust_policy.  See _policy/trusted_entities.py."""

from __future__ import annotations

from ansible.errors import AnsibleFilterError

from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import OptionError
from ansible_collections.keyless.ec2.plugins.module_utils._policy.trusted_entities import build_trust_policy


def filter_trust_policy(entities, partition="aws"):
    """The trust policy for the entities; raises AnsibleFilterError for invalid ones."""
    try:
        return build_trust_policy("trusted_entities", entities, partition)
    except OptionError as error:
        raise AnsibleFilterError(f"keyless.ec2.trust_policy: {error}") from error


class FilterModule:
    """The filter, as Ansible loads it."""

    def filters(self):
        """The filters, by name."""
        return {"trust_policy": filter_trust_policy}
