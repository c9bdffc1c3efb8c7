# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter keyless.ec2.key_migration; a shell over plugin_utils/_migrate."""

from __future__ import annotations

from dataclasses import replace

from ansible_collections.keyless.ec2.plugins.filter.from_survey import filter_from_survey
from ansible_collections.keyless.ec2.plugins.plugin_utils._migrate.decisions import decide_about_host, decide_about_play, result_after_failure
from ansible_collections.keyless.ec2.plugins.plugin_utils._migrate.facts import HostFacts, Options


def filter_key_migration(variables, options, host=None, failure=None):
    """What the role migrate_keys does on ``host``, or else in tasks that run once for all; ``variables`` are hostvars."""
    values = {**options.get("given", {}), **{key: options[key] for key in options if key != "given"}}
    given = Options.parse({**values, "deactivate": filter_from_survey(values["deactivate"], [], "migrate_keys_deactivate")})
    if failure is not None:
        return {**result_after_failure(_facts(variables, host, given), given, failure["task"], failure["result"]), "host": host}
    if host is not None:
        decision = decide_about_host(_facts(variables, host, given), given)
        return {**decision, "result": {**decision["result"], "host": host}}
    results = {each: _own_result(variables[each], each) for each in given.hosts}
    return decide_about_play({each: _facts(variables, each, given) for each in given.hosts}, results, given)


def _own_result(variables, host):
    """With run_once, every host has the result of the first one; the others were not searched."""
    result = variables.get("migrate_keys_result")
    return result if result and result.get("host") == host else None


def _facts(variables, host, given):
    """What is known of a host.  A plan with something that does not exist is one only in check mode."""
    found = HostFacts.read(variables[host].get)
    missing = [] if given.check_mode else found.plan.get("missing") or ()
    return replace(found, plan={"failed": True, "msg": " ".join(each["message"] for each in missing)}) if missing else found


class FilterModule:
    """What Ansible loads."""

    def filters(self):
        """The filters by name."""
        return {"key_migration": filter_key_migration}
