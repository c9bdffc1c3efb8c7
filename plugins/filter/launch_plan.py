# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter keyless.ec2.launch_plan; a shell over plugin_utils/_launch."""

from __future__ import annotations

from ansible_collections.keyless.ec2.plugins.filter.from_survey import filter_from_survey
from ansible_collections.keyless.ec2.plugins.filter.role_variables import unknown
from ansible_collections.keyless.ec2.plugins.module_utils._aws.unknown_regions import known_regions
from ansible_collections.keyless.ec2.plugins.plugin_utils._launch.instances import failure_message, plan
from ansible_collections.keyless.ec2.plugins.plugin_utils._launch.network import Network
from ansible_collections.keyless.ec2.plugins.plugin_utils._launch.profile import RoleProfile, missing_profile
from ansible_collections.keyless.ec2.plugins.plugin_utils._launch.variables import launch_errors
from ansible_collections.keyless.ec2.plugins.plugin_utils._steps.foreign_errors import with_region


def filter_launch_plan(variables, role, results, failure=None):
    """What the role launch launches and returns, from its variables, those of ec2_role, and the results so far.

    After a failed task, only the ``failure``: a message that says what was done.
    """
    profile = RoleProfile(**{name: role[name] for name in role})
    found, check_mode = errors(variables, profile), bool(variables["check_mode"])
    if found:
        return {"errors": found}
    if failure is not None:
        message = failure_message(str(variables["name"]), profile, results, failure["task"], failure["result"])
        return {"failure": with_region(message, variables["region"], _regions())}
    given = (int(variables["count"]), variables["spot"], variables["profile"])
    return {"errors": [], **plan(*given, profile, results, network(variables, results), variables["on_conflict"], check_mode)}


def _regions():
    """The regions that botocore knows; none if it is not installed for Ansible itself, but only for the modules."""
    try:
        return known_regions()
    except NameError:
        return ()


def network(variables, results):
    """The subnet and the security groups, and what is known of them."""
    subnets = [variables["subnet_id"]] if variables["subnet_id"] else []
    found = (results.get("subnets", {}), results.get("groups", {}))
    return Network("launch", "launch_subnet_id", subnets, filter_from_survey(variables["security_groups"], [], "launch_security_groups"), *found)


def errors(variables, profile):
    """All errors in the variables."""
    converted = {
        **{name: variables[name] for name in variables},
        "security_groups": filter_from_survey(variables["security_groups"], [], "launch_security_groups"),
        "tags": filter_from_survey(variables["tags"], {}, "launch_tags"),
    }
    missing = [] if profile.name(variables["profile"]) else [missing_profile("launch")]
    return [*unknown("launch", variables["names"]), *missing, *launch_errors(converted)]


class FilterModule:
    """What Ansible loads."""

    def filters(self):
        """The filters by name."""
        return {"launch_plan": filter_launch_plan}
