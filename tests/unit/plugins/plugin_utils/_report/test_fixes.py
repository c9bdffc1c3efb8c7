# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The task that fixes each problem: with the names that are known, and a variable where only a person can decide."""

from __future__ import annotations

import pytest
import yaml

from ansible_collections.keyless.ec2.plugins.plugin_utils._report.fixes import _OF, _OF_INSTANCES, _OF_LAUNCH_SOURCES, fix_tasks
from ansible_collections.keyless.ec2.plugins.plugin_utils._report.rows import LAUNCH_SOURCE_KINDS, ReportedProblem, ReportRow

REGION = "eu-central-1"
PROFILE, ROLE, TEMPLATE = "{{ instance_profile }}", "{{ role_name }}", "{{ launch_template }}"
GROUP, TEMPLATES = "Auto Scaling group", "launch template"
LAUNCHED = {"launched_by": [{"kind": GROUP, "name": "shop"}, {"kind": "EC2 Fleet", "name": "f"}]}
IN = {"region": REGION}
TRUSTING = [{"service": "ec2.amazonaws.com"}]


def attach(profile):
    return {"keyless.ec2.instance_profile_attach": {**IN, "instance_ids": ["x"], "instance_profile": profile}}


def launch(profile, **which):
    return {"keyless.ec2.launch_profile_attach": {**IN, **which, "instance_profile": profile}}


def iam_role(name=ROLE, profile=None, **others):
    return {"keyless.ec2.iam_ec2_role": {**IN, "name": name, **({"instance_profile_name": profile} if profile else {}), **others}}


def require_imdsv2(option):
    return {
        "ansible.builtin.include_role": {"name": "keyless.ec2.require_imdsv2"},
        "vars": {"require_imdsv2_region": REGION, f"require_imdsv2_{option}": ["x"]},
    }


def role_of(role, **variables):
    return {"ansible.builtin.include_role": {"name": f"keyless.ec2.{role}"}, "vars": variables}


DENIED = {"target": "iam:ListRoles", "reason": "AccessDenied", "message": "Keys: AKIAQ3EGRI4BXKCWZN5T."}
FOR_REPORT = [
    role_of("operator_policy", operator_policy_jobs=["report"]),
    {
        "amazon.aws.iam_policy": {
            "iam_type": "role",
            "iam_name": ROLE,
            "policy_name": "keyless-ec2-report",
            "policy_json": "{{ operator_policy_document }}",
            "state": "present",
        }
    },
]


