# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""_rollout.progress: what is known after each batch."""

from __future__ import annotations

from ansible_collections.keyless.ec2.plugins.plugin_utils._rollout.progress import NONE, check, line, record, start

from .rollouts import HOSTS, failed, plan, result, row


def run(planned, *results):
    """The progress after the first batches returned these."""
    progress = NONE
    for batch, found in zip(planned["batches"], results):
        progress = record(planned, start(progress, batch), found)
    return progress


def test_rows_and_started_batches_add_up():
    planned = plan(row("i-1"), row("i-2"), row("i-3"))
    progress = run(planned, result(row("i-1")), result(row("i-2")))
    assert progress["started"] == planned["batches"][:2]
    assert [each["instance_id"] for each in progress["rows"]] == ["i-1", "i-2"]
    assert (NONE["rows"], check(progress, None)) == ([], {"error": "", "unverified": []})


def test_hosts_are_asked_about_the_last_batch_alone():
    planned = plan(row("i-2"), row("i-1"), hosts=HOSTS)
    first = run(planned, result(row("i-2")))
    assert (first["checks"], first["not_in_inventory"]) == ([], ["i-2"])
    second = run(planned, result(row("i-2")), result(row("i-1")))
    assert ([each["name"] for each in second["checks"]], second["not_in_inventory"]) == (["one"], [])


def test_an_instance_that_failed_has_nothing_to_show():
    planned = plan(row("i-2"), row("i-3"), hosts=HOSTS, sizes=("2",), max_failures=1)
    progress = run(planned, result(failed("i-2"), row("i-3")))
    assert (progress["error"], progress["checks"], progress["not_in_inventory"]) == ("", [], ["i-3"])


def test_planned_failures_count_and_too_many_stop_the_batch_before_its_hosts_are_asked():
    planned = plan(failed("i-0", "gone"), row("i-1"), row("i-2"), hosts=HOSTS, max_failures=1)
    assert run(planned, result(row("i-1")))["error"] == ""
    progress = run(planned, result(row("i-1")), result(failed("i-2")))
    assert progress["error"] == "2 failed, but attach_max_failures is 1: i-0: gone; i-2: denied"
    assert (progress["checks"], check(progress, [])["error"]) == ([], progress["error"])


def test_a_module_that_returns_no_rows_stops_the_batch():
    progress = run(plan(row("i-1"), max_failures=9), {"failed": True, "msg": "refused"})
    assert (progress["error"], progress["rows"]) == ("refused", [])


def test_the_line_counts_what_is_done_and_failed():
    planned = plan(failed("i-0"), *map(row, ("i-1", "i-2", "i-3", "i-4")), sizes=("1", "2"), max_failures=2, started=100)
    assert line(planned, NONE, planned["batches"][0], 100.9) == "Batch 1 of 3: 1 instance; 0 of 4 done, 1 failed, 0 s"
    progress = run(planned, result(row("i-1")), result(failed("i-2"), row("i-3")))
    assert line(planned, progress, planned["batches"][2], 135.2) == "Batch 3 of 3: 1 instance; 2 of 4 done, 2 failed, 35 s"
    assert line(planned, NONE, planned["batches"][1], 100).startswith("Batch 2 of 3: 2 instances; ")


def test_a_batch_that_was_started_is_rolled_back_although_it_returned_nothing():
    batch = {"number": 1, "of": 2, "instance_ids": ["i-1"]}
    assert start(NONE, batch)["started"] == [batch]
    later = {"number": 2, "of": 2, "instance_ids": ["i-2"]}
    before = {**NONE, "started": [batch], "rows": [{"instance_id": "i-1"}], "error": "too many"}
    assert start(before, later) == {**NONE, "started": [batch, later], "rows": [{"instance_id": "i-1"}]}
