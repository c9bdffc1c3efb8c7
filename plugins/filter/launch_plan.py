# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter keyless.ec2.launch_plan; a shell over plugin_utils/_launch."""

from __future__ import annotations

from ansible_collections.keyless.ec2.plugins.plugin_utils._launch.instances import plan
from ansible_collections.keyless.ec2.plugins.plugin_utils._launch.profile import RoleProfile


def filter_launch_plan(variables, role, results):
    """What the role launch launches and returns, from its variables, those of ec2_role, and the results so far."""
    profile = RoleProfile(**{name: role[name] for name in role})
    return plan(int(variables["count"]), variables["spot"], variables["profile"], profile, results)


class FilterModule:
    """What Ansible loads."""

    def filters(self):
        """The filters by name."""
        return {"launch_plan": filter_launch_plan}
