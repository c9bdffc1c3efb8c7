# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The roles refuse invalid and misspelled variables, all at once and before they write anything."""

from __future__ import annotations

import pytest
from ansible import __version__

SOURCES = {"attach_instance_profile": "any-profile", "attach_auto_scaling_groups": "any-group"}
GIVEN = {"ec2_role_name": "invalid"}
# Older versions of Ansible refuse it before the role sees it.
OF_NONE = "attach_instance_ids: is [None], which selects nothing." if __version__ >= "2.21" else "is of type NoneType"
# The variables of a role, and what its error names
CASES = {
    "attach-misspelled": ("attach", {**SOURCES, "attach_on_conflct": "skip"}, ["attach_on_conflct: ", "Did you mean attach_on_conflict?"]),
    "attach-empty": ("attach", {**SOURCES, "attach_instance_ids": []}, ["attach_instance_ids: is [], which selects nothing."]),
    "attach-null": ("attach", {**SOURCES, "attach_instance_ids": None}, ["'attach_instance_ids' is of type NoneType"]),
    "attach-none": ("attach", {**SOURCES, "attach_instance_ids": "None"}, ["attach_instance_ids: is 'None', which selects nothing."]),
    "attach-template": ("attach", {**SOURCES, "attach_instance_ids": "{{ [none] }}"}, [OF_NONE]),
    "attach-all": (
        "attach",
        {
            **SOURCES,
            "attach_instance_ids": ["i-1"],
            "attach_instance_profile": "a b",
            "attach_max_failures": -1,
            "attach_max_concurrency": 0,
            "attach_region": " ",
        },
        [
            "attach_region: is ' '.",
            "attach_instance_ids: 'i-1' is not",
            "attach_instance_profile: 'a b' is neither",
            "attach_max_failures: -1",
            "attach_max_concurrency: 0",
        ],
    ),
    "launch": (
        "launch",
        {
            **GIVEN,
            "launch_name": "x",
            "launch_create_role": True,
            "launch_tags": "team web",
            "launch_count": -1,
            "launch_tag": {},
            "launch_region": " ",
        },
        [
            "launch_region: is ' '. Leave it empty, or give a value.",
            "launch_tags: ['team web'] is not a dictionary",
            "launch_count: -1 is out of range",
            "launch_tag: ",
            "Did you mean launch_tags?",
        ],
    ),
    "launch-role": (
        "launch",
        {"ec2_role_name": "a b", "launch_name": "x", "launch_create_role": True, "ec2_role_tags": "team web", "ec2_role_policies": []},
        ["ec2_role_name: 'a b' is not a valid role name", "ec2_role_tags: ", "ec2_role_policies: "],
    ),
    "launch_group": (
        "launch_group",
        {
            **GIVEN,
            "launch_group_name": "x",
            "launch_group_create_role": True,
            "launch_group_tags": "team web",
            "launch_group_tag": {},
            "launch_group_region": " ",
        },
        ["launch_group_region: is ' '.", "launch_group_name: 'x' is not", "launch_group_tags: ", "launch_group_tag: "],
    ),
    "retire": (
        "retire",
        {"retire_role_name": "a/b", "retire_days": 3, "retire_after_days": -1, "retire_regions": "None"},
        ["Did you mean retire_after_days?", "retire_role_name: 'a/b'", "retire_after_days: -1", "retire_regions: is 'None', which selects nothing."],
    ),
    "verify": (
        "verify",
        {"verify_role": "x", "verify_ssl": True, "verify_actions": "None", "verify_endpoint": " "},
        [
            "verify_endpoint: is ' '.",
            "Did you mean verify_expected_role?",
            "verify_ssl: ",
            "rename it, for example to my_verify_ssl.",
            "verify_actions: has 'None'.",
        ],
    ),
    "operator_policy": (
        "operator_policy",
        {"operator_policy_role_name": "x", "operator_policy_jobs": "atach"},
        ["Did you mean operator_policy_role_names?", "operator_policy_jobs: 'atach' is not a job. Did you mean attach?"],
    ),
    "report": (
        "report",
        {"report_region": "x", "report_regions": [], "report_accounts": "None", "report_external_id": " "},
        [
            "report_external_id: is ' '.",
            "Did you mean report_regions?",
            "report_regions: is [], which selects nothing.",
            "report_accounts: is 'None', which selects nothing.",
        ],
    ),
    "migrate_keys": (
        "migrate_keys",
        {
            "migrate_keys_path": "x",
            "migrate_keys_usage_days": 0,
            "migrate_keys_paths": ["srv"],
            "migrate_keys_deactivate": "None",
            "migrate_keys_check": " ",
        },
        [
            "migrate_keys_check: is ' '.",
            "Did you mean migrate_keys_paths?",
            "migrate_keys_deactivate: has 'None'.",
            "migrate_keys_usage_days: 0 is out of range",
            "migrate_keys_paths: srv is not an absolute path",
        ],
    ),
    "require_imdsv2": (
        "require_imdsv2",
        {"require_imdsv2_instance_id": "x", "require_imdsv2_instance_ids": [], "require_imdsv2_hop_limit": 65, "require_imdsv2_region": " "},
        [
            "require_imdsv2_region: is ' '.",
            "Did you mean require_imdsv2_instance_ids?",
            "require_imdsv2_instance_ids: is [], which",
            "require_imdsv2_hop_limit: 65",
        ],
    ),
}


@pytest.fixture(scope="module", name="run")
def _run(controller):
    hosts = {name.replace("_", "-"): {"role": role, **variables} for name, (role, variables, _named) in CASES.items()}
    return controller.play([{"ansible.builtin.include_role": {"name": "keyless.ec2.{{ role }}"}}], hosts=hosts)


@pytest.mark.parametrize("case", CASES)
def test_the_error_names_every_invalid_variable_and_nothing_is_written(run, case):
    last = [each for each in run.results if each["host"] == case.replace("_", "-") and each["status"] != "skipped"][-1]
    assert last["status"] == "failed"
    assert [text for text in CASES[case][2] if text not in str(last["result"]["msg"])] == [], last["result"]
    assert run.writes == []


def test_an_empty_selection_can_be_allowed(aws, controller):
    aws.make_profile("any-profile")
    hosts = {
        "alone": {"attach_instance_ids": [], "attach_allow_empty": True},
        "batches": {"attach_instance_ids": "None", "attach_allow_empty": True, "attach_batches": 1},
    }
    play = [{"ansible.builtin.include_role": {"name": "keyless.ec2.attach"}, "vars": {"attach_instance_profile": "any-profile"}}]
    run = controller.play(play, hosts=hosts).succeeded()
    assert (run.changed, run.writes) == (False, [])
