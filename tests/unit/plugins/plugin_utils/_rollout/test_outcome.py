# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""_rollout.outcome: results, rollback and the last message."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.plugin_utils._rollout.manifest import as_text, given_manifest
from ansible_collections.keyless.ec2.plugins.plugin_utils._rollout.names import undo_command
from ansible_collections.keyless.ec2.plugins.plugin_utils._rollout.outcome import Failure, outcome, to_roll_back, with_sources
from ansible_collections.keyless.ec2.tests.unit.plugins.plugin_utils.pasting import ATTACKS, nothing_ran, run_command, variables_of

from .rollouts import HERE, plan, result, row
from .test_progress import run

LAUNCH = {"undo": {**HERE, "launch_templates": {"lt-1": {"default_version": "1"}}}}
CHECKED = {"msg": "one: wrong profile"}
GOOD = {"counts": {"instances": {"failed": 0}}, "msg": "1 instance detached."}
BAD = {"counts": {"instances": {"failed": 1}}, "msg": "1 failed."}


def rollout(batches=1, **variables):
    """A plan, and its progress after so many batches."""
    planned = plan(row("i-1"), row("i-2"), row("i-3", "unchanged"), launch=LAUNCH, **variables)
    return planned, run(planned, *[result(row(each)) for each in ("i-1", "i-2")][:batches])


@pytest.mark.parametrize(
    ("batches", "launch_updated", "expected"),
    [
        (0, False, {}),
        (1, False, {**HERE, "instances": {"i-1": None}}),
        (2, False, {**HERE, "instances": {"i-1": None, "i-2": None}}),
        (2, True, {**LAUNCH["undo"], "instances": {"i-1": None, "i-2": None}}),
    ],
)
def test_only_what_was_started_is_rolled_back(batches, launch_updated, expected):
    assert to_roll_back(*rollout(batches), launch_updated) == expected


NEEDLESS = "You no longer need the undo manifest: nothing is left to undo. "


def test_a_good_rollout_has_all_rows_and_the_manifest():
    found = outcome(*rollout(2), True)
    assert [each["instance_id"] for each in found["result"]["instances"]] == ["i-3", "i-1", "i-2"]
    assert found["result"]["changed"] and found["result"]["undo"] == {**HERE, "instances": {"i-1": None, "i-2": None}}
    assert (found["undo_manifest"], found["msg"]) == ({**LAUNCH["undo"], "instances": {"i-1": None, "i-2": None}}, "")


@pytest.mark.parametrize(
    ("batches", "launch_updated", "variables", "failure", "message"),
    [
        (
            1,
            False,
            {"undo_file": "/undo.json"},
            Failure("Check the batch", CHECKED, GOOD),
            "Batch 1 of 2 failed, and the rollout was stopped. Check the batch: one: wrong profile.\nAll changes were rolled back. "
            f"1 instance detached.\n{NEEDLESS}The undo manifest is in this file:\n/undo.json",
        ),
        (
            2,
            True,
            {},
            Failure("", {"stderr": "killed"}, GOOD),
            "The update of groups and launch templates failed, and the rollout was stopped. killed.\nAll changes were rolled back. "
            f"1 instance detached.\n{NEEDLESS}The undo manifest is the artifact attach_undo_manifest.",
        ),
        (
            2,
            False,
            {"undo_file": "/my undo.json", "region": "eu-west-3"},
            Failure("Check", CHECKED, BAD),
            "Batch 2 of 2 failed, and the rollout was stopped. Check: one: wrong profile.\nSome changes could not be rolled back. 1 failed. "
            'To undo them by hand:\nansible-playbook keyless.ec2.attach -e attach_region=eu-west-3 -e \'{"attach_manifest": "/my undo.json"}\'\n'
            "The undo manifest is in this file:\n/my undo.json",
        ),
        (
            0,
            False,
            {},
            Failure("Record the batch", {}, {"skipped": True}),
            "The first batch failed, and the rollout was stopped. Record the batch: no message.\nNothing had been changed.\n"
            f"{NEEDLESS}The undo manifest is the artifact attach_undo_manifest.",
        ),
    ],
)
def test_the_message_says_what_failed_and_what_was_rolled_back(batches, launch_updated, variables, failure, message):
    assert outcome(*rollout(batches, **variables), launch_updated, failure)["msg"] == message


@pytest.mark.parametrize(("rollback", "left"), [(GOOD, {}), (BAD, {"i-1": None}), ({"msg": "refused"}, {"i-1": None})])
def test_what_could_not_be_rolled_back_stays_in_the_manifest(rollback, left):
    found = outcome(*rollout(1), False, Failure("Check", CHECKED, rollback))
    assert (found["result"]["undo"]["instances"], found["undo_manifest"].get("instances", {})) == (left, left)


def test_the_command_gives_the_manifest_and_runs_nothing(tmp_path):
    manifest = {"auto_scaling_groups": dict.fromkeys(ATTACKS, {"version": "1"})}
    arguments = run_command(undo_command("attach", "", as_text(manifest)), tmp_path)
    given = variables_of(arguments, tmp_path)
    assert given_manifest(given["attach_manifest"], "attach_undo") == manifest and nothing_ran(tmp_path)


@pytest.mark.parametrize("kind", ["auto_scaling_groups", "launch_templates", "fleets"])
def test_a_launch_source_that_could_not_be_rolled_back_stays_in_the_manifest(kind):
    """instance_metadata_options counts only instances."""
    rollback = {"counts": {"modified": 2, "failed": 0}, kind: [{"name": "web", "action": "failed"}], "msg": "web failed."}
    found = outcome(*rollout(2), True, Failure("Check", CHECKED, rollback))
    assert "launch_templates" in found["undo_manifest"] and "Some changes could not be rolled back. web failed." in found["msg"]
    rollback[kind][0]["action"] = "updated"
    assert outcome(*rollout(2), True, Failure("Check", CHECKED, rollback))["undo_manifest"] == {}


def test_the_result_has_rows_for_launch_sources_too():
    updated, left = {"name": "web", "action": "updated", "changed": True}, {"name": "old", "action": "skipped", "changed": False}
    found = with_sources({"instances": [row("i-1")], "changed": False, "undo": {}}, {"auto_scaling_groups": [updated]}, [left])
    assert (found["changed"], found["auto_scaling_groups"], found["fleets"], found["undo"]) == (True, [updated, left], [], {})
    assert with_sources({}, {}, [left]) == {
        "instances": [],
        "auto_scaling_groups": [left],
        "launch_templates": [],
        "fleets": [],
        "changed": False,
    }
    assert with_sources({"changed": True}, {}, [])["changed"]
