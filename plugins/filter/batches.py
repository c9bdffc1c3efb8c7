# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter keyless.ec2.batches; a shell over _common.batches."""

from __future__ import annotations

from ansible.errors import AnsibleFilterError

from ansible_collections.keyless.ec2.plugins.module_utils._common.batches import batches


def filter_batches(items, sizes):
    """The items in batches of these sizes; raises AnsibleFilterError for what is not a list, or no size."""
    for name, value in (("what is to be divided", items), ("sizes", sizes)):
        if not isinstance(value, (list, tuple)):
            raise AnsibleFilterError(f"keyless.ec2.batches: {name} must be a list, and is a {type(value).__name__}")
    try:
        return batches(items, sizes)
    except ValueError as error:
        raise AnsibleFilterError(f"keyless.ec2.batches: {error}") from error


class FilterModule:
    """What Ansible loads."""

    def filters(self):
        """The filters by name."""
        return {"batches": filter_batches}
