# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible tasks that fix the problems, ready to paste.

Where only a person can decide, a task has a variable: an instance profile, a role or a template to choose.
"""

from __future__ import annotations

from typing import Any, Callable, Mapping, Optional

from ansible_collections.keyless.ec2.plugins.module_utils._common.identifiers import ACCESS_KEY_ID
from ansible_collections.keyless.ec2.plugins.module_utils._common.quoting import one_line

from .._quoting.ansible_yaml import Template, tasks_as_yaml, tasks_on_one_line
from .rows import ReportedProblem, ReportRow

EC2 = {"service": "ec2.amazonaws.com"}
OPTIONS = {"Auto Scaling group": "auto_scaling_groups", "launch template": "launch_templates"}
Make = Callable[[ReportRow, ReportedProblem], list[dict]]
PROFILE, ROLE, TEMPLATE = Template("{{ instance_profile }}"), Template("{{ role_name }}"), Template("{{ launch_template }}")
TRUST_POLICY = Template("{{ trust_policy }}")


def fix_tasks(row: ReportRow, problem: ReportedProblem) -> Optional[str]:
    """The tasks that fix the problem, as YAML, or None."""
    make = _maker(row.kind, problem.code)
    return f"# With credentials of the account {one_line(row.account)}\n{tasks_as_yaml(make(row, problem))}" if make else None


def fix_tasks_on_one_line(row: ReportRow, problem: ReportedProblem) -> Optional[str]:
    """The same on one line, without the comment."""
    make = _maker(row.kind, problem.code)
    return tasks_on_one_line(make(row, problem)) if make else None


def _maker(kind: str, code: str) -> Optional[Make]:
    if kind == "instance":
        return _OF_INSTANCES.get(code)
    return _OF_LAUNCH_SOURCES.get(code) if kind in OPTIONS else _OF.get((kind, code))


def _task(name: str, module: str, options: Mapping[str, Any]) -> dict:
    return {"name": name, module: dict(options)}


def _attach(row: ReportRow, profile: str) -> dict:
    options = {"region": row.region, "instance_ids": [row.id], "instance_profile": profile}
    return _task(f"Attach an instance profile to {row.id}", "keyless.ec2.instance_profile_attach", options)


def _role(row: ReportRow, name: str, **others: Any) -> dict:
    region = {"region": row.region} if row.region else {}
    options = {**region, "name": name, "instance_profile_name": row.profile, **others}
    return _task("Manage the role and its instance profile", "keyless.ec2.iam_ec2_role", {k: v for k, v in options.items() if v})


def _trusting(row: ReportRow, _problem: ReportedProblem) -> list[dict]:
    """The option replaces the whole trust policy, so users must add everything else that the role trusts."""
    return [_role(row, row.role or ROLE, trusted_entities=[EC2])]


def _no_profile(row: ReportRow, _problem: ReportedProblem) -> list[dict]:
    return [_attach(row, PROFILE)]


def _missing_profile(row: ReportRow, _problem: ReportedProblem) -> list[dict]:
    return [_role(row, ROLE), _attach(row, row.profile or PROFILE)]


def _empty_profile(row: ReportRow, _problem: ReportedProblem) -> list[dict]:
    return [_role(row, ROLE)]


def _stale_profile(row: ReportRow, _problem: ReportedProblem) -> list[dict]:
    return [_attach(row, row.profile or PROFILE)]


def _reverts(row: ReportRow, _problem: ReportedProblem) -> list[dict]:
    groups = [each["name"] for each in row.data.get("launched_by", ()) if each["kind"] == "Auto Scaling group"]
    which = {"auto_scaling_groups": groups} if groups else {"launch_templates": [TEMPLATE]}
    options = {"region": row.region, **which, "instance_profile": row.profile or PROFILE}
    return [_task("Launch new instances with the instance profile", "keyless.ec2.launch_profile_attach", options)]


def _imdsv2(row: ReportRow, _problem: ReportedProblem) -> list[dict]:
    return [_require_imdsv2("Require IMDSv2, unless the instance still uses IMDSv1", row, "instance_ids")]


def _require_imdsv2(name: str, row: ReportRow, option: str) -> dict:
    task = _task(name, "ansible.builtin.include_role", {"name": "keyless.ec2.require_imdsv2"})
    return {**task, "vars": {"require_imdsv2_region": row.region, f"require_imdsv2_{option}": [row.id]}}


def _launch(row: ReportRow, _problem: ReportedProblem) -> list[dict]:
    options = {"region": row.region, OPTIONS[row.kind]: [row.id], "instance_profile": PROFILE}
    return [_task(f"Launch instances of {row.id} with an instance profile", "keyless.ec2.launch_profile_attach", options)]


def _launch_imdsv2(row: ReportRow, _problem: ReportedProblem) -> list[dict]:
    return [_require_imdsv2("Require IMDSv2 of the next instances", row, OPTIONS[row.kind])]


def _members(row: ReportRow, _problem: ReportedProblem) -> list[dict]:
    options = {"region": row.region, OPTIONS[row.kind]: [row.id], "instance_profile": row.profile or PROFILE}
    return [_task("Attach the profile that new instances get", "keyless.ec2.launch_profile_attach", options)]


def _template(row: ReportRow, _problem: ReportedProblem) -> list[dict]:
    template = {"launch_template_name": TEMPLATE, "version": "$Latest"}
    options = {"region": row.region, "name": row.id, "launch_template": template}
    return [_task("Launch from an existing template", "amazon.aws.autoscaling_group", options)]


def _keys(row: ReportRow, problem: ReportedProblem) -> list[dict]:
    options = {"access_key_ids": ACCESS_KEY_ID.findall(problem.message)}
    return [_task("Find the users of the keys and when they were last used", "keyless.ec2.access_key_info", options)]


def _principals(row: ReportRow, _problem: ReportedProblem) -> list[dict]:
    options = {"name": row.role, "assume_role_policy_document": TRUST_POLICY}
    return [_task("Remove the deleted principal from the trust policy", "keyless.ec2.iam_ec2_role", options)]


def _profile_of_role(row: ReportRow, _problem: ReportedProblem) -> list[dict]:
    return [_role(row, row.role or ROLE)]


def _orphan(row: ReportRow, _problem: ReportedProblem) -> list[dict]:
    if row.role:
        task = _task("Retire the role if it is no longer needed", "ansible.builtin.include_role", {"name": "keyless.ec2.retire"})
        return [{**task, "vars": {"retire_role_name": row.role}}]
    options = {"name": row.id, "state": "absent"}
    return [_task("Delete the instance profile if it is no longer needed", "amazon.aws.iam_instance_profile", options)]


_OF_INSTANCES: dict[str, Make] = {
    "no_profile": _no_profile,
    "missing_profile": _missing_profile,
    "empty_profile": _empty_profile,
    "role_not_assumable_by_ec2": _trusting,
    "stale_profile": _stale_profile,
    "reverts_on_replacement": _reverts,
    "imdsv1_allowed": _imdsv2,
}
_OF_LAUNCH_SOURCES: dict[str, Make] = {
    "no_profile": _launch,
    "missing_profile": _empty_profile,
    "empty_profile": _empty_profile,
    "role_not_assumable_by_ec2": _trusting,
    "members_differ": _members,
    "missing_template": _template,
    "keys_in_user_data": _keys,
    "imdsv1_allowed": _launch_imdsv2,
}
_OF: dict[tuple[str, str], Make] = {
    ("role", "no_profile"): _profile_of_role,
    ("role", "role_not_assumable_by_ec2"): _trusting,
    ("role", "deleted_principal"): _principals,
    ("instance profile", "empty_profile"): _empty_profile,
    ("instance profile", "orphaned_profile"): _orphan,
}
