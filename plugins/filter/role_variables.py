# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter keyless.ec2.role_variables; a shell over plugin_utils/_variables."""

from __future__ import annotations

from ansible_collections.keyless.ec2.plugins.plugin_utils._variables.ec2_role import role_errors
from ansible_collections.keyless.ec2.plugins.plugin_utils._variables.migrate_keys import migration_errors
from ansible_collections.keyless.ec2.plugins.plugin_utils._variables.operator_policy import policy_errors
from ansible_collections.keyless.ec2.plugins.plugin_utils._variables.retire import retire_errors
from ansible_collections.keyless.ec2.plugins.plugin_utils._variables.role_files import options_of, permissions
from ansible_collections.keyless.ec2.plugins.plugin_utils._variables.unknown import returned_by_host, unknown_variables
from ansible_collections.keyless.ec2.plugins.plugin_utils._variables.verify import verify_errors

VALUES = {
    "ec2_role": role_errors,
    "migrate_keys": migration_errors,
    "operator_policy": lambda given: policy_errors(permissions(), **given),
    "retire": retire_errors,
    "verify": verify_errors,
}


def unknown(role, names):
    """An error for each variable with the role's prefix that the role does not know, among the names of all variables."""
    return unknown_variables(role, map(str, names), options_of(role))


def filter_role_variables(names, role, options=None, facts=()):
    """The errors in the variables of a role: unknown ones, for some roles values that are not valid, and those among the ``facts`` of the host."""
    return [*returned_by_host(str(role), facts), *unknown(str(role), names), *(VALUES[str(role)](options) if options else ())]


class FilterModule:
    """What Ansible loads."""

    def filters(self):
        """The filters by name."""
        return {"role_variables": filter_role_variables}
