# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter keyless.ec2.launch_group_plan; a shell over plugin_utils/_launch_group."""

from __future__ import annotations

from ansible_collections.keyless.ec2.plugins.filter.from_survey import filter_from_survey
from ansible_collections.keyless.ec2.plugins.filter.role_variables import unknown
from ansible_collections.keyless.ec2.plugins.plugin_utils._launch.profile import RoleProfile
from ansible_collections.keyless.ec2.plugins.plugin_utils._launch_group.existing import ExistingGroup
from ansible_collections.keyless.ec2.plugins.plugin_utils._launch_group.failure import result_after_failure
from ansible_collections.keyless.ec2.plugins.plugin_utils._launch_group.plan import plan
from ansible_collections.keyless.ec2.plugins.plugin_utils._launch_group.results import Results
from ansible_collections.keyless.ec2.plugins.plugin_utils._launch_group.variables import group_variables, value_errors

LISTS = ("instance_types", "subnet_ids", "availability_zones", "security_groups", "target_group_arns")


def filter_launch_group_plan(variables, role, results, failure=None):
    """What the role launch_group refuses, writes and returns, from its variables, those of ec2_role, and the results so far.

    After a failed task, only the result.
    """
    values = {name: variables[name] for name in variables}
    values.update({name: filter_from_survey(values[name], [], f"launch_group_{name}") for name in LISTS})
    values["tags"] = filter_from_survey(values["tags"], {}, "launch_group_tags")
    errors = [*unknown("launch_group", values.pop("names")), *value_errors(values)]
    # A tag that is no dictionary would be in the way of the other checks.
    values["tags"] = values["tags"] if isinstance(values["tags"], dict) else {}
    for checked in ("wait_timeout", "region"):
        values.pop(checked, None)
    given = group_variables(values, RoleProfile(**{name: role[name] for name in role}))
    errors += given.errors()
    if errors:
        return {"errors": errors}
    existing = ExistingGroup(_first(results["group_info"], "results"), _first(results["template_info"], "launch_templates"))
    done = Results(**{name: results[name] for name in results if not name.endswith("_info")})
    if failure is not None:
        return result_after_failure(given, existing, done, failure["task"], failure["result"])
    return {"errors": [], **plan(given, existing, done)}


def _first(result, name):
    return next(iter(result.get(name) or ()), {})


class FilterModule:
    """What Ansible loads."""

    def filters(self):
        """The filters by name."""
        return {"launch_group_plan": filter_launch_group_plan}
