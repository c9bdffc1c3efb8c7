# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter keyless.ec2.differing; a shell over _common.differing."""

from __future__ import annotations

from collections.abc import Mapping

from ansible.errors import AnsibleFilterError

from ansible_collections.keyless.ec2.plugins.module_utils._common.differing import differing


def filter_differing(wanted, found):
    """The entries of ``wanted`` that ``found`` lacks or has otherwise; raises AnsibleFilterError for what is not a dictionary."""
    for name, value in (("what is wanted", wanted), ("found", found)):
        if not isinstance(value, Mapping):
            raise AnsibleFilterError(f"keyless.ec2.differing: {name} must be a dictionary, and is a {type(value).__name__}")
    return differing(wanted, found)


class FilterModule:
    """What Ansible loads."""

    def filters(self):
        """The filters by name."""
        return {"differing": filter_differing}
