# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter keyless.ec2.rollout; a shell over plugin_utils/_rollout."""

from __future__ import annotations

import time
from collections.abc import Callable
from os import environ, path
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible.module_utils.parsing.convert_bool import boolean

from ansible_collections.keyless.ec2.plugins.filter.from_survey import filter_from_survey
from ansible_collections.keyless.ec2.plugins.filter.role_variables import options_of, unknown
from ansible_collections.keyless.ec2.plugins.plugin_utils._rollout.closing import closing, has_failed, source_error
from ansible_collections.keyless.ec2.plugins.plugin_utils._rollout.hosts import VARIABLES, hosts_by_instance_id, is_verified
from ansible_collections.keyless.ec2.plugins.plugin_utils._rollout.manifest import as_text, undo_of
from ansible_collections.keyless.ec2.plugins.plugin_utils._rollout.manifest_files import manifest_to_continue, manifest_to_undo
from ansible_collections.keyless.ec2.plugins.plugin_utils._rollout.names import ATTACH, ROLES
from ansible_collections.keyless.ec2.plugins.plugin_utils._rollout.outcome import Failure, outcome, to_roll_back, with_sources
from ansible_collections.keyless.ec2.plugins.plugin_utils._rollout.plan import plan_of
from ansible_collections.keyless.ec2.plugins.plugin_utils._rollout.preflight import (
    groups_of_refused,
    hosts_to_ask,
    preflight_lines,
    without_refused,
)
from ansible_collections.keyless.ec2.plugins.plugin_utils._rollout.progress import NONE, check, line, record, start
from ansible_collections.keyless.ec2.plugins.plugin_utils._rollout.request import IN_BATCHES, Variables, request_of
from ansible_collections.keyless.ec2.plugins.plugin_utils._rollout.variables import empty_lists, variable_errors
from ansible_collections.keyless.ec2.plugins.plugin_utils._variables.option_names import by_variable

VARIABLES_OF_A_ROLLOUT = ("batches", "max_failures", "verify", "health_check", "undo_file", "region", "wait_timeout")


def request(variables, playbook_folder, role=ATTACH.role):
    """What the variables of the role ask for."""
    names = ROLES[role]
    of = {name: variables.get(f"{role}_{name}") for name in VARIABLES_OF_A_ROLLOUT}
    sizes = filter_from_survey(of["batches"], [], f"{role}_batches")
    selection = {name: filter_from_survey(variables[name], None, name) for name in names.selecting if name != names.manifest}
    folder = environ.get("PWD") or playbook_folder
    selection[names.manifest], refused = manifest_to_undo(names, variables[names.manifest], variables["names"], folder)
    allow_empty = boolean(variables.get(f"{role}_allow_empty", False), strict=False)
    invalid = variable_errors(role, variables, selection, allow_empty)
    empty = empty_lists(role, variables, selection)
    converted = Variables(
        selection={name: value for name, value in selection.items() if name not in empty},
        errors=[refused, *unknown(role, set(variables["names"]) - {names.in_file}), *invalid],
        allow_empty=allow_empty,
        has_empty_list=bool(empty),
        check_mode=bool(variables["check_mode"]),
        batch_sizes=[str(each).strip() for each in (sizes if isinstance(sizes, (list, tuple)) else [sizes])],
        max_failures=int(of["max_failures"] or 0),
        verify=boolean(of["verify"], strict=False),
        health_check=path.join(playbook_folder, of["health_check"]) if of["health_check"] else "",
        undo_file=path.expanduser(of["undo_file"] or ""),
        region=of["region"] or "",
        wait_timeout=int(of["wait_timeout"]),
        names=names,
    )
    return request_of(converted, path.isfile)


def changed_members(launch):
    """The instances that changed with their groups, and must not be changed again."""
    return [row["instance_id"] for row in launch.get("instances", ()) if row["changed"]]


def manifest_text(manifest):
    """A manifest as the artifact has it: AWX passes it on as an extra variable, whose templates Ansible may run."""
    return as_text(manifest)


def changed_later(launch):
    """The groups and fleets that the run changes, most of them after the instances, so no warning need ask for that."""
    return [row["name"] for kind in ("auto_scaling_groups", "fleets") for row in launch.get(kind, ()) if row["changed"]]


def undo(launch, instances=None):
    """What restores everything that a run without batches changed.  If the first module failed, the second result is from an earlier run."""
    return undo_of(launch, {} if has_failed(launch) else instances or {})


def launch_error(launch, role):
    """What failed among groups, launch templates and fleets."""
    return named(source_error(launch), role)


def named(error, role):
    """The error of a module, with the role's variables in place of its options."""
    return by_variable(error, role, options_of(role))


def last_line(requested, launch, instances, planned):
    """The role's last line, or its error; ``planned`` says that nothing was done.  One result can be about everything."""
    found = closing(launch, instances, boolean(planned), requested["tasks"] == IN_BATCHES, "undo" in requested["launch"])
    return {**found, "error": named(found["error"], requested["role"])}


