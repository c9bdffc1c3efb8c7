# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role retire takes back after a failure."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.plugin_utils._retire.quarantine import DENIAL, POLICY, TAG
from ansible_collections.keyless.ec2.plugins.plugin_utils._retire.rollback import Plan, Results, Rollback
from ansible_collections.keyless.ec2.plugins.plugin_utils._steps.failure import State

DENY, RESTORE, DELETE = Plan(True, False, "now"), Plan(False, False), Plan(False, True)
READ_ONLY, OTHER = "arn:aws:iam::aws:policy/ReadOnlyAccess", "arn:aws:iam::123456789012:policy/other"
DENYING = "arn:aws:iam::123456789012:policy/deny"
BROKEN, GONE, CHANGED = {"failed": True, "msg": "no"}, {"unreachable": True, "msg": "no route"}, {"changed": True}


def role(tag=None, inline=(), managed=(READ_ONLY,), profiles=("web",), **tags):
    return {
        "role_name": "web",
        "tags": {**tags, **({TAG: tag} if tag else {})},
        "inline_policies": {name: DENIAL if name == POLICY else {"Statement": []} for name in inline},
        "attached_policies": [{"policy_arn": each} for each in managed],
        "instance_profiles": [{"instance_profile_name": each} for each in profiles],
    }


BEFORE = role("old", ["own"], team="a", **{"aws:x": "y"})
QUARANTINED = role("now", ["own", POLICY])


def of(before, plan, left, **results):
    return Rollback(before, plan, Results({"iam_roles": [left] if left else []} if left != "unknown" else BROKEN, **results))


@pytest.mark.parametrize(
    "before, plan, left, state",
    [
        (BEFORE, DENY, role("now", ["own", POLICY]), State.DONE),
        (BEFORE, DENY, role("old", ["own", POLICY]), State.NONE),
        (BEFORE, DENY, role(None, ["own", POLICY]), State.NONE),
        (BEFORE, DENY, role("now", ["own"]), State.NONE),
        (BEFORE, DENY, None, State.PARTLY),
        (BEFORE, DENY, "unknown", State.PARTLY),
        (QUARANTINED, RESTORE, role(None, ["own"]), State.DONE),
        (QUARANTINED, RESTORE, role(None, ["own", POLICY]), State.NONE),
        (QUARANTINED, RESTORE, role("now", ["own"]), State.NONE),
        (QUARANTINED, DELETE, None, State.DONE),
        (QUARANTINED, DELETE, role("now", []), State.NONE),
        (QUARANTINED, DELETE, role(None, []), State.NONE),
        (QUARANTINED, DELETE, "unknown", State.PARTLY),
        (BEFORE, Plan(True, False, "now", "deny"), role("now", ["own"], [READ_ONLY, DENYING]), State.DONE),
        (BEFORE, Plan(False, False, None, "deny"), role(None, ["own"], [READ_ONLY, DENYING]), State.NONE),
    ],
)
def test_a_change_that_is_complete_is_kept(before, plan, left, state):
    """Without a change of the tasks that put back, a role that is not done is as before."""
    rollback = of(before, plan, left)
    assert rollback.ending().state is state
    assert rollback.as_plan()["restore"] is (state is State.NONE)
    assert rollback.as_plan()["delete_rest"] is (plan.delete and state is State.DONE)


def test_everything_that_a_deletion_takes_is_put_back_and_what_others_added_stays():
    left = role(None, ["new"], [OTHER], (), b="c")
    assert of(BEFORE, DELETE, left).as_plan() == {
        "restore": True,
        "inline_policies": {"new": {"Statement": []}, "own": {"Statement": []}},
        "managed_policies": [OTHER, READ_ONLY],
        "tags": {"b": "c", "team": "a", TAG: "old"},
        "profiles": ["web"],
        "delete_rest": False,
    }


def test_a_denial_that_was_not_there_is_removed():
    planned = of(role(None, ["own"]), DENY, role(None, ["own", POLICY])).as_plan()
    assert (planned["inline_policies"], planned["tags"], planned["profiles"]) == ({"own": {"Statement": []}}, {}, [])
    managed = of(role(), Plan(True, False, "now", "deny"), role(None, (), [DENYING, READ_ONLY])).as_plan()
    assert managed["managed_policies"] == [READ_ONLY]
    kept = of(role(None, (), [DENYING]), Plan(False, True, None, "deny"), role(None, (), [])).as_plan()
    assert kept["managed_policies"] == [DENYING]


@pytest.mark.parametrize(
    "results, state, problem",
    [
        ({"role": CHANGED, "profiles": {"skipped": True}}, State.ROLLED_BACK, ""),
        ({"role": {"changed": False}, "profiles": CHANGED}, State.ROLLED_BACK, ""),
        ({"role": BROKEN}, State.PARTLY, "no"),
        ({"role": CHANGED, "profiles": {"failed": True, "msg": "x", "results": [CHANGED, BROKEN]}}, State.PARTLY, "no"),
        ({"role": GONE}, State.PARTLY, "no route"),
    ],
)
def test_what_came_of_the_rollback(results, state, problem):
    assert of(QUARANTINED, DELETE, role(), **results).ending() == (state, problem)


def test_an_instance_profile_that_is_left_of_a_deleted_role_is_named():
    ending = of(QUARANTINED, DELETE, None, deleted=BROKEN).ending()
    assert ending.state is State.DONE and "instance profile could not be deleted" in ending.problem and ending.problem.endswith("no")
