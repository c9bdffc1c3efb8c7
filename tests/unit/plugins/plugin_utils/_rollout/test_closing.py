# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""_rollout.closing: the role's last line."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.plugin_utils._rollout.closing import closing, has_failed, in_words, source_error

from .rollouts import failed, plan, result, row

COUNTS = {"auto_scaling_groups": {"failed": 0}, "instances": {"failed": 0}}


def skipped(instance_id, **why):
    return {**row(instance_id, "skipped"), "changed": False, **why}


def source(name, action="updated", **more):
    return {"name": name, "action": action, "reason": None, "msg": "it is odd", **more}


LAUNCH = {
    "auto_scaling_groups": [source("a"), source("b"), source("c", "skipped", managed_by="Amazon EKS", reason="managed")],
    "launch_templates": [source("t")],
    "fleets": [],
    "instances": [row("i-9")],
    "counts": COUNTS,
}
SKIPPED = [skipped("i-3", cause="managed by kops", reason="managed"), skipped("i-4", reason="terminated", cause=None), skipped("i-5")]


def test_a_plan_and_what_came_of_it():
    found = result(row("i-1"), row("i-2", "replaced"), *SKIPPED)
    groups = "2 groups {}, 1 group skipped (1 managed by Amazon EKS), 1 template {}."
    instances = "3 skipped (1 managed by kops, 1 terminated)"
    planned = f"2 to attach, 1 to replace, {instances}, {groups.format(*['to update'] * 2)}"
    assert closing(LAUNCH, found, True, False) == {"msg": planned, "error": ""}
    done = f"2 attached, 1 replaced, {instances}, {groups.format(*['updated'] * 2)}"
    assert closing(LAUNCH, found, False, True) == {"msg": done, "error": ""}


def test_nothing_was_selected_for_one_of_the_modules():
    assert closing({"skipped": True}, result(row("i-1")), False, False)["msg"] == "1 attached."
    assert closing(LAUNCH, {"skipped": True}, False, False)["msg"].startswith("1 attached, 2 groups updated")


def test_failures_end_a_run_that_is_not_in_batches():
    found = result(*(failed(f"i-{number}", "Could not connect. " * 20) for number in range(48)))
    at_once = closing({}, found, False, False)
    assert at_once["error"] == at_once["msg"] and at_once["msg"].startswith("48 failed. i-0: Could not") and len(at_once["msg"]) < 1500
    assert at_once["msg"].endswith("and 45 more.")
    assert closing({}, found, False, True) == {**at_once, "error": ""}


GONE = {"unreachable": True, "msg": "no route"}


def test_a_host_that_cannot_be_reached_fails():
    assert closing({}, GONE, False, False)["error"].endswith("The host can't be reached: no route")
    assert has_failed(GONE) and source_error(GONE) == "no route"


@pytest.mark.parametrize("kind", COUNTS)
def test_what_failed_is_known_from_the_counts(kind):
    launch = {"counts": {**COUNTS, kind: {"failed": 1}}, "msg": "1 group failed."}
    assert has_failed(launch) and source_error(launch) == "1 group failed."
    assert has_failed({"failed": True}) and not has_failed({"counts": COUNTS}) and source_error({"skipped": True}) == ""


def test_a_connection_that_is_lost_in_a_large_batch_makes_a_short_message():
    ids = [f"i-{number:017x}" for number in range(48)]
    assert in_words(dict.fromkeys(ids, "x" * 700)).endswith("; and 45 more") and len(in_words(dict.fromkeys(ids, "x" * 700))) < 2500
    lines = plan(*map(row, ids), sizes=("100%",))["lines"]
    assert lines == [f"Batch 1 of 1: {', '.join(ids[:3])} and 45 more"]


def test_what_failed_among_launch_sources_is_known_from_the_rows_of_a_module_that_counts_instances():
    counts = {"modified": 1, "failed": 0}
    assert not has_failed({"counts": counts, "auto_scaling_groups": [source("a")]})
    for kind in ("auto_scaling_groups", "launch_templates", "fleets"):
        assert has_failed({"counts": counts, kind: [source("a"), source("b", "failed")]})
    assert has_failed({"counts": {**counts, "failed": 1}}) and has_failed({"unreachable": True})
    both = closing({"counts": counts, "instances": [row("i-1", "modified")], "auto_scaling_groups": [source("a")]}, {}, False, False)
    assert both["msg"] == "1 changed, 1 group updated."


def test_a_module_that_failed_as_a_whole_has_the_last_word():
    assert closing(LAUNCH, {"failed": True, "msg": "No credentials."}, False, False) == {"msg": "", "error": "No credentials."}


def test_an_undo_restores_instances():
    found = result({**row("i-1"), "action": "modified"}, row("i-2", "unchanged"))
    assert closing({}, found, True, False, True)["msg"] == "1 to restore, 1 unchanged."
    assert closing({}, found, False, False, True)["msg"] == "1 restored, 1 unchanged."
