# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter keyless.ec2.retirement.  See plugin_utils/_retire."""

from __future__ import annotations

import json
from datetime import datetime

from ansible.module_utils.parsing.convert_bool import boolean

from ansible_collections.keyless.ec2.plugins.plugin_utils._retire.failure import is_unreachable, result_after_failure, rollback
from ansible_collections.keyless.ec2.plugins.plugin_utils._retire.retirement import Options, plan_retirement
from ansible_collections.keyless.ec2.plugins.plugin_utils._retire.rollback import Results


def filter_retirement(found, variables, failure=None):
    """What the role retire does next, and what it reports.  After a failed task, only the result."""
    time = found.get("aws_time")
    options = Options(
        name=str(variables["name"]),
        state=str(variables["state"]),
        after_days=int(variables["after_days"]),
        although_used=boolean(variables["although_used"]),
        now=None if time is None else datetime.fromisoformat(str(time)),
        check_mode=bool(variables["check_mode"]),
        policy=str(variables.get("quarantine_policy") or ""),
        # A task that only compares would change a policy that does not exist, or that does not deny everything.
        denies=not (variables.get("compared") or {}).get("changed", True),
    )
    found = _plain(found)
    plan = plan_retirement(found, options)
    writes = _plain(variables.get("writes") or [])
    results = {name: _plain(variables.get(name) or {}) for name in ("left", "role", "profiles", "deleted")}
    # In check mode, they list what they would write.
    done = Results(**results, writes=[] if options.check_mode else writes)
    taken_back = rollback(found, plan, options, done)
    if failure is not None:
        return result_after_failure(plan, taken_back, failure["task"], failure["result"], writes)
    return {**plan.as_result(), "rollback": taken_back.as_plan(), "unreachable": any(map(is_unreachable, writes))}


def _plain(found):
    """Plain values: those of Ansible's own types would not compare as equal."""
    return json.loads(json.dumps(found, default=str))


class FilterModule:
    """The filter, as Ansible loads it."""

    def filters(self):
        """The filters, by name."""
        return {"retirement": filter_retirement}