def plan(requested, launch, instances, variables):
    """The plan from what both modules would do."""
    found = plan_of(requested, launch, instances, manifest_to_continue(requested), hosts(requested, variables), time.time())
    return {**found, "error": named(found["error"], requested["role"])}


def hosts(requested, variables):
    """The hosts by instance id, None if none is asked.  ``variables`` are hostvars, which are slow, so they are read only if needed."""
    verifies = requested["tasks"] == IN_BATCHES and requested["verify"]
    inventory = ({"name": name, **_known(variables[name])} for name in variables) if verifies else ()
    return hosts_by_instance_id(inventory) if verifies else None


def hosts_before(known, result):
    """The hosts to ask before tokens are required of them."""
    return hosts_to_ask(result, known or {})


def kept_after(requested, result, facts):
    """What hosts leave of the plan for instances, and the rows of selected groups that are left as they are with an instance of theirs."""
    hop_limit = facts["hop_limit"]
    checks, answers = hosts_to_ask(result, facts["hosts"] or {}), facts["answers"].get("results") or ()
    kept = without_refused(result, checks, answers, int(hop_limit) if hop_limit else None)
    return kept, groups_of_refused(kept, requested["launch"].get("auto_scaling_groups", ()))


def sources_after(requested, result, facts):
    """The options that select the groups and launch templates to change, from the answers of the hosts that were asked before."""
    left = {row["name"] for row in kept_after(requested, result, facts)[1]}
    groups = [name for name in requested["launch"].get("auto_scaling_groups", ()) if name not in left]
    return {key: value for key, value in {**requested["launch"], "auto_scaling_groups": groups}.items() if value}


def plan_after(requested, result, facts):
    """The plan from what instance_metadata_options would do, first with instances, then with what launches them."""
    known, launched = facts["hosts"], facts["launched"]
    kept, left = kept_after(requested, result, facts)
    notes = preflight_lines(kept, hosts_to_ask(result, known or {}), facts["answers"].get("results") or (), left) if known is not None else ()
    launch = {**launched, "auto_scaling_groups": [*launched.get("auto_scaling_groups", ()), *left]}
    planned = plan_of(requested, launch, kept, manifest_to_continue(requested), known, time.time(), notes)
    return {
        **planned,
        "error": named(planned["error"], requested["role"]),
        "sources": sources_after(requested, result, facts),
        "left": left,
        "result": with_sources(kept, launched, left),
    }


def _known(variables):
    """What the inventory says of a host, without what the host has returned as a fact: it could say that it is the host of another instance."""
    facts = variables.get("ansible_facts") or {}
    return {name: variables[name] for name in VARIABLES if name in variables and name not in facts}


def start_batch(_planned, so_far, batch):
    """The progress before a batch."""
    return start(so_far or NONE, batch)


def progress(planned, so_far, result):
    """The progress after a batch."""
    return record(planned, so_far, result)


def batch_line(planned, so_far, batch):
    """The line before a batch."""
    return line(planned, so_far or NONE, batch, time.time())


def batch_check(so_far, answers):
    """Whether a batch is good."""
    return check(so_far, answers.get("results"))


def rollback(planned, so_far, launch_updated):
    """What to undo after a failure."""
    return to_roll_back(planned, so_far or NONE, launch_updated)


def results(planned, so_far, launch_updated, failed=None, launched=None):
    """The public variables of the role, and the message of a run that failed; ``failed`` has the fields of Failure.

    ``launched`` is the result for launch sources, if it belongs into the same variable.
    """
    found = outcome(planned, so_far or NONE, launch_updated, Failure(**failed) if failed else None)
    if launched is None:
        return found
    return {**found, "result": with_sources(found["result"], launched if launch_updated else {}, planned["left"])}


STEPS: dict[str, Callable[..., Any]] = {
    "request": request,
    "changed_members": changed_members,
    "changed_later": changed_later,
    "manifest_text": manifest_text,
    "undo": undo,
    "plan": plan,
    "hosts": hosts,
    "hosts_before": hosts_before,
    "sources_after": sources_after,
    "plan_after": plan_after,
    "batch_line": batch_line,
    "start": start_batch,
    "progress": progress,
    "is_verified": is_verified,
    "batch_check": batch_check,
    "rollback": rollback,
    "results": results,
    "launch_error": launch_error,
    "closing": last_line,
}


def filter_rollout(facts, step, *others, **named):
    """What a role does next in a rollout, by the name of a step; raises AnsibleFilterError for an unknown one."""
    if step not in STEPS:
        raise AnsibleFilterError(f"keyless.ec2.rollout: there is no step {step!r}")
    return STEPS[step](facts, *others, **named)


class FilterModule:
    """What Ansible loads."""

    def filters(self):
        """The filters by name."""
        return {"rollout": filter_rollout}
