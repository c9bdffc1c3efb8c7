# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""_rollout.request: what the variables of the role attach select, and which of them are invalid."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.plugin_utils._rollout.names import REQUIRE_IMDSV2
from ansible_collections.keyless.ec2.plugins.plugin_utils._rollout.request import Variables, request_of

IDS = {"attach_instance_ids": ["i-1"]}
UNDO = {"attach_manifest": {"instances": {"i-1": None}}}


def request(selection, is_file=True, **variables):
    return request_of(Variables(selection, **variables), lambda path: is_file)


@pytest.mark.parametrize(
    ("selection", "variables", "tasks", "sets_artifact"),
    [
        (IDS, {}, "at_once.yml", True),
        (IDS, {"undo_file": "/undo.json"}, "recorded.yml", False),
        (IDS, {"batch_sizes": ["1"]}, "in_batches.yml", False),
        (IDS, {"batch_sizes": ["1"], "undo_file": "/undo.json"}, "in_batches.yml", False),
        (UNDO, {"batch_sizes": ["1"], "undo_file": "/undo.json"}, "at_once.yml", False),
    ],
)
def test_the_variables_choose_the_tasks(selection, variables, tasks, sets_artifact):
    found = request(selection, **variables)
    assert (found["tasks"], found["sets_artifact"], found["error"]) == (tasks, sets_artifact, "")


def test_the_selection_is_split_between_the_modules_and_empty_values_select_nothing():
    found = request({**IDS, "attach_filters": {}, "attach_auto_scaling_groups": ["web"], "attach_launch_templates": None, "attach_manifest": {}})
    assert (found["instances"], found["launch"]) == ({"instance_ids": ["i-1"]}, {"auto_scaling_groups": ["web"]})


@pytest.mark.parametrize(("wait_timeout", "retries", "delay"), [(300, 60, 5), (9, 1, 5), (5, 1, 5), (4, 1, 4), (0, 1, 0)])
def test_hosts_are_asked_for_as_long_as_the_timeout(wait_timeout, retries, delay):
    found = request(IDS, wait_timeout=wait_timeout)
    assert (found["retries"], found["delay"]) == (retries, delay)


@pytest.mark.parametrize(
    ("selection", "variables", "error"),
    [
        ({}, {"errors": ["", "attach_manifest: no"]}, "attach_manifest: no"),
        ({}, {}, "Nothing is selected. Set at least one of attach_instance_ids, attach_filters, attach_attachments, attach_auto_"),
        ({**IDS, **UNDO}, {}, "attach_instance_ids, attach_manifest: can't be combined. attach_attachments and attach_manifest can't be used with"),
        (
            {"attach_attachments": {"i-1": None}, "attach_launch_templates": ["t"]},
            {},
            "attach_attachments, attach_launch_templates: can't be combined.",
        ),
        ({**IDS, "attach_filters": {"vpc-id": "vpc-1"}}, {}, "attach_instance_ids, attach_filters: can't be combined. Use either ids, or"),
        (IDS, {"batch_sizes": ["1", "10x"]}, "attach_batches: '10x' is not a batch size."),
        (IDS, {"batch_sizes": ["0"]}, "attach_batches: '0' is not a batch size."),
        (IDS, {"batch_sizes": ["101%"]}, "attach_batches: '101%' is not a batch size."),
        (IDS, {"batch_sizes": ["1"], "max_failures": -1}, "attach_max_failures: -1 is negative."),
        (IDS, {"max_failures": 5, "health_check": "/h.yml"}, "attach_max_failures, attach_health_check: works only in batches. Set attach_batches"),
        (IDS, {"undo_file": "undo.json"}, "attach_undo_file: 'undo.json' must be an absolute path."),
        (UNDO, {"max_failures": 5, "health_check": "/h.yml"}, ""),
    ],
)
def test_invalid_variables_are_reported(selection, variables, error):
    assert request(selection, **variables)["error"].startswith(error)
    assert bool(request(selection, **variables)["error"]) == bool(error)


def test_what_is_invalid_is_not_missing():
    assert request({}, errors=["attach_manifest: no"])["error"] == "attach_manifest: no"
    assert "Nothing is selected" in request({}, errors=["attach_max_concurrency: no"])["error"]


def test_a_health_check_must_exist():
    found = request(IDS, is_file=False, batch_sizes=["1"], health_check="/play/healthy.yml")
    assert found["error"].startswith("attach_health_check: /play/healthy.yml does not exist.")


@pytest.mark.parametrize(
    ("selection", "tasks", "instances", "launch"),
    [
        ({"instance_ids": ["i-1"]}, "in_batches.yml", {"instance_ids": ["i-1"]}, {}),
        (
            {"auto_scaling_groups": ["web"], "launch_templates": ["t"]},
            "in_batches.yml",
            {},
            {"auto_scaling_groups": ["web"], "launch_templates": ["t"]},
        ),
        ({"manifest": {"instances": {"i-1": {}}}}, "at_once.yml", {}, {"undo": {"instances": {"i-1": {}}}}),
    ],
)
def test_require_imdsv2_always_has_batches(selection, tasks, instances, launch):
    """Without sizes, all instances are one."""
    given = {f"require_imdsv2_{name}": value for name, value in selection.items()}
    found = request(given, names=REQUIRE_IMDSV2, batch_sizes=[], max_failures=1, health_check="/h.yml")
    assert (found["tasks"], found["instances"], found["launch"], found["error"]) == (tasks, instances, launch, "")
    assert found["batch_sizes"] == ["100%"]
    assert request(given, names=REQUIRE_IMDSV2, batch_sizes=["1"])["batch_sizes"] == ["1"]


def test_a_manifest_of_require_imdsv2_is_alone():
    selection = {"require_imdsv2_launch_templates": ["t"], "require_imdsv2_manifest": {"instances": {}, "account": "1"}}
    assert request(selection, names=REQUIRE_IMDSV2)["error"].startswith(
        "require_imdsv2_launch_templates, require_imdsv2_manifest: can't be combined."
    )
