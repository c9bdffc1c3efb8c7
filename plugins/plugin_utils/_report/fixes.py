# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible tasks that fix the problems, ready to paste.

Where only a person can decide, a task has a variable: an instance profile, a role or a template to choose.
"""

from __future__ import annotations

from typing import Any, Callable, Optional

from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import ACCESS_DENIED
from ansible_collections.keyless.ec2.plugins.module_utils._common.identifiers import ACCESS_KEY_ID
from ansible_collections.keyless.ec2.plugins.module_utils._common.quoting import one_line

from .._quoting.ansible_yaml import Template, tasks_as_yaml, tasks_on_one_line
from .launch_fixes import GROUP, TEMPLATE, require_imdsv2, set_profile, set_template
from .rows import LAUNCH_SOURCE_KINDS, ReportedProblem, ReportRow
from .severities import INCOMPLETE
from .tasks import PROFILE, ROLE, role_task, task

EC2 = {"service": "ec2.amazonaws.com"}
Make = Callable[[ReportRow, ReportedProblem], list[dict]]
TRUST_POLICY = Template("{{ trust_policy }}")
POLICY_NAME = "keyless-ec2-report"


def fix_tasks(row: ReportRow, problem: ReportedProblem) -> Optional[str]:
    """The tasks that fix the problem, as YAML, or None for an unknown problem."""
    make = _maker(row.kind, problem.code)
    return f"# With credentials of the account {one_line(row.account)}\n{tasks_as_yaml(make(row, problem))}" if make else None


def fix_tasks_on_one_line(row: ReportRow, problem: ReportedProblem) -> Optional[str]:
    """The same on one line, without the comment."""
    make = _maker(row.kind, problem.code)
    return tasks_on_one_line(make(row, problem)) if make else None


def _maker(kind: str, code: str) -> Optional[Make]:
    if kind == "instance":
        return _OF_INSTANCES.get(code)
    return _OF_LAUNCH_SOURCES.get(code) if kind in LAUNCH_SOURCE_KINDS else _OF.get((kind, code))


def _attach(row: ReportRow, profile: str) -> dict:
    options = {"region": row.region, "instance_ids": [row.id], "instance_profile": profile}
    return task(f"Attach an instance profile to {row.id}", "keyless.ec2.instance_profile_attach", options)


def _role(row: ReportRow, name: str, **others: Any) -> dict:
    region = {"region": row.region} if row.region else {}
    options = {**region, "name": name, "instance_profile_name": row.profile, **others}
    return task("Manage the role and its instance profile", "keyless.ec2.iam_ec2_role", {k: v for k, v in options.items() if v})


def _trusting(row: ReportRow, _problem: ReportedProblem) -> list[dict]:
    """The option replaces the whole trust policy, so users must add everything else that the role trusts."""
    return [_role(row, row.role or ROLE, trusted_entities=[EC2])]


def _no_profile(row: ReportRow, _problem: ReportedProblem) -> list[dict]:
    return [_attach(row, PROFILE)]


def _missing_profile(row: ReportRow, _problem: ReportedProblem) -> list[dict]:
    return [_role(row, ROLE), _attach(row, row.profile or PROFILE)]


def _new_profile(row: ReportRow, _problem: ReportedProblem) -> list[dict]:
    return [_role(row, ROLE)]


def _empty_profile(row: ReportRow, _problem: ReportedProblem) -> list[dict]:
    """The instances that use it get the role on purpose."""
    return [_role(row, ROLE, replace_profile_role=True)]


def _stale_profile(row: ReportRow, _problem: ReportedProblem) -> list[dict]:
    return [_attach(row, row.profile or PROFILE)]


def _reverts(row: ReportRow, _problem: ReportedProblem) -> list[dict]:
    groups = [each["name"] for each in row.data.get("launched_by", ()) if each["kind"] == GROUP]
    which = {"auto_scaling_groups": groups} if groups else {"launch_templates": [TEMPLATE]}
    options = {"region": row.region, **which, "instance_profile": row.profile or PROFILE}
    return [task("Launch new instances with the instance profile", "keyless.ec2.launch_profile_attach", options)]


def _imdsv2(row: ReportRow, _problem: ReportedProblem) -> list[dict]:
    variables = {"require_imdsv2_region": row.region, "require_imdsv2_instance_ids": [row.id]}
    return [role_task("Require IMDSv2, unless the instance still uses IMDSv1", "require_imdsv2", variables)]


def _keys(row: ReportRow, problem: ReportedProblem) -> list[dict]:
    options = {"access_key_ids": ACCESS_KEY_ID.findall(problem.message)}
    return [task("Find the users of the keys and when they were last used", "keyless.ec2.access_key_info", options)]


def _principals(row: ReportRow, _problem: ReportedProblem) -> list[dict]:
    options = {"name": row.role, "assume_role_policy_document": TRUST_POLICY}
    return [task("Remove the deleted principal from the trust policy", "keyless.ec2.iam_ec2_role", options)]


def _profile_of_role(row: ReportRow, _problem: ReportedProblem) -> list[dict]:
    return [_role(row, row.role or ROLE)]


def _orphan(row: ReportRow, _problem: ReportedProblem) -> list[dict]:
    if row.role:
        return [role_task("Retire the role if it is no longer needed", "retire", {"retire_role_name": row.role})]
    options = {"name": row.id, "state": "absent"}
    return [task("Delete the instance profile if it is no longer needed", "amazon.aws.iam_instance_profile", options)]


def _quota(_row: ReportRow, _problem: ReportedProblem) -> list[dict]:
    return [role_task("Retire a role that is no longer needed, with its instance profile", "retire", {"retire_role_name": ROLE})]


def _incomplete(row: ReportRow, problem: ReportedProblem) -> list[dict]:
    """Another error than a refusal may have been temporary, so the place is read again."""
    if not any(each["reason"] in ACCESS_DENIED and each["message"] == problem.message for each in row.data.get("incomplete", ())):
        return [role_task("Read it again", "report", {"report_regions": [row.region]} if row.region else {})]
    policy = {"iam_type": "role", "iam_name": ROLE, "policy_name": POLICY_NAME, "policy_json": Template("{{ operator_policy_document }}")}
    return [
        role_task("Write the policy that the report needs", "operator_policy", {"operator_policy_jobs": ["report"]}),
        task("Give it to the role that reads the account", "amazon.aws.iam_policy", {**policy, "state": "present"}),
    ]


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
    "no_profile": lambda row, _problem: set_profile(row),
    "missing_profile": _new_profile,
    "empty_profile": _empty_profile,
    "role_not_assumable_by_ec2": _trusting,
    "members_differ": lambda row, _problem: set_profile(row, row.profile or PROFILE),
    "missing_template": lambda row, _problem: set_template(row),
    "keys_in_user_data": _keys,
    "imdsv1_allowed": lambda row, _problem: require_imdsv2(row),
}
_OF: dict[tuple[str, str], Make] = {
    ("role", "no_profile"): _profile_of_role,
    ("role", "role_not_assumable_by_ec2"): _trusting,
    ("role", "deleted_principal"): _principals,
    ("instance profile", "empty_profile"): _empty_profile,
    ("instance profile", "orphaned_profile"): _orphan,
    ("account", "instance_profiles_quota"): _quota,
    ("account", INCOMPLETE): _incomplete,
    ("region", INCOMPLETE): _incomplete,
}