# The kind of the resource, the problem, what is known of the resource, and the tasks
CASES = [
    ("instance", "no_profile", {}, [attach(PROFILE)]),
    ("instance", "missing_profile", {"profile": "web"}, [iam_role(profile="web"), attach("web")]),
    ("instance", "missing_profile", {}, [iam_role(), attach(PROFILE)]),
    ("instance", "empty_profile", {"profile": "web"}, [iam_role(profile="web", replace_profile_role=True)]),
    ("instance", "role_not_assumable_by_ec2", {"profile": "web", "role": "r"}, [iam_role("r", "web", trusted_entities=TRUSTING)]),
    ("instance", "role_not_assumable_by_ec2", {}, [iam_role(trusted_entities=TRUSTING)]),
    ("instance", "stale_profile", {"profile": "web"}, [attach("web")]),
    ("instance", "stale_profile", {}, [attach(PROFILE)]),
    ("instance", "reverts_on_replacement", {"profile": "web", "data": LAUNCHED}, [launch("web", auto_scaling_groups=["shop"])]),
    ("instance", "reverts_on_replacement", {}, [launch(PROFILE, launch_templates=[TEMPLATE])]),
    ("instance", "imdsv1_allowed", {}, [require_imdsv2("instance_ids")]),
    (GROUP, "no_profile", {}, [launch(PROFILE, auto_scaling_groups=["x"])]),
    (TEMPLATES, "no_profile", {}, [launch(PROFILE, launch_templates=["x"])]),
    (GROUP, "missing_profile", {"profile": "web"}, [iam_role(profile="web")]),
    (GROUP, "empty_profile", {"profile": "web"}, [iam_role(profile="web", replace_profile_role=True)]),
    (GROUP, "role_not_assumable_by_ec2", {"profile": "web", "role": "r"}, [iam_role("r", "web", trusted_entities=TRUSTING)]),
    (GROUP, "members_differ", {"profile": "web"}, [launch("web", auto_scaling_groups=["x"])]),
    (GROUP, "members_differ", {}, [launch(PROFILE, auto_scaling_groups=["x"])]),
    (
        GROUP,
        "missing_template",
        {},
        [{"amazon.aws.autoscaling_group": {**IN, "name": "x", "launch_template": {"launch_template_name": TEMPLATE, "version": "$Latest"}}}],
    ),
    (TEMPLATES, "keys_in_user_data", {}, [{"keyless.ec2.access_key_info": {"access_key_ids": ["AKIAQ3EGRI4BXKCWZN5T"]}}]),
    (TEMPLATES, "imdsv1_allowed", {}, [require_imdsv2("launch_templates")]),
    (GROUP, "imdsv1_allowed", {}, [require_imdsv2("auto_scaling_groups")]),
    ("account", "instance_profiles_quota", {}, [role_of("retire", retire_role_name=ROLE)]),
    ("account", "incomplete", {"data": {"incomplete": [DENIED]}}, FOR_REPORT),
    ("region", "incomplete", {"data": {"incomplete": [DENIED]}}, FOR_REPORT),
    ("region", "incomplete", {"data": {"incomplete": [{**DENIED, "reason": "Timeout"}]}}, [role_of("report", report_regions=[REGION])]),
    ("role", "no_profile", {"role": "r"}, [iam_role("r")]),
    ("role", "role_not_assumable_by_ec2", {"role": "r"}, [iam_role("r", trusted_entities=TRUSTING)]),
    (
        "role",
        "deleted_principal",
        {"role": "r"},
        [{"keyless.ec2.iam_ec2_role": {"name": "r", "assume_role_policy_document": "{{ trust_policy }}"}}],
    ),
    ("instance profile", "empty_profile", {"profile": "x"}, [iam_role(profile="x", replace_profile_role=True)]),
    (
        "instance profile",
        "orphaned_profile",
        {"role": "r"},
        [{"ansible.builtin.include_role": {"name": "keyless.ec2.retire"}, "vars": {"retire_role_name": "r"}}],
    ),
    ("instance profile", "orphaned_profile", {}, [{"amazon.aws.iam_instance_profile": {"name": "x", "state": "absent"}}]),
    ("instance", "unknown", {}, None),
    ("role", "orphaned_profile", {}, None),
    ("EC2 Fleet", "unknown", {}, None),
]


def row(kind, code, **known):
    problem = ReportedProblem(code, "Keys: AKIAQ3EGRI4BXKCWZN5T.", "")
    return ReportRow(kind, "123456789012", REGION, "x", "", known.pop("profile", None), known.pop("role", None), None, problems=(problem,), **known)


@pytest.mark.parametrize("kind, code, known, tasks", CASES)
def test_each_problem_has_its_tasks(kind, code, known, tasks):
    found = row(kind, code, **known)
    text = fix_tasks(found, found.problems[0])
    if tasks is None:
        assert text is None
    else:
        assert text.startswith("# With credentials of the account 123456789012\n")
        made = yaml.safe_load(text.replace("!unsafe ", ""))
        assert [{key: value for key, value in each.items() if key != "name"} for each in made] == tasks
        # People read the name first.
        assert all(list(each)[0] == "name" for each in made)


def test_outside_a_region_no_region_is_named():
    found = ReportRow("role", "123456789012", "", "r", "", None, "r", None, problems=(ReportedProblem("no_profile", "", ""),))
    [task] = yaml.safe_load(fix_tasks(found, found.problems[0]))
    assert task["keyless.ec2.iam_ec2_role"] == {"name": "r"}


def test_every_problem_that_has_a_task_has_a_case():
    tested = {(kind, code) for kind, code, _known, tasks in CASES if tasks}
    wanted = {("instance", code) for code in _OF_INSTANCES} | set(_OF)
    assert wanted <= tested and {code for kind, code in tested if kind in LAUNCH_SOURCE_KINDS} == set(_OF_LAUNCH_SOURCES)
